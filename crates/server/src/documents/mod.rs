//! Documents that are imported: found, decompressed within bounds, and read, all before any
//! database is touched.

mod decode;
mod sbom;
mod source;
#[cfg(test)]
mod tests;

use std::io;

use podarmor_domain::scan::Report;

pub(crate) use decode::decode;
pub(crate) use sbom::read_sbom;
pub(crate) use source::Source;

/// Documents are read up to this size, counted after decompression.
pub(crate) const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Why a document is not read. Whoever shows it names the document.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DocumentError {
    #[error("{0}")]
    Read(#[source] io::Error),
    #[error("is empty")]
    Empty,
    #[error("has {0} bytes, more than the {max} MiB that are read", max = MAX_BYTES / 1024 / 1024)]
    TooLarge(u64),
    #[error("has more than the {max} MiB that are read", max = MAX_BYTES / 1024 / 1024)]
    Endless,
    #[error("decompresses to more than the {max} MiB that are read", max = MAX_BYTES / 1024 / 1024)]
    Bomb,
    #[error("the {0} data ends too early: it is truncated")]
    Truncated(&'static str),
    #[error("the {coding} data is broken: {source}")]
    Broken {
        coding: &'static str,
        #[source]
        source: io::Error,
    },
    #[error("{0}")]
    Report(#[from] podarmor_scanners::ReportError),
    #[error("{0}")]
    Sbom(#[from] podarmor_sbom::SbomError),
    #[error("{0} is not read yet; SPDX 2.3 (JSON) and CycloneDX 1.5 (JSON) are")]
    NotYet(String),
}

/// Reads a decompressed scanner report.
pub(crate) fn read_report(document: &[u8]) -> Result<Report, DocumentError> {
    Ok(podarmor_scanners::read_report(document)?)
}

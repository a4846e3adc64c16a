//! Why a document is not identified, and where.

use std::fmt::{Display, Formatter, Result as FmtResult};

/// Everything that [`identify`](crate::identify()) and [`read`](crate::read()) can answer instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SbomError {
    /// Truncated, nested too deep, or no JSON at all.
    #[error("not readable as JSON: {message}, {place}")]
    NotJson {
        /// Where.
        place: Place,
        /// Why, for a human.
        message: String,
    },
    /// JSON of a known format, but something in it is not what the format allows.
    #[error("not as the format has it: {message}, {place}")]
    Malformed {
        /// Where.
        place: Place,
        /// Why, for a human.
        message: String,
    },
    /// More of something than is taken, or a document that is too large.
    #[error("over the limit: {message}, {place}")]
    OverLimit {
        /// Where.
        place: Place,
        /// Of what, for a human.
        message: String,
    },
    /// A known format in a version that is not read.
    #[error("this is {0}; SPDX 2.2 and 2.3, CycloneDX 1.4 to 1.6 and syft documents are read")]
    UnsupportedVersion(crate::Format),
    /// Known, but not read.
    #[error("this is {0}, which is not read here; SPDX 2, CycloneDX and syft documents in JSON are")]
    OtherFormat(OtherFormat),
    /// JSON, but nothing known.
    #[error("not an SBOM that is read; SPDX 2, CycloneDX and syft documents in JSON are")]
    Unidentified,
}

impl SbomError {
    /// The place in the document, where there is one to name.
    #[must_use]
    pub const fn place(&self) -> Option<&Place> {
        match self {
            Self::NotJson { place, .. } | Self::Malformed { place, .. } | Self::OverLimit { place, .. } => Some(place),
            Self::UnsupportedVersion(_) | Self::OtherFormat(_) | Self::Unidentified => None,
        }
    }
}

/// A format that is recognised in order to be refused by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherFormat {
    /// SPDX 2 as tag-value text.
    SpdxTagValue,
    /// SPDX 2 as RDF/XML.
    SpdxRdf,
    /// SPDX 3 (JSON-LD).
    Spdx3,
    /// CycloneDX as XML.
    CycloneDxXml,
    /// `grype -o json`.
    Grype,
    /// `trivy -f json`.
    Trivy,
    /// The static analysis results interchange format (OASIS SARIF 2.1).
    Sarif,
}

impl Display for OtherFormat {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str(match self {
            Self::SpdxTagValue => "an SPDX document as tag-value text",
            Self::SpdxRdf => "an SPDX document as RDF/XML",
            Self::Spdx3 => "an SPDX 3 document (JSON-LD)",
            Self::CycloneDxXml => "a CycloneDX document as XML",
            Self::Grype => "a grype report",
            Self::Trivy => "a Trivy report",
            Self::Sarif => "a SARIF log",
        })
    }
}

/// A place in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// A JSON pointer (RFC 6901); the empty one is the whole document.
    pub pointer: String,
    /// The line, from 1.
    pub line: usize,
    /// The byte of the line, from 1; 0 before its first.
    pub column: usize,
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        let Self { pointer, line, column } = self;
        if pointer.is_empty() {
            write!(f, "at line {line}, column {column}")
        } else {
            write!(f, "at {pointer} (line {line}, column {column})")
        }
    }
}

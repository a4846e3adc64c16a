//! Reports of grype (`grype -o json`).

mod document;
mod matches;

use podarmor_domain::Sha256;
use podarmor_domain::scan::{Findings, Report};

use crate::error::{Place, ReportError};
use crate::json::{self, Object};

/// Reads a document that has the structure of a grype report.
pub(crate) fn read(document: &[u8]) -> Result<Report, ReportError> {
    let Object(parts) = json::read::<Object<document::Document>>(document)?;
    let (scanner, scanned_at) = parts.descriptor.0.read();
    let subject = parts.source.map(|Object(source)| source.subject()).unwrap_or_default();
    let findings = Findings::group(parts.matches.into_iter()).map_err(|error| ReportError::Malformed {
        place: Place { pointer: error.path, position: None },
        message: error.message,
    })?;
    Ok(Report { content: Sha256::of(document), scanner, scanned_at, subject, findings })
}

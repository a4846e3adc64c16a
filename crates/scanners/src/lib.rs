//! Reads the reports of vulnerability scanners into the domain's scans. Pure: bytes in, a
//! [`Report`] out, each match turned into the domain's as soon as it is read.
//!
//! [`read_report`] first walks the whole document once, which refuses what is not JSON or is
//! nested too deep and tells by its members what made it, and then reads it as that format.
//! A new format is a variant of what `identify` knows and a module that reads it.
#![deny(missing_docs)]

mod error;
mod grype;
mod identify;
mod json;

use podarmor_domain::scan::Report;

pub use error::{OtherFormat, Place, Position, ReportError};

/// Reads a scanner's report: `grype -o json`, of any version since 0.7.
///
/// The document is the decompressed one; its hash becomes the report's content hash.
///
/// # Errors
/// A [`ReportError`] that names the place, or the format when it is one that is not read.
pub fn read_report(document: &[u8]) -> Result<Report, ReportError> {
    match identify::identify(document)? {
        identify::Format::Grype => grype::read(document),
    }
}

#[cfg(test)]
mod tests;

//! Why a report is not read, and where.

use std::fmt::{Display, Formatter, Result as FmtResult};

/// Everything that [`read_report`](crate::read_report) can answer instead of a report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// Truncated, nested too deep, or no JSON at all.
    #[error("not readable as JSON: {message}, {place}")]
    NotJson {
        /// Where.
        place: Place,
        /// Why, for a human.
        message: String,
    },
    /// A report, but something in it is not what the scanner writes.
    #[error("not as the scanner writes it: {message}, {place}")]
    Malformed {
        /// Where.
        place: Place,
        /// Why, for a human.
        message: String,
    },
    /// Known, but not read.
    #[error("this is {0}, which is not read here; a report of `grype -o json` is")]
    OtherFormat(OtherFormat),
    /// JSON, but nothing known.
    #[error("not a report that is read; a report of `grype -o json` is")]
    Unidentified,
}

impl ReportError {
    /// The place in the document, where there is one to name.
    #[must_use]
    pub const fn place(&self) -> Option<&Place> {
        match self {
            Self::NotJson { place, .. } | Self::Malformed { place, .. } => Some(place),
            Self::OtherFormat(_) | Self::Unidentified => None,
        }
    }
}

/// A format that is recognised in order to be refused by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherFormat {
    /// `trivy -f json`.
    Trivy,
    /// An SPDX document.
    Spdx,
    /// A CycloneDX document.
    CycloneDx,
    /// Syft's own JSON.
    Syft,
    /// The static analysis results interchange format (OASIS SARIF 2.1).
    Sarif,
    /// An array instead of an object.
    Array,
}

impl Display for OtherFormat {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str(match self {
            Self::Trivy => "a Trivy report",
            Self::Spdx => "an SPDX document",
            Self::CycloneDx => "a CycloneDX document",
            Self::Syft => "a syft JSON document",
            Self::Sarif => "a SARIF log",
            Self::Array => "a JSON array",
        })
    }
}

/// A place in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// A JSON pointer (RFC 6901); the empty one is the whole document.
    pub pointer: String,
    /// The place in the text, where it is known.
    pub position: Option<Position>,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The byte of the line, from 1; 0 before its first.
    pub column: usize,
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        match (self.pointer.as_str(), self.position) {
            ("", None) => f.write_str("at the top"),
            ("", Some(at)) => write!(f, "at line {}, column {}", at.line, at.column),
            (pointer, None) => write!(f, "at {pointer}"),
            (pointer, Some(at)) => write!(f, "at {pointer} (line {}, column {})", at.line, at.column),
        }
    }
}

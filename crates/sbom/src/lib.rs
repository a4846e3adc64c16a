//! Tells what an SBOM document is: SPDX 2, CycloneDX or syft's own JSON, of which version, and
//! which image digests it names as its subject. Pure: bytes in, [`Identified`] out; hostile
//! input costs time and memory in proportion to its size, never more.
//!
//! [`identify()`] walks the whole document, so what it identifies is JSON to the last byte, but
//! it does not validate against the format's schema. Which formats are of use is the caller's
//! business.
//!
//! ```
//! let document = br#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1}"#;
//! let identified = podarmor_sbom::identify(document)?;
//! assert_eq!(identified.format.to_string(), "CycloneDX 1.5 (JSON)");
//! # Ok::<(), podarmor_sbom::SbomError>(())
//! ```
#![deny(missing_docs)]

mod builder;
mod carried;
mod compare;
mod cyclonedx;
mod digest;
mod error;
mod identify;
mod json;
mod license;
mod model;
mod object;
mod output;
mod read;
mod schema;
mod spdx;
mod syft;
mod text;
mod time;
mod write;

use std::fmt::{Display, Formatter, Result as FmtResult};

pub use builder::Note;
pub use compare::{Change, Diff, Parity, diff, parity};
pub use error::{OtherFormat, Place, SbomError};
pub use identify::identify;
pub use model::{
    Algorithm, Bom, Component, Element, ExternalReference, Extras, Hash, Kind, License, Member, NamedLicense, Party,
    PartyKind, Property, Relationship, RelationshipType,
};
pub use read::{MOST_BYTES, Reading, read};
pub use schema::{Finding, MOST_FINDINGS, check};
pub use text::Text;
pub use write::{RENDERER_VERSION, write_cyclonedx, write_spdx};

/// What a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// Its format.
    pub format: Format,
    /// The image digests it names as its subject: `sha256:` and 64 lower-case hexadecimal
    /// digits each, no two alike. Empty when its subject is no image, or is not told by digest.
    pub subject_digests: Vec<String>,
    /// The name it gives itself or its subject, as it is written there.
    pub name: Option<String>,
}

/// A format that is identified. The version is what the document states: digits and dots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// SPDX 2 in JSON.
    Spdx {
        /// The version of the specification, such as `2.3`.
        version: String,
    },
    /// SPDX 2 as tag-value text.
    SpdxTagValue {
        /// The version of the specification, such as `2.3`.
        version: String,
    },
    /// CycloneDX in JSON.
    CycloneDx {
        /// The version of the specification, such as `1.5`.
        version: String,
    },
    /// Syft's own JSON.
    Syft {
        /// The version of its schema, such as `16.0.18`.
        version: String,
    },
}

impl Display for Format {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        match self {
            Self::Spdx { version } => write!(f, "SPDX {version} (JSON)"),
            Self::SpdxTagValue { version } => write!(f, "SPDX {version} (tag-value)"),
            Self::CycloneDx { version } => write!(f, "CycloneDX {version} (JSON)"),
            Self::Syft { version } => write!(f, "syft JSON {version}"),
        }
    }
}

#[cfg(test)]
mod tests;

//! Reads SBOM documents into one model ([`read()`]), writes that as SPDX 2.3 ([`write_spdx`]) or
//! CycloneDX 1.5 ([`write_cyclonedx`]), checks documents against the rules of their own format
//! ([`check`]) and compares them ([`diff`], [`parity`]). [`identify()`] only tells what a
//! document is.
//!
//! Pure: bytes in, values out, no IO, no clock. Hostile input costs time and memory in
//! proportion to its size, never more. The same contents give the same bytes; what one format
//! cannot say is carried through it and comes back (`docs/sbom.md` of the repository).
//!
//! ```
//! let document = br#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components":
//!     [{"type": "library", "name": "zlib", "version": "1.3", "purl": "pkg:generic/zlib@1.3"}]}"#;
//! let reading = podarmor_sbom::read(document)?;
//! assert_eq!(reading.format.to_string(), "CycloneDX 1.5 (JSON)");
//! let spdx = podarmor_sbom::write_spdx(&reading.bom);
//! let again = podarmor_sbom::read(&spdx)?;
//! assert_eq!(again.bom.components[0].purls[0], "pkg:generic/zlib@1.3");
//! assert!(podarmor_sbom::parity(&reading.bom, &again.bom).holds());
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

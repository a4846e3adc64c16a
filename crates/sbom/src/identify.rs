//! What a document is, by its first characters and the members of its top.

use std::collections::{BTreeMap, HashSet};
use std::fmt::{Formatter, Result as FmtResult};

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::{OtherFormat, SbomError};
use crate::json::{self, Kind, Walk};
use crate::{Identified, cyclonedx, spdx, syft};

/// Tells what `document`, the decompressed one, is.
///
/// # Errors
/// An [`SbomError`] that names the place, or the format when it is one that is not read.
pub fn identify(document: &[u8]) -> Result<Identified, SbomError> {
    match family(document)? {
        Family::Spdx => spdx::identify(document),
        Family::CycloneDx => cyclonedx::identify(document),
        Family::Syft => syft::identify(document),
    }
}

/// The formats that are read, whatever their version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Spdx,
    CycloneDx,
    Syft,
}

/// Reads all of `document` and tells which format it has.
pub(crate) fn family(document: &[u8]) -> Result<Family, SbomError> {
    if document.trim_ascii_start().first() != Some(&b'{') {
        return Err(refuse(document));
    }
    // This reads everything, so that what follows may pass over what it does not need.
    let members = json::read::<Members>(document)?;
    if members.is("spdxVersion", Kind::Scalar) {
        Ok(Family::Spdx)
    } else if members.is("bomFormat", Kind::Scalar) {
        Ok(Family::CycloneDx)
    } else if members.is("schema", Kind::Object) && members.is("artifacts", Kind::Array) {
        Ok(Family::Syft)
    } else {
        Err(members.other_format().map_or(SbomError::Unidentified, SbomError::OtherFormat))
    }
}

/// Why a document that is no JSON object is refused.
fn refuse(document: &[u8]) -> SbomError {
    match other_text(document) {
        Some(other) => SbomError::OtherFormat(other),
        None => json::read::<Kind>(document).err().unwrap_or(SbomError::Unidentified),
    }
}

/// The formats that are no JSON, by their first lines.
fn other_text(document: &[u8]) -> Option<OtherFormat> {
    let head = String::from_utf8_lossy(document.get(..4096).unwrap_or(document));
    let head = head.trim_start_matches('\u{feff}').trim_start();
    let mut lines = head.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    if lines.next().is_some_and(|line| line.starts_with("SPDXVersion:")) {
        Some(OtherFormat::SpdxTagValue)
    } else if head.starts_with('<') && head.contains("cyclonedx.org/schema/bom") {
        Some(OtherFormat::CycloneDxXml)
    } else if head.starts_with('<') && head.contains("spdx.org/rdf") {
        Some(OtherFormat::SpdxRdf)
    } else {
        None
    }
}

/// The members that tell formats apart.
const TELLING: [&str; 11] = [
    "spdxVersion",
    "bomFormat",
    "schema",
    "artifacts",
    "@context",
    "@graph",
    "matches",
    "descriptor",
    "SchemaVersion",
    "ArtifactName",
    "runs",
];

/// More members than any format has; the names of all are kept to find one that comes twice.
const MOST_MEMBERS: usize = 1024;

/// Those telling members that a document has.
struct Members(BTreeMap<&'static str, Kind>);

impl Members {
    fn is(&self, name: &str, kind: Kind) -> bool {
        self.0.get(name) == Some(&kind)
    }

    fn other_format(&self) -> Option<OtherFormat> {
        if self.is("@graph", Kind::Array) && self.0.contains_key("@context") {
            Some(OtherFormat::Spdx3)
        } else if self.is("matches", Kind::Array) && self.is("descriptor", Kind::Object) {
            Some(OtherFormat::Grype)
        } else if self.is("SchemaVersion", Kind::Scalar) && self.is("ArtifactName", Kind::Scalar) {
            Some(OtherFormat::Trivy)
        } else if self.is("runs", Kind::Array) {
            Some(OtherFormat::Sarif)
        } else {
            None
        }
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut seen = HashSet::new();
        let mut names = Vec::new();
        let mut members = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            let kind = map.next_value_seed(Walk { names: &mut names })?;
            if let Some(telling) = TELLING.into_iter().find(|telling| *telling == name) {
                members.insert(telling, kind);
            }
            if seen.len() == MOST_MEMBERS {
                return Err(A::Error::custom(format_args!("more than {MOST_MEMBERS} members")));
            }
            if let Some(twice) = seen.replace(name) {
                return Err(A::Error::custom(format_args!("the member `{twice}` comes twice")));
            }
        }
        Ok(Members(members))
    }
}

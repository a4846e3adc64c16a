//! What made a document, by the members of its top.

use std::collections::BTreeMap;
use std::fmt::{Formatter, Result as FmtResult};

use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::{OtherFormat, ReportError};
use crate::json::{self, Kind};

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Grype,
}

/// Walks the whole document, so that whoever reads it next reads JSON.
pub(crate) fn identify(document: &[u8]) -> Result<Format, ReportError> {
    if document.trim_ascii_start().first() == Some(&b'{') {
        return json::read::<Members>(document)?.format();
    }
    Err(match json::read(document)? {
        Kind::Array => ReportError::OtherFormat(OtherFormat::Array),
        Kind::Object | Kind::Scalar => ReportError::Unidentified,
    })
}

/// The members that tell formats apart.
const TELLING: [&str; 11] = [
    "matches",
    "descriptor",
    "SchemaVersion",
    "ArtifactName",
    "spdxVersion",
    "@context",
    "@graph",
    "bomFormat",
    "artifacts",
    "schema",
    "runs",
];

/// Those that a document has.
struct Members(BTreeMap<&'static str, Kind>);

impl Members {
    fn format(&self) -> Result<Format, ReportError> {
        let is = |name: &str, kind: Kind| self.0.get(name) == Some(&kind);
        let other = if is("matches", Kind::Array) && is("descriptor", Kind::Object) {
            return Ok(Format::Grype);
        } else if is("SchemaVersion", Kind::Scalar) && is("ArtifactName", Kind::Scalar) {
            OtherFormat::Trivy
        } else if is("spdxVersion", Kind::Scalar) || is("@graph", Kind::Array) && self.0.contains_key("@context") {
            OtherFormat::Spdx
        } else if is("bomFormat", Kind::Scalar) {
            OtherFormat::CycloneDx
        } else if is("artifacts", Kind::Array) && is("schema", Kind::Object) {
            OtherFormat::Syft
        } else if is("runs", Kind::Array) {
            OtherFormat::Sarif
        } else {
            return Err(ReportError::Unidentified);
        };
        Err(ReportError::OtherFormat(other))
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
        let mut members = BTreeMap::new();
        while let Some(name) = map.next_key_seed(Telling)? {
            let kind = map.next_value()?;
            if let Some(name) = name {
                members.insert(name, kind);
            }
        }
        Ok(Members(members))
    }
}

/// Reads a member's name without keeping any but the telling ones.
struct Telling;

impl<'de> DeserializeSeed<'de> for Telling {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Telling {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(TELLING.into_iter().find(|telling| *telling == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(document: &str, expected: Result<Format, ReportError>) {
        assert_eq!(identify(document.as_bytes()), expected, "{document}");
    }

    #[test]
    fn formats_are_told_by_their_structure() {
        check(r#"{"descriptor":{"name":"anything"},"matches":[]}"#, Ok(Format::Grype));
        check("\r\n {\"matches\":[],\"descriptor\":{}} \n", Ok(Format::Grype));
        for (document, other) in [
            (r#"{"SchemaVersion":2,"ArtifactName":"nginx","Results":[]}"#, OtherFormat::Trivy),
            (r#"{"spdxVersion":"SPDX-2.3","packages":[]}"#, OtherFormat::Spdx),
            (r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]}"#, OtherFormat::Spdx),
            (r#"{"bomFormat":"CycloneDX","specVersion":"1.5"}"#, OtherFormat::CycloneDx),
            (r#"{"artifacts":[],"schema":{"version":"16.0.18"},"descriptor":{}}"#, OtherFormat::Syft),
            (r#"{"version":"2.1.0","runs":[]}"#, OtherFormat::Sarif),
            ("[]", OtherFormat::Array),
            ("  [{\"matches\":[]}]", OtherFormat::Array),
        ] {
            check(document, Err(ReportError::OtherFormat(other)));
        }
    }

    #[test]
    fn anything_else_is_nothing() {
        let near = [r#"{"matches":{},"descriptor":{}}"#, r#"{"matches":[],"descriptor":[]}"#, r#"{"matches":[]}"#];
        for document in near.into_iter().chain(["{}", "1", "null", "\"matches\"", "-0.5e3", "true"]) {
            check(document, Err(ReportError::Unidentified));
        }
    }
}

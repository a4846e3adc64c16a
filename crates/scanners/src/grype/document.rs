//! What surrounds the matches: the scanner, the time, the subject.

use std::collections::BTreeSet;
use std::fmt::{Formatter, Result as FmtResult};

use podarmor_domain::Timestamp;
use podarmor_domain::image::Digest;
use podarmor_domain::scan::{Scanner, Subject};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::matches::Matches;
use crate::json::{Object, Text, stated};

/// The parts of a report that are kept. Grype adds members from release to release; all others
/// are passed over.
#[derive(Deserialize)]
pub(super) struct Document {
    pub(super) matches: Matches,
    pub(super) descriptor: Object<Descriptor>,
    pub(super) source: Option<Object<Source>>,
}

/// What made the report.
#[derive(Deserialize)]
pub(super) struct Descriptor {
    name: Option<Text>,
    version: Option<Text>,
    #[serde(default)]
    timestamp: Moment,
    db: Option<Object<Database>>,
}

/// The build time is in `db`, or in `db.status` since the sixth layout of the database.
#[derive(Deserialize)]
struct Database {
    #[serde(default)]
    built: Moment,
    status: Option<Object<DatabaseStatus>>,
}

#[derive(Deserialize)]
struct DatabaseStatus {
    #[serde(default)]
    built: Moment,
}

/// What grype itself writes where it does not know its version.
const NOT_PROVIDED: &str = "[not provided]";

impl Descriptor {
    /// The scanner, and when it ran.
    pub(super) fn read(self) -> (Scanner, Option<Timestamp>) {
        let db_built_at = self.db.and_then(|Object(db)| db.built.0.or(db.status.and_then(|status| status.0.built.0)));
        let stated = |text| stated(text).unwrap_or_else(|| NOT_PROVIDED.to_owned());
        (Scanner { name: stated(self.name), version: stated(self.version), db_built_at }, self.timestamp.0)
    }
}

/// A time, if there is one. Go writes the zero time of year 1 where there is none.
#[derive(Default)]
struct Moment(Option<Timestamp>);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = stated(Option::deserialize(deserializer)?).filter(|text| !text.starts_with("0001-01-01T00:00:00"));
        let moment = text.map(|text| Timestamp::parse("", &text)).transpose();
        moment.map(Self).map_err(|error| D::Error::custom(error.message))
    }
}

/// What was scanned.
#[derive(Deserialize)]
pub(super) struct Source {
    #[serde(default)]
    target: Target,
}

impl Source {
    pub(super) fn subject(self) -> Subject {
        let Target { user_input, manifest_digest, repo_digests } = self.target;
        let reference = stated(user_input);
        let stated = manifest_digest.iter().chain(repo_digests.iter().flatten()).map(|Text(text)| text.as_str());
        let digest = |text: &str| text.rsplit_once('@').map_or(text, |(_, digest)| digest).to_owned();
        // A name without a digest is no fault, and neither is a digest of another kind.
        let digests = stated.chain(reference.as_deref()).filter_map(|text| Digest::parse("", &digest(text)).ok());
        let digests: BTreeSet<Digest> = digests.collect();
        let digests = digests.into_iter().collect();
        Subject { reference, digests }
    }
}

/// An image, described by an object; of a directory or file there is only the path.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", remote = "Self")]
struct Target {
    user_input: Option<Text>,
    manifest_digest: Option<Text>,
    repo_digests: Option<Vec<Text>>,
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TargetVisitor)
    }
}

struct TargetVisitor;

impl<'de> Visitor<'de> for TargetVisitor {
    type Value = Target;

    fn expecting(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("an object or a path")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Target, A::Error> {
        Target::deserialize(MapAccessDeserializer::new(map))
    }

    fn visit_str<E: Error>(self, path: &str) -> Result<Target, E> {
        let path = Text::deserialize(serde::de::value::StrDeserializer::new(path))?;
        Ok(Target { user_input: Some(path), ..Target::default() })
    }

    fn visit_unit<E>(self) -> Result<Target, E> {
        Ok(Target::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    #[track_caller]
    fn subject(source: &str) -> (Option<String>, Vec<String>) {
        let source: Source = serde_json::from_str(source).unwrap();
        let subject = source.subject();
        (subject.reference, subject.digests.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_target_is_an_object_a_path_or_nothing() {
        let image = format!(
            r#"{{"type":"image","target":{{"userInput":"nginx:1","manifestDigest":"{A}","repoDigests":["nginx@{B}","nginx@{A}"]}}}}"#
        );
        assert_eq!(subject(&image), (Some("nginx:1".into()), vec![A.into(), B.into()]));
        assert_eq!(subject(r#"{"type":"directory","target":"."}"#), (Some(".".into()), vec![]));
        for source in [r#"{"type":"file","target":null}"#, "{}", r#"{"target":{"repoDigests":null,"userInput":""}}"#] {
            assert_eq!(subject(source), (None, vec![]), "{source}");
        }
    }

    #[test]
    fn digests_of_other_shapes_are_passed_over() {
        let source = format!(
            r#"{{"target":{{"userInput":"nginx@{B}","manifestDigest":"sha512:aa","repoDigests":["nginx","nginx@","nginx@sha256:{}"]}}}}"#,
            "A".repeat(64)
        );
        assert_eq!(subject(&source).1, vec![B]);
        assert!(serde_json::from_str::<Source>(r#"{"target":[]}"#).is_err());
        assert!(serde_json::from_str::<Source>(r#"{"target":"a\u0000b"}"#).is_err());
    }

    #[test]
    fn the_database_is_built_in_either_place_or_nowhere() {
        let built = "2025-06-19T01:31:03Z";
        let nested = format!(r#"{{"db":{{"status":{{"built":"{built}"}}}}}}"#);
        let flat = format!(r#"{{"db":{{"built":"{built}","status":null}}}}"#);
        for (descriptor, expected) in [
            (flat.as_str(), Some(built)),
            (nested.as_str(), Some(built)),
            (r#"{"db":{"status":{"built":"0001-01-01T00:00:00Z"}}}"#, None),
            (r#"{"db":{"built":null}}"#, None),
            (r#"{"db":null}"#, None),
            ("{}", None),
        ] {
            let descriptor: Descriptor = serde_json::from_str(descriptor).unwrap();
            let (scanner, scanned_at) = descriptor.read();
            assert_eq!(scanner.db_built_at.map(|at| at.to_string()).as_deref(), expected);
            assert_eq!(
                (scanner.name.as_str(), scanner.version.as_str(), scanned_at),
                (NOT_PROVIDED, NOT_PROVIDED, None)
            );
        }
    }
}

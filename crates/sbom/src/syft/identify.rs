//! Syft's own JSON.

use std::fmt::{Formatter, Result as FmtResult};

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::digest::Digests;
use crate::error::SbomError;
use crate::json::{self, Object, Version};
use crate::{Format, Identified};

/// Reads a document that has `artifacts` and a `schema`.
pub(crate) fn read(document: &[u8]) -> Result<Identified, SbomError> {
    let Object(document) = json::read::<Object<Document>>(document)?;
    let (subject_digests, name) = document.source.map(|Object(source)| source.read()).unwrap_or_default();
    Ok(Identified { format: Format::Syft { version: document.schema.0.version.0 }, subject_digests, name })
}

#[derive(Deserialize)]
struct Document {
    schema: Object<Schema>,
    source: Option<Object<Source>>,
}

#[derive(Deserialize)]
struct Schema {
    version: Version,
}

/// What was catalogued: older releases describe it under `target`, newer ones under `metadata`.
#[derive(Deserialize)]
struct Source {
    name: Option<String>,
    #[serde(default)]
    target: Described,
    #[serde(default)]
    metadata: Described,
}

impl Source {
    fn read(self) -> (Vec<String>, Option<String>) {
        let mut digests = Digests::default();
        let mut name = self.name.filter(|name| !name.is_empty());
        for described in [self.metadata, self.target] {
            digests.add(described.manifest_digest.as_deref().unwrap_or_default());
            described.repo_digests.iter().flatten().for_each(|reference| digests.add_reference(reference));
            digests.add_reference(described.user_input.as_deref().unwrap_or_default());
            name = name.or(described.user_input);
        }
        (digests.into_vec(), name)
    }
}

/// An image, by an object; other things are a path, or an object without any of these.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", remote = "Self")]
struct Described {
    user_input: Option<String>,
    manifest_digest: Option<String>,
    repo_digests: Option<Vec<String>>,
}

impl<'de> Deserialize<'de> for Described {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DescribedVisitor)
    }
}

struct DescribedVisitor;

impl<'de> Visitor<'de> for DescribedVisitor {
    type Value = Described;

    fn expecting(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("an object or a path")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Described, A::Error> {
        Described::deserialize(MapAccessDeserializer::new(map))
    }

    fn visit_str<E>(self, path: &str) -> Result<Described, E> {
        Ok(Described { user_input: Some(path.to_owned()), ..Described::default() })
    }

    fn visit_unit<E>(self) -> Result<Described, E> {
        Ok(Described::default())
    }
}

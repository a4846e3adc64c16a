//! Checking a document against the rules of its own format.

use std::collections::{HashMap, HashSet};
use std::fmt::{Formatter, Result as FmtResult};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::Schema;
use super::validate::{Validator, fingerprint};
use crate::license::expression;
use crate::{Format, identify, time};

/// Something in a document that its format does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where: a JSON pointer (RFC 6901); empty for the whole document.
    pub pointer: String,
    /// What is wrong, for a human.
    pub message: String,
}

/// No more findings are given.
pub const MOST_FINDINGS: usize = 100;

/// Checks a document against the official schema of its format, and what no schema can say:
/// identifiers that are not distinct or lead nowhere, licence expressions, instants. At most
/// [`MOST_FINDINGS`] findings.
///
/// SPDX 2.2 is checked by the schema of 2.3, with the categories of references that 2.2 writes
/// with an underscore. Of tag-value text it is told whether it can be read. Syft's own format
/// has no findings but those of reading it: its schema is another in every release.
#[must_use]
pub fn check(document: &[u8]) -> Vec<Finding> {
    let whole = |message: String| vec![Finding { pointer: String::new(), message }];
    let schema = match identify(document) {
        Ok(identified) => match identified.format {
            Format::Spdx { version } if version == "2.2" || version == "2.3" => Schema::Spdx23,
            Format::CycloneDx { version } if version == "1.4" => Schema::CycloneDx14,
            Format::CycloneDx { version } if version == "1.5" => Schema::CycloneDx15,
            Format::CycloneDx { version } if version == "1.6" => Schema::CycloneDx16,
            _ => return crate::read(document).err().map_or_else(Vec::new, |error| refused(&error)),
        },
        Err(_) => return crate::read(document).err().map_or_else(Vec::new, |error| refused(&error)),
    };
    let mut check = Check::new(schema);
    let mut reader = serde_json::Deserializer::from_slice(document);
    match (Top { check: &mut check }).deserialize(&mut reader) {
        Ok(()) => check.finish(),
        Err(error) => whole(error.to_string()),
    }
}

fn refused(error: &crate::SbomError) -> Vec<Finding> {
    let pointer = error.place().map(|place| place.pointer.clone()).unwrap_or_default();
    vec![Finding { pointer, message: error.to_string() }]
}

/// A check in progress. Lists at the top are read one element at a time, so that memory follows
/// the largest element and the identifiers.
struct Check {
    schema: Schema,
    validator: Validator,
    members: HashSet<String>,
    /// The identifiers, by their hash.
    ids: HashSet<u64>,
    /// What is referred to, and where from.
    references: Vec<(u64, Box<str>)>,
    licenses: HashSet<String>,
    /// The `LicenseRef-…` that expressions name, and where first.
    license_references: HashMap<String, Box<str>>,
}

impl Check {
    fn new(schema: Schema) -> Self {
        let mut ids = HashSet::new();
        if schema == Schema::Spdx23 {
            ids.extend([crate::spdx::DOCUMENT, "NONE", "NOASSERTION"].map(hash));
        }
        Self {
            schema,
            validator: Validator::reporting(schema.root()),
            members: HashSet::new(),
            ids,
            references: Vec::new(),
            licenses: HashSet::new(),
            license_references: HashMap::new(),
        }
    }

    fn property(&self, name: &str) -> Option<&'static Value> {
        self.schema.root().get("properties")?.get(name)
    }

    fn find(&mut self, pointer: &str, message: impl FnOnce() -> String) {
        if let Some(findings) = self.validator.findings.as_mut().filter(|findings| findings.len() < MOST_FINDINGS) {
            findings.push(Finding { pointer: pointer.to_owned(), message: message() });
        }
    }

    /// A member of the top that is no list.
    fn member(&mut self, name: &str, value: &Value) {
        match self.property(name) {
            Some(schema) => {
                self.validator.check_at(&[name], schema, value);
            }
            None if self.schema.root().get("additionalProperties") == Some(&Value::Bool(false)) => {
                self.find(&format!("/{name:.100}"), || "is not known to the schema".to_owned());
            }
            None => (),
        }
        match (self.schema, name) {
            (Schema::Spdx23, "creationInfo") => {
                let created = value.get("created").and_then(Value::as_str).unwrap_or_default();
                if time::to_spdx(created).as_deref() != Some(created) {
                    self.find("/creationInfo/created", || format!("`{created:.60}` is no instant in UTC and seconds"));
                }
            }
            (Schema::Spdx23, "dataLicense") if value != "CC0-1.0" => {
                self.find("/dataLicense", || "must be CC0-1.0".to_owned());
            }
            (Schema::Spdx23, _) => (),
            (_, "metadata") => self.cyclonedx_ids("/metadata/component", value.get("component"), 0),
            _ => (),
        }
    }

    /// An element of a list at the top.
    fn element(&mut self, name: &str, at: usize, value: Value) {
        let item = self.property(name).and_then(|schema| schema.get("items"));
        let mut value = value;
        if self.schema == Schema::Spdx23 && name == "packages" {
            hyphens(&mut value);
        }
        if let Some(item) = item {
            self.validator.check_at(&[name, &at.to_string()], item, &value);
        }
        let pointer = format!("/{name}/{at}");
        match (self.schema, name) {
            (Schema::Spdx23, "packages" | "files" | "snippets") => self.spdx_element(&pointer, &value),
            (Schema::Spdx23, "relationships") => {
                for end in ["spdxElementId", "relatedSpdxElement"] {
                    if let Some(id) =
                        value.get(end).and_then(Value::as_str).filter(|id| !id.starts_with("DocumentRef-"))
                    {
                        self.references.push((hash(id), format!("{pointer}/{end}").into()));
                    }
                }
            }
            (Schema::Spdx23, "documentDescribes") => {
                self.references.extend(value.as_str().map(|id| (hash(id), pointer.into())));
            }
            (Schema::Spdx23, "hasExtractedLicensingInfos") => {
                self.licenses.extend(value.get("licenseId").and_then(Value::as_str).map(str::to_owned));
            }
            (Schema::Spdx23, _) => (),
            (_, "components" | "services") => self.cyclonedx_ids(&pointer, Some(&value), 0),
            (_, "dependencies") => {
                let needed = value.get("dependsOn").and_then(Value::as_array).into_iter().flatten();
                let all = value.get("ref").into_iter().chain(needed).filter_map(Value::as_str);
                self.references.extend(all.map(|id| (hash(id), pointer.as_str().into())));
            }
            _ => (),
        }
    }

    fn spdx_element(&mut self, pointer: &str, value: &Value) {
        let id = value.get("SPDXID").and_then(Value::as_str).unwrap_or_default();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
        if !id.strip_prefix("SPDXRef-").is_some_and(|id| !id.is_empty() && id.bytes().all(plain)) {
            self.find(&format!("{pointer}/SPDXID"), || {
                format!("`{id:.80}` is not SPDXRef- and letters, digits, . and -")
            });
        } else if !self.ids.insert(hash(id)) {
            self.find(&format!("{pointer}/SPDXID"), || format!("`{id:.80}` is that of another element"));
        }
        let single =
            ["licenseConcluded", "licenseDeclared"].into_iter().filter_map(|name| Some((name, value.get(name)?)));
        let lists = ["licenseInfoFromFiles", "licenseInfoInFiles"].into_iter();
        let lists = lists.filter_map(|name| Some((name, value.get(name)?.as_array()?)));
        let each = lists.flat_map(|(name, list)| list.iter().map(move |license| (name, license)));
        for (name, license) in single.chain(each) {
            self.expression(&format!("{pointer}/{name}"), license.as_str().unwrap_or_default());
        }
    }

    fn expression(&mut self, pointer: &str, text: &str) {
        if matches!(text, "" | "NONE" | "NOASSERTION") {
            return;
        }
        match expression::parse(text, &|_| true) {
            Some(read) => {
                for reference in read.references {
                    self.license_references.entry(reference).or_insert_with(|| pointer.into());
                }
            }
            None => self.find(pointer, || format!("`{text:.80}` is no licence expression")),
        }
    }

    fn cyclonedx_ids(&mut self, pointer: &str, value: Option<&Value>, depth: usize) {
        let Some(value) = value.filter(|_| depth < 100) else { return };
        if let Some(id) = value.get("bom-ref").and_then(Value::as_str)
            && !self.ids.insert(hash(id))
        {
            self.find(&format!("{pointer}/bom-ref"), || format!("`{id:.80}` is that of another element"));
        }
        for name in ["components", "services"] {
            let nested = value.get(name).and_then(Value::as_array).into_iter().flatten();
            for (at, nested) in nested.enumerate() {
                self.cyclonedx_ids(&format!("{pointer}/{name}/{at}"), Some(nested), depth + 1);
            }
        }
    }

    fn finish(mut self) -> Vec<Finding> {
        let required = self.schema.root().get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if !self.members.contains(name) {
                self.find("", || format!("`{name}` is missing"));
            }
        }
        for (id, pointer) in std::mem::take(&mut self.references) {
            if !self.ids.contains(&id) {
                self.find(&pointer, || "leads to nothing in the document".to_owned());
            }
        }
        let mut undefined: Vec<_> = std::mem::take(&mut self.license_references).into_iter().collect();
        undefined.retain(|(reference, _)| self.schema == Schema::Spdx23 && !self.licenses.contains(reference));
        undefined.sort();
        for (reference, pointer) in undefined {
            self.find(&pointer, || format!("{reference:.100} is not defined"));
        }
        self.validator.findings.unwrap_or_default()
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The categories of references as SPDX 2.3 writes them.
fn hyphens(package: &mut Value) {
    let references = package.get_mut("externalRefs").and_then(Value::as_array_mut).into_iter().flatten();
    for reference in references {
        if let Some(Value::String(category)) = reference.get_mut("referenceCategory")
            && matches!(category.as_str(), "PACKAGE_MANAGER" | "PERSISTENT_ID")
        {
            *category = category.replace('_', "-");
        }
    }
}

/// The whole document.
struct Top<'c> {
    check: &'c mut Check,
}

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let list = self.check.property(&name).is_some_and(|schema| schema.get("items").is_some());
            if list {
                map.next_value_seed(Elements { check: &mut *self.check, name: &name })?;
            } else {
                let value = map.next_value::<Value>()?;
                self.check.member(&name, &value);
            }
            self.check.members.insert(name);
        }
        Ok(())
    }
}

/// A list at the top.
struct Elements<'c> {
    check: &'c mut Check,
    name: &'c str,
}

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let schema = self.check.property(self.name);
        let flag = |name: &str| schema.and_then(|schema| schema.get(name));
        let unique = flag("uniqueItems") == Some(&Value::Bool(true));
        let mut seen = HashSet::new();
        let mut at = 0;
        while let Some(value) = seq.next_element::<Value>()? {
            if unique && !seen.insert(fingerprint(&value)) {
                self.check.find(&format!("/{}/{at}", self.name), || "is there twice".to_owned());
            }
            self.check.element(self.name, at, value);
            at += 1;
        }
        if at == 0 && flag("minItems").and_then(Value::as_u64).is_some_and(|least| least > 0) {
            self.check.find(&format!("/{}", self.name), || "is empty".to_owned());
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let value = serde::Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        self.check.member(self.name, &value);
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.check.member(self.name, &Value::from(text));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.check.member(self.name, &Value::Null);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.check.member(self.name, &Value::from(value));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.check.member(self.name, &Value::from(value));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.check.member(self.name, &Value::from(value));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.check.member(self.name, &Value::from(value));
        Ok(())
    }
}

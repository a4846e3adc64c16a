//! The keywords of JSON schema (draft 7) that the official schemas of SPDX and CycloneDX use.
//! A library for all of JSON schema brings some fifty others with it; these are not many.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::{Finding, MOST_FINDINGS, Schema, is_iri_reference};
use crate::model::is_email;
use crate::time;

/// Checks values by parts of a schema.
pub(super) struct Validator {
    root: &'static Value,
    /// What was found; `None` where only whether something is valid matters.
    pub(super) findings: Option<Vec<Finding>>,
    path: Vec<String>,
}

impl Validator {
    pub(super) const fn quiet(root: &'static Value) -> Self {
        Self { root, findings: None, path: Vec::new() }
    }

    pub(super) const fn reporting(root: &'static Value) -> Self {
        Self { root, findings: Some(Vec::new()), path: Vec::new() }
    }

    /// Whether nothing more is to be found.
    pub(super) fn is_full(&self) -> bool {
        self.findings.as_ref().is_some_and(|findings| findings.len() >= MOST_FINDINGS)
    }

    /// Checks `value`, which stands at `path` in its document.
    pub(super) fn check_at(&mut self, path: &[&str], schema: &'static Value, value: &Value) -> bool {
        self.path = path.iter().map(|token| (*token).to_owned()).collect();
        self.is_valid(schema, value)
    }

    pub(super) fn find(&mut self, message: impl FnOnce() -> String) -> bool {
        if let Some(findings) = self.findings.as_mut().filter(|findings| findings.len() < MOST_FINDINGS) {
            let tokens = self.path.iter().map(|token| token.replace('~', "~0").replace('/', "~1"));
            let pointer: String = tokens.map(|token| format!("/{token:.100}")).collect();
            findings.push(Finding { pointer, message: message() });
        }
        false
    }

    pub(super) fn is_valid(&mut self, schema: &'static Value, value: &Value) -> bool {
        let Value::Object(schema) = schema else { return schema.as_bool().unwrap_or(true) };
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let Some((root, part)) = Schema::resolve(self.root, reference) else { return true };
            let outer = std::mem::replace(&mut self.root, root);
            let valid = self.is_valid(part, value);
            self.root = outer;
            return valid;
        }
        if !self.has_type(schema, value) {
            return false;
        }
        let mut valid = self.is_listed(schema, value);
        valid &= match value {
            Value::String(text) => self.text(schema, text),
            Value::Number(number) => self.number(schema, number.as_f64().unwrap_or_default()),
            Value::Array(list) => self.list(schema, list),
            Value::Object(object) => self.object(schema, object),
            Value::Null | Value::Bool(_) => true,
        };
        valid && self.combined(schema, value)
    }

    fn has_type(&mut self, schema: &Map<String, Value>, value: &Value) -> bool {
        let Some(types) = schema.get("type") else { return true };
        let is = |name: &str| match (name, value) {
            ("null", Value::Null)
            | ("boolean", Value::Bool(_))
            | ("string", Value::String(_))
            | ("number", Value::Number(_))
            | ("array", Value::Array(_))
            | ("object", Value::Object(_)) => true,
            ("integer", Value::Number(number)) => !number.is_f64() || number.as_f64().is_some_and(|f| f.fract() == 0.0),
            _ => false,
        };
        let fits = match types {
            Value::Array(types) => types.iter().filter_map(Value::as_str).any(is),
            types => types.as_str().is_none_or(is),
        };
        fits || self.find(|| format!("must be of type {types}"))
    }

    fn is_listed(&mut self, schema: &Map<String, Value>, value: &Value) -> bool {
        let listed = schema.get("enum").and_then(Value::as_array).is_none_or(|list| list.contains(value));
        let same = schema.get("const").is_none_or(|constant| constant == value);
        listed && same || self.find(|| format!("{:.80} is none of the values that are allowed", value.to_string()))
    }

    fn text(&mut self, schema: &Map<String, Value>, text: &str) -> bool {
        let limit = |name: &str| schema.get(name).and_then(Value::as_u64);
        let short = limit("minLength").is_some_and(|least| (text.chars().count() as u64) < least);
        let long = limit("maxLength").is_some_and(|most| text.chars().count() as u64 > most);
        if short || long {
            return self.find(|| "is too short or too long".to_owned());
        }
        let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
        let fits = match format {
            "date-time" => time::is_date_time(text),
            "iri-reference" | "uri" => is_iri_reference(text),
            "idn-email" => is_email(text),
            _ => true,
        };
        if !fits {
            return self.find(|| format!("`{text:.80}` is no {format}"));
        }
        match schema.get("pattern").and_then(Value::as_str) {
            Some(pattern) if !matches(pattern, text) => self.find(|| format!("`{text:.80}` does not match {pattern}")),
            _ => true,
        }
    }

    fn number(&mut self, schema: &Map<String, Value>, number: f64) -> bool {
        let limit = |name: &str| schema.get(name).and_then(Value::as_f64);
        let fits =
            limit("minimum").is_none_or(|least| number >= least) && limit("maximum").is_none_or(|most| number <= most);
        fits || self.find(|| format!("{number} is out of range"))
    }

    fn list(&mut self, schema: &'static Map<String, Value>, list: &[Value]) -> bool {
        let limit = |name: &str| schema.get(name).and_then(Value::as_u64);
        let count = list.len() as u64;
        if limit("minItems").is_some_and(|least| count < least) || limit("maxItems").is_some_and(|most| count > most) {
            return self.find(|| format!("has {count} elements"));
        }
        if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            let mut seen = HashSet::new();
            if let Some(at) = list.iter().position(|element| !seen.insert(fingerprint(element))) {
                return self.find(|| format!("element {at} is there twice"));
            }
        }
        let mut valid = true;
        for (at, element) in list.iter().enumerate() {
            let item = match schema.get("items") {
                Some(Value::Array(items)) => items.get(at).or_else(|| schema.get("additionalItems")),
                items => items,
            };
            if let Some(item) = item {
                self.path.push(at.to_string());
                valid &= self.is_valid(item, element) || (self.findings.is_none() && self.find(String::new));
                self.path.pop();
            }
            if !valid && (self.findings.is_none() || self.is_full()) {
                return false;
            }
        }
        valid
    }

    fn object(&mut self, schema: &'static Map<String, Value>, object: &Map<String, Value>) -> bool {
        let mut valid = true;
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                valid = self.find(|| format!("`{name}` is missing"));
            }
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        let additional = schema.get("additionalProperties");
        for (name, value) in object {
            self.path.push(name.clone());
            valid &= match (properties.and_then(|properties| properties.get(name)), additional) {
                (Some(property), _) => self.is_valid(property, value),
                (None, Some(Value::Bool(false))) => self.find(|| "is not known to the schema".to_owned()),
                (None, Some(additional)) => self.is_valid(additional, value),
                (None, None) => true,
            };
            self.path.pop();
        }
        valid
    }

    fn combined(&mut self, schema: &'static Map<String, Value>, value: &Value) -> bool {
        let parts = |name: &str| schema.get(name).and_then(Value::as_array).map(Vec::as_slice);
        for part in parts("allOf").unwrap_or_default() {
            if !self.is_valid(part, value) {
                return false;
            }
        }
        if let Some(any) = parts("anyOf")
            && !any.iter().any(|part| self.silently(part, value))
        {
            return self.find(|| "is none of what is allowed here".to_owned());
        }
        if let Some(one) = parts("oneOf") {
            let fitting = one.iter().filter(|part| self.silently(part, value)).count();
            if fitting != 1 {
                // The one that is meant tells most of what is wrong.
                return self.tell_closest(one, value) || self.find(|| format!("is {fitting} of what is allowed here"));
            }
        }
        match (schema.get("if"), schema.get("then")) {
            (Some(condition), Some(then)) if self.silently(condition, value) => self.is_valid(then, value),
            _ => true,
        }
    }

    /// Reports what keeps `value` from being the alternative with its members, if there is one;
    /// never valid.
    fn tell_closest(&mut self, alternatives: &'static [Value], value: &Value) -> bool {
        let members = |part: &Value| {
            let known = part.get("properties").and_then(Value::as_object);
            value.as_object().is_some_and(|object| {
                known.is_some_and(|known| object.keys().next().is_some_and(|name| known.contains_key(name)))
            })
        };
        let mut meant = alternatives.iter().filter(|part| members(part) && !self.silently(part, value));
        match (meant.next(), meant.next()) {
            (Some(part), None) => {
                let before = self.findings.as_ref().map(Vec::len);
                self.is_valid(part, value);
                if self.findings.as_ref().map(Vec::len) == before {
                    self.find(|| "is not what is allowed here".to_owned());
                }
                false
            }
            _ => self.find(|| "is none or several of what is allowed here".to_owned()),
        }
    }

    fn silently(&self, schema: &'static Value, value: &Value) -> bool {
        Self::quiet(self.root).is_valid(schema, value)
    }
}

/// Tells values apart; two that differ have the same one time in 2⁶⁴.
pub(super) fn fingerprint(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.to_string().hash(&mut hasher);
    hasher.finish()
}

/// A pattern, and what it was compiled to.
type Pattern = (String, Option<Regex>);

/// Whether a pattern of a schema matches; each is compiled once.
fn matches(pattern: &str, text: &str) -> bool {
    static COMPILED: Mutex<Vec<Pattern>> = Mutex::new(Vec::new());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if !compiled.iter().any(|(known, _)| known == pattern) {
        compiled.push((pattern.to_owned(), Regex::new(pattern).ok()));
    }
    let regex = compiled.iter().find(|(known, _)| known == pattern).and_then(|(_, regex)| regex.as_ref());
    regex.is_none_or(|regex| regex.is_match(text))
}

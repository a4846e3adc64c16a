//! The official JSON schemas, and documents checked against them.

mod check;
mod validate;

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::Value;

pub use check::{Finding, MOST_FINDINGS, check};
use validate::Validator;

/// A format that there is a schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Schema {
    Spdx23,
    CycloneDx14,
    CycloneDx15,
    CycloneDx16,
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

macro_rules! schemas {
    ($($name:ident $file:literal,)*) => {
        $(static $name: LazyLock<Value> = LazyLock::new(|| parse(include_str!(concat!("../../schemas/", $file))));)*
    };
}

schemas! {
    SPDX_23 "spdx-2.3.schema.json",
    CYCLONEDX_14 "bom-1.4.schema.json",
    CYCLONEDX_15 "bom-1.5.schema.json",
    CYCLONEDX_16 "bom-1.6.schema.json",
    SPDX_IDS "spdx.schema.json",
    JSF "jsf-0.82.schema.json",
}

impl Schema {
    fn root(self) -> &'static Value {
        match self {
            Self::Spdx23 => &SPDX_23,
            Self::CycloneDx14 => &CYCLONEDX_14,
            Self::CycloneDx15 => &CYCLONEDX_15,
            Self::CycloneDx16 => &CYCLONEDX_16,
        }
    }

    /// The schema that a reference within `root` names.
    fn resolve(root: &'static Value, reference: &str) -> Option<(&'static Value, &'static Value)> {
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let root = match file {
            "" => root,
            _ if file.ends_with("spdx.schema.json") => &SPDX_IDS,
            _ if file.ends_with("jsf-0.82.schema.json") => &JSF,
            _ => return None,
        };
        Some((root, root.pointer(pointer)?))
    }
}

/// Whether `value` is valid by the part of `schema` that `pointer` names; by a part that there
/// is not nothing is.
pub(crate) fn is_valid(schema: Schema, pointer: &str, value: &Value) -> bool {
    let root = schema.root();
    root.pointer(pointer).is_some_and(|part| Validator::quiet(root).is_valid(part, value))
}

/// Whether CycloneDX takes it as the identifier of a licence.
pub(crate) fn is_license_id(id: &str) -> bool {
    static IDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
        SPDX_IDS.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    });
    IDS.contains(id)
}

/// Whether it can stand where a URL is asked for (RFC 3987, as far as it can go wrong).
pub(crate) fn is_iri_reference(text: &str) -> bool {
    let path = &text[text.find("://").map_or(0, |at| at + 3)..];
    let authority = path.find(['/', '?', '#']).unwrap_or(path.len());
    let first = text.find(['/', '?', '#']).unwrap_or(text.len());
    let scheme = text[..first].split_once(':').map_or("a", |(scheme, _)| scheme);
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let host = if text.contains("://") { &path[..authority] } else { "" };
    let port = host.rsplit_once('@').map_or(host, |(_, host)| host).split_once(':').map_or("", |(_, port)| port);
    is_scheme
        && !text.contains(|c: char| {
            c.is_whitespace()
                || c.is_control()
                || matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`' | '[' | ']')
        })
        && port.bytes().all(|b| b.is_ascii_digit())
        && text.matches('#').count() <= 1
        && text.split('%').skip(1).all(|after| after.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2)
        && !text.chars().any(|c| matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{ffff}') || c > '\u{efffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_from_what_no_url_is() {
        for url in
            ["", "https://example.org/a?b=c#d", "../..", "git@github.com/a", "http://a:80/x", "mailto:a@b", "é/ü"]
        {
            assert!(is_iri_reference(url), "{url}");
        }
        for none in ["a b", "https://exa<mple", "%zz", "a%2", "a#b#c", "git@github.com:a/b", "http://[::1", "1a:b"] {
            assert!(!is_iri_reference(none), "{none}");
        }
    }

    #[test]
    fn every_schema_is_read() {
        for schema in [Schema::Spdx23, Schema::CycloneDx14, Schema::CycloneDx15, Schema::CycloneDx16] {
            assert!(schema.root().get("properties").is_some());
        }
        assert!(is_license_id("MIT") && !is_license_id("mit"));
        assert!(JSF.get("definitions").is_some());
    }
}

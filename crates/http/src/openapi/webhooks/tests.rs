//! The document says what the domain's types write: the same members, and which of them may be
//! missing.

use std::collections::BTreeSet;

use podarmor_domain::event::EventKind;
use podarmor_domain::event::data::{
    CveActionable, CveWatched, ImageRebuilt, ImageScanned, VersionDeprecated, WebhookDisabled, WebhookExhausted,
};
use podarmor_domain::event::message::{CloudEvent, Message, MessageFormat};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::examples;
use crate::openapi::portal_document;

/// The body as a receiver in Rust reads it, written again; and without everything that can be
/// absent.
fn rewritten<D: Serialize + DeserializeOwned>(body: &Value, format: MessageFormat) -> (Value, Value) {
    match format {
        MessageFormat::PodArmor => {
            let read: Message<D> = serde_json::from_value(body.clone()).unwrap();
            let least = Message { image_id: None, version_id: None, ..read };
            let least = serde_json::to_value(least).unwrap();
            let read: Message<D> = serde_json::from_value(body.clone()).unwrap();
            (serde_json::to_value(read).unwrap(), least)
        }
        MessageFormat::CloudEvents => {
            let read: CloudEvent<D> = serde_json::from_value(body.clone()).unwrap();
            let least = CloudEvent { subject: None, imageid: None, versionid: None, ..read };
            let least = serde_json::to_value(least).unwrap();
            let read: CloudEvent<D> = serde_json::from_value(body.clone()).unwrap();
            (serde_json::to_value(read).unwrap(), least)
        }
    }
}

fn of_kind(kind: EventKind, body: &Value, format: MessageFormat) -> (Value, Value) {
    match kind {
        EventKind::ImageScanned => rewritten::<ImageScanned>(body, format),
        EventKind::ImageRebuilt => rewritten::<ImageRebuilt>(body, format),
        EventKind::CveWatched => rewritten::<CveWatched>(body, format),
        EventKind::VersionDeprecated => rewritten::<VersionDeprecated>(body, format),
        EventKind::CveActionable => rewritten::<CveActionable>(body, format),
        EventKind::WebhookDisabled => rewritten::<WebhookDisabled>(body, format),
        EventKind::WebhookExhausted => rewritten::<WebhookExhausted>(body, format),
    }
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

fn words(value: &Value) -> BTreeSet<&str> {
    value.as_array().into_iter().flatten().map(|word| word.as_str().unwrap()).collect()
}

/// Compares a schema with the value that has all members and the one that has the fewest.
fn compare(schema: &Value, most: &Value, least: &Value, place: &str) {
    let document = portal_document();
    let schema = match schema["$ref"].as_str() {
        Some(pointer) => document.pointer(pointer.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    if let Some(parts) = schema["allOf"].as_array() {
        let [base, own] = parts.as_slice() else { panic!("{place}: {schema}") };
        compare(base, most, least, place);
        for (name, property) in own["properties"].as_object().unwrap() {
            compare(property, &most[name], &least[name], &format!("{place}.{name}"));
        }
        return;
    }
    if let Some(word) = schema.get("const") {
        assert_eq!(word, most, "{place}");
    }
    let Some(properties) = schema["properties"].as_object() else {
        if let Some(allowed) = schema["enum"].as_array() {
            assert!(allowed.contains(most), "{place}: {most}");
        }
        for (most, least) in most.as_array().into_iter().flatten().zip(least.as_array().into_iter().flatten()) {
            compare(&schema["items"], most, least, &format!("{place}[]"));
        }
        return;
    };
    assert_eq!(keys(&schema["properties"]), keys(most), "{place}");
    assert_eq!(words(&schema["required"]), keys(least), "{place}");
    for (name, property) in properties {
        compare(property, &most[name], &least[name], &format!("{place}.{name}"));
        let types = &property["type"];
        if least.get(name).is_some_and(Value::is_null) {
            assert!(words(types).contains("null"), "{place}.{name} can be null");
        } else if let Some(one) = types.as_str() {
            assert_eq!(one, type_of(&most[name]), "{place}.{name}");
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[test]
fn every_kind_is_documented_as_the_domain_writes_it_in_both_formats() {
    let sections = &portal_document()["webhooks"];
    let kinds: BTreeSet<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(keys(sections), kinds);
    for kind in EventKind::ALL {
        let content = &sections[kind.as_str()]["post"]["requestBody"]["content"];
        assert_eq!(keys(content), MessageFormat::ALL.iter().map(|format| format.content_type()).collect());
        for format in MessageFormat::ALL {
            let media = &content[format.content_type()];
            let example = &media["example"];
            let place = format!("{kind} {format}");
            let (written, least) = of_kind(*kind, example, *format);
            assert_eq!(written, *example, "{place}");
            // A body that is about an image has every member.
            let mut most = examples::body(EventKind::ImageScanned, *format);
            most["data"] = example["data"].clone();
            let word = if *format == MessageFormat::PodArmor { "event" } else { "type" };
            most[word] = example[word].clone();
            compare(&media["schema"], &most, &least, &place);
        }
    }
}

#[test]
fn the_data_of_the_feed_is_that_of_every_kind() {
    let schemas = &portal_document()["components"]["schemas"];
    let listed = schemas["Event"]["properties"]["data"]["anyOf"].as_array().unwrap();
    assert_eq!(listed.len(), EventKind::ALL.len());
}

//! What docs/webhooks.md shows is what the types write.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use podarmor_domain::event::EventKind;
use podarmor_domain::event::data::{
    CveActionable, CveWatched, ImageRebuilt, ImageScanned, VersionDeprecated, WebhookDisabled, WebhookExhausted,
};
use podarmor_domain::event::message::{CloudEvent, Message};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const PAGE: &str = include_str!("../../../docs/webhooks.md");

/// The JSON of the page, spaces between members left out.
fn shown() -> Vec<String> {
    let blocks = PAGE.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.map(compact).collect()
}

fn compact(text: &str) -> String {
    let mut inside = false;
    let mut escaped = false;
    let kept = text.chars().filter(|character| {
        let keep = inside || !character.is_whitespace();
        inside ^= *character == '"' && !escaped;
        escaped = inside && *character == '\\' && !escaped;
        keep
    });
    kept.collect()
}

fn written<T: Serialize + DeserializeOwned>(text: &str) -> String {
    let read: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    serde_json::to_string(&read).unwrap()
}

fn written_as<D: Serialize + DeserializeOwned>(text: &str) -> String {
    if text.contains("\"specversion\"") { written::<CloudEvent<D>>(text) } else { written::<Message<D>>(text) }
}

fn written_by_kind(kind: EventKind, text: &str) -> String {
    match kind {
        EventKind::ImageScanned => written_as::<ImageScanned>(text),
        EventKind::ImageRebuilt => written_as::<ImageRebuilt>(text),
        EventKind::CveWatched => written_as::<CveWatched>(text),
        EventKind::VersionDeprecated => written_as::<VersionDeprecated>(text),
        EventKind::CveActionable => written_as::<CveActionable>(text),
        EventKind::WebhookDisabled => written_as::<WebhookDisabled>(text),
        EventKind::WebhookExhausted => written_as::<WebhookExhausted>(text),
    }
}

/// The kind of a body in either format; `None` for JSON that is none.
fn kind(text: &str) -> Option<EventKind> {
    let body: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let cloud = body["type"].as_str().and_then(|kind| kind.strip_prefix("com.podarmor."));
    let own = body["event"].as_str().filter(|_| body["deliveryId"].is_string());
    Some(EventKind::parse("event", cloud.or(own)?).unwrap())
}

#[test]
fn every_body_of_the_page_is_written_so() {
    let bodies: Vec<(EventKind, String)> =
        shown().into_iter().filter_map(|text| kind(&text).map(|kind| (kind, text))).collect();
    for wanted in EventKind::ALL {
        let count = bodies.iter().filter(|(kind, _)| kind == wanted).count();
        assert_eq!(count, 2, "{wanted} in both formats");
    }
    for (kind, text) in bodies {
        assert_eq!(written_by_kind(kind, &text), text);
    }
}

#[test]
fn the_delivery_of_the_page_is_written_so() {
    let request = PAGE.split("```http\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let body = request.split("\n\n").nth(1).unwrap().trim_end();
    assert_eq!(written_as::<ImageScanned>(body), body);
}

//! The `webhooks` section of the document: what is sent for each kind of event.

mod examples;
mod schemas;
#[cfg(test)]
mod tests;

use podarmor_domain::event::EventKind;
use podarmor_domain::event::message::MessageFormat;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// What holds for every kind.
const DESCRIPTION: &str = "\
Sent to each active subscription for this event, `POST /api/webhooks`, in its `format`.

**Verify before you read.** `X-PodArmor-Signature` is `sha256=` and the hexadecimal HMAC-SHA256 of the raw body; its key is the \
UTF-8 bytes of the secret exactly as it was shown, `whsec_` included. `webhook-id`, `webhook-timestamp` and `webhook-signature` \
are those of Standard Webhooks, whose libraries verify a delivery as it is; its key is the bytes that the base64 after `whsec_` \
stands for. Either is enough. For 24 hours after a rotation both headers carry two signatures, that of the new secret first. \
Refuse a timestamp that is more than some minutes off.

**Repetitions.** A delivery arrives at least once. `deliveryId` is the same over all attempts and redeliveries, `attemptNumber` \
never is. Order is not promised: the data carries its own time.

**Answers.** Any 2xx within 15 seconds is success. 410 disables the subscription at once. On 429 and 503 `Retry-After` is honoured, \
up to 24 hours. Everything else, redirects included, is a failed attempt, repeated after 5 s, 1 min, 5 min, 30 min, 2 h, 6 h and \
12 h, each ±20 %; then the delivery is `failed` and can be redelivered for 30 days. Five days of failures without a success \
disable the subscription. Nothing of the answer is used but its status and `Retry-After`; the start of it is shown in the list of \
deliveries.";

/// One kind of event in the document.
struct Sent {
    kind: EventKind,
    summary: &'static str,
    /// The name of the schema of its data.
    data: String,
    schema: Value,
}

impl Sent {
    fn of(kind: EventKind) -> Self {
        use schemas as data;
        let (summary, (data, schema)) = match kind {
            EventKind::ImageScanned => ("A scan was recorded", named::<data::ImageScannedSchema>()),
            EventKind::ImageRebuilt => ("A version was published", named::<data::ImageRebuiltSchema>()),
            EventKind::CveWatched => ("A watched CVE appeared", named::<data::CveWatchedSchema>()),
            EventKind::VersionDeprecated => ("A version was deprecated", named::<data::VersionDeprecatedSchema>()),
            EventKind::CveActionable => ("A fix appeared", named::<data::CveActionableSchema>()),
            EventKind::WebhookDisabled => ("A webhook was disabled", named::<data::WebhookDisabledSchema>()),
            EventKind::WebhookExhausted => ("A delivery ran out of attempts", named::<data::WebhookExhaustedSchema>()),
        };
        Self { kind, summary, data, schema }
    }

    /// The request that is sent.
    fn request(&self) -> Value {
        let kind = self.kind.as_str();
        let content: Map<String, Value> = MessageFormat::ALL
            .iter()
            .map(|format| {
                let media = json!({ "schema": self.body(*format), "example": examples::body(self.kind, *format) });
                (format.content_type().to_owned(), media)
            })
            .collect();
        json!({
            "operationId": format!("on_{}", kind.replace('.', "_")),
            "tags": ["Webhooks"],
            "summary": self.summary,
            "description": DESCRIPTION,
            "security": [],
            "parameters": headers(self.kind),
            "requestBody": { "required": true, "content": content },
            "responses": answers(),
        })
    }

    /// The body in a format: what all have in common, and this kind's data.
    fn body(&self, format: MessageFormat) -> Value {
        let kind = self.kind.as_str();
        let (base, member, word) = match format {
            MessageFormat::PodArmor => ("WebhookMessage", "event", kind.to_owned()),
            MessageFormat::CloudEvents => ("WebhookCloudEvent", "type", format!("com.podarmor.{kind}")),
        };
        let own = json!({
            "type": "object",
            "required": [member, "data"],
            "properties": { member: { "const": word }, "data": reference(&self.data) },
        });
        json!({ "allOf": [reference(base), own] })
    }
}

/// Adds the section and its schemas.
pub(super) fn add(document: &mut Value) {
    let kinds: Vec<Sent> = EventKind::ALL.iter().map(|kind| Sent::of(*kind)).collect();
    let shared = [
        named::<schemas::MessageSchema>(),
        named::<schemas::CloudEventSchema>(),
        named::<schemas::WatchedFindingSchema>(),
    ];
    let components = &mut document["components"]["schemas"];
    for (name, schema) in shared {
        components[name] = schema;
    }
    for sent in &kinds {
        components[&sent.data] = sent.schema.clone();
    }
    let data: Vec<Value> = kinds.iter().map(|sent| reference(&sent.data)).collect();
    let in_feed = &mut components["Event"]["properties"]["data"];
    *in_feed = json!({ "description": "What happened, in the form of its kind.", "anyOf": data });
    let sections = kinds.iter().map(|sent| (sent.kind.to_string(), json!({ "post": sent.request() })));
    document["webhooks"] = Value::Object(sections.collect());
}

fn named<T: ToSchema>() -> (String, Value) {
    (T::name().into_owned(), json!(T::schema()))
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The headers of a delivery.
fn headers(kind: EventKind) -> Vec<Value> {
    let header = |name: &str, description: &str, schema: Value, example: &str| {
        json!({
            "name": name, "in": "header", "required": true, "description": description,
            "schema": schema, "example": example,
        })
    };
    let text = || json!({ "type": "string" });
    let id = || json!({ "type": "string", "format": "uuid" });
    vec![
        header(
            "X-PodArmor-Signature",
            "`sha256=` and the hexadecimal HMAC-SHA256 of the raw body, under the whole secret. Two, comma-separated, newest \
             first, during a rotation.",
            json!({ "type": "string", "pattern": "^sha256=[0-9a-f]{64}(,sha256=[0-9a-f]{64})?$" }),
            examples::SIGNATURE,
        ),
        header("X-PodArmor-Event", "The kind of event.", json!({ "const": kind.as_str() }), kind.as_str()),
        header("X-PodArmor-Delivery", "The `deliveryId` of the body.", id(), examples::DELIVERY),
        header("webhook-id", "Standard Webhooks: the `deliveryId` of the body.", id(), examples::DELIVERY),
        header(
            "webhook-timestamp",
            "Standard Webhooks: when this attempt was sent, in seconds since 1970.",
            json!({ "type": "string", "pattern": "^[0-9]+$" }),
            examples::TIMESTAMP,
        ),
        header(
            "webhook-signature",
            "Standard Webhooks: `v1,` and the base64 HMAC-SHA256 of `webhook-id`, `webhook-timestamp` and the raw body, joined by \
             dots, under the bytes behind `whsec_`. Two, separated by a space, newest first, during a rotation.",
            text(),
            examples::STANDARD_SIGNATURE,
        ),
    ]
}

/// What a receiver's answers mean.
fn answers() -> Value {
    let wait = json!({ "Retry-After": {
        "description": "Seconds, or a time, before which no attempt is made; up to 24 hours.",
        "schema": { "type": "string" },
    } });
    json!({
        "2XX": { "description": "Delivered." },
        "410": { "description": "No more of this: the subscription is disabled, what it had pending fails." },
        "429": { "description": "A failed attempt; the next one not before `Retry-After`.", "headers": wait },
        "503": { "description": "A failed attempt; the next one not before `Retry-After`.", "headers": wait },
        "default": { "description": "A failed attempt, repeated on schedule. Redirects are not followed." },
    })
}

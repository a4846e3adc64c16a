//! A delivery of each kind, in both formats. A test reads them with the domain's own types.

use podarmor_domain::event::EventKind;
use podarmor_domain::event::message::MessageFormat;
use serde_json::{Value, json};

/// The delivery of all examples.
pub(super) const DELIVERY: &str = "01a21031-6b40-7c52-93d8-5f0e7c1a2b34";
/// When it was sent.
pub(super) const TIMESTAMP: &str = "1795569437";
/// Made up.
pub(super) const SIGNATURE: &str = "sha256=2f1d6c8a5b7e90344c1f8d2ab6e05973d4c8f1a2903b5e7d6a4f0c9b8e7d1a35";
/// Made up.
pub(super) const STANDARD_SIGNATURE: &str = "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=";

const TENANT: &str = "01a21022-ac9f-7b11-8a40-6d2f9c0e1b52";
const IMAGE: &str = "01a21022-b1c4-7d9e-a2b7-04f5d8c3e6a1";
const VERSION: &str = "01a21022-b6e8-7a35-9c41-8b2d7e5f0a93";
const EVENT: &str = "01a21031-6b3c-7e80-b4f2-1c9a6d5e3f07";
const SUBSCRIPTION: &str = "01a2102f-9d17-7c26-8e53-4a0b6f2d1c98";
const OCCURRED: &str = "2026-11-25T01:17:15.204113Z";
const SENT: &str = "2026-11-25T01:17:17.018402Z";
const URL: &str = "https://hooks.example.com/podarmor";
const DIGEST: &str = "sha256:7d3b1c5e9f2a48607b6d1e8c4f0a9352b7c6d5e4f3a2918076b5c4d3e2f1a090";

/// The body of a delivery.
pub(super) fn body(kind: EventKind, format: MessageFormat) -> Value {
    let about_an_image = !matches!(kind, EventKind::WebhookDisabled | EventKind::WebhookExhausted);
    match format {
        MessageFormat::PodArmor => json!({
            "event": kind.as_str(),
            "tenantId": TENANT,
            "imageId": about_an_image.then_some(IMAGE),
            "versionId": about_an_image.then_some(VERSION),
            "data": data(kind),
            "deliveryId": DELIVERY,
            "deliveredAt": SENT,
            "attemptNumber": 1,
            "eventId": EVENT,
        }),
        MessageFormat::CloudEvents => {
            let mut body = json!({
                "specversion": "1.0",
                "id": EVENT,
                "source": format!("urn:podarmor:tenant:{TENANT}"),
                "type": format!("com.podarmor.{kind}"),
                "time": OCCURRED,
                "datacontenttype": "application/json",
                "tenantid": TENANT,
                "deliveryid": DELIVERY,
                "attemptnumber": 1,
                "data": data(kind),
            });
            if about_an_image {
                body["subject"] = json!(VERSION);
                body["imageid"] = json!(IMAGE);
                body["versionid"] = json!(VERSION);
            }
            body
        }
    }
}

fn data(kind: EventKind) -> Value {
    match kind {
        EventKind::ImageScanned => json!({
            "imageName": "java17-deploy", "version": "17.0.19-r0", "outstandingCount": 2, "residualCount": 31,
            "criticalCount": 1, "highCount": 6, "scannedAt": "2026-11-25T01:16:40Z",
        }),
        EventKind::ImageRebuilt => json!({
            "imageName": "java17-deploy", "version": "17.0.19-r1", "digest": DIGEST, "sizeBytes": 71_303_168,
            "publishedAt": "2026-11-25T01:16:40Z",
        }),
        EventKind::VersionDeprecated => json!({
            "imageName": "java17-deploy", "version": "17.0.19-r0", "digest": DIGEST, "reason": "replaced by 17.0.19-r1",
            "deprecatedAt": "2026-11-25T01:16:40Z",
        }),
        EventKind::CveWatched => json!({
            "watchId": "01a2102e-51d3-7f68-a07c-9e3b5d1f4c26", "cveId": "CVE-2026-12345", "imageName": "java17-deploy",
            "version": "17.0.19-r0", "scannedAt": "2026-11-25T01:16:40Z",
            "matches": [{
                "vulnerabilityId": "GHSA-jfh8-c2jp-5v3q", "package": package(), "severity": "high",
                "fixState": "fixed", "fixedIn": ["1:1.2.13.dfsg-1+deb12u1"],
            }],
        }),
        EventKind::CveActionable => json!({
            "cveId": "CVE-2026-12345", "imageName": "java17-deploy", "version": "17.0.19-r0", "package": package(),
            "severity": "high", "fixedIn": ["1:1.2.13.dfsg-1+deb12u1"], "scannedAt": "2026-11-25T01:16:40Z",
        }),
        EventKind::WebhookDisabled => json!({
            "subscriptionId": SUBSCRIPTION, "subscriptionEvent": "image.scanned", "url": URL,
            "reason": "The receiver answered 410 Gone.", "disabledAt": OCCURRED,
        }),
        EventKind::WebhookExhausted => json!({
            "subscriptionId": SUBSCRIPTION, "subscriptionEvent": "image.scanned", "url": URL,
            "deliveryId": "01a2101a-07e5-7b94-8d3f-2c6a1e9b5f40", "attempts": 8, "lastError": "answered 503",
            "exhaustedAt": OCCURRED,
        }),
    }
}

fn package() -> Value {
    json!({ "name": "zlib1g", "version": "1:1.2.13.dfsg-1", "type": "deb" })
}

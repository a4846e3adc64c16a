//! Data for test deliveries: the form of a real event, about an image that does not exist.

use serde::Serialize;

use crate::Timestamp;
use crate::error::Error;
use crate::event::EventKind;
use crate::event::data::{
    CveActionable, CveWatched, ImageRebuilt, ImageScanned, PackageName, VersionDeprecated, WatchedFinding,
    WebhookDisabled, WebhookExhausted,
};

const IMAGE: &str = "example-image";
const VERSION: &str = "1.0.0-r0";
const CVE: &str = "CVE-2026-12345";
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";
const URL: &str = "https://hooks.example.com/podarmor";

/// The sample of a kind, as JSON.
pub(super) fn sample(kind: EventKind, now: Timestamp) -> Result<String, Error> {
    match kind {
        EventKind::ImageScanned => json(&ImageScanned {
            image_name: IMAGE.into(),
            version: VERSION.into(),
            outstanding_count: 2,
            residual_count: 5,
            critical_count: 1,
            high_count: 3,
            scanned_at: now,
        }),
        EventKind::ImageRebuilt => json(&ImageRebuilt {
            image_name: IMAGE.into(),
            version: VERSION.into(),
            digest: digest(),
            size_bytes: 20_971_520,
            published_at: now,
        }),
        EventKind::VersionDeprecated => json(&VersionDeprecated {
            image_name: IMAGE.into(),
            version: VERSION.into(),
            digest: digest(),
            reason: "replaced by 1.0.0-r1".into(),
            deprecated_at: now,
        }),
        EventKind::CveWatched | EventKind::CveActionable => vulnerability(kind, now),
        EventKind::WebhookDisabled => json(&WebhookDisabled {
            subscription_id: NOBODY.into(),
            subscription_event: EventKind::ImageScanned.to_string(),
            url: URL.into(),
            reason: "the receiver answered 410 Gone".into(),
            disabled_at: now,
        }),
        EventKind::WebhookExhausted => json(&WebhookExhausted {
            subscription_id: NOBODY.into(),
            subscription_event: EventKind::ImageScanned.to_string(),
            url: URL.into(),
            delivery_id: NOBODY.into(),
            attempts: 8,
            last_error: "answered 503".into(),
            exhausted_at: now,
        }),
    }
}

fn vulnerability(kind: EventKind, now: Timestamp) -> Result<String, Error> {
    let package = PackageName { name: "zlib".into(), version: "1.3.1-r0".into(), kind: "apk".into() };
    let fixed_in = vec!["1.3.1-r1".to_owned()];
    if kind == EventKind::CveActionable {
        return json(&CveActionable {
            cve_id: CVE.into(),
            image_name: IMAGE.into(),
            version: VERSION.into(),
            package,
            severity: "high".into(),
            fixed_in,
            scanned_at: now,
        });
    }
    let found = WatchedFinding {
        vulnerability_id: CVE.into(),
        package,
        severity: "high".into(),
        fix_state: "fixed".into(),
        fixed_in,
    };
    json(&CveWatched {
        watch_id: NOBODY.into(),
        cve_id: CVE.into(),
        image_name: IMAGE.into(),
        version: VERSION.into(),
        scanned_at: now,
        matches: vec![found],
    })
}

fn digest() -> String {
    format!("sha256:{}", "0".repeat(64))
}

fn json(data: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(data).map_err(Error::internal)
}

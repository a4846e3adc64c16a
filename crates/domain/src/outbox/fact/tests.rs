//! Facts come back as they were stored, and say what a scan means.

use super::*;
use crate::error::ErrorKey;
use crate::event::EventKind;
use crate::testing::fixtures::{at, finding, fixed};

fn version_fact<D>(data: D) -> VersionFact<D> {
    let image = ImageId::from_uuid(uuid::Uuid::from_u128(1));
    VersionFact { image, version: VersionId::from_uuid(uuid::Uuid::from_u128(2)), data }
}

fn subscription_fact<D>(data: D) -> SubscriptionFact<D> {
    let tenant = TenantId::from_uuid(uuid::Uuid::from_u128(3));
    SubscriptionFact { tenant, subscription: SubscriptionId::from_uuid(uuid::Uuid::from_u128(4)), data }
}

fn scanned() -> ImageScanned {
    ImageScanned {
        image_name: "java17".into(),
        version: "“1.0” 🦀\n".into(),
        outstanding_count: 1,
        residual_count: u64::MAX,
        critical_count: 0,
        high_count: 3,
        scanned_at: at("2026-03-01T08:00:00.123456Z"),
    }
}

fn one_of_each() -> [Fact; 5] {
    let previous = [finding("CVE-2026-0001", "zlib")];
    let findings = [fixed("CVE-2026-0001", "zlib"), fixed("CVE-2026-0002", "curl")];
    let scan = ScanFact {
        image: ImageId::from_uuid(uuid::Uuid::from_u128(1)),
        version: VersionId::from_uuid(uuid::Uuid::from_u128(2)),
        scanned: scanned(),
        appeared: appeared(&previous, &findings),
        actionable: actionable(&scanned(), &previous, &findings),
    };
    let (text, time) = (|| "x\0\"\\".to_owned(), at("2026-03-01T08:00:00Z"));
    let (image_name, version, digest, url) = (text(), text(), text(), text());
    let rebuilt = ImageRebuilt { image_name, version, digest, size_bytes: 1, published_at: time };
    let (image_name, version, digest) = (text(), text(), text());
    let deprecated = VersionDeprecated { image_name, version, digest, reason: text(), deprecated_at: time };
    let (subscription_id, subscription_event) = (text(), EventKind::ImageScanned.to_string());
    let disabled = WebhookDisabled { subscription_id, subscription_event, url, reason: text(), disabled_at: time };
    let exhausted = WebhookExhausted {
        subscription_id: text(),
        subscription_event: text(),
        url: text(),
        delivery_id: text(),
        attempts: 8,
        last_error: text(),
        exhausted_at: time,
    };
    [
        Fact::ScanRecorded(Box::new(scan)),
        Fact::VersionPublished(version_fact(rebuilt)),
        Fact::VersionDeprecated(version_fact(deprecated)),
        Fact::SubscriptionDisabled(subscription_fact(disabled)),
        Fact::DeliveryExhausted(subscription_fact(exhausted)),
    ]
}

#[test]
fn a_fact_comes_back_as_it_was_encoded() {
    for fact in one_of_each() {
        let text = fact.encode().unwrap();
        assert_eq!(Fact::decode(&text).unwrap(), fact, "{text}");
    }
}

#[test]
fn what_is_no_fact_is_refused() {
    for text in ["", "null", "{}", "{\"scan_recorded\":{}}", "{\"unknown\":{}}"] {
        assert_eq!(Fact::decode(text).unwrap_err().key(), ErrorKey::InternalError, "{text}");
    }
}

#[test]
fn an_id_is_new_where_the_scan_before_showed_it_nowhere() {
    let related = |id: &str, related: &str| Finding { related: vec![related.to_owned()], ..finding(id, "zlib") };
    let ids = |previous: &[Finding], findings: &[Finding]| -> Vec<(String, Vec<String>)> {
        appeared(previous, findings).into_iter().map(|one| (one.vulnerability, one.new_ids)).collect()
    };
    let new = |id: &str, ids: &[&str]| (id.to_owned(), ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
    let ghsa = [related("GHSA-1", "CVE-1")];
    assert_eq!(ids(&[], &ghsa), [new("GHSA-1", &["CVE-1", "GHSA-1"])]);
    assert_eq!(ids(&ghsa, &ghsa), []);
    assert_eq!(ids(&ghsa, &[finding("CVE-1", "curl")]), []);
    assert_eq!(ids(&[finding("CVE-1", "zlib")], &ghsa), [new("GHSA-1", &["GHSA-1"])]);
    assert_eq!(ids(&[], &[related("CVE-1", "CVE-1")]), [new("CVE-1", &["CVE-1"])]);
}

#[test]
fn a_fix_appears_where_there_was_none() {
    let moved = |previous: &[Finding], findings: &[Finding]| -> Vec<String> {
        actionable(&scanned(), previous, findings).into_iter().map(|one| one.cve_id).collect()
    };
    let (open, done) = (finding("CVE-1", "zlib"), fixed("CVE-1", "zlib"));
    assert_eq!(moved(std::slice::from_ref(&open), std::slice::from_ref(&done)), ["CVE-1"]);
    assert_eq!(moved(&[], std::slice::from_ref(&done)), Vec::<String>::new(), "fixable from the first");
    assert_eq!(moved(std::slice::from_ref(&done), std::slice::from_ref(&open)), Vec::<String>::new());
    assert_eq!(moved(&[open.clone(), done.clone()], std::slice::from_ref(&done)), Vec::<String>::new());
    assert_eq!(moved(std::slice::from_ref(&open), &[open.clone(), done.clone()]), ["CVE-1"]);
    assert_eq!(moved(&[finding("CVE-1", "curl")], &[done]), Vec::<String>::new(), "another package");
}

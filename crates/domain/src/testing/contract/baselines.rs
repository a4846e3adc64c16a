//! The upstream image that an image replaces.

use std::sync::Arc;

use crate::baseline::Baseline;
use crate::image::{Image, ImageChange, ImageReference, Published};
use crate::scan::{Finding, Severity};
use crate::store::Store;
use crate::testing::fixtures::{at, digest, finding, fixed, image_name, report};
use crate::testing::{Member, World, publisher};

async fn current(world: &World, who: &Member, image: &Image) -> Option<Baseline> {
    world.images().get(&who.images(), image.id).await.unwrap().baseline
}

async fn one_image(store: Arc<dyn Store>) -> (World, Member, Image) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let image = world.image("java17", ImageChange::default()).await;
    world.grant("acme", "java17").await;
    (world, viewer, image)
}

/// Not the one that was recorded last.
pub async fn the_baseline_scanned_last_is_current(store: Arc<dyn Store>) {
    let (world, viewer, image) = one_image(store).await;
    assert_eq!(current(&world, &viewer, &image).await, None);
    for (scanned_at, expected) in [
        ("2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
        ("2026-01-02T00:00:00.000001Z", "2026-01-02T00:00:00.000001Z"),
    ] {
        world.baseline("java17", scanned_at).await;
        assert_eq!(current(&world, &viewer, &image).await.unwrap().scanned_at, at(expected));
    }
    let other = world.image("java21", ImageChange::default()).await;
    world.grant("acme", "java21").await;
    world.baseline("java21", "2026-01-03T00:00:00Z").await;
    assert_eq!(current(&world, &viewer, &image).await.unwrap().scanned_at, at("2026-01-02T00:00:00.000001Z"));
    assert_eq!(current(&world, &viewer, &other).await.unwrap().scanned_at, at("2026-01-03T00:00:00Z"));
}

/// Every field survives, with and without what a report may leave out.
pub async fn a_baseline_comes_back_as_it_was_recorded(store: Arc<dyn Store>) {
    let (world, viewer, image) = one_image(store).await;
    let matches = [
        Finding { occurrences: 7, severity: Severity::Critical, ..fixed("CVE-2026-0001", "openssl") },
        Finding { severity: Severity::Unknown, ..finding("CVE-2026-0002", "zlib") },
    ];
    let mut bare = report("bare", Some(at("2026-01-01T00:00:00Z")), []);
    bare.subject.reference = Some("upstream/image:17".to_owned());
    bare.scanner.db_built_at = None;
    let mut full = report("full", Some(at("2026-01-02T12:34:56.789012Z")), matches);
    full.subject.reference = Some("ghcr.io/up/image:17".to_owned());
    full.subject.digests = vec![digest("first"), digest("second")];
    for (report, size_bytes) in [(bare, 0), (full, 5_000_000_000)] {
        let name = image_name("java17");
        let recorded = world.baselines().record(publisher(), &name, report.clone(), None, size_bytes).await.unwrap();
        let reference = report.subject.reference.unwrap();
        let expected = Baseline {
            id: recorded.into_inner().id,
            image: image.id,
            upstream_image: ImageReference::parse("upstreamImage", &reference).unwrap(),
            digest: report.subject.digests.into_iter().next(),
            scanned_at: report.scanned_at.unwrap(),
            scanner: report.scanner,
            content: report.content,
            counts: *report.findings.counts(),
            size_bytes,
        };
        assert_eq!(current(&world, &viewer, &image).await, Some(expected.clone()));
        let tx = world.store.system(publisher()).await.unwrap();
        assert_eq!(tx.find_baseline(image.id, expected.content).await.unwrap(), Some(expected));
    }
}

/// As a scan does.
pub async fn the_same_upstream_report_again_changes_nothing(store: Arc<dyn Store>) {
    let (world, viewer, image) = one_image(store).await;
    let mut report = report("upstream", Some(at("2026-01-01T00:00:00Z")), [fixed("CVE-2026-0001", "openssl")]);
    report.subject.reference = Some("debian:12".to_owned());
    let record = || {
        let (baselines, report) = (world.baselines(), report.clone());
        async move { baselines.record(publisher(), &image_name("java17"), report, None, 1).await.unwrap() }
    };
    let first = record().await.into_inner();
    world.baseline("java17", "2026-01-02T00:00:00Z").await;
    assert_eq!(record().await, Published::Unchanged(first));
    assert_eq!(current(&world, &viewer, &image).await.unwrap().scanned_at, at("2026-01-02T00:00:00Z"));
}

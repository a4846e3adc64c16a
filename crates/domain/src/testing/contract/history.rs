//! The history of a version: scans in whatever order they arrive.

use std::sync::Arc;

use super::stock::{EVER, limit};
use crate::id::{ImageId, ScanId, VersionId};
use crate::image::{Image, ImageChange, LastScan, Version};
use crate::paging::{PageLimit, PageRequest, Total};
use crate::scan::{Changes, Finding, FindingFilter, HistoryOrder, HistoryWindow, Report, Scan, Scanner, Severity};
use crate::store::Store;
use crate::testing::fixtures::{at, finding, fixed, image_name, report, version_name};
use crate::testing::{Member, World, publisher};
use crate::{Sha256, Timestamp};

/// A world with one licensed image and a viewer.
async fn one_image(store: Arc<dyn Store>) -> (World, Member, Image) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let image = world.image("java17", ImageChange::default()).await;
    world.grant("acme", "java17").await;
    (world, viewer, image)
}

async fn history(world: &World, who: &Member, image: ImageId, version: VersionId, window: &HistoryWindow) -> Vec<Scan> {
    let page = world.scans().history(&who.scans(), image, version, window, &PageRequest::default()).await.unwrap();
    assert_eq!(page.next, None);
    page.items
}

async fn latest(world: &World, who: &Member, image: ImageId, version: VersionId) -> (Version, Vec<Finding>) {
    let (filter, page) = (FindingFilter::default(), PageRequest::default());
    let found = world.scans().vulnerabilities(&who.scans(), image, version, &filter, &page).await.unwrap();
    (found.version, found.page.items.into_iter().map(|(_, finding)| finding).collect())
}

/// What is told of a scan, without the ids that differ.
fn gist(scan: &Scan) -> (Timestamp, u64, u64, u64, u64) {
    let Changes { appeared, resolved } = scan.changes;
    (scan.scanned_at, scan.counts.total(), scan.counts.outstanding(), appeared, resolved)
}

/// Three reports of which the middle one differs from both others.
fn three() -> [(&'static str, Vec<Finding>); 3] {
    [
        ("2026-01-01T00:00:00Z", vec![finding("CVE-2026-0001", "zlib"), finding("CVE-2026-0002", "bash")]),
        ("2026-02-01T00:00:00Z", vec![fixed("CVE-2026-0001", "zlib"), fixed("CVE-2026-0003", "curl")]),
        (
            "2026-03-01T00:00:00Z",
            vec![
                Finding { occurrences: 3, ..fixed("CVE-2026-0001", "zlib") },
                finding("CVE-2026-0002", "bash"),
                finding("CVE-2026-0004", "tar"),
            ],
        ),
    ]
}

/// All six orders of three reports: the same history, the same changes, the same findings now.
pub async fn scans_in_any_order_give_the_same_history(store: Arc<dyn Store>) {
    let (world, viewer, image) = one_image(store).await;
    let reports = three();
    let moments: Vec<_> = reports.iter().map(|(moment, _)| at(moment)).collect();
    for (index, order) in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].into_iter().enumerate() {
        let version = world.version("java17", &format!("1.{index}"), "2025-12-01T00:00:00Z").await;
        for (step, number) in order.into_iter().enumerate() {
            let (moment, findings) = &reports[number];
            let recorded = world.scan("java17", version.name.as_str(), moment, findings.clone()).await;
            assert_eq!(recorded.scan.outcome(), "created");
            assert_eq!(recorded.latest, order[..step].iter().all(|earlier| *earlier < number), "{order:?}");
        }
        let scans = history(&world, &viewer, image.id, version.id, &EVER).await;
        let expected = [(moments[0], 2, 0, 2, 0), (moments[1], 2, 2, 1, 1), (moments[2], 5, 3, 2, 1)];
        assert_eq!(scans.iter().map(gist).collect::<Vec<_>>(), expected, "{order:?}");
        let (version, findings) = latest(&world, &viewer, image.id, version.id).await;
        let last = LastScan { id: scans[2].id, scanned_at: moments[2], counts: scans[2].counts };
        assert_eq!(version.last_scan, Some(last), "{order:?}");
        assert_eq!(findings, report("", None, reports[2].1.clone()).findings.list(), "{order:?}");
    }
}

/// The latest scan stays what it is; only its changes are counted anew.
pub async fn a_late_older_scan_joins_the_history_and_its_successor_is_counted_anew(store: Arc<dyn Store>) {
    let (world, viewer, image) = one_image(store).await;
    let version = world.version("java17", "1.0", "2025-12-01T00:00:00Z").await;
    let [first, second, third] = three();
    world.scan("java17", "1.0", first.0, first.1).await;
    world.scan("java17", "1.0", third.0, third.1).await;
    let before = history(&world, &viewer, image.id, version.id, &EVER).await;
    assert_eq!(before[1].changes, Changes { appeared: 1, resolved: 0 });
    let late = world.scan("java17", "1.0", second.0, second.1).await;
    assert!(!late.latest);
    let after = history(&world, &viewer, image.id, version.id, &EVER).await;
    assert_eq!(after.len(), 3);
    assert_eq!((&after[0], &after[1]), (&before[0], &late.scan.into_inner()));
    let changes = Changes { appeared: 2, resolved: 1 };
    assert_eq!(after[2], Scan { changes, ..before[1].clone() });
    let (version, _) = latest(&world, &viewer, image.id, version.id).await;
    assert_eq!(version.last_scan.unwrap().id, after[2].id);
}

/// Whether it is the latest or an older one.
pub async fn the_same_report_again_changes_nothing(store: Arc<dyn Store>) {
    let (world, viewer, image) = one_image(store).await;
    let version = world.version("java17", "1.0", "2025-12-01T00:00:00Z").await;
    let record_all = || async {
        let mut ids = Vec::new();
        for (moment, findings) in three() {
            let recorded = world.scan("java17", "1.0", moment, findings).await;
            ids.push((recorded.scan.outcome(), recorded.latest, recorded.scan.into_inner().id));
        }
        ids
    };
    let first = record_all().await;
    let before = history(&world, &viewer, image.id, version.id, &EVER).await;
    let again = record_all().await;
    for (number, ((_, _, made), (outcome, is_latest, id))) in first.into_iter().zip(again).enumerate() {
        assert_eq!((outcome, is_latest, id), ("unchanged", number == 2, made));
    }
    assert_eq!(history(&world, &viewer, image.id, version.id, &EVER).await, before);
    // The same document as a scan of another version is a scan of its own.
    world.version("java17", "2.0", "2025-12-01T00:00:00Z").await;
    let (moment, findings) = three()[0].clone();
    assert_eq!(world.scan("java17", "2.0", moment, findings).await.scan.outcome(), "created");
}

/// By two scanners, say. The greater id is the later one.
pub async fn scans_at_the_same_time_are_kept_apart(store: Arc<dyn Store>) {
    let (world, viewer, image) = one_image(store).await;
    let version = world.version("java17", "1.0", "2025-12-01T00:00:00Z").await;
    let moment = at("2026-01-01T00:00:00Z");
    let one = world.record("java17", "1.0", report("one", Some(moment), [finding("CVE-2026-0001", "zlib")])).await;
    let two = world.record("java17", "1.0", report("two", Some(moment), [finding("CVE-2026-0002", "zlib")])).await;
    assert_eq!((one.latest, two.latest), (true, true));
    let scans = history(&world, &viewer, image.id, version.id, &EVER).await;
    assert_eq!(scans.iter().map(gist).collect::<Vec<_>>(), [(moment, 1, 0, 1, 0), (moment, 1, 0, 1, 1)]);
    for order in HistoryOrder::ALL {
        let mut request = limit(1);
        let window = HistoryWindow { order: *order, ..EVER };
        let first = world.scans().history(&viewer.scans(), image.id, version.id, &window, &request).await.unwrap();
        request.after = first.next;
        let second = world.scans().history(&viewer.scans(), image.id, version.id, &window, &request).await.unwrap();
        let mut paged = [first.items, second.items].concat();
        if *order == HistoryOrder::Descending {
            paged.reverse();
        }
        assert_eq!(paged, scans);
    }
}

/// Ten scans, one a day from the first of January.
async fn ten_days(world: &World) -> Version {
    let version = world.version("java17", "1.0", "2025-12-01T00:00:00Z").await;
    for day in 1..=10 {
        world.scan("java17", "1.0", &format!("2026-01-{day:02}T00:00:00Z"), Vec::new()).await;
    }
    version
}

fn window(from: Option<&str>, to: Option<&str>, order: HistoryOrder) -> HistoryWindow {
    HistoryWindow { from: from.map(at), to: to.map(at), order }
}

/// To the microsecond.
pub async fn a_history_window_includes_both_its_ends(store: Arc<dyn Store>) {
    let (world, viewer, image) = one_image(store).await;
    let version = ten_days(&world).await.id;
    let (third, fifth) = (Some("2026-01-03T00:00:00Z"), Some("2026-01-05T00:00:00Z"));
    let (after_third, before_fifth) = (Some("2026-01-03T00:00:00.000001Z"), Some("2026-01-04T23:59:59.999999Z"));
    for (from, to, expected) in [
        (None, None, 10),
        (third, None, 8),
        (None, fifth, 5),
        (third, fifth, 3),
        (after_third, fifth, 2),
        (third, before_fifth, 2),
        (after_third, before_fifth, 1),
        (third, third, 1),
        (fifth, third, 0),
    ] {
        for order in HistoryOrder::ALL {
            let window = window(from, to, *order);
            let found = history(&world, &viewer, image.id, version, &window).await;
            assert_eq!(found.len(), expected, "{window:?}");
            let counted = world.store.read(viewer.scope()).count_scans(version, &window, 100).await.unwrap();
            assert_eq!(counted, expected as u64, "{window:?}");
        }
    }
}

/// Within a window as well.
pub async fn a_history_pages_in_both_directions(store: Arc<dyn Store>) {
    let (world, viewer, image) = one_image(store).await;
    let version = ten_days(&world).await.id;
    for order in HistoryOrder::ALL {
        let window = window(Some("2026-01-02T00:00:00Z"), Some("2026-01-09T00:00:00Z"), *order);
        let mut days: Vec<_> = (2..=9).map(|day| at(&format!("2026-01-{day:02}T00:00:00Z"))).collect();
        if *order == HistoryOrder::Descending {
            days.reverse();
        }
        let mut request = limit(3);
        let mut found = Vec::new();
        for size in [3, 3, 2] {
            let page = world.scans().history(&viewer.scans(), image.id, version, &window, &request).await.unwrap();
            assert_eq!((page.items.len(), page.next.is_some()), (size, size == 3));
            found.extend(page.items.iter().map(|scan| scan.scanned_at));
            request.after = page.next;
        }
        assert_eq!(found, days);
    }
}

/// And the service counts when asked.
pub async fn counting_scans_stops_where_it_is_told(store: Arc<dyn Store>) {
    let (world, viewer, image) = one_image(store).await;
    let version = ten_days(&world).await.id;
    for (stop_at, counted) in [(1, 1), (9, 9), (10, 10), (11, 10)] {
        let reads = world.store.read(viewer.scope());
        assert_eq!(reads.count_scans(version, &EVER, stop_at).await.unwrap(), counted);
    }
    let request = PageRequest { limit: PageLimit::new(4).unwrap(), after: None, count: true };
    let page = world.scans().history(&viewer.scans(), image.id, version, &EVER, &request).await.unwrap();
    assert_eq!(page.total, Some(Total { count: 10, exact: true }));
}

/// Every field survives, with and without what a report may leave out.
pub async fn a_scan_comes_back_as_it_was_recorded(store: Arc<dyn Store>) {
    let (world, viewer, image) = one_image(store).await;
    let version = world.version("java17", "1.0", "2025-12-01T00:00:00Z").await;
    let every_severity = Severity::ALL.iter().zip(1..).flat_map(|(severity, occurrences)| {
        let pair = [finding("CVE-2026-0001", "zlib"), fixed("CVE-2026-0002", "zlib")];
        pair.map(|one| Finding { severity: *severity, occurrences, ..one })
    });
    let full = report("full", Some(at("2026-01-01T12:34:56.789012Z")), every_severity);
    let silent = Scanner { name: "old scanner äöü".to_owned(), version: String::new(), db_built_at: None };
    let bare = Report { scanner: silent, ..report("bare", Some(Timestamp::EPOCH), []) };
    let (total, outstanding) = ([2, 4, 6, 8, 10, 12], [1, 2, 3, 4, 5, 6]);
    assert_eq!(full.findings.counts().by_severity.to_array(), total);
    assert_eq!(full.findings.counts().outstanding_by_severity.to_array(), outstanding);
    for report in [full, bare] {
        let recorded = world.record("java17", "1.0", report.clone()).await.scan.into_inner();
        let expected = Scan {
            id: recorded.id,
            version: version.id,
            scanned_at: report.scanned_at.unwrap(),
            content: report.content,
            scanner: report.scanner,
            counts: *report.findings.counts(),
            changes: recorded.changes,
        };
        let (filter, page) = (FindingFilter::default(), PageRequest::default());
        let scans = world.scans();
        let (found, _) = scans.scan(&viewer.scans(), image.id, version.id, recorded.id, &filter, &page).await.unwrap();
        assert_eq!(found, expected);
        let tx = world.store.system(publisher()).await.unwrap();
        let found = tx.find_recorded(version.id, expected.scanned_at, expected.content).await.unwrap();
        assert_eq!(found, Some(expected));
    }
}

/// Until another takes its place.
pub async fn the_latest_scan_is_known_as_such(store: Arc<dyn Store>) {
    let (world, viewer, image) = one_image(store).await;
    let version = world.version("java17", "1.0", "2025-12-01T00:00:00Z").await.id;
    let reads = world.store.read(viewer.scope());
    let mut ids: Vec<ScanId> = Vec::new();
    for (moment, findings) in three() {
        ids.push(world.scan("java17", "1.0", moment, findings).await.scan.into_inner().id);
        for (number, id) in ids.iter().enumerate() {
            let (scan, is_latest) = reads.find_scan(image.id, version, *id).await.unwrap().unwrap();
            assert_eq!((scan.id, is_latest), (*id, number == ids.len() - 1));
        }
    }
    let tx = world.store.system(publisher()).await.unwrap();
    let found = tx.lock_version(image.id, &version_name("1.0")).await.unwrap().unwrap();
    assert_eq!(found.last_scan.unwrap().id, ids[2]);
    assert_eq!(tx.find_recorded(version, at("2026-01-01T00:00:00Z"), Sha256::of(b"")).await.unwrap(), None);
    assert!(tx.find_image_by_name(&image_name("java17")).await.unwrap().is_some());
}

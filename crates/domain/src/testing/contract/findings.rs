//! The findings of the latest scan, and of older ones.

use std::sync::Arc;

use super::stock::limit;
use crate::id::{ImageId, ScanId, VersionId};
use crate::image::ImageChange;
use crate::paging::{PageLimit, PageRequest, Total};
use crate::scan::{Cvss, Epss, Finding, FindingFilter, FixState, Package, PackageName, Partition, Severity};
use crate::store::Store;
use crate::testing::fixtures::{finding, fixed, full_finding, report};
use crate::testing::{Member, World};

/// A world with one licensed image of one version, and a viewer.
async fn one_version(store: Arc<dyn Store>) -> (World, Member, ImageId, VersionId) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let image = world.image("java17", ImageChange::default()).await;
    world.grant("acme", "java17").await;
    let version = world.version("java17", "1.0", "2025-12-01T00:00:00Z").await;
    (world, viewer, image.id, version.id)
}

async fn scan(world: &World, moment: &str, findings: Vec<Finding>) -> ScanId {
    world.scan("java17", "1.0", moment, findings).await.scan.into_inner().id
}

/// What is hard to keep: extremes, decimals that are no binary fractions, every script, nothing,
/// and the difference between nothing and an empty text.
fn difficult() -> Vec<Finding> {
    let rating = |base_score| Cvss { source: None, version: String::new(), vector: String::new(), base_score };
    let scores = [0.0, 0.1 + 0.2, 9.8, 10.0, 1e-300, f64::MIN_POSITIVE, 1.0 / 3.0, f64::MAX];
    let wide = "x".repeat(100_000);
    let package = |name: &str, version: &str, kind: &str| Package {
        name: name.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
    };
    vec![
        full_finding("CVE-2026-0001", "openssl"),
        finding("CVE-2026-0002", "bare"),
        Finding { cvss: scores.map(rating).to_vec(), ..finding("CVE-2026-0003", "scores") },
        Finding {
            epss: Some(Epss { probability: 1e-7, percentile: 0.999_999_999, date: None }),
            occurrences: 3_000_000_000,
            ..fixed("GHSA-xxxx-yyyy-zzzz", "@scope/name")
        },
        Finding {
            package: package("", "", ""),
            purl: Some(String::new()),
            namespace: Some(String::new()),
            data_source: Some(String::new()),
            description: Some(String::new()),
            fixed_in: vec![String::new()],
            related: vec![String::new()],
            ..finding("", "")
        },
        Finding {
            package: package("日本語 🦀 e\u{301}", "1:2.3~rc1+dfsg-4ubuntu5", "java-archive"),
            description: Some("line\r\n\ttab \"quote\" \\ '%_' \u{7f}\u{1}\u{fffd}\u{10ffff}".to_owned()),
            fixed_in: vec!["2.0".to_owned(), "1.9".to_owned(), "3.0-β".to_owned()],
            related: ["b", "a", "b", "CVE-2026-0004"].map(str::to_owned).to_vec(),
            ..fixed("CVE-2026-0004", "unicode")
        },
        Finding { description: Some(wide.clone()), data_source: Some(wide), ..finding("CVE-2026-0005", "wide") },
    ]
}

/// Bit for bit, from the current findings and from an older scan's.
pub async fn a_finding_comes_back_exactly(store: Arc<dyn Store>) {
    let (world, viewer, image, version) = one_version(store).await;
    let expected = report("", None, difficult()).findings.into_list();
    assert_eq!(expected.len(), difficult().len());
    let id = scan(&world, "2026-01-01T00:00:00Z", difficult()).await;
    let reads = world.store.read(viewer.scope());
    let everything = FindingFilter::default();
    let latest = reads.latest_findings(version, &everything, &PageRequest::default()).await.unwrap();
    let (positions, latest): (Vec<_>, Vec<_>) = latest.into_iter().unzip();
    assert_eq!(positions, [0, 1, 2, 3, 4, 5, 6]);
    exactly(&latest, &expected);
    exactly(&reads.scan_findings(id).await.unwrap(), &expected);
    scan(&world, "2026-01-02T00:00:00Z", Vec::new()).await;
    exactly(&reads.scan_findings(id).await.unwrap(), &expected);
    let page = PageRequest::default();
    let (_, older) = world.scans().scan(&viewer.scans(), image, version, id, &everything, &page).await.unwrap();
    exactly(&older.items.into_iter().map(|(_, finding)| finding).collect::<Vec<_>>(), &expected);
}

fn exactly(found: &[Finding], expected: &[Finding]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected);
        let bits = |finding: &Finding| finding.cvss.iter().map(|cvss| cvss.base_score.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(found), bits(expected));
    }
}

/// More than one statement of any database takes.
pub async fn five_thousand_findings_come_back_in_order(store: Arc<dyn Store>) {
    let (world, viewer, image, version) = one_version(store).await;
    let many: Vec<_> = (0..5_000).map(|n| finding(&format!("CVE-2026-{:04}", n * 7_919 % 5_000), "zlib")).collect();
    let id = scan(&world, "2026-01-01T00:00:00Z", many).await;
    let numbered = |count: usize| (0..count).map(|n| format!("CVE-2026-{n:04}"));
    let reads = world.store.read(viewer.scope());
    let all = reads.scan_findings(id).await.unwrap();
    assert!(all.iter().map(|finding| finding.vulnerability.clone()).eq(numbered(5_000)));
    let mut request = limit(200);
    let mut found = Vec::new();
    loop {
        let everything = FindingFilter::default();
        let page =
            world.scans().vulnerabilities(&viewer.scans(), image, version, &everything, &request).await.unwrap().page;
        found.extend(page.items.into_iter().map(|(_, finding)| finding.vulnerability));
        assert!(found.len() <= 5_000, "a finding is repeated");
        request.after = page.next;
        if request.after.is_none() {
            break;
        }
    }
    assert!(found.into_iter().eq(numbered(5_000)));
    // Replaced as a whole by what a later scan finds.
    scan(&world, "2026-01-02T00:00:00Z", vec![finding("CVE-2026-0001", "zlib")]).await;
    assert_eq!(reads.count_latest_findings(version, &FindingFilter::default(), 10_000).await.unwrap(), 1);
    assert_eq!(reads.scan_findings(id).await.unwrap().len(), 5_000);
}

/// Not of the one that arrived last.
pub async fn the_latest_findings_are_those_of_the_latest_scan(store: Arc<dyn Store>) {
    let (world, viewer, _, version) = one_version(store).await;
    let reads = world.store.read(viewer.scope());
    let now = || async {
        let found = reads.latest_findings(version, &FindingFilter::default(), &PageRequest::default()).await.unwrap();
        found.into_iter().map(|(_, finding)| finding.vulnerability).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(now().await, "");
    scan(&world, "2026-01-02T00:00:00Z", vec![finding("CVE-2", "zlib")]).await;
    assert_eq!(now().await, "CVE-2");
    scan(&world, "2026-01-01T00:00:00Z", vec![finding("CVE-1", "zlib")]).await;
    assert_eq!(now().await, "CVE-2");
    scan(&world, "2026-01-03T00:00:00Z", vec![finding("CVE-3", "zlib"), finding("CVE-4", "zlib")]).await;
    assert_eq!(now().await, "CVE-3 CVE-4");
}

/// Every severity, fix state and three packages, one of them in two versions.
fn mixed() -> Vec<Finding> {
    let mut all = Vec::new();
    for severity in Severity::ALL {
        for fix_state in FixState::ALL {
            for name in ["openssl", "OpenSSL", "libssl%"] {
                let id = format!("CVE-2026-{:04}", all.len() % 5);
                all.push(Finding { severity: *severity, fix_state: *fix_state, ..finding(&id, name) });
            }
        }
    }
    let mut other = finding("CVE-2026-0001", "openssl");
    other.package.version = "2.0".to_owned();
    all.push(other);
    all
}

fn filters() -> Vec<FindingFilter> {
    let name = |text| Some(PackageName::parse("package", text).unwrap());
    let mut filters = vec![FindingFilter::default()];
    filters.extend(Severity::ALL.iter().map(|one| FindingFilter { severity: vec![*one], ..Default::default() }));
    filters.extend(FixState::ALL.iter().map(|one| FindingFilter { fix_state: vec![*one], ..Default::default() }));
    filters.extend(Partition::ALL.iter().map(|one| FindingFilter { partition: Some(*one), ..Default::default() }));
    let packages = ["openssl", "OPENSSL", "libssl%", "libssl", "%", "openss_"];
    filters.extend(packages.map(|text| FindingFilter { package: name(text), ..Default::default() }));
    filters.extend([
        FindingFilter { severity: vec![Severity::High, Severity::Critical], ..Default::default() },
        FindingFilter {
            fix_state: vec![FixState::Fixed, FixState::WontFix],
            partition: Some(Partition::Residual),
            ..Default::default()
        },
        // Nothing can be both.
        FindingFilter { fix_state: vec![FixState::Fixed], partition: Some(Partition::Residual), ..Default::default() },
        FindingFilter {
            severity: vec![Severity::Medium],
            fix_state: vec![FixState::NotFixed],
            partition: Some(Partition::Residual),
            package: name("openssl"),
        },
    ]);
    filters
}

/// Two versions with the same findings, once in the latest scan and once in an older one.
pub async fn latest_and_older_findings_filter_and_page_alike(store: Arc<dyn Store>) {
    let (world, viewer, image, version) = one_version(store).await;
    let older_version = world.version("java17", "0.9", "2025-11-01T00:00:00Z").await.id;
    let latest_id = scan(&world, "2026-01-01T00:00:00Z", mixed()).await;
    let older = world.scan("java17", "0.9", "2026-01-01T00:00:00Z", mixed()).await.scan.into_inner().id;
    world.scan("java17", "0.9", "2026-01-02T00:00:00Z", vec![finding("CVE-1", "zlib")]).await;
    let all = report("", None, mixed()).findings.into_list();
    for filter in filters() {
        let expected: Vec<_> =
            (0u32..).zip(all.iter().cloned()).filter(|(_, finding)| filter.admits(finding)).collect();
        for size in [200, 7] {
            for (version, scan) in [(version, latest_id), (older_version, older)] {
                let found = paged(&world, &viewer, (image, version, scan), &filter, size).await;
                assert_eq!(found, expected, "{filter:?}");
            }
        }
        let counted = world.store.read(viewer.scope()).count_latest_findings(version, &filter, 1_000).await.unwrap();
        assert_eq!(counted, expected.len() as u64, "{filter:?}");
    }
}

async fn paged(
    world: &World,
    who: &Member,
    (image, version, scan): (ImageId, VersionId, ScanId),
    filter: &FindingFilter,
    size: u32,
) -> Vec<(u32, Finding)> {
    let mut request = PageRequest { count: true, ..limit(size) };
    let mut found = Vec::new();
    loop {
        let (_, page) = world.scans().scan(&who.scans(), image, version, scan, filter, &request).await.unwrap();
        found.extend(page.items);
        assert!(found.len() <= 73, "a finding is repeated");
        request.after = page.next;
        if request.after.is_none() {
            assert_eq!(page.total, Some(Total { count: found.len() as u64, exact: true }));
            return found;
        }
    }
}

/// Among those that pass.
pub async fn counting_findings_stops_where_it_is_told(store: Arc<dyn Store>) {
    let (world, viewer, image, version) = one_version(store).await;
    scan(&world, "2026-01-01T00:00:00Z", mixed()).await;
    let reads = world.store.read(viewer.scope());
    let high = FindingFilter { severity: vec![Severity::High], ..FindingFilter::default() };
    for (filter, stop_at, counted) in
        [(&FindingFilter::default(), 5, 5), (&FindingFilter::default(), 1_000, 73), (&high, 11, 11), (&high, 13, 12)]
    {
        assert_eq!(reads.count_latest_findings(version, filter, stop_at).await.unwrap(), counted);
    }
    let request = PageRequest { limit: PageLimit::new(2).unwrap(), after: None, count: true };
    let page = world.scans().vulnerabilities(&viewer.scans(), image, version, &high, &request).await.unwrap().page;
    assert_eq!((page.items.len(), page.total), (2, Some(Total { count: 12, exact: true })));
}

/// Zero is a count; no scan is none.
pub async fn a_scan_without_findings_is_a_scan(store: Arc<dyn Store>) {
    let (world, viewer, image, version) = one_version(store).await;
    let request = PageRequest { count: true, ..PageRequest::default() };
    let look = || async {
        let (scans, who, everything) = (world.scans(), viewer.scans(), FindingFilter::default());
        let found = scans.vulnerabilities(&who, image, version, &everything, &request).await.unwrap();
        assert_eq!(found.page.items, []);
        assert_eq!(found.page.total, Some(Total { count: 0, exact: true }));
        found.version.last_scan
    };
    assert_eq!(look().await, None);
    let id = scan(&world, "2026-01-01T00:00:00Z", Vec::new()).await;
    let last = look().await.unwrap();
    assert_eq!((last.id, last.counts.total(), last.counts.distinct_vulnerabilities), (id, 0, 0));
}

//! Where a vulnerability is, among what the tenant is licensed for.

use std::sync::Arc;

use crate::image::ImageChange;
use crate::scan::{Affected, Finding, VulnerabilityId};
use crate::store::Store;
use crate::testing::World;
use crate::testing::fixtures::{finding, fixed, image_name};

fn id(text: &str) -> VulnerabilityId {
    VulnerabilityId::parse("cveId", text).unwrap()
}

/// Under its own id or as an alias, in the latest scan of each version, in order.
pub async fn a_vulnerability_is_found_wherever_it_is_now(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    for image in ["b", "a", "foreign"] {
        world.image(image, ImageChange::default()).await;
        world.version(image, "1.0", "2026-01-01T00:00:00Z").await;
    }
    world.version("a", "2.0", "2026-02-01T00:00:00Z").await;
    let related = Finding {
        related: vec!["CVE-2026-0001".to_owned(), "CVE-2026-0009".to_owned()],
        ..finding("GHSA-aaaa-bbbb-cccc", "lodash")
    };
    let both = vec![fixed("CVE-2026-0001", "openssl"), related.clone(), finding("CVE-2026-0002", "zlib")];
    world.scan("a", "1.0", "2026-02-02T00:00:00Z", both).await;
    world.scan("a", "2.0", "2026-02-02T00:00:00Z", vec![related]).await;
    world.scan("b", "1.0", "2026-02-02T00:00:00Z", vec![finding("CVE-2026-0001", "gone")]).await;
    world.scan("b", "1.0", "2026-02-03T00:00:00Z", vec![finding("CVE-2026-0001", "openssl")]).await;
    world.scan("foreign", "1.0", "2026-02-02T00:00:00Z", vec![finding("CVE-2026-0001", "openssl")]).await;
    let reads = world.store.read(viewer.scope());
    assert_eq!(reads.affected_by(&id("CVE-2026-0001"), 100).await.unwrap(), []);
    world.grant("acme", "a").await;
    world.grant("acme", "b").await;
    let places = |found: &[Affected]| -> Vec<String> {
        let place = |one: &Affected| {
            let (image, version, package) = (&one.image_name, &one.version_name, &one.finding.package.name);
            format!("{image} {version} {package} {}", one.latest)
        };
        found.iter().map(place).collect()
    };
    let found = reads.affected_by(&id("cve-2026-0001"), 100).await.unwrap();
    // Within a version in the order of the scan.
    let expected = ["a 2.0 lodash true", "a 1.0 openssl false", "a 1.0 lodash false", "b 1.0 openssl true"];
    assert_eq!(places(&found), expected);
    assert_eq!(found[1].finding, fixed("CVE-2026-0001", "openssl"));
    assert_eq!(found[0].image_name, image_name("a"));
    assert_eq!(reads.affected_by(&id("CVE-2026-0001"), 3).await.unwrap(), found[..3]);
    assert_eq!(places(&reads.affected_by(&id("GHSA-AAAA-BBBB-CCCC"), 9).await.unwrap()).len(), 2);
    assert_eq!(places(&reads.affected_by(&id("CVE-2026-0002"), 9).await.unwrap()), ["a 1.0 zlib false"]);
    assert_eq!(reads.affected_by(&id("CVE-2026-0003"), 9).await.unwrap(), []);
    world.revoke("acme", "a").await;
    assert_eq!(places(&reads.affected_by(&id("CVE-2026-0001"), 9).await.unwrap()), ["b 1.0 openssl true"]);
}

//! Who sees what: an image that is not licensed is as unknown as none, by every method of the
//! tenant's handle.

use std::sync::Arc;

use super::stock::{EVER, Stock, limit};
use crate::Sha256;
use crate::id::{ImageId, SbomId, ScanId, VersionId};
use crate::image::{ImageChange, ImageQuery, ImageSort, SearchText};
use crate::paging::PageRequest;
use crate::sbom::SbomFormat;
use crate::scan::FindingFilter;
use crate::store::{Store, TenantReads};
use crate::testing::World;

/// Every id there is to an image.
#[derive(Clone, Copy)]
struct Ids {
    image: ImageId,
    version: VersionId,
    older: ScanId,
    latest: ScanId,
    sbom: (SbomId, Sha256),
}

impl Stock {
    fn ids(&self) -> Ids {
        Ids {
            image: self.id(),
            version: self.version.id,
            older: self.older.id,
            latest: self.latest.id,
            sbom: (self.sbom.id, self.sbom.content),
        }
    }
}

/// What these ids find, as one yes or no a method.
async fn found(reads: &dyn TenantReads, ids: Ids) -> Vec<(&'static str, bool)> {
    let Ids { image, version, older, latest, sbom } = ids;
    let everything = FindingFilter::default();
    let sboms = |content| reads.find_sbom(image, version, SbomFormat::Spdx23, content);
    vec![
        ("find_image", reads.find_image(image).await.unwrap().is_some()),
        ("list_versions", reads.list_versions(image, &limit(7)).await.unwrap().is_some()),
        ("count_versions", reads.count_versions(image, 10).await.unwrap() > 0),
        ("find_version", reads.find_version(image, version).await.unwrap().is_some()),
        ("scan_history", reads.scan_history(image, version, &EVER, &limit(7)).await.unwrap().is_some()),
        ("count_scans", reads.count_scans(version, &EVER, 10).await.unwrap() > 0),
        ("find_scan, older", reads.find_scan(image, version, older).await.unwrap().is_some()),
        ("find_scan, latest", reads.find_scan(image, version, latest).await.unwrap().is_some()),
        ("latest_findings", !reads.latest_findings(version, &everything, &limit(7)).await.unwrap().is_empty()),
        ("count_latest_findings", reads.count_latest_findings(version, &everything, 10).await.unwrap() > 0),
        ("scan_findings, older", !reads.scan_findings(older).await.unwrap().is_empty()),
        ("scan_findings, latest", !reads.scan_findings(latest).await.unwrap().is_empty()),
        ("find_sbom, current", sboms(None).await.unwrap().is_some()),
        ("find_sbom, by hash", sboms(Some(sbom.1)).await.unwrap().is_some()),
        ("sbom_content", reads.sbom_content(sbom.0).await.unwrap().is_some()),
    ]
}

fn all(found: Vec<(&'static str, bool)>, expected: bool) {
    let odd: Vec<_> = found.into_iter().filter(|(_, is)| *is != expected).map(|(method, _)| method).collect();
    assert!(odd.is_empty(), "{odd:?} {}", if expected { "found nothing" } else { "found something" });
}

/// Not before the licence, not after it, and not because another tenant has one.
pub async fn an_unlicensed_image_is_nowhere(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (viewer, other) = (world.viewer("acme").await, world.viewer("globex").await);
    let ids = Stock::of(&world, "java17").await.ids();
    let reads = world.store.read(viewer.scope());
    all(found(&*reads, ids).await, false);
    world.grant("acme", "java17").await;
    all(found(&*reads, ids).await, true);
    all(found(&*world.store.read(other.scope()), ids).await, false);
    world.revoke("acme", "java17").await;
    all(found(&*reads, ids).await, false);
}

/// Neither listed nor counted, whatever is asked.
pub async fn an_unlicensed_image_is_found_by_no_filter(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let image = Stock::of(&world, "java17").await.image;
    let search = SearchText::parse("search", "java").unwrap();
    let mut queries: Vec<_> =
        ImageSort::ALL.iter().map(|sort| ImageQuery { sort: *sort, ..Default::default() }).collect();
    queries.push(ImageQuery { search: Some(search), ..Default::default() });
    queries.push(ImageQuery { base_os: Some(image.base_os), ..Default::default() });
    queries.push(ImageQuery { kind: Some(image.kind), ..Default::default() });
    queries.push(ImageQuery { outstanding: Some(true), ..Default::default() });
    let reads = world.store.read(viewer.scope());
    for licensed in [0, 1] {
        for query in &queries {
            assert_eq!(reads.list_images(query, &PageRequest::default()).await.unwrap().len(), licensed, "{query:?}");
            assert_eq!(reads.count_images(query, 10).await.unwrap(), licensed as u64, "{query:?}");
        }
        world.grant("acme", "java17").await;
    }
}

/// Two tenants with one image each and one in common.
pub async fn two_tenants_see_their_own_each_and_what_they_share(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (acme, globex) = (world.viewer("acme").await, world.viewer("globex").await);
    let java = Stock::of(&world, "java17").await.ids();
    let python = Stock::of(&world, "python3").await.ids();
    let shared = Stock::of(&world, "static").await.ids();
    for (tenant, image) in [("acme", "java17"), ("acme", "static"), ("globex", "python3"), ("globex", "static")] {
        world.grant(tenant, image).await;
    }
    for (viewer, own, foreign, names) in
        [(&acme, java, python, ["java17", "static"]), (&globex, python, java, ["python3", "static"])]
    {
        let reads = world.store.read(viewer.scope());
        all(found(&*reads, own).await, true);
        all(found(&*reads, shared).await, true);
        all(found(&*reads, foreign).await, false);
        let list = reads.list_images(&ImageQuery::default(), &PageRequest::default()).await.unwrap();
        assert_eq!(list.iter().map(|entry| entry.image.name.as_str()).collect::<Vec<_>>(), names);
        assert_eq!(reads.count_images(&ImageQuery::default(), 10).await.unwrap(), 2);
    }
}

/// Although every one of them is licensed.
pub async fn parents_that_do_not_belong_together_have_no_children(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let (one, other) = (Stock::of(&world, "java17").await, Stock::of(&world, "java21").await);
    world.grant("acme", "java17").await;
    world.grant("acme", "java21").await;
    let sibling = world.version("java17", "2.0", "2026-02-01T00:00:00Z").await;
    let (image, version) = (one.id(), other.version.id);
    let reads = world.store.read(viewer.scope());
    assert_eq!(reads.find_version(image, version).await.unwrap(), None);
    assert_eq!(reads.scan_history(image, version, &EVER, &limit(7)).await.unwrap(), None);
    for (image, version, scan) in [
        (image, version, other.latest.id),
        (image, one.version.id, other.latest.id),
        (image, sibling.id, one.latest.id),
        (other.id(), one.version.id, one.older.id),
    ] {
        assert_eq!(reads.find_scan(image, version, scan).await.unwrap(), None);
    }
    for (image, version, content) in [
        (image, version, None),
        (image, version, Some(other.sbom.content)),
        (image, one.version.id, Some(other.sbom.content)),
        (image, sibling.id, None),
        (image, sibling.id, Some(one.sbom.content)),
    ] {
        assert_eq!(reads.find_sbom(image, version, SbomFormat::Spdx23, content).await.unwrap(), None);
    }
}

/// As an unlicensed one does.
pub async fn unknown_ids_find_nothing(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    world.image("java17", ImageChange::default()).await;
    world.grant("acme", "java17").await;
    let uuid = uuid::Uuid::from_u128(1);
    let (older, latest) = (ScanId::from_uuid(uuid), ScanId::from_uuid(uuid));
    let sbom = (SbomId::from_uuid(uuid), Sha256::of(b""));
    let ids = Ids { image: ImageId::from_uuid(uuid), version: VersionId::from_uuid(uuid), older, latest, sbom };
    all(found(&*world.store.read(viewer.scope()), ids).await, false);
}

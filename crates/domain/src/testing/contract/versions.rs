//! The versions of an image: their order, their pages, and which is the latest.

use std::cmp::Reverse;
use std::sync::Arc;

use super::stock::limit;
use crate::id::VersionId;
use crate::image::{ImageChange, ImageDetail, ImageQuery, Version, VersionStatus};
use crate::paging::PageRequest;
use crate::store::Store;
use crate::testing::fixtures::{at, image_name, version_name};
use crate::testing::{Member, World, publisher};

async fn latest(world: &World, who: &Member) -> Option<String> {
    let list = world.images().list(&who.images(), &ImageQuery::default(), &PageRequest::default()).await.unwrap();
    let detail = world.images().get(&who.images(), list.items[0].image.id).await.unwrap();
    assert_eq!(list.items[0], detail.summary);
    detail.summary.latest.map(|version| version.name.to_string())
}

/// Active before deprecated, then the greatest time of publication, then the greatest id.
pub async fn the_latest_version_is_the_last_published_active_one(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    world.image("java17", ImageChange::default()).await;
    world.grant("acme", "java17").await;
    assert_eq!(latest(&world, &viewer).await, None);
    // Ids ascend: of two published at once, the one made later is the latest.
    for (name, published, expected) in [
        ("b", "2026-01-02T00:00:00Z", "b"),
        ("older", "2026-01-01T00:00:00Z", "b"),
        ("a", "2026-01-02T00:00:00Z", "a"),
        ("newer", "2026-01-03T00:00:00Z", "newer"),
    ] {
        world.version("java17", name, published).await;
        assert_eq!(latest(&world, &viewer).await.as_deref(), Some(expected), "after {name}");
    }
    for (deprecated, expected) in [("newer", "a"), ("b", "a"), ("a", "older"), ("older", "newer")] {
        let (image, name) = (image_name("java17"), version_name(deprecated));
        world.publishing().deprecate_version(publisher(), &image, &name, "too old").await.unwrap();
        assert_eq!(latest(&world, &viewer).await.as_deref(), Some(expected), "without {deprecated}");
    }
    // An active one is the latest, however old.
    world.version("java17", "ancient", "2020-01-01T00:00:00Z").await;
    assert_eq!(latest(&world, &viewer).await.as_deref(), Some("ancient"));
    // A scan of another version changes nothing about it.
    world.scan("java17", "newer", "2026-02-01T00:00:00Z", Vec::new()).await;
    assert_eq!(latest(&world, &viewer).await.as_deref(), Some("ancient"));
}

/// Ties by id, deprecated ones in their place.
pub async fn versions_page_newest_first_without_loss_or_repetition(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let image = world.image("java17", ImageChange::default()).await;
    world.image("java21", ImageChange::default()).await;
    world.version("java21", "1.0", "2026-01-02T00:00:00Z").await;
    world.grant("acme", "java17").await;
    let mut all = Vec::new();
    for number in 0..25 {
        let published = format!("2026-01-0{}T00:00:00Z", 1 + number % 4);
        all.push(world.version("java17", &format!("1.{number}"), &published).await);
    }
    let name = version_name("1.3");
    world.publishing().deprecate_version(publisher(), &image.name, &name, "too old").await.unwrap();
    all.sort_by_key(|version| Reverse((version.published_at, version.id)));
    let expected: Vec<_> = all.iter().map(|version| version.id).collect();
    for size in [200, 7, 1] {
        assert_eq!(paged(&world, &viewer, &all[0], size).await, expected, "pages of {size}");
    }
    let detail = world.images().get(&viewer.images(), image.id).await.unwrap();
    assert_eq!(detail.summary.version_count, 25);
    assert_eq!(detail.versions.iter().map(|version| version.id).collect::<Vec<_>>(), expected);
}

async fn paged(world: &World, who: &Member, any: &Version, size: u32) -> Vec<VersionId> {
    let mut request = limit(size);
    let mut ids = Vec::new();
    loop {
        let (_, page) = world.images().versions(&who.images(), any.image, &request).await.unwrap();
        ids.extend(page.items.iter().map(|version| version.id));
        assert!(ids.len() <= 25, "a version is repeated");
        match page.next {
            Some(next) => request.after = Some(next),
            None => return ids,
        }
    }
}

/// An image without versions has none, which is not the same as no image.
pub async fn counting_versions_stops_where_it_is_told(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let image = world.image("java17", ImageChange::default()).await;
    world.grant("acme", "java17").await;
    let reads = world.store.read(viewer.scope());
    assert_eq!(reads.count_versions(image.id, 10).await.unwrap(), 0);
    assert_eq!(reads.list_versions(image.id, &PageRequest::default()).await.unwrap(), Some(Vec::new()));
    for name in ["1", "2", "3"] {
        world.version("java17", name, "2026-01-01T00:00:00Z").await;
    }
    for (stop_at, counted) in [(1, 1), (3, 3), (4, 3)] {
        assert_eq!(reads.count_versions(image.id, stop_at).await.unwrap(), counted);
    }
}

/// The rest is paged.
pub async fn a_detail_carries_the_newest_two_hundred_versions(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let image = world.image("java17", ImageChange::default()).await;
    world.grant("acme", "java17").await;
    let first = world.version("java17", "0", "2026-01-01T00:00:00Z").await;
    let tx = world.store.system(publisher()).await.unwrap();
    for number in 1..=ImageDetail::VERSIONS {
        let id = VersionId::from_uuid(uuid::Uuid::from_u128(u128::from(number)));
        let published_at = at("2026-01-02T00:00:00Z");
        let name = version_name(&number.to_string());
        tx.insert_version(&Version { id, name, published_at, ..first.clone() }).await.unwrap();
    }
    tx.commit().await.unwrap();
    let detail = world.images().get(&viewer.images(), image.id).await.unwrap();
    assert_eq!((detail.summary.version_count, detail.versions.len()), (201, 200));
    assert_eq!(detail.versions[0].name.as_str(), "200");
    assert_eq!(detail.versions[199].name.as_str(), "1");
    assert!(detail.versions.iter().all(|version| version.status == VersionStatus::Active && version.id != first.id));
}

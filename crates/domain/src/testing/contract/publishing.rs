//! Images and versions, as the publisher puts them.

use std::sync::Arc;

use crate::error::ErrorKey;
use crate::image::{
    BaseOs, DisplayName, HardeningLabel, Image, ImageChange, ImageKind, ImageReference, NewVersion, Platform,
    Published, Repository, Version, VersionStatus,
};
use crate::store::Store;
use crate::testing::fixtures::{at, digest, fixed, image_name, new_version, version_name};
use crate::testing::{Member, World, publisher};

fn everything() -> ImageChange {
    let label = |text| HardeningLabel::parse("hardening", text).unwrap();
    ImageChange {
        display_name: Some(DisplayName::parse("displayName", "Java 17 für Übung 🦀 日本語").unwrap()),
        description: Some("Zeile eins\n\tZeile \"zwei\"; -- '%_\\ \u{10ffff}".to_owned()),
        repository: Some(Repository::parse("repository", "registry.example:5000/hardened/java17").unwrap()),
        base_os: Some(BaseOs::parse("baseOs", "debian-12").unwrap()),
        kind: Some(ImageKind::Build),
        hardening: Some(vec![label("non-root"), label("distroless")]),
        upstream_image: Some(ImageReference::parse("upstreamImage", "docker.io/library/Eclipse:17").unwrap()),
    }
}

async fn seen(world: &World, who: &Member, image: &Image) -> Image {
    world.images().get(&who.images(), image.id).await.unwrap().summary.image
}

/// Every attribute survives, for tenants and for the publisher.
pub async fn an_image_comes_back_as_it_was_put(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let full = world.image("java17", everything()).await;
    let bare = world.image("bare", ImageChange::default()).await;
    assert_eq!(full.hardening.iter().map(HardeningLabel::as_str).collect::<Vec<_>>(), ["distroless", "non-root"]);
    for image in [full, bare] {
        world.grant("acme", image.name.as_str()).await;
        assert_eq!(seen(&world, &viewer, &image).await, image);
        let tx = world.store.system(publisher()).await.unwrap();
        assert_eq!(tx.find_image_by_name(&image.name).await.unwrap(), Some(image));
    }
}

/// What is not given stays.
pub async fn putting_an_image_changes_what_is_given_alone(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let before = world.image("java17", everything()).await;
    world.grant("acme", "java17").await;
    let put = |change| {
        let publishing = world.publishing();
        async move { publishing.put_image(publisher(), &image_name("java17"), change).await.unwrap() }
    };
    assert_eq!(put(ImageChange::default()).await, Published::Unchanged(before.clone()));
    assert_eq!(put(everything()).await, Published::Unchanged(before.clone()));
    let change = ImageChange { kind: Some(ImageKind::Deploy), hardening: Some(Vec::new()), ..ImageChange::default() };
    let after = Image { kind: ImageKind::Deploy, hardening: Vec::new(), ..before };
    assert_eq!(put(change).await, Published::Changed(after.clone()));
    assert_eq!(seen(&world, &viewer, &after).await, after);
}

/// Every attribute survives, for tenants and for the publisher.
pub async fn a_version_comes_back_as_it_was_published(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let image = world.image("java17", ImageChange::default()).await;
    world.grant("acme", "java17").await;
    let platform = |text| Platform::parse("platform", text).unwrap();
    let new = NewVersion {
        name: version_name("17.0.19-r0"),
        digest: digest("full"),
        // More than 32 bits.
        size_bytes: 5_000_000_000,
        platforms: vec![platform("linux/arm64"), platform("linux/amd64"), platform("linux/arm/v7")],
        published_at: Some(at("2026-01-01T12:34:56.789012Z")),
    };
    let bare = NewVersion {
        size_bytes: 0,
        platforms: Vec::new(),
        published_at: None,
        ..new_version("1", at("1970-01-01T00:00:00Z"))
    };
    for new in [new, bare] {
        let made =
            world.publishing().publish_version(publisher(), &image.name, new.clone()).await.unwrap().into_inner();
        let expected = Version {
            id: made.id,
            image: image.id,
            name: new.name.clone(),
            digest: new.digest,
            size_bytes: new.size_bytes,
            platforms: new.platforms,
            published_at: new.published_at.unwrap_or(at("2026-03-01T08:00:00Z")),
            status: VersionStatus::Active,
            last_scan: None,
        };
        let found = world.images().version(&viewer.images(), image.id, made.id).await.unwrap();
        assert_eq!(found, (image.clone(), expected.clone()));
        let tx = world.store.system(publisher()).await.unwrap();
        assert_eq!(tx.lock_version(image.id, &new.name).await.unwrap(), Some(expected));
    }
}

/// A version is immutable.
pub async fn publishing_again_changes_nothing_or_conflicts(store: Arc<dyn Store>) {
    let world = World::new(store);
    let image = world.image("java17", ImageChange::default()).await;
    let version = world.version("java17", "1.0", "2026-01-01T00:00:00Z").await;
    let publish = |new| {
        let (publishing, image) = (world.publishing(), image.name.clone());
        async move { publishing.publish_version(publisher(), &image, new).await }
    };
    let same = NewVersion { published_at: None, ..new_version("1.0", version.published_at) };
    assert_eq!(publish(same.clone()).await.unwrap(), Published::Unchanged(version));
    for new in [NewVersion { digest: digest("other"), ..same.clone() }, NewVersion { size_bytes: 1, ..same }] {
        assert_eq!(publish(new).await.unwrap_err().key(), ErrorKey::Conflict);
    }
}

/// Another reason replaces the one before.
pub async fn deprecation_keeps_its_first_date(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let image = world.image("java17", ImageChange::default()).await;
    let version = world.version("java17", "1.0", "2026-01-01T00:00:00Z").await;
    world.grant("acme", "java17").await;
    for (now, reason) in [("2026-03-01T08:00:00Z", "too old"), ("2026-03-02T08:00:00Z", "Überholt durch 2.0")] {
        world.clock.set(at(now));
        let (name, image) = (version_name("1.0"), image.name.clone());
        world.publishing().deprecate_version(publisher(), &image, &name, reason).await.unwrap();
        let (_, found) = world.images().version(&viewer.images(), version.image, version.id).await.unwrap();
        let since = at("2026-03-01T08:00:00Z");
        assert_eq!(found.status, VersionStatus::Deprecated { reason: reason.to_owned(), since });
    }
}

/// Status and last scan are written apart and read together.
pub async fn deprecating_and_scanning_do_not_undo_each_other(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let image = world.image("java17", ImageChange::default()).await;
    let version = world.version("java17", "1.0", "2026-01-01T00:00:00Z").await;
    world.grant("acme", "java17").await;
    world.scan("java17", "1.0", "2026-01-02T00:00:00Z", vec![fixed("CVE-2026-0001", "zlib")]).await;
    world.publishing().deprecate_version(publisher(), &image.name, &version.name, "too old").await.unwrap();
    world.scan("java17", "1.0", "2026-01-03T00:00:00Z", vec![fixed("CVE-2026-0001", "zlib")]).await;
    let detail = world.images().get(&viewer.images(), image.id).await.unwrap();
    let (_, alone) = world.images().version(&viewer.images(), image.id, version.id).await.unwrap();
    assert_eq!(detail.summary.latest.as_ref(), Some(&alone));
    assert_eq!(detail.versions, std::slice::from_ref(&alone));
    assert!(matches!(&alone.status, VersionStatus::Deprecated { reason, .. } if reason == "too old"));
    let last = alone.last_scan.unwrap();
    assert_eq!((last.scanned_at, last.counts.outstanding()), (at("2026-01-03T00:00:00Z"), 1));
}

//! Units of work: all or nothing, one after the other.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::access::AttemptKey;
use crate::id::{ImageId, ScanId, TenantId, VersionId};
use crate::image::{Image, ImageChange, ImageQuery, Published, Version, VersionStatus};
use crate::paging::PageRequest;
use crate::scan::Scan;
use crate::store::{Constraint, Store, StoreError, SystemTx};
use crate::tenant::{Tenant, TenantName};
use crate::testing::fixtures::{at, digest, image_name, slug, version_name};
use crate::testing::{World, publisher};

const EVERYBODY: [u8; 4] = [192, 0, 2, 1];

/// A unit of work that is dropped instead of committed has changed nothing at all.
pub async fn a_unit_dropped_without_commit_leaves_no_trace(store: Arc<dyn Store>) {
    let world = World::new(store);
    let image = world.image("before", ImageChange::default()).await;
    let tx = world.store.system(publisher()).await.unwrap();
    write_something(&*tx, &image).await;
    drop(tx);
    let tx = world.store.system(publisher()).await.unwrap();
    assert_eq!(tx.find_tenant(&slug("acme")).await.unwrap(), None);
    assert_eq!(tx.find_image_by_name(&image_name("after")).await.unwrap(), None);
    assert_eq!(tx.lock_version(image.id, &version_name("1.0")).await.unwrap(), None);
    assert_eq!(tx.lock_attempts(&AttemptKey::address(EVERYBODY.into())).await.unwrap().1, []);
}

async fn write_something(tx: &dyn SystemTx, image: &Image) {
    let now = at("2026-03-01T00:00:00Z");
    let tenant = tenant("acme", 1);
    tx.insert_tenant(&tenant).await.unwrap();
    let id = ImageId::from_uuid(uuid::Uuid::from_u128(2));
    tx.insert_image(&Image { id, name: image_name("after"), ..image.clone() }, now).await.unwrap();
    tx.insert_version(&version(image.id)).await.unwrap();
    tx.grant_license(tenant.id, image.id, now).await.unwrap();
    tx.replace_attempts(&AttemptKey::address(EVERYBODY.into()), &[now]).await.unwrap();
}

fn tenant(name: &str, id: u128) -> Tenant {
    Tenant {
        id: TenantId::from_uuid(uuid::Uuid::from_u128(id)),
        slug: slug(name),
        name: TenantName::parse("name", name).unwrap(),
        suspended: false,
        created_at: at("2026-03-01T00:00:00Z"),
    }
}

fn version(image: ImageId) -> Version {
    Version {
        id: VersionId::from_uuid(uuid::Uuid::from_u128(3)),
        image,
        name: version_name("1.0"),
        digest: digest("1.0"),
        size_bytes: 1,
        platforms: Vec::new(),
        published_at: at("2026-03-01T00:00:00Z"),
        status: VersionStatus::Active,
        last_scan: None,
    }
}

/// A conflict leaves nothing of what the unit did before it.
pub async fn a_unit_that_met_a_conflict_leaves_no_trace(store: Arc<dyn Store>) {
    let world = World::new(store);
    world.tenant("acme").await;
    let tx = world.store.system(publisher()).await.unwrap();
    tx.insert_tenant(&tenant("globex", 1)).await.unwrap();
    let again = tx.insert_tenant(&tenant("acme", 2)).await;
    assert!(matches!(again, Err(StoreError::Conflict(Constraint::TenantSlug))), "{again:?}");
    drop(tx);
    let slugs: Vec<_> = world.tenants().list(publisher()).await.unwrap();
    assert_eq!(slugs.iter().map(|(tenant, _)| tenant.slug.as_str()).collect::<Vec<_>>(), ["acme"]);
}

/// Readers see commits; the unit itself sees its own changes.
pub async fn what_is_not_committed_is_seen_by_its_own_unit_alone(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let image = world.image("java17", ImageChange::default()).await;
    let tx = world.store.system(publisher()).await.unwrap();
    let acme = tx.find_tenant(&slug("acme")).await.unwrap().unwrap();
    tx.grant_license(acme.id, image.id, at("2026-03-01T00:00:00Z")).await.unwrap();
    tx.insert_version(&version(image.id)).await.unwrap();
    assert!(tx.lock_version(image.id, &version_name("1.0")).await.unwrap().is_some());
    let reads = world.store.read(viewer.scope());
    let seen = reads.list_images(&ImageQuery::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(seen, []);
    tx.commit().await.unwrap();
    // The same handle: each call sees the latest commit.
    let seen = reads.list_images(&ImageQuery::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].version_count, 1);
}

/// Twelve imports into one version at once all succeed, one after the other.
pub async fn units_follow_each_other(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    let viewer = world.viewer("acme").await;
    let image = world.image("java17", ImageChange::default()).await;
    let version = world.version("java17", "1.0", "2026-01-01T00:00:00Z").await;
    world.grant("acme", "java17").await;
    let mut imports = JoinSet::new();
    for day in 1..=12 {
        let world = Arc::clone(&world);
        imports.spawn(async move {
            let findings = vec![crate::testing::fixtures::finding(&format!("CVE-2026-{day:04}"), "zlib")];
            world.scan("java17", "1.0", &format!("2026-01-{day:02}T00:00:00Z"), findings).await
        });
    }
    while let Some(done) = imports.join_next().await {
        done.unwrap();
    }
    let window = super::stock::EVER;
    let history =
        world.scans().history(&viewer.scans(), image.id, version.id, &window, &PageRequest::default()).await.unwrap();
    let changes: Vec<_> = history.items.iter().map(|scan| (scan.changes.appeared, scan.changes.resolved)).collect();
    assert_eq!(changes[0], (1, 0));
    assert_eq!(changes[1..], [(1, 1); 11]);
}

/// The second import of a report sees that the first one recorded it, however long that took.
pub async fn a_unit_waits_for_the_one_that_locked_its_version(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    world.image("java17", ImageChange::default()).await;
    world.version("java17", "1.0", "2026-01-01T00:00:00Z").await;
    world.version("java17", "2.0", "2026-01-01T00:00:00Z").await;
    let moment = "2026-01-02T00:00:00Z";
    let template = world.scan("java17", "2.0", moment, Vec::new()).await.scan.into_inner();
    let tx = world.store.system(publisher()).await.unwrap();
    let image = tx.find_image_by_name(&image_name("java17")).await.unwrap().unwrap();
    let version = tx.lock_version(image.id, &version_name("1.0")).await.unwrap().unwrap();
    let other = Arc::clone(&world);
    let second = tokio::spawn(async move { other.scan("java17", "1.0", moment, Vec::new()).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let first = Scan { id: ScanId::from_uuid(uuid::Uuid::from_u128(4)), version: version.id, ..template };
    tx.insert_scan(&first, &[]).await.unwrap();
    tx.make_latest(&first, &[], &[]).await.unwrap();
    tx.commit().await.unwrap();
    let second = second.await.unwrap();
    assert_eq!((second.latest, second.scan), (true, Published::Unchanged(first)));
}

/// The store says that it is there.
pub async fn the_store_answers_a_ping(store: Arc<dyn Store>) {
    store.ping().await.unwrap();
}

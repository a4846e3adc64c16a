//! Uniqueness rules, each by its name. The services look before they insert; these tests do
//! not, as a racing second import would not.

use std::sync::Arc;

use super::stock::Stock;
use crate::Sha256;
use crate::access::{NewUser, Role, User};
use crate::id::{BaselineId, ImageId, SbomId, ScanId, TenantId, UserId, VersionId};
use crate::image::{Image, ImageChange, Version};
use crate::sbom::SbomRecord;
use crate::scan::Scan;
use crate::store::{Constraint, Store, StoreError};
use crate::tenant::Tenant;
use crate::testing::fixtures::{FakeHasher, at, email, image_name, slug, version_name};
use crate::testing::{World, publisher};

fn refused(result: &Result<(), StoreError>, by: Constraint) {
    assert!(matches!(result, Err(StoreError::Conflict(constraint)) if *constraint == by), "{by}: {result:?}");
}

/// A UUID that no world counts to.
fn other(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(0xfeed_0000_0000_0000_0000_0000_0000_0000 + number)
}

/// [`Constraint::TenantSlug`].
pub async fn a_tenant_slug_is_taken_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let acme = world.tenant("acme").await;
    let tx = world.store.system(publisher()).await.unwrap();
    let id = TenantId::from_uuid(other(1));
    tx.insert_tenant(&Tenant { id, slug: slug("globex"), ..acme.clone() }).await.unwrap();
    let id = TenantId::from_uuid(other(2));
    refused(&tx.insert_tenant(&Tenant { id, ..acme }).await, Constraint::TenantSlug);
}

/// [`Constraint::UserEmail`]. Another tenant may have a user of the same address.
pub async fn a_user_address_is_taken_once_a_tenant(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let member = world.member(&acme, Role::Viewer).await;
    let new = |tenant: TenantId, number, address: &str| NewUser {
        user: User { id: UserId::from_uuid(other(number)), email: email(address), ..member.user.clone() },
        tenant,
        password: Some(FakeHasher::hash_of("another password")),
        created_at: at("2026-03-01T00:00:00Z"),
    };
    let taken = member.user.email.as_str();
    let tx = world.store.system(publisher()).await.unwrap();
    tx.insert_user(&new(globex.id, 1, taken)).await.unwrap();
    tx.insert_user(&new(acme.id, 2, "free@acme.example")).await.unwrap();
    refused(&tx.insert_user(&new(acme.id, 3, taken)).await, Constraint::UserEmail);
}

/// [`Constraint::ImageName`].
pub async fn an_image_name_is_taken_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let image = world.image("java17", ImageChange::default()).await;
    let now = at("2026-03-01T00:00:00Z");
    let tx = world.store.system(publisher()).await.unwrap();
    let id = ImageId::from_uuid(other(1));
    tx.insert_image(&Image { id, name: image_name("java21"), ..image.clone() }, now).await.unwrap();
    let id = ImageId::from_uuid(other(2));
    refused(&tx.insert_image(&Image { id, ..image }, now).await, Constraint::ImageName);
}

/// [`Constraint::VersionName`]. Another image may have a version of the same name, and the same
/// image one that differs in case alone.
pub async fn a_version_name_is_taken_once_an_image(store: Arc<dyn Store>) {
    let world = World::new(store);
    world.image("java17", ImageChange::default()).await;
    let java21 = world.image("java21", ImageChange::default()).await;
    let version = world.version("java17", "1.0-RC", "2026-01-01T00:00:00Z").await;
    let tx = world.store.system(publisher()).await.unwrap();
    let id = VersionId::from_uuid(other(1));
    tx.insert_version(&Version { id, image: java21.id, ..version.clone() }).await.unwrap();
    let id = VersionId::from_uuid(other(2));
    tx.insert_version(&Version { id, name: version_name("1.0-rc"), ..version.clone() }).await.unwrap();
    let id = VersionId::from_uuid(other(3));
    refused(&tx.insert_version(&Version { id, ..version }).await, Constraint::VersionName);
}

/// [`Constraint::ScanIdentity`]. The same content at another time, or another content at the
/// same time, is another scan.
pub async fn a_scan_identity_is_taken_once_a_version(store: Arc<dyn Store>) {
    let world = World::new(store);
    let scan = Stock::of(&world, "java17").await.latest;
    let id = |number| ScanId::from_uuid(other(number));
    let tx = world.store.system(publisher()).await.unwrap();
    let later = Scan { id: id(1), scanned_at: at("2026-01-03T00:00:00.000001Z"), ..scan.clone() };
    tx.insert_scan(&later, &[]).await.unwrap();
    let different = Scan { id: id(2), content: Sha256::of(b"another"), ..scan.clone() };
    tx.insert_scan(&different, &[]).await.unwrap();
    refused(&tx.insert_scan(&Scan { id: id(3), ..scan }, &[]).await, Constraint::ScanIdentity);
}

/// [`Constraint::SbomIdentity`]. Another version may have the same document.
pub async fn an_sbom_identity_is_taken_once_a_version(store: Arc<dyn Store>) {
    let world = World::new(store);
    let record = Stock::of(&world, "java17").await.sbom;
    let version = world.version("java17", "2.0", "2026-01-01T00:00:00Z").await;
    let id = |number| SbomId::from_uuid(other(number));
    let bytes = br#"{"name":"java17"}"#;
    let tx = world.store.system(publisher()).await.unwrap();
    tx.insert_sbom(&SbomRecord { id: id(1), version: version.id, ..record.clone() }, bytes).await.unwrap();
    refused(&tx.insert_sbom(&SbomRecord { id: id(2), ..record }, bytes).await, Constraint::SbomIdentity);
}

/// [`Constraint::BaselineIdentity`]. Another image may have the same baseline.
pub async fn a_baseline_identity_is_taken_once_an_image(store: Arc<dyn Store>) {
    let world = World::new(store);
    world.image("java17", ImageChange::default()).await;
    let java21 = world.image("java21", ImageChange::default()).await;
    let mut baseline = world.baseline("java17", "2026-01-02T00:00:00Z").await;
    let java17 = std::mem::replace(&mut baseline.image, java21.id);
    baseline.id = BaselineId::from_uuid(other(1));
    let tx = world.store.system(publisher()).await.unwrap();
    tx.insert_baseline(&baseline).await.unwrap();
    (baseline.id, baseline.image) = (BaselineId::from_uuid(other(2)), java17);
    refused(&tx.insert_baseline(&baseline).await, Constraint::BaselineIdentity);
}

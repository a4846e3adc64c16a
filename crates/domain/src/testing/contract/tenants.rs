//! Tenants and their users.

use std::sync::Arc;

use crate::access::Role;
use crate::image::ImageChange;
use crate::store::Store;
use crate::testing::fixtures::slug;
use crate::testing::{World, publisher};

/// The order is that of the bytes, not of a language.
pub async fn tenants_are_listed_by_slug_with_their_licences(store: Arc<dyn Store>) {
    let world = World::new(store);
    for name in ["b", "a1", "a-1", "a"] {
        world.tenant(name).await;
    }
    world.image("java17", ImageChange::default()).await;
    world.image("java21", ImageChange::default()).await;
    for (tenant, image) in [("a1", "java17"), ("a1", "java21"), ("b", "java17")] {
        assert!(world.grant(tenant, image).await);
    }
    let list = world.tenants().list(publisher()).await.unwrap();
    let found: Vec<_> = list.iter().map(|(tenant, licences)| (tenant.slug.as_str(), *licences)).collect();
    assert_eq!(found, [("a", 0), ("a-1", 0), ("a1", 2), ("b", 1)]);
}

/// Every field survives.
pub async fn a_tenant_comes_back_as_it_was_made(store: Arc<dyn Store>) {
    let world = World::new(store);
    world.clock.set(crate::testing::fixtures::at("2026-03-01T08:00:00.123456Z"));
    let made = world.tenant("acme").await;
    assert_eq!(world.tenants().list(publisher()).await.unwrap(), [(made.clone(), 0)]);
    let tx = world.store.system(publisher()).await.unwrap();
    assert_eq!(tx.find_tenant(&slug("ACME")).await.unwrap(), Some(made));
    assert_eq!(tx.find_tenant(&slug("acm")).await.unwrap(), None);
}

/// Another tenant's user is as unknown as none.
pub async fn a_user_is_found_in_its_own_tenant_only(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let (admin, stranger) = (world.member(&acme, Role::Admin).await, world.member(&globex, Role::User).await);
    let account = world.users().me(&admin.may()).await.unwrap();
    assert_eq!((account.user, account.tenant), (admin.user.clone(), acme.slug));
    assert_eq!(world.store.read(stranger.scope()).find_user(admin.user.id).await.unwrap(), None);
    assert_eq!(world.store.read(stranger.scope()).find_user(stranger.user.id).await.unwrap(), Some(stranger.user));
}

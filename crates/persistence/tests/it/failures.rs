//! What goes wrong is told apart: away or busy, spoilt, or forbidden by a rule.

use std::error::Error as _;
use std::time::{Duration, Instant};

use podarmor_domain::image::ImageChange;
use podarmor_domain::store::{Constraint, Store, StoreError};
use podarmor_domain::tenant::{Tenant, TenantName};
use podarmor_domain::testing::fixtures::{at, slug};
use podarmor_domain::testing::{World, publisher};
use podarmor_persistence::{DatabaseOptions, connect};
use sea_orm::ConnectionTrait as _;
use std::sync::Arc;

use crate::support::{Kind, Scratch, on_both};

fn tenant(number: u128, name: &str) -> Tenant {
    Tenant {
        id: podarmor_domain::id::TenantId::from_uuid(uuid::Uuid::from_u128(number)),
        slug: slug(name),
        name: TenantName::parse("name", name).unwrap(),
        suspended: false,
        created_at: at("2026-03-01T00:00:00Z"),
    }
}

on_both! {
    /// PostgreSQL would answer COMMIT with success here, and roll back.
    async fn a_unit_of_work_in_which_a_statement_failed_cannot_be_committed(kind: Kind) {
        let scratch = Scratch::new(kind).await;
        let database = scratch.migrated().await;
        let tx = database.system(publisher()).await.unwrap();
        tx.insert_tenant(&tenant(1, "acme")).await.unwrap();
        let refused = tx.insert_tenant(&tenant(2, "acme")).await.unwrap_err();
        assert!(matches!(refused, StoreError::Conflict(Constraint::TenantSlug)), "{refused}");
        let refused = tx.commit().await.unwrap_err();
        assert!(matches!(refused, StoreError::Other(_)), "{refused}");
        assert_eq!(database.system_read(publisher()).list_tenants().await.unwrap(), []);
    }
}

on_both! {
    /// A second row with the same id breaks no rule that the domain has a name for.
    async fn a_violation_without_a_name_is_a_fault_of_ours(kind: Kind) {
        let scratch = Scratch::new(kind).await;
        let database = scratch.migrated().await;
        let tx = database.system(publisher()).await.unwrap();
        tx.insert_tenant(&tenant(1, "acme")).await.unwrap();
        let refused = tx.insert_tenant(&tenant(1, "other")).await.unwrap_err();
        assert!(matches!(refused, StoreError::Other(_)), "{refused}");
    }
}

on_both! {
    /// Row B5: whoever finds no connection is told so in time, and later finds one.
    async fn a_pool_that_is_exhausted_is_unavailable(kind: Kind) {
        let scratch = Scratch::new(kind).await;
        scratch.migrated().await.close().await;
        let mut options = scratch.options();
        options.max_connections = 1;
        options.acquire_timeout = Duration::from_millis(300);
        options.lock_timeout = Duration::from_millis(300);
        let database = connect(&options).await.unwrap();
        let holding = database.system(publisher()).await.unwrap();
        let began = Instant::now();
        let refused = database.system(publisher()).await.map(drop).unwrap_err();
        assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
        assert!(began.elapsed() < Duration::from_secs(3));
        drop(holding);
        database.system(publisher()).await.map(drop).unwrap();
    }
}

on_both! {
    /// The refusal says where to look, and does not pass for an absence.
    async fn a_corrupt_row_is_named(kind: Kind) {
        let scratch = Scratch::new(kind).await;
        let world = World::new(Arc::new(scratch.migrated().await));
        let viewer = world.viewer("acme").await;
        let image = world.image("java17", ImageChange::default()).await;
        world.grant("acme", "java17").await;
        scratch.bare().await.execute_unprepared("UPDATE image SET kind = 'Tool'").await.unwrap();
        let refused = world.store.read(viewer.scope()).find_image(image.id).await.unwrap_err();
        assert!(matches!(refused, StoreError::Other(_)), "{refused}");
        let cause = refused.source().unwrap().to_string();
        assert!(cause.contains("table image") && cause.contains(&image.id.to_string()), "{cause}");
    }
}

/// Row B3, in small: only refusals in the gap, and no longer than five seconds of them.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_server_cut_are_replaced() {
    let scratch = Scratch::new(Kind::Postgres).await;
    let database = scratch.migrated().await;
    let holding = database.system(publisher()).await.unwrap();
    let bare = scratch.bare().await;
    bare.execute_unprepared(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .await
    .unwrap();
    let refused = holding.insert_tenant(&tenant(1, "acme")).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
    drop(holding);
    let began = Instant::now();
    while let Err(refused) = database.ping().await {
        assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
        assert!(began.elapsed() < Duration::from_secs(5), "{refused}");
    }
    assert_eq!(database.system_read(publisher()).list_tenants().await.unwrap(), []);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_in_time() {
    let mut options: DatabaseOptions = Scratch::new(Kind::Sqlite).await.options();
    options.url = "postgres://nobody:secret@127.0.0.1:1/none".into();
    options.acquire_timeout = Duration::from_millis(500);
    let began = Instant::now();
    let refused = connect(&options).await.unwrap_err();
    assert!(!refused.to_string().contains("secret"), "{refused}");
    assert!(began.elapsed() < Duration::from_secs(3));
}

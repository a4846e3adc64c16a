//! A tenant with a licensed image, subscriptions and deliveries to claim: what the tests of the
//! outbox begin with.

use std::sync::Arc;
use std::time::Duration;

use super::stock::limit;
use crate::access::Role;
use crate::event::FeedEvent;
use crate::id::{self, DeliveryId, LeaseToken, SubscriptionId};
use crate::image::ImageChange;
use crate::outbox::{Claimed, EndedAttempt, Lease, Pick, Then};
use crate::store::Store;
use crate::testing::{Member, World, publisher};
use crate::webhook::{AttemptStatus, Delivery, DeliveryFilter};

/// Longer than any test runs.
pub(super) const LONG: Duration = Duration::from_secs(3_600);

/// An admin of a new tenant.
pub(super) async fn admin(world: &World, tenant: &str) -> Member {
    let tenant = world.tenant(tenant).await;
    world.member(&tenant, Role::Admin).await
}

/// A world where `acme`, whose admin this is, is licensed for `java17` with its version 1.0.
/// Nothing was told yet.
pub(super) async fn acme(store: Arc<dyn Store>) -> (World, Member) {
    let world = World::new(store);
    let admin = admin(&world, "acme").await;
    image(&world, "java17").await;
    world.grant("acme", "java17").await;
    (world, admin)
}

/// An image with a version 1.0, of which nobody is told.
pub(super) async fn image(world: &World, name: &str) {
    world.image(name, ImageChange::default()).await;
    world.version(name, "1.0", "2026-01-01T00:00:00Z").await;
    expand(world).await;
}

/// Expands all facts.
pub(super) async fn expand(world: &World) {
    while world.dispatcher().expand(publisher(), 16).await.unwrap() > 0 {}
}

/// All of a tenant's feed.
pub(super) async fn feed(world: &World, who: &Member) -> Vec<FeedEvent> {
    let page = world.feed().after(&who.may(), None, limit::<()>(200).limit).await.unwrap();
    assert_eq!(page.tenant, who.scope().tenant());
    page.items
}

/// The kinds in a tenant's feed, in order.
pub(super) async fn kinds(world: &World, who: &Member) -> Vec<&'static str> {
    feed(world, who).await.iter().map(|event| event.kind.as_str()).collect()
}

/// All deliveries of a subscription, newest first.
pub(super) async fn deliveries(world: &World, who: &Member, id: SubscriptionId) -> Vec<Delivery> {
    let all = DeliveryFilter::default();
    world.webhooks().deliveries(&who.may(), id, all, &limit(200)).await.unwrap().items
}

/// One delivery of a subscription.
pub(super) async fn delivery(world: &World, who: &Member, id: SubscriptionId, delivery: DeliveryId) -> Delivery {
    world.store.read(who.scope()).find_delivery(id, delivery).await.unwrap().unwrap()
}

/// So many test deliveries, in the order of their making.
pub(super) async fn due(world: &World, who: &Member, id: SubscriptionId, count: usize) -> Vec<DeliveryId> {
    let mut made = Vec::new();
    for _ in 0..count {
        made.push(world.webhooks().test(&who.may(), id).await.unwrap().id);
    }
    made
}

/// A claim of its own.
pub(super) fn lease(world: &World, duration: Duration) -> Lease {
    Lease { token: LeaseToken::from_uuid(id::fresh(&*world.clock, &*world.random)), duration }
}

/// Claims up to `most` deliveries of a subscription, for so long.
pub(super) async fn claim_for(world: &World, id: SubscriptionId, most: u32, duration: Duration) -> Vec<Claimed> {
    let tx = world.store.system(publisher()).await.unwrap();
    let claimed = tx.claim(&[Pick { subscription: id, most }], &lease(world, duration)).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

/// Claims up to `most` deliveries of a subscription.
pub(super) async fn claim(world: &World, id: SubscriptionId, most: u32) -> Vec<Claimed> {
    claim_for(world, id, most, LONG).await
}

/// Claims the one delivery of a subscription that is due.
pub(super) async fn claim_one(world: &World, id: SubscriptionId) -> Claimed {
    let mut claimed = claim(world, id, 2).await;
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

/// A refusal with 503.
pub(super) fn failed(claimed: &Claimed, then: Then) -> EndedAttempt {
    EndedAttempt {
        delivery: claimed.delivery,
        token: claimed.token,
        number: claimed.attempt,
        status: AttemptStatus::Failed,
        started_at: claimed.claimed_at,
        duration: Some(Duration::from_millis(42)),
        response_code: Some(503),
        error: Some("answered 503".to_owned()),
        excerpt: Some("try later".to_owned()),
        then,
    }
}

/// The next attempt at once.
pub(super) const AT_ONCE: Then = Then::Retry(Duration::ZERO);

/// No further attempt.
pub(super) fn give_up() -> Then {
    Then::GiveUp("ran out of attempts".to_owned())
}

/// An acceptance with 204.
pub(super) fn accepted(claimed: &Claimed) -> EndedAttempt {
    EndedAttempt {
        status: AttemptStatus::Delivered,
        response_code: Some(204),
        error: None,
        excerpt: None,
        ..failed(claimed, Then::Done)
    }
}

/// Records ended attempts; answers with those that were recorded.
pub(super) async fn record(world: &World, ended: &[EndedAttempt]) -> Vec<DeliveryId> {
    let tx = world.store.system(publisher()).await.unwrap();
    let recorded = tx.record_attempts(ended).await.unwrap();
    tx.commit().await.unwrap();
    recorded
}

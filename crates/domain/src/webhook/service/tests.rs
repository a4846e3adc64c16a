//! Secrets that rotate, tests, redelivery, and who may do what.

use std::time::Duration;

use super::*;
use crate::Timestamp;
use crate::access::Role;
use crate::error::ErrorKey;
use crate::testing::{Member, World};
use crate::webhook::{DeliveryFilter, DeliveryStatus, Outgoing};

const URL: &str = "https://hooks.example/";
const KIND: EventKind = EventKind::ImageScanned;

async fn acme() -> (World, Member) {
    let world = World::in_memory();
    let tenant = world.tenant("acme").await;
    let admin = world.member(&tenant, Role::Admin).await;
    (world, admin)
}

fn new(event: EventKind, url: &str) -> NewSubscription {
    NewSubscription { event, url: url.to_owned(), secret: None, active: None, format: None }
}

async fn test_and_take(world: &World, who: &Member, id: SubscriptionId) -> Outgoing {
    world.webhooks().test(&who.may(), id).await.unwrap();
    assert_eq!(world.drain().await, 1);
    world.sender.take().remove(0)
}

#[tokio::test]
async fn d1_after_a_rotation_both_secrets_sign_for_a_day() {
    let (world, admin) = acme().await;
    let put = world.webhooks().put(&admin.may(), new(KIND, URL), None).await.unwrap().done().unwrap();
    let (id, first) = (put.subscription.id, put.generated.unwrap());
    assert_eq!(test_and_take(&world, &admin, id).await.secrets, std::slice::from_ref(&first));
    let (shown, second) = world.webhooks().rotate_secret(&admin.may(), id).await.unwrap();
    assert_ne!(first, second);
    assert_eq!(shown.secret_hint, second.hint());
    assert_eq!(test_and_take(&world, &admin, id).await.secrets, [second.clone(), first.clone()]);
    world.clock.advance(WebhookService::OVERLAP.saturating_sub(Duration::from_micros(1)));
    assert_eq!(test_and_take(&world, &admin, id).await.secrets, [second.clone(), first]);
    world.clock.advance(Duration::from_micros(1));
    assert_eq!(test_and_take(&world, &admin, id).await.secrets, std::slice::from_ref(&second));
}

#[tokio::test]
async fn a_secret_that_is_brought_replaces_the_other_at_once() {
    let (world, admin) = acme().await;
    let put = world.webhooks().put(&admin.may(), new(KIND, URL), None).await.unwrap().done().unwrap();
    let secret = WebhookSecret::parse("secret", &format!("whsec_{}", "A".repeat(32))).unwrap();
    let again = NewSubscription { secret: Some(secret.clone()), ..new(KIND, URL) };
    let answer = world.webhooks().put(&admin.may(), again, None).await.unwrap().done().unwrap();
    assert!(!answer.created && answer.generated.is_none());
    assert_eq!(answer.subscription.secret_hint, secret.hint());
    assert_eq!(test_and_take(&world, &admin, put.subscription.id).await.secrets, std::slice::from_ref(&secret));
    let brought = NewSubscription { secret: Some(secret), ..new(EventKind::ImageRebuilt, URL) };
    assert!(
        world.webhooks().put(&admin.may(), brought, None).await.unwrap().done().unwrap().generated.is_none(),
        "its owner has it"
    );
}

#[tokio::test]
async fn a_test_takes_the_path_of_every_delivery() {
    let (world, admin) = acme().await;
    for kind in EventKind::ALL {
        let id = world.subscribe(&admin, *kind, URL).await.id;
        let made = world.webhooks().test(&admin.may(), id).await.unwrap();
        assert_eq!((made.status, made.test, made.event), (DeliveryStatus::Pending, true, *kind));
        world.sender.answer_status([500]);
        assert_eq!(world.drain().await, 1);
        world.clock.advance(Duration::from_secs(6));
        assert_eq!(world.drain().await, 1, "it is retried");
        let sent = world.sender.take();
        assert_eq!((sent[1].delivery, sent[1].event, sent[1].url.as_str()), (made.id, *kind, URL));
        let text = String::from_utf8(sent[1].body.clone()).unwrap();
        assert!(text.starts_with(&format!("{{\"event\":\"{kind}\"")), "{text}");
        let found = world.webhooks().get(&admin.may(), id).await.unwrap().last_delivery.unwrap();
        assert_eq!((found.id, found.status), (made.id, DeliveryStatus::Delivered));
    }
}

#[tokio::test]
async fn what_failed_is_recovered_under_the_next_numbers() {
    let (world, admin) = acme().await;
    let id = world.subscribe(&admin, KIND, URL).await.id;
    for _ in 0..2 {
        world.webhooks().test(&admin.may(), id).await.unwrap();
    }
    world.sender.answer_status([500, 410]);
    world.drain().await;
    let inactive = world.webhooks().recover(&admin.may(), id, Timestamp::EPOCH).await.unwrap_err();
    assert_eq!(inactive.key(), ErrorKey::Conflict);
    let active = SubscriptionChange { active: Some(true), ..SubscriptionChange::default() };
    world.webhooks().update(&admin.may(), id, active).await.unwrap();
    assert_eq!(world.webhooks().recover(&admin.may(), id, world.clock.now()).await.unwrap(), 2);
    assert_eq!(world.drain().await, 2);
    assert_eq!(world.webhooks().recover(&admin.may(), id, Timestamp::EPOCH).await.unwrap(), 0);
    let page = PageRequest::default();
    let found = world.webhooks().deliveries(&admin.may(), id, DeliveryFilter::default(), &page).await.unwrap();
    for one in found.items {
        assert_eq!(one.status, DeliveryStatus::Delivered);
        assert_eq!(one.attempts.iter().map(|attempt| attempt.number).collect::<Vec<_>>(), [1, 2]);
    }
}

#[tokio::test]
async fn a_url_that_leads_nowhere_allowed_is_refused_before_anything_is_stored() {
    let (world, admin) = acme().await;
    let refused = world.webhooks().put(&admin.may(), new(KIND, "https://127.0.0.1/"), None).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::ValidationError);
    let hook = world.subscribe(&admin, KIND, URL).await;
    let change = SubscriptionChange { url: Some("http://hooks.example/".to_owned()), ..SubscriptionChange::default() };
    let refused = world.webhooks().update(&admin.may(), hook.id, change).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::ValidationError);
    assert_eq!(world.webhooks().list(&admin.may(), &PageRequest::default()).await.unwrap().items, [hook]);
}

#[tokio::test]
async fn only_admins_change_webhooks_and_watches() {
    use crate::access::{WatchesRead, WatchesWrite};
    let world = World::in_memory();
    let tenant = world.tenant("acme").await;
    for role in Role::ALL {
        let actor = world.member(&tenant, *role).await.actor;
        let reads = [actor.authorize::<WebhooksRead>().err(), actor.authorize::<WatchesRead>().err()];
        assert!(reads.iter().all(Option::is_none), "{role}");
        for write in [actor.authorize::<WebhooksWrite>().err(), actor.authorize::<WatchesWrite>().err()] {
            let expected = (*role != Role::Admin).then_some(ErrorKey::Forbidden);
            assert_eq!(write.map(|error| error.key()), expected, "{role}");
        }
    }
}

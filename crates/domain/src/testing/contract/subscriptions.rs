//! Subscriptions, as their tenant keeps them.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::dispatching::{acme, admin, claim, claim_one, deliveries, delivery, due};
use super::stock::limit;
use crate::error::ErrorKey;
use crate::event::EventKind;
use crate::event::message::MessageFormat;
use crate::id::{DeliveryId, EventId, SubscriptionId};
use crate::paging::{PageRequest, Total};
use crate::secret::Sealed;
use crate::store::{Constraint, Store, StoreError};
use crate::testing::fixtures::at;
use crate::testing::{Member, World, publisher};
use crate::webhook::{
    DeliveryFilter, DeliveryStatus, LastDelivery, NewSubscription, SealedSecrets, StoredSubscription, Subscription,
    SubscriptionChange, SubscriptionPosition, TestDelivery, WebhookService, WebhookUrl,
};

const URL: &str = "https://hooks.example/a%20b?c=d";
const KIND: EventKind = EventKind::ImageScanned;

async fn all(world: &World, who: &Member) -> Vec<Subscription> {
    world.webhooks().list(&who.may(), &PageRequest::default()).await.unwrap().items
}

async fn stored(world: &World, who: &Member, id: SubscriptionId) -> Option<StoredSubscription> {
    world.store.write(who.scope()).await.unwrap().stored_subscription(id).await.unwrap()
}

async fn set_active(world: &World, who: &Member, id: SubscriptionId, active: bool) -> Subscription {
    let change = SubscriptionChange { active: Some(active), ..SubscriptionChange::default() };
    world.webhooks().update(&who.may(), id, change).await.unwrap()
}

fn bytes(length: usize) -> Sealed {
    Sealed::from_bytes((0..=255).cycle().take(length).collect())
}

/// A subscription that no service made.
fn made(id: u128, event: EventKind, url: &str) -> StoredSubscription {
    let subscription = Subscription {
        id: SubscriptionId::from_uuid(uuid::Uuid::from_u128(id)),
        event,
        url: WebhookUrl::from_stored(url).unwrap(),
        format: MessageFormat::CloudEvents,
        active: true,
        disabled_reason: None,
        secret_hint: "whsec_…abc=".to_owned(),
        created_at: at("2026-03-01T08:00:00.123456Z"),
        updated_at: at("2026-03-01T09:00:00.000001Z"),
        last_delivery: None,
    };
    StoredSubscription { subscription, secrets: SealedSecrets { current: bytes(80), previous: None } }
}

/// Every field survives, the sealed secrets included, when it is made and when it is changed.
pub async fn a_subscription_comes_back_as_it_was_made(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let first = made(1, EventKind::VersionDeprecated, URL);
    let tx = world.store.write(acme.scope()).await.unwrap();
    assert_eq!(tx.lock_subscriptions().await.unwrap(), 0);
    tx.insert_subscription(&first).await.unwrap();
    assert_eq!(tx.lock_subscriptions().await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(stored(&world, &acme, first.subscription.id).await.as_ref(), Some(&first));
    assert_eq!(all(&world, &acme).await, std::slice::from_ref(&first.subscription));
    let mut changed = made(1, KIND, &format!("https://hooks.example/{}", "a".repeat(2_026)));
    changed.subscription = Subscription {
        active: false,
        format: MessageFormat::PodArmor,
        disabled_reason: Some("no delivery has succeeded since “yesterday”".to_owned()),
        secret_hint: "whsec_…xyz=".to_owned(),
        updated_at: at("2026-03-02T08:00:00.123456Z"),
        ..changed.subscription
    };
    changed.secrets = SealedSecrets { current: bytes(100), previous: Some((bytes(80), at("2026-03-03T08:00:00.5Z"))) };
    let tx = world.store.write(acme.scope()).await.unwrap();
    assert!(tx.update_subscription(&changed).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(stored(&world, &acme, first.subscription.id).await.as_ref(), Some(&changed));
    let tx = world.store.write(acme.scope()).await.unwrap();
    assert_eq!(tx.subscription_to(KIND, &changed.subscription.url).await.unwrap().as_ref(), Some(&changed));
    assert_eq!(tx.subscription_to(KIND, &first.subscription.url).await.unwrap(), None);
    assert!(tx.update_subscription(&first).await.unwrap());
    tx.commit().await.unwrap();
    let found = world.webhooks().get(&acme.may(), first.subscription.id).await.unwrap();
    assert_eq!(found, first.subscription);
}

/// What was left out stays.
pub async fn putting_a_subscription_again_changes_the_one_that_is_there(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let new = NewSubscription { event: KIND, url: URL.to_owned(), secret: None, active: None, format: None };
    let first = world.webhooks().put(&acme.may(), new.clone(), None).await.unwrap().done().unwrap();
    assert!(first.created && first.generated.is_some() && first.subscription.active);
    let secrets = stored(&world, &acme, first.subscription.id).await.unwrap().secrets;
    world.clock.advance(Duration::from_secs(1));
    let cloud = NewSubscription { format: Some(MessageFormat::CloudEvents), active: Some(false), ..new.clone() };
    let second = world.webhooks().put(&acme.may(), cloud, None).await.unwrap().done().unwrap();
    assert!(!second.created && second.generated.is_none());
    let expected = Subscription {
        format: MessageFormat::CloudEvents,
        active: false,
        updated_at: second.subscription.updated_at,
        ..first.subscription.clone()
    };
    assert_eq!(second.subscription, expected);
    let third = world.webhooks().put(&acme.may(), new, None).await.unwrap().done().unwrap();
    assert_eq!((third.subscription.active, third.subscription.format), (false, MessageFormat::CloudEvents));
    assert_eq!(stored(&world, &acme, first.subscription.id).await.unwrap().secrets, secrets);
    assert_eq!(all(&world, &acme).await, [third.subscription]);
}

/// Another tenant may have one; a change may not run into one either.
pub async fn a_kind_and_url_are_subscribed_once_a_tenant(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let globex = admin(&world, "globex").await;
    let first = world.subscribe(&acme, KIND, URL).await;
    let other = world.subscribe(&acme, EventKind::ImageRebuilt, URL).await;
    world.subscribe(&acme, KIND, "https://hooks.example/").await;
    assert_ne!(world.subscribe(&globex, KIND, URL).await.id, first.id);
    let tx = world.store.write(acme.scope()).await.unwrap();
    let refused = tx.insert_subscription(&made(1, KIND, URL)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(Constraint::SubscriptionIdentity))), "{refused:?}");
    drop(tx);
    let tx = world.store.write(acme.scope()).await.unwrap();
    let mut twin = tx.stored_subscription(other.id).await.unwrap().unwrap();
    twin.subscription.event = KIND;
    let refused = tx.update_subscription(&twin).await;
    assert!(matches!(refused, Err(StoreError::Conflict(Constraint::SubscriptionIdentity))), "{refused:?}");
    drop(tx);
    let change = SubscriptionChange { event: Some(KIND), ..SubscriptionChange::default() };
    let refused = world.webhooks().update(&acme.may(), other.id, change).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::Conflict);
    assert_eq!(world.webhooks().get(&acme.may(), other.id).await.unwrap(), other);
}

/// The others find it there.
pub async fn of_ten_at_once_one_makes_the_subscription(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let (world, acme) = (Arc::new(world), Arc::new(acme));
    let mut putting = JoinSet::new();
    for _ in 0..10 {
        let (world, acme) = (Arc::clone(&world), Arc::clone(&acme));
        let new = NewSubscription { event: KIND, url: URL.to_owned(), secret: None, active: None, format: None };
        putting.spawn(async move { world.webhooks().put(&acme.may(), new, None).await.unwrap().done().unwrap() });
    }
    let (mut created, mut ids) = (0, std::collections::BTreeSet::new());
    while let Some(put) = putting.join_next().await {
        let put = put.unwrap();
        created += u32::from(put.created);
        ids.insert(put.subscription.id);
    }
    assert_eq!((created, ids.len(), all(&world, &acme).await.len()), (1, 1, 1));
}

/// One that is there can be changed all the same.
pub async fn a_tenant_has_at_most_a_thousand_subscriptions(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let tx = world.store.write(acme.scope()).await.unwrap();
    for number in 1..=u128::from(WebhookService::MOST) {
        tx.insert_subscription(&made(number, KIND, &format!("https://hooks.example/{number}"))).await.unwrap();
    }
    assert_eq!(tx.lock_subscriptions().await.unwrap(), WebhookService::MOST);
    tx.commit().await.unwrap();
    let new = |number: u32| NewSubscription {
        event: KIND,
        url: format!("https://hooks.example/{number}"),
        secret: None,
        active: None,
        format: None,
    };
    let refused = world.webhooks().put(&acme.may(), new(1_001), None).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::Conflict);
    assert!(!world.webhooks().put(&acme.may(), new(1_000), None).await.unwrap().done().unwrap().created);
}

/// Nobody else's are in between.
pub async fn subscriptions_page_newest_first_without_loss_or_repetition(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let globex = admin(&world, "globex").await;
    let mut made = Vec::new();
    for number in 1..=7 {
        let url = format!("https://hooks.example/{number}");
        made.push(world.subscribe(&acme, KIND, &url).await);
        world.subscribe(&globex, KIND, &url).await;
    }
    made.reverse();
    for size in [1, 2, 3, 6, 7, 8] {
        let (mut page, mut found) = (limit::<SubscriptionPosition>(size), Vec::new());
        page.count = true;
        loop {
            let answer = world.webhooks().list(&acme.may(), &page).await.unwrap();
            assert_eq!(answer.total, Some(Total { count: 7, exact: true }));
            found.extend(answer.items);
            page.after = answer.next;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(found, made, "{size} a page");
    }
    assert_eq!(world.store.read(acme.scope()).count_subscriptions(5).await.unwrap(), 5);
}

/// It is as unknown as none, by reads and by writes.
pub async fn a_subscription_of_another_tenant_is_out_of_reach(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let globex = admin(&world, "globex").await;
    let hook = world.subscribe(&acme, KIND, URL).await.id;
    let made = due(&world, &acme, hook, 2).await;
    let first = claim(&world, hook, 1).await.remove(0);
    super::dispatching::record(&world, &[super::dispatching::failed(&first, super::dispatching::give_up())]).await;
    let before = (stored(&world, &acme, hook).await.unwrap(), deliveries(&world, &acme, hook).await);
    let reads = world.store.read(globex.scope());
    let filter = DeliveryFilter::default();
    assert_eq!(reads.find_subscription(hook).await.unwrap(), None);
    assert_eq!(reads.list_subscriptions(&PageRequest::default()).await.unwrap(), []);
    assert_eq!(reads.count_subscriptions(9).await.unwrap(), 0);
    assert_eq!(reads.list_deliveries(hook, filter, &PageRequest::default()).await.unwrap(), None);
    assert_eq!(reads.count_deliveries(hook, filter, 9).await.unwrap(), 0);
    assert_eq!(reads.find_delivery(hook, made[0]).await.unwrap(), None);
    assert_eq!(stored(&world, &globex, hook).await, None);
    let tx = world.store.write(globex.scope()).await.unwrap();
    assert_eq!(tx.subscription_to(KIND, &before.0.subscription.url).await.unwrap(), None);
    assert_eq!(tx.lock_subscriptions().await.unwrap(), 0);
    assert!(!tx.update_subscription(&StoredSubscription { secrets: self_made(), ..before.0.clone() }).await.unwrap());
    assert!(!tx.delete_subscription(hook).await.unwrap());
    assert!(!tx.redeliver(hook, made[0]).await.unwrap());
    assert_eq!(tx.redeliver_failed(hook, crate::Timestamp::EPOCH).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!((stored(&world, &acme, hook).await.unwrap(), deliveries(&world, &acme, hook).await), before);
}

fn self_made() -> SealedSecrets {
    SealedSecrets { current: bytes(1), previous: None }
}

/// Whether the store refuses it or leaves it out: nothing is sent to that receiver.
pub async fn nothing_is_delivered_to_a_subscription_of_another_tenant(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let globex = admin(&world, "globex").await;
    let hook = world.subscribe(&acme, KIND, URL).await.id;
    let test = TestDelivery {
        id: DeliveryId::from_uuid(uuid::Uuid::from_u128(1)),
        event_id: EventId::from_uuid(uuid::Uuid::from_u128(2)),
        event: KIND,
        at: at("2026-03-01T08:00:00Z"),
        data: "{}".to_owned(),
    };
    let tx = world.store.write(globex.scope()).await.unwrap();
    if tx.insert_test(hook, &test).await.is_ok() {
        drop(tx.commit().await);
    } else {
        drop(tx);
    }
    assert_eq!(deliveries(&world, &acme, hook).await, []);
    assert_eq!(claim(&world, hook, 9).await, []);
}

/// Its deliveries go with it, and its kind and URL are free.
pub async fn t11_a_deleted_subscription_is_gone_with_its_deliveries(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let hook = world.subscribe(&acme, KIND, URL).await.id;
    let made = due(&world, &acme, hook, 2).await;
    claim(&world, hook, 1).await;
    world.webhooks().delete(&acme.may(), hook).await.unwrap();
    let (who, filter) = (acme.may(), DeliveryFilter::default());
    let webhooks = world.webhooks();
    let change = SubscriptionChange::default();
    for refused in [
        webhooks.delete(&acme.may(), hook).await.unwrap_err(),
        webhooks.get(&acme.may(), hook).await.unwrap_err(),
        webhooks.update(&acme.may(), hook, change).await.unwrap_err(),
        webhooks.rotate_secret(&acme.may(), hook).await.unwrap_err(),
        webhooks.test(&acme.may(), hook).await.unwrap_err(),
        webhooks.deliveries(&who, hook, filter, &PageRequest::default()).await.unwrap_err(),
        webhooks.redeliver(&acme.may(), hook, made[0]).await.unwrap_err(),
        webhooks.recover(&acme.may(), hook, crate::Timestamp::EPOCH).await.unwrap_err(),
    ] {
        assert_eq!(refused.key(), ErrorKey::NotFound);
    }
    assert_eq!(claim(&world, hook, 9).await, []);
    let again = world.subscribe(&acme, KIND, URL).await;
    assert_ne!(again.id, hook);
    assert_eq!(deliveries(&world, &acme, again.id).await, []);
}

/// What waits fails with a reason, for good; what is over stays; nothing new is taken.
pub async fn a_subscription_that_becomes_inactive_fails_what_waits(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let hook = world.subscribe(&acme, KIND, URL).await.id;
    let other = world.subscribe(&acme, KIND, "https://hooks.example/").await.id;
    due(&world, &acme, other, 1).await;
    let made = due(&world, &acme, hook, 2).await;
    let first = claim(&world, hook, 1).await.remove(0);
    super::dispatching::record(&world, &[super::dispatching::accepted(&first)]).await;
    let over = delivery(&world, &acme, hook, made[0]).await;
    set_active(&world, &acme, hook, false).await;
    assert_eq!(delivery(&world, &acme, hook, made[0]).await, over);
    let failed = delivery(&world, &acme, hook, made[1]).await;
    assert_eq!((failed.status, failed.next_attempt_at, failed.attempts), (DeliveryStatus::Failed, None, Vec::new()));
    assert!(failed.error.is_some() && failed.finished_at.is_some());
    let refused = world.webhooks().test(&acme.may(), hook).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::Conflict);
    set_active(&world, &acme, hook, true).await;
    assert_eq!(claim(&world, hook, 9).await, [], "what failed stays so");
    assert_eq!(claim(&world, other, 9).await.len(), 1);
}

/// The reason is cleared, and failures of the time before count no more.
pub async fn becoming_active_clears_reason_and_failures(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let hook = world.subscribe(&acme, KIND, URL).await.id;
    let note = async || {
        let tx = world.store.system(publisher()).await.unwrap();
        let noted = tx.note_receivers(&[], &[hook]).await.unwrap();
        tx.commit().await.unwrap();
        noted[0].1
    };
    let first = note().await;
    set_active(&world, &acme, hook, true).await;
    assert_eq!(note().await, first, "it was active all the time");
    let tx = world.store.system(publisher()).await.unwrap();
    tx.disable_subscription(hook, "the receiver answered 410 Gone").await.unwrap();
    tx.commit().await.unwrap();
    let disabled = world.webhooks().get(&acme.may(), hook).await.unwrap();
    assert_eq!(disabled.disabled_reason.as_deref(), Some("the receiver answered 410 Gone"));
    let woken = set_active(&world, &acme, hook, true).await;
    assert_eq!((woken.active, woken.disabled_reason), (true, None));
    let tx = world.store.system(publisher()).await.unwrap();
    let now = tx.store_time().await.unwrap();
    drop(tx);
    assert!(note().await >= now);
}

/// A change that was begun before its subscription was disabled does not make it active again.
pub async fn a_change_and_a_disabling_do_not_undo_each_other(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let hook = world.subscribe(&acme, KIND, URL).await.id;
    let other = world.subscribe(&acme, EventKind::ImageRebuilt, URL).await;
    for (id, by_id) in [(hook, true), (other.id, false)] {
        let tx = world.store.write(acme.scope()).await.unwrap();
        tx.lock_subscriptions().await.unwrap();
        let found = match by_id {
            true => tx.stored_subscription(id).await.unwrap(),
            false => tx.subscription_to(other.event, &other.url).await.unwrap(),
        };
        let mut found = found.unwrap();
        let store = Arc::clone(&world.store);
        let disabling = tokio::spawn(async move {
            let tx = store.system(publisher()).await.unwrap();
            let told = tx.disable_subscription(id, "the receiver answered 410 Gone").await.unwrap();
            tx.commit().await.unwrap();
            told
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        found.subscription.format = MessageFormat::CloudEvents;
        assert!(tx.update_subscription(&found).await.unwrap());
        tx.commit().await.unwrap();
        let told = disabling.await.unwrap();
        assert_eq!(told.map(|(tenant, _, url)| (tenant, url)), Some((acme.scope().tenant(), URL.to_owned())));
        let found = world.webhooks().get(&acme.may(), id).await.unwrap();
        assert_eq!((found.format, found.active), (MessageFormat::CloudEvents, false));
    }
}

/// With where it stands, wherever the subscription is read.
pub async fn the_newest_delivery_is_shown_with_its_subscription(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let hook = world.subscribe(&acme, KIND, URL).await.id;
    world.subscribe(&acme, KIND, "https://hooks.example/").await;
    let last = async || -> Option<LastDelivery> {
        let found = world.webhooks().get(&acme.may(), hook).await.unwrap();
        assert_eq!(all(&world, &acme).await[1], found);
        assert_eq!(stored(&world, &acme, hook).await.unwrap().subscription, found);
        found.last_delivery
    };
    assert_eq!(last().await, None);
    due(&world, &acme, hook, 1).await;
    let made = due(&world, &acme, hook, 1).await[0];
    let found = last().await.unwrap();
    assert_eq!((found.id, found.status), (made, DeliveryStatus::Pending));
    assert_eq!(found.at, delivery(&world, &acme, hook, made).await.created_at);
    let claimed = claim(&world, hook, 2).await;
    assert_eq!(last().await.unwrap().status, DeliveryStatus::Sending);
    super::dispatching::record(&world, &[super::dispatching::accepted(&claimed[1])]).await;
    let found = last().await.unwrap();
    assert_eq!((found.id, found.status), (made, DeliveryStatus::Delivered));
    assert_eq!(Some(found.at), delivery(&world, &acme, hook, made).await.finished_at);
    assert_eq!(world.webhooks().list(&acme.may(), &limit(1)).await.unwrap().items[0].last_delivery, None);
    let next = claim_after_test(&world, &acme, hook).await;
    assert_eq!(last().await.unwrap().id, next);
}

async fn claim_after_test(world: &World, who: &Member, id: SubscriptionId) -> DeliveryId {
    due(world, who, id, 1).await;
    claim_one(world, id).await.delivery
}

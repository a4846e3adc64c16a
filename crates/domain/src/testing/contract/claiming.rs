//! Claiming what is due, and what waits.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::dispatching::{
    AT_ONCE, LONG, acme, admin, claim, claim_for, claim_one, deliveries, delivery, due, failed, lease, record,
};
use crate::event::EventKind;
use crate::event::message::MessageFormat;
use crate::id::SubscriptionId;
use crate::outbox::{Claimed, Pick, Then, Waiting};
use crate::store::Store;
use crate::testing::{World, publisher};
use crate::webhook::{AttemptStatus, DeliveryStatus, SubscriptionChange};

const KIND: EventKind = EventKind::ImageScanned;
const URL: &str = "https://hooks.example/";

async fn backlog(world: &World) -> Vec<Waiting> {
    world.store.system_read(publisher()).backlog(None, 100).await.unwrap().1
}

async fn store_time(world: &World) -> crate::Timestamp {
    world.store.system_read(publisher()).backlog(None, 1).await.unwrap().0
}

fn numbers(claimed: &[Claimed]) -> Vec<u32> {
    claimed.iter().map(|one| one.attempt).collect()
}

/// Ten workers, of which each claims until it finds nothing.
pub async fn a_due_delivery_is_claimed_once_by_ten_at_once(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let world = Arc::new(world);
    let hook = world.subscribe(&acme, KIND, URL).await.id;
    let made: BTreeSet<_> = due(&world, &acme, hook, 40).await.into_iter().collect();
    let mut claiming = JoinSet::new();
    for _ in 0..10 {
        let world = Arc::clone(&world);
        claiming.spawn(async move {
            let mut all = Vec::new();
            loop {
                match claim(&world, hook, 3).await {
                    none if none.is_empty() => return all,
                    some => all.extend(some),
                }
            }
        });
    }
    let mut all = Vec::new();
    while let Some(claimed) = claiming.join_next().await {
        all.extend(claimed.unwrap());
    }
    // What somebody was claiming is skipped by the others, never lost.
    all.extend(claim(&world, hook, 40).await);
    assert!(all.iter().all(|one| one.attempt == 1 && one.failures == 0));
    let found: BTreeSet<_> = all.iter().map(|one| one.delivery).collect();
    assert_eq!((all.len(), found), (40, made));
}

/// All that a worker needs, as it stands now.
pub async fn a_claim_carries_what_is_sent(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let hook = world.subscribe(&acme, KIND, URL).await.id;
    let made = due(&world, &acme, hook, 1).await[0];
    let change = SubscriptionChange {
        url: Some("https://other.example/x?y".to_owned()),
        format: Some(MessageFormat::CloudEvents),
        ..SubscriptionChange::default()
    };
    world.webhooks().update(&acme.may(), hook, change).await.unwrap();
    world.webhooks().rotate_secret(&acme.may(), hook).await.unwrap();
    let tx = world.store.write(acme.scope()).await.unwrap();
    let secrets = tx.stored_subscription(hook).await.unwrap().unwrap().secrets;
    drop(tx);
    assert!(secrets.previous.is_some());
    let claimed = claim_one(&world, hook).await;
    let shown = delivery(&world, &acme, hook, made).await;
    assert_eq!((claimed.delivery, claimed.attempt, claimed.failures), (made, 1, 0));
    assert_eq!((claimed.tenant, claimed.subscription), (acme.scope().tenant(), hook));
    assert_eq!((claimed.url.as_str(), claimed.format), ("https://other.example/x?y", MessageFormat::CloudEvents));
    assert_eq!((claimed.event_id, claimed.event), (shown.event_id, KIND));
    assert_eq!((claimed.image, claimed.version), (None, None));
    assert!(claimed.data.contains("\"imageName\":\"example-image\""), "{}", claimed.data);
    assert_eq!(claimed.secrets, secrets);
    assert_eq!((shown.status, shown.next_attempt_at, shown.test), (DeliveryStatus::Sending, None, true));
    let attempt = &shown.attempts[0];
    assert_eq!((shown.attempts.len(), attempt.number, attempt.status), (1, 1, AttemptStatus::Sending));
    assert_eq!((attempt.started_at, attempt.duration, attempt.response_code), (claimed.claimed_at, None, None));
}

/// At most so many of each subscription, the longest due first.
pub async fn a_claim_takes_what_was_picked(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let globex = admin(&world, "globex").await;
    let one = world.subscribe(&acme, KIND, URL).await.id;
    let other = world.subscribe(&globex, KIND, URL).await.id;
    let (first, second) = (due(&world, &acme, one, 5).await, due(&world, &globex, other, 2).await);
    let picks = |most| [Pick { subscription: one, most }, Pick { subscription: other, most: 9 }];
    for (most, expected) in [(2, [&first[..2], &second].concat()), (1, first[2..3].to_vec())] {
        let tx = world.store.system(publisher()).await.unwrap();
        let lease = lease(&world, LONG);
        let claimed = tx.claim(&picks(most), &lease).await.unwrap();
        tx.commit().await.unwrap();
        assert!(claimed.iter().all(|one| one.token == lease.token));
        let found: BTreeSet<_> = claimed.iter().map(|one| one.delivery).collect();
        assert_eq!((claimed.len(), found), (expected.len(), expected.into_iter().collect()));
    }
    let unknown = SubscriptionId::from_uuid(uuid::Uuid::from_u128(1));
    assert_eq!(claim(&world, unknown, 9).await, []);
    assert_eq!(claim(&world, one, 0).await, []);
    let rest = claim(&world, one, 9).await;
    let rest: Vec<_> = rest.iter().map(|one| one.delivery).collect();
    assert_eq!(rest, first[3..]);
}

/// A worker that dies before its commit has claimed nothing, and used no number.
pub async fn a_claim_that_was_not_committed_is_none(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let hook = world.subscribe(&acme, KIND, URL).await.id;
    due(&world, &acme, hook, 1).await;
    let tx = world.store.system(publisher()).await.unwrap();
    let pick = Pick { subscription: hook, most: 1 };
    assert_eq!(tx.claim(&[pick], &lease(&world, LONG)).await.unwrap().len(), 1);
    drop(tx);
    // A database may need a moment to take back what was dropped, and a claim passes over what is locked.
    let mut claimed = Vec::new();
    for _ in 0..1_000 {
        claimed = claim(&world, hook, 1).await;
        if !claimed.is_empty() {
            break;
        }
    }
    assert_eq!(numbers(&claimed), [1]);
}

/// Not before it is due, which the backlog tells.
pub async fn a_retry_waits_until_it_is_due(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let hook = world.subscribe(&acme, KIND, URL).await.id;
    let made = due(&world, &acme, hook, 1).await[0];
    let claimed = claim_one(&world, hook).await;
    let before = store_time(&world).await;
    record(&world, &[failed(&claimed, Then::Retry(LONG))]).await;
    let after = store_time(&world).await;
    assert_eq!(claim(&world, hook, 1).await, []);
    let shown = delivery(&world, &acme, hook, made).await;
    let next = shown.next_attempt_at.unwrap();
    assert_eq!((shown.status, shown.finished_at), (DeliveryStatus::Pending, None));
    assert!(before.plus(LONG) <= next && next <= after.plus(LONG), "{before} {next} {after}");
    assert_eq!(backlog(&world).await, [Waiting { subscription: hook, endpoint: URL.to_owned(), due: next }]);
}

/// By id, each once, with the first of what waits; finished and claimed ones do not.
pub async fn the_backlog_lists_subscriptions_with_what_waits(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let globex = admin(&world, "globex").await;
    assert_eq!(backlog(&world).await, []);
    let mut hooks = Vec::new();
    for number in 1..=5 {
        let who = if number % 2 == 0 { &globex } else { &acme };
        let url = format!("https://hooks.example/{number}");
        hooks.push((world.subscribe(who, KIND, &url).await.id, url));
        due(&world, who, hooks[number - 1].0, number).await;
    }
    world.subscribe(&acme, KIND, URL).await;
    let waiting = backlog(&world).await;
    let listed: Vec<_> = waiting.iter().map(|one| (one.subscription, one.endpoint.clone())).collect();
    assert_eq!(listed, hooks);
    for one in &waiting {
        let who =
            if hooks.iter().position(|hook| hook.0 == one.subscription).unwrap() % 2 == 1 { &globex } else { &acme };
        let first = deliveries(&world, who, one.subscription).await.pop().unwrap();
        assert_eq!(Some(one.due), first.next_attempt_at);
    }
    let reads = world.store.system_read(publisher());
    for after in 0..5 {
        let page = reads.backlog(Some(hooks[after].0), 2).await.unwrap().1;
        assert_eq!(page, waiting[(after + 1).min(5)..(after + 3).min(5)], "{after}");
    }
    claim(&world, hooks[0].0, 9).await;
    claim(&world, hooks[2].0, 2).await;
    let one = claim(&world, hooks[4].0, 1).await.remove(0);
    record(&world, &[failed(&one, Then::Retry(LONG))]).await;
    let left = backlog(&world).await;
    let listed: Vec<_> = left.iter().map(|one| one.subscription).collect();
    assert_eq!(listed, [hooks[1].0, hooks[2].0, hooks[3].0, hooks[4].0]);
    assert!(left[3].due < store_time(&world).await.plus(Duration::from_secs(60)), "the first of several");
}

/// Nothing is lost meanwhile, and what is under way is recorded.
pub async fn t13_deliveries_of_a_suspended_tenant_wait_until_it_resumes(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let globex = admin(&world, "globex").await;
    let hook = world.subscribe(&acme, KIND, URL).await.id;
    let other = world.subscribe(&globex, KIND, URL).await.id;
    due(&world, &acme, hook, 2).await;
    due(&world, &globex, other, 1).await;
    let under_way = claim(&world, hook, 1).await.remove(0);
    world.suspend("acme", true).await;
    world.scan("java17", "1.0", "2026-02-02T00:00:00Z", Vec::new()).await;
    super::dispatching::expand(&world).await;
    assert_eq!(claim(&world, hook, 9).await, []);
    assert_eq!(record(&world, &[failed(&under_way, AT_ONCE)]).await, [under_way.delivery]);
    assert_eq!(claim(&world, hook, 9).await, []);
    let listed: Vec<_> = backlog(&world).await.into_iter().map(|one| one.subscription).collect();
    assert_eq!(listed, [other]);
    assert_eq!(claim(&world, other, 9).await.len(), 1);
    world.suspend("acme", false).await;
    let mut claimed = numbers(&claim(&world, hook, 9).await);
    claimed.sort_unstable();
    assert_eq!(claimed, [1, 1, 2]);
}

/// Its worker went away: nobody knows whether it was sent.
pub async fn d8_an_expired_attempt_is_marked_and_followed_by_the_next_number(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let hook = world.subscribe(&acme, KIND, URL).await.id;
    let made = due(&world, &acme, hook, 2).await;
    let claimed = claim_for(&world, hook, 1, Duration::ZERO).await.remove(0);
    let other = claim_one(&world, hook).await;
    interrupted(&world, 1).await;
    let shown = delivery(&world, &acme, hook, made[0]).await;
    let attempt = &shown.attempts[0];
    assert_eq!((shown.status, shown.attempts.len()), (DeliveryStatus::Pending, 1));
    assert_eq!((attempt.number, attempt.status, attempt.duration), (1, AttemptStatus::Interrupted, None));
    assert_eq!(attempt.started_at, claimed.claimed_at);
    assert!(attempt.error.is_some());
    let next = claim_one(&world, hook).await;
    assert_eq!((next.delivery, next.attempt, next.failures), (made[0], 2, 0));
    // The late result of the first attempt goes nowhere; the other claim still stands.
    assert_eq!(record(&world, &[super::dispatching::accepted(&claimed)]).await, []);
    let recorded = record(&world, &[failed(&next, AT_ONCE), failed(&other, AT_ONCE)]).await;
    assert_eq!(recorded.into_iter().collect::<BTreeSet<_>>(), made.iter().copied().collect());
    let shown = delivery(&world, &acme, hook, made[0]).await;
    let statuses: Vec<_> = shown.attempts.iter().map(|attempt| (attempt.number, attempt.status)).collect();
    assert_eq!(statuses, [(1, AttemptStatus::Interrupted), (2, AttemptStatus::Failed)]);
    let third = claim(&world, hook, 2).await.into_iter().find(|one| one.delivery == made[0]).unwrap();
    assert_eq!((third.attempt, third.failures), (3, 1));
}

/// Marks expired attempts, once so many are.
async fn interrupted(world: &World, expected: u64) {
    let mut count = 0;
    for _ in 0..200 {
        count += world.dispatcher().interrupt_expired(publisher()).await.unwrap();
        if count >= expected {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(count, expected);
    assert_eq!(world.dispatcher().interrupt_expired(publisher()).await.unwrap(), 0);
}

/// A subscription that became inactive meanwhile gets no further attempt, not even later.
pub async fn an_expired_attempt_of_an_inactive_subscription_fails(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let hook = world.subscribe(&acme, KIND, URL).await.id;
    let made = due(&world, &acme, hook, 1).await[0];
    claim_for(&world, hook, 1, Duration::ZERO).await;
    let active = |active| SubscriptionChange { active: Some(active), ..SubscriptionChange::default() };
    world.webhooks().update(&acme.may(), hook, active(false)).await.unwrap();
    interrupted(&world, 1).await;
    let shown = delivery(&world, &acme, hook, made).await;
    assert_eq!((shown.status, shown.attempts[0].status), (DeliveryStatus::Failed, AttemptStatus::Interrupted));
    assert!(shown.error.is_some() && shown.finished_at.is_some() && shown.next_attempt_at.is_none());
    world.webhooks().update(&acme.may(), hook, active(true)).await.unwrap();
    assert_eq!(claim(&world, hook, 9).await, []);
}

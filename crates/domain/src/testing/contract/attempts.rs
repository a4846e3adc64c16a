//! What becomes of attempts, and of deliveries after them.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::dispatching::{
    AT_ONCE, accepted, acme, admin, claim, claim_one, deliveries, delivery, due, expand, failed, feed, give_up, record,
};
use super::stock::limit;
use crate::Timestamp;
use crate::error::ErrorKey;
use crate::event::EventKind;
use crate::id::{DeliveryId, LeaseToken, SubscriptionId};
use crate::outbox::{Claimed, EndedAttempt, Then};
use crate::paging::{PageRequest, Total};
use crate::store::Store;
use crate::testing::fixtures::at;
use crate::testing::{Member, World, publisher};
use crate::webhook::{
    Attempt, AttemptStatus, Delivery, DeliveryFilter, DeliveryPosition, DeliveryStatus, SubscriptionChange,
};

const KIND: EventKind = EventKind::ImageScanned;
const URL: &str = "https://hooks.example/";

async fn one_due(store: Arc<dyn Store>) -> (World, Member, SubscriptionId, DeliveryId) {
    let (world, acme) = acme(store).await;
    let hook = world.subscribe(&acme, KIND, URL).await.id;
    let made = due(&world, &acme, hook, 1).await[0];
    (world, acme, hook, made)
}

fn recorded(ended: &EndedAttempt) -> Attempt {
    Attempt {
        number: ended.number,
        status: ended.status,
        started_at: ended.started_at,
        duration: ended.duration,
        response_code: ended.response_code,
        error: ended.error.clone(),
        excerpt: ended.excerpt.clone(),
    }
}

/// 1, 2, 3: no number twice and none left out, and every attempt to the letter.
pub async fn attempts_are_numbered_without_gaps(store: Arc<dyn Store>) {
    let (world, acme, hook, made) = one_due(store).await;
    let mut attempts = Vec::new();
    for number in 1..=5u32 {
        let claimed = claim_one(&world, hook).await;
        assert_eq!((claimed.delivery, claimed.attempt, claimed.failures), (made, number, number - 1));
        let ended = match number {
            2 => EndedAttempt { response_code: None, excerpt: None, ..failed(&claimed, AT_ONCE) },
            5 => accepted(&claimed),
            _ => EndedAttempt { excerpt: Some("é🦀\"\\\n".repeat(100)), ..failed(&claimed, AT_ONCE) },
        };
        attempts.push(recorded(&ended));
        assert_eq!(record(&world, &[ended]).await, [made]);
    }
    let shown = delivery(&world, &acme, hook, made).await;
    assert_eq!((shown.status, shown.error.as_deref()), (DeliveryStatus::Delivered, None));
    assert!(shown.finished_at.is_some() && shown.next_attempt_at.is_none());
    assert_eq!(shown.attempts, attempts);
    assert_eq!(claim(&world, hook, 9).await, []);
}

/// One that was not begun in time uses its number, and counts as no failure.
pub async fn an_interrupted_attempt_is_no_failure(store: Arc<dyn Store>) {
    let (world, _, hook, made) = one_due(store).await;
    let first = claim_one(&world, hook).await;
    let not_begun = EndedAttempt {
        status: AttemptStatus::Interrupted,
        duration: None,
        response_code: None,
        ..failed(&first, AT_ONCE)
    };
    assert_eq!(record(&world, &[not_begun]).await, [made]);
    let second = claim_one(&world, hook).await;
    assert_eq!((second.attempt, second.failures), (2, 0));
}

/// Told twice at once by the same worker, or once more after all.
pub async fn an_ended_attempt_is_recorded_once(store: Arc<dyn Store>) {
    let (world, acme, hook, made) = one_due(store).await;
    let claimed = claim_one(&world, hook).await;
    let world = Arc::new(world);
    let mut recording = JoinSet::new();
    for _ in 0..5 {
        let (world, ended) = (Arc::clone(&world), failed(&claimed, AT_ONCE));
        recording.spawn(async move { record(&world, &[ended]).await.len() });
    }
    let mut count = 0;
    while let Some(one) = recording.join_next().await {
        count += one.unwrap();
    }
    assert_eq!(count, 1);
    assert_eq!(record(&world, &[accepted(&claimed)]).await, []);
    let shown = delivery(&world, &acme, hook, made).await;
    assert_eq!((shown.status, shown.attempts.len()), (DeliveryStatus::Pending, 1));
}

/// A worker that comes back late, and one that never was.
pub async fn d9_a_result_under_another_claim_is_refused(store: Arc<dyn Store>) {
    let (world, acme, hook, made) = one_due(store).await;
    let first = claim_one(&world, hook).await;
    record(&world, &[failed(&first, AT_ONCE)]).await;
    let second = claim_one(&world, hook).await;
    assert_ne!(first.token, second.token);
    let before = delivery(&world, &acme, hook, made).await;
    let foreign = Claimed { token: LeaseToken::from_uuid(uuid::Uuid::from_u128(1)), ..second.clone() };
    assert_eq!(record(&world, &[accepted(&first), accepted(&foreign)]).await, []);
    assert_eq!(delivery(&world, &acme, hook, made).await, before);
    assert_eq!(record(&world, &[accepted(&first), accepted(&second)]).await, [made]);
    assert_eq!(delivery(&world, &acme, hook, made).await.status, DeliveryStatus::Delivered);
}

/// With its reason, and nothing of it is due.
pub async fn a_delivery_that_was_given_up_has_failed(store: Arc<dyn Store>) {
    let (world, acme, hook, made) = one_due(store).await;
    let claimed = claim_one(&world, hook).await;
    record(&world, &[failed(&claimed, give_up())]).await;
    let shown = delivery(&world, &acme, hook, made).await;
    assert_eq!((shown.status, shown.error.as_deref()), (DeliveryStatus::Failed, Some("ran out of attempts")));
    assert!(shown.finished_at.is_some() && shown.next_attempt_at.is_none());
    assert_eq!(claim(&world, hook, 9).await, []);
}

/// Deleted or inactive: no further attempt; of others in the same unit there is.
pub async fn what_a_subscription_had_under_way_ends_with_it(store: Arc<dyn Store>) {
    let (world, acme, deleted, _) = one_due(store).await;
    let inactive = world.subscribe(&acme, KIND, "https://hooks.example/1").await.id;
    let other = world.subscribe(&acme, KIND, "https://hooks.example/2").await.id;
    let made = due(&world, &acme, inactive, 2).await;
    due(&world, &acme, other, 1).await;
    let claimed = [claim(&world, deleted, 9).await, claim(&world, inactive, 9).await, claim(&world, other, 9).await];
    world.webhooks().delete(&acme.may(), deleted).await.unwrap();
    let off = SubscriptionChange { active: Some(false), ..SubscriptionChange::default() };
    world.webhooks().update(&acme.may(), inactive, off).await.unwrap();
    let ended = [
        failed(&claimed[0][0], AT_ONCE),
        failed(&claimed[1][0], AT_ONCE),
        accepted(&claimed[1][1]),
        failed(&claimed[2][0], AT_ONCE),
    ];
    let found: BTreeSet<_> = record(&world, &ended).await.into_iter().collect();
    assert_eq!(found, ended[1..].iter().map(|one| one.delivery).collect());
    let failed = delivery(&world, &acme, inactive, made[0]).await;
    assert_eq!((failed.status, failed.attempts.len()), (DeliveryStatus::Failed, 1));
    assert!(failed.error.is_some() && failed.finished_at.is_some());
    let delivered = delivery(&world, &acme, inactive, made[1]).await;
    assert_eq!(delivered.status, DeliveryStatus::Delivered, "it did arrive");
    assert_eq!(claim(&world, other, 9).await.len(), 1);
    for hook in [deleted, inactive] {
        assert_eq!(claim(&world, hook, 9).await, []);
    }
}

/// What is under way when its subscription is disabled is recorded as it ended.
pub async fn disabling_a_subscription_fails_what_waits(store: Arc<dyn Store>) {
    let (world, acme, hook, under_way) = one_due(store).await;
    let claimed = claim_one(&world, hook).await;
    let waits = due(&world, &acme, hook, 1).await[0];
    let disable = async || {
        let tx = world.store.system(publisher()).await.unwrap();
        let told = tx.disable_subscription(hook, "the receiver answered 410 Gone").await.unwrap();
        tx.commit().await.unwrap();
        told
    };
    assert_eq!(disable().await, Some((acme.scope().tenant(), KIND, URL.to_owned())));
    assert_eq!(disable().await, None);
    let found = world.webhooks().get(&acme.may(), hook).await.unwrap();
    let reason = Some("the receiver answered 410 Gone");
    assert_eq!((found.active, found.disabled_reason.as_deref()), (false, reason));
    let failed = delivery(&world, &acme, hook, waits).await;
    assert_eq!((failed.status, failed.error.as_deref()), (DeliveryStatus::Failed, reason));
    assert_eq!(delivery(&world, &acme, hook, under_way).await.status, DeliveryStatus::Sending);
    assert_eq!(record(&world, &[accepted(&claimed)]).await, [under_way]);
    let tx = world.store.system(publisher()).await.unwrap();
    let unknown = SubscriptionId::from_uuid(uuid::Uuid::from_u128(1));
    assert_eq!(tx.disable_subscription(unknown, "gone").await.unwrap(), None);
}

/// The first failure counts until there is a success.
pub async fn a_receiver_fails_since_its_first_failure_after_a_success(store: Arc<dyn Store>) {
    let (world, acme, one, _) = one_due(store).await;
    let other = world.subscribe(&acme, KIND, "https://hooks.example/1").await.id;
    let unknown = SubscriptionId::from_uuid(uuid::Uuid::from_u128(1));
    let note = async |working: &[SubscriptionId], failing: &[SubscriptionId]| {
        let tx = world.store.system(publisher()).await.unwrap();
        let now = tx.store_time().await.unwrap();
        let noted: std::collections::BTreeMap<_, _> =
            tx.note_receivers(working, failing).await.unwrap().into_iter().collect();
        tx.commit().await.unwrap();
        (now, noted)
    };
    let (now, first) = note(&[], &[one, unknown]).await;
    assert_eq!(first.keys().collect::<Vec<_>>(), [&one]);
    assert!(first[&one] >= now);
    let (_, second) = note(&[], &[one, other]).await;
    assert_eq!((second.len(), second[&one]), (2, first[&one]));
    assert_eq!(note(&[one, unknown], &[]).await.1.len(), 0);
    let (now, third) = note(&[], &[one, other]).await;
    assert!(third[&one] >= now, "a success came between");
    assert_eq!(third[&other], second[&other]);
    let elsewhere = SubscriptionChange { url: Some("https://hooks.example/2".into()), ..SubscriptionChange::default() };
    world.webhooks().update(&acme.may(), other, elsewhere).await.unwrap();
    let (now, fourth) = note(&[], &[one, other]).await;
    assert_eq!(fourth[&one], third[&one]);
    assert!(fourth[&other] >= now, "another receiver has not failed yet");
}

/// Newest first, by where they stand, with their attempts.
pub async fn deliveries_page_newest_first_without_loss_or_repetition(store: Arc<dyn Store>) {
    let (world, acme, hook, first) = one_due(store).await;
    let other = world.subscribe(&acme, KIND, "https://hooks.example/1").await.id;
    due(&world, &acme, other, 3).await;
    let mut made = due(&world, &acme, hook, 6).await;
    made.insert(0, first);
    let claimed = claim(&world, hook, 4).await;
    record(&world, &[failed(&claimed[0], give_up()), failed(&claimed[1], give_up()), accepted(&claimed[2])]).await;
    let status = |status| DeliveryFilter { status: Some(status) };
    for (filter, mut expected) in [
        (DeliveryFilter::default(), made.clone()),
        (status(DeliveryStatus::Failed), made[..2].to_vec()),
        (status(DeliveryStatus::Delivered), made[2..3].to_vec()),
        (status(DeliveryStatus::Sending), made[3..4].to_vec()),
        (status(DeliveryStatus::Pending), made[4..].to_vec()),
    ] {
        expected.reverse();
        for size in [1, 2, 3, 7] {
            let found = paged(&world, &acme, hook, filter, size, expected.len() as u64).await;
            assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), expected, "{filter:?}, {size} a page");
            for one in found {
                assert_eq!(delivery(&world, &acme, hook, one.id).await, one);
            }
        }
    }
    let reads = world.store.read(acme.scope());
    assert_eq!(reads.count_deliveries(hook, DeliveryFilter::default(), 5).await.unwrap(), 5);
    assert_eq!(reads.find_delivery(other, first).await.unwrap(), None);
    let unknown = SubscriptionId::from_uuid(uuid::Uuid::from_u128(1));
    let none = reads.list_deliveries(unknown, DeliveryFilter::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(none, None);
}

async fn paged(
    world: &World,
    who: &Member,
    id: SubscriptionId,
    filter: DeliveryFilter,
    size: u32,
    count: u64,
) -> Vec<Delivery> {
    let (mut page, mut found) = (limit::<DeliveryPosition>(size), Vec::new());
    page.count = true;
    loop {
        let answer = world.webhooks().deliveries(&who.may(), id, filter, &page).await.unwrap();
        assert_eq!(answer.total, Some(Total { count, exact: true }));
        found.extend(answer.items);
        page.after = answer.next;
        if page.after.is_none() {
            return found;
        }
    }
}

/// Under its own id and the next numbers, with all its attempts; only when it has finished.
pub async fn a_finished_delivery_is_delivered_again(store: Arc<dyn Store>) {
    let (world, acme, hook, made) = one_due(store).await;
    let again = async || world.webhooks().redeliver(&acme.may(), hook, made).await;
    assert_eq!(again().await.unwrap_err().key(), ErrorKey::Conflict, "it waits");
    for (number, end) in [(1, give_up()), (2, Then::Done)] {
        let claimed = claim_one(&world, hook).await;
        assert_eq!((claimed.attempt, claimed.failures), (number, 0));
        assert_eq!(again().await.unwrap_err().key(), ErrorKey::Conflict, "it is under way");
        let ended = if end == Then::Done { accepted(&claimed) } else { failed(&claimed, end) };
        record(&world, &[ended]).await;
        let shown = again().await.unwrap();
        assert_eq!((shown.id, shown.status, shown.attempts.len()), (made, DeliveryStatus::Pending, number as usize));
        assert_eq!((shown.error, shown.finished_at), (None, None));
        assert!(shown.next_attempt_at.is_some());
    }
    let third = claim_one(&world, hook).await;
    assert_eq!((third.delivery, third.attempt, third.failures), (made, 3, 0));
    let unknown = DeliveryId::from_uuid(uuid::Uuid::from_u128(1));
    let missing = world.webhooks().redeliver(&acme.may(), hook, unknown).await.unwrap_err();
    assert_eq!(missing.key(), ErrorKey::NotFound);
    let tx = world.store.write(acme.scope()).await.unwrap();
    assert!(!tx.redeliver(hook, unknown).await.unwrap());
}

/// Those of this subscription that failed since then, and no others.
pub async fn what_failed_since_is_delivered_again(store: Arc<dyn Store>) {
    let (world, acme, hook, first) = one_due(store).await;
    let globex = admin(&world, "globex").await;
    let other = world.subscribe(&globex, KIND, URL).await.id;
    let mut made = due(&world, &acme, hook, 4).await;
    made.insert(0, first);
    let foreign = due(&world, &globex, other, 1).await[0];
    let claimed = [claim(&world, hook, 4).await, claim(&world, other, 1).await].concat();
    record(&world, &[failed(&claimed[0], give_up()), failed(&claimed[1], give_up()), accepted(&claimed[2])]).await;
    record(&world, &[failed(&claimed[4], give_up())]).await;
    let since = async |since| world.webhooks().recover(&acme.may(), hook, since).await.unwrap();
    assert_eq!(since(at("8999-01-01T00:00:00Z")).await, 0);
    let finished = delivery(&world, &acme, hook, made[0]).await.finished_at.unwrap();
    assert_eq!(since(Timestamp::from_micros(finished.micros() + 3_600_000_000)).await, 0);
    assert_eq!(since(finished).await, 2, "the moment itself counts");
    assert_eq!(since(Timestamp::EPOCH).await, 0, "they wait now");
    let statuses: Vec<_> = deliveries(&world, &acme, hook).await.into_iter().map(|one| one.status).collect();
    use DeliveryStatus::{Delivered, Failed, Pending, Sending};
    assert_eq!(statuses, [Pending, Sending, Delivered, Pending, Pending]);
    assert_eq!(delivery(&world, &globex, other, foreign).await.status, Failed);
    let mut again: Vec<_> = claim(&world, hook, 9).await.iter().map(|one| (one.attempt, one.failures)).collect();
    again.sort_unstable();
    assert_eq!(again, [(1, 0), (2, 0), (2, 0)]);
}

/// With their deliveries, oldest first and so many at a time; later ones stay.
pub async fn old_events_are_purged_with_their_deliveries(store: Arc<dyn Store>) {
    let (world, acme, hook, _) = one_due(store).await;
    for day in 1..=3 {
        world.scan("java17", "1.0", &format!("2026-02-0{day}T00:00:00Z"), Vec::new()).await;
    }
    expand(&world).await;
    assert_eq!((feed(&world, &acme).await.len(), deliveries(&world, &acme, hook).await.len()), (3, 4));
    let claimed = claim(&world, hook, 1).await.remove(0);
    let purge = async |before, limit| {
        let tx = world.store.system(publisher()).await.unwrap();
        let purged = tx.purge_events(before, limit).await.unwrap();
        tx.commit().await.unwrap();
        purged
    };
    assert_eq!(purge(at("2000-01-01T00:00:00Z"), 100).await, 0);
    assert_eq!(deliveries(&world, &acme, hook).await.len(), 4);
    // Four and the version's publication, of which nobody was told.
    for (most, purged) in [(2, 2), (2, 2), (100, 1), (100, 0)] {
        assert_eq!(purge(at("8999-01-01T00:00:00Z"), most).await, purged);
    }
    assert_eq!((feed(&world, &acme).await, deliveries(&world, &acme, hook).await), (Vec::new(), Vec::new()));
    assert_eq!(record(&world, &[accepted(&claimed)]).await, []);
    assert_eq!(world.webhooks().get(&acme.may(), hook).await.unwrap().last_delivery, None);
    let made = due(&world, &acme, hook, 1).await;
    assert_eq!(claim_one(&world, hook).await.delivery, made[0]);
}

//! What becomes of deliveries as time goes by.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::access::Role;
use crate::error::ErrorKey;
use crate::event::EventKind;
use crate::image::ImageChange;
use crate::paging::PageRequest;
use crate::testing::fixtures::at;
use crate::testing::{Member, World, publisher};
use crate::webhook::{Delivery, DeliveryFilter, DeliveryStatus, RetryAfter, SubscriptionChange};

const URL: &str = "https://hooks.example/";
const SCANNED: EventKind = EventKind::ImageScanned;

/// `acme` is licensed for `java17`; nothing was told yet.
async fn acme() -> (World, Member) {
    let world = World::in_memory();
    world.image("java17", ImageChange::default()).await;
    world.version("java17", "1.0", "2026-01-01T00:00:00Z").await;
    world.drain().await;
    let tenant = world.tenant("acme").await;
    let admin = world.member(&tenant, Role::Admin).await;
    world.grant("acme", "java17").await;
    (world, admin)
}

async fn scan(world: &World, second: u32) {
    world.scan("java17", "1.0", &format!("2026-02-01T00:00:{second:02}Z"), Vec::new()).await;
}

/// Newest first.
async fn deliveries(world: &World, who: &Member, id: SubscriptionId) -> Vec<Delivery> {
    let (filter, page) = (DeliveryFilter::default(), PageRequest::default());
    world.webhooks().deliveries(&who.may(), id, filter, &page).await.unwrap().items
}

fn message(outgoing: &Outgoing) -> Message<serde_json::Value> {
    serde_json::from_slice(&outgoing.body).unwrap()
}

fn wish(status: u16, retry_after: RetryAfter) -> Sent {
    Sent::Answered { status, retry_after: Some(retry_after), excerpt: None }
}

#[tokio::test]
async fn d2_a_failing_delivery_is_attempted_eight_times_and_another_subscription_is_told() {
    let (world, admin) = acme().await;
    let hook = world.subscribe(&admin, SCANNED, URL).await.id;
    let other = world.subscribe(&admin, EventKind::WebhookExhausted, URL).await.id;
    scan(&world, 1).await;
    world.sender.answer_status([500; 8]);
    assert_eq!(world.drain().await, 1);
    for (number, step) in [5, 60, 300, 1_800, 7_200, 21_600, 43_200].into_iter().enumerate() {
        let next = deliveries(&world, &admin, hook).await[0].next_attempt_at.unwrap();
        let ratio = next.since(world.clock.now()).as_secs_f64() / f64::from(step);
        assert!((0.8..=1.2).contains(&ratio), "{number}: {ratio}");
        world.clock.set(Timestamp::from_micros(next.micros() - 1));
        assert_eq!(world.drain().await, 0, "{number}");
        world.clock.set(next);
        assert_eq!(world.drain().await, if step == 43_200 { 2 } else { 1 }, "{number}");
    }
    let shown = deliveries(&world, &admin, hook).await.remove(0);
    assert_eq!((shown.status, shown.error.as_deref()), (DeliveryStatus::Failed, Some("ran out of attempts")));
    assert!(shown.attempts.iter().all(|one| one.response_code == Some(500) && one.status == AttemptStatus::Failed));
    let mut sent = world.sender.take();
    let told = sent.pop().unwrap();
    let numbers: Vec<_> = sent.iter().map(|one| (one.delivery, message(one).attempt_number)).collect();
    assert_eq!(numbers, (1..=8).map(|number| (shown.id, number)).collect::<Vec<_>>());
    let data: WebhookExhausted = serde_json::from_value(message(&told).data).unwrap();
    assert_eq!((data.subscription_id, data.delivery_id), (hook.to_string(), shown.id.to_string()));
    assert_eq!((data.attempts, data.last_error.as_str()), (8, "answered 500"));
    assert_eq!(deliveries(&world, &admin, other).await[0].status, DeliveryStatus::Delivered);
    world.clock.advance(Duration::from_secs(100_000));
    assert_eq!(world.drain().await, 0);
}

#[tokio::test]
async fn d3_a_receiver_that_is_gone_is_disabled_at_once_and_another_subscription_is_told() {
    let (world, admin) = acme().await;
    let hook = world.subscribe(&admin, SCANNED, URL).await.id;
    world.subscribe(&admin, EventKind::WebhookDisabled, URL).await;
    scan(&world, 1).await;
    world.sender.answer_status([500]);
    world.drain().await;
    world.clock.advance(Duration::from_secs(1));
    scan(&world, 2).await;
    world.sender.answer_status([410]);
    assert_eq!(world.drain().await, 2);
    let found = world.webhooks().get(&admin.may(), hook).await.unwrap();
    let reason = "the receiver answered 410 Gone";
    assert_eq!((found.active, found.disabled_reason.as_deref()), (false, Some(reason)));
    for one in deliveries(&world, &admin, hook).await {
        assert_eq!((one.status, one.error.as_deref()), (DeliveryStatus::Failed, Some(reason)));
    }
    let told = message(&world.sender.take()[2]);
    let data: WebhookDisabled = serde_json::from_value(told.data).unwrap();
    assert_eq!((data.subscription_id, data.reason.as_str()), (hook.to_string(), reason));
    scan(&world, 3).await;
    world.clock.advance(Duration::from_secs(100_000));
    assert_eq!(world.drain().await, 0, "no further connection");
    let active = SubscriptionChange { active: Some(true), ..SubscriptionChange::default() };
    world.webhooks().update(&admin.may(), hook, active).await.unwrap();
    assert_eq!(world.drain().await, 0, "what failed stays so");
    scan(&world, 4).await;
    assert_eq!(world.drain().await, 1);
}

#[tokio::test]
async fn five_days_without_a_success_disable_at_the_next_failure() {
    let (world, admin) = acme().await;
    let hook = world.subscribe(&admin, SCANNED, URL).await.id;
    world.subscribe(&admin, EventKind::WebhookDisabled, URL).await;
    let day = Duration::from_secs(24 * 3_600);
    scan(&world, 1).await;
    world.sender.answer_status([500, 200, 500, 500, 500]);
    world.drain().await;
    world.clock.advance(4 * day);
    assert_eq!(world.drain().await, 1, "a success: the failure of before is forgotten");
    let since = world.clock.now();
    scan(&world, 2).await;
    world.drain().await;
    world.clock.set(Timestamp::from_micros(since.plus(5 * day).micros() - 1));
    assert_eq!(world.drain().await, 1);
    assert!(world.webhooks().get(&admin.may(), hook).await.unwrap().active, "not quite five days");
    world.clock.advance(Duration::from_secs(120));
    assert_eq!(world.drain().await, 2);
    let found = world.webhooks().get(&admin.may(), hook).await.unwrap();
    let reason = format!("no delivery has succeeded since {since}");
    assert_eq!((found.active, found.disabled_reason.as_ref()), (false, Some(&reason)));
    let last = deliveries(&world, &admin, hook).await.remove(0);
    assert_eq!((last.status, last.error.as_ref()), (DeliveryStatus::Failed, Some(&reason)));
    let data: WebhookDisabled = serde_json::from_value(message(&world.sender.take()[5]).data).unwrap();
    assert_eq!((data.url.as_str(), data.reason, data.disabled_at), (URL, reason, world.clock.now()));
}

#[tokio::test]
async fn d4_the_wish_of_a_receiver_is_when_the_next_attempt_is_due() {
    let (world, admin) = acme().await;
    let hook = world.subscribe(&admin, SCANNED, URL).await.id;
    scan(&world, 1).await;
    let seconds = Duration::from_secs;
    for (status, asked, wait) in [(429, 7, 7), (503, 86_400, 86_400), (503, 90_000, 86_400)] {
        world.sender.answer([wish(status, RetryAfter::Delay(seconds(asked)))]);
        assert_eq!(world.drain().await, 1);
        let next = deliveries(&world, &admin, hook).await[0].next_attempt_at.unwrap();
        assert_eq!(next, world.clock.now().plus(seconds(wait)));
        world.clock.set(next);
    }
}

async fn claim_one(world: &World, id: SubscriptionId) -> Claimed {
    while world.dispatcher().expand(publisher(), 16).await.unwrap() > 0 {}
    let pick = Pick { subscription: id, most: 1 };
    world.dispatcher().turn(publisher(), &[], &[pick]).await.unwrap().remove(0)
}

#[tokio::test]
async fn an_attempt_that_could_outlive_its_lease_is_not_begun() {
    let (world, admin) = acme().await;
    let hook = world.subscribe(&admin, SCANNED, URL).await.id;
    scan(&world, 1).await;
    let dispatcher = world.dispatcher();
    assert_eq!(dispatcher.latest_begin(), Duration::from_secs(5));
    let claimed = claim_one(&world, hook).await;
    let late = dispatcher.attempt(claimed, dispatcher.latest_begin() + Duration::from_micros(1)).await;
    assert!(!late.success() && world.sender.take().is_empty());
    dispatcher.turn(publisher(), &[late], &[]).await.unwrap();
    let claimed = claim_one(&world, hook).await;
    assert_eq!((claimed.attempt, claimed.failures), (2, 0));
    let just = dispatcher.attempt(claimed, dispatcher.latest_begin()).await;
    assert!(just.success());
    dispatcher.turn(publisher(), &[just], &[]).await.unwrap();
    let shown = deliveries(&world, &admin, hook).await.remove(0);
    let statuses: Vec<_> = shown.attempts.iter().map(|one| (one.number, one.status)).collect();
    assert_eq!(statuses, [(1, AttemptStatus::Interrupted), (2, AttemptStatus::Delivered)]);
    assert_eq!(message(&world.sender.take()[0]).attempt_number, 2);
}

#[tokio::test]
async fn d8_a_worker_that_died_is_followed_once_its_lease_is_over() {
    let (world, admin) = acme().await;
    let hook = world.subscribe(&admin, SCANNED, URL).await.id;
    scan(&world, 1).await;
    let dispatcher = world.dispatcher();
    let dead = dispatcher.attempt(claim_one(&world, hook).await, Duration::ZERO).await;
    world.clock.advance(Duration::from_micros(19_999_999));
    assert_eq!(dispatcher.interrupt_expired(publisher()).await.unwrap(), 0);
    world.clock.advance(Duration::from_micros(1));
    assert_eq!(dispatcher.interrupt_expired(publisher()).await.unwrap(), 1);
    // The dead one lives after all: what it says is not about the attempt of now.
    dispatcher.turn(publisher(), &[dead], &[]).await.unwrap();
    assert_eq!(world.drain().await, 1);
    let sent = world.sender.take();
    assert_eq!(sent[0].delivery, sent[1].delivery);
    assert_eq!(sent.iter().map(|one| message(one).attempt_number).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn a_late_refusal_disables_nothing_and_tells_nothing() {
    let (world, admin) = acme().await;
    let hook = world.subscribe(&admin, SCANNED, URL).await.id;
    scan(&world, 1).await;
    let dispatcher = world.dispatcher();
    world.sender.answer_status([410]);
    let late = dispatcher.attempt(claim_one(&world, hook).await, Duration::ZERO).await;
    world.clock.advance(Duration::from_secs(20));
    dispatcher.interrupt_expired(publisher()).await.unwrap();
    dispatcher.turn(publisher(), &[late], &[]).await.unwrap();
    assert!(world.webhooks().get(&admin.may(), hook).await.unwrap().active);
}

#[tokio::test]
async fn a_late_refusal_that_comes_with_the_newer_success_changes_nothing() {
    for late_first in [true, false] {
        let (world, admin) = acme().await;
        let hook = world.subscribe(&admin, SCANNED, URL).await.id;
        scan(&world, 1).await;
        let dispatcher = world.dispatcher();
        world.sender.answer_status([410, 200]);
        let mut both = vec![dispatcher.attempt(claim_one(&world, hook).await, Duration::ZERO).await];
        world.clock.advance(Duration::from_secs(20));
        dispatcher.interrupt_expired(publisher()).await.unwrap();
        both.push(dispatcher.attempt(claim_one(&world, hook).await, Duration::ZERO).await);
        if !late_first {
            both.reverse();
        }
        dispatcher.turn(publisher(), &both, &[]).await.unwrap();
        assert!(world.webhooks().get(&admin.may(), hook).await.unwrap().active);
        assert_eq!(deliveries(&world, &admin, hook).await[0].status, DeliveryStatus::Delivered);
    }
}

#[tokio::test]
async fn a_secret_of_another_row_signs_nothing() {
    let (world, admin) = acme().await;
    let hook = world.subscribe(&admin, SCANNED, URL).await.id;
    let other = world.subscribe(&admin, SCANNED, "https://other.example/").await.id;
    scan(&world, 1).await;
    let claimed = claim_one(&world, hook).await;
    let foreign = Claimed { secrets: claim_one(&world, other).await.secrets, ..claimed };
    let finished = world.dispatcher().attempt(foreign, Duration::ZERO).await;
    assert_eq!(finished.ended.error.as_deref(), Some("not sent"));
    assert!(matches!(finished.ended.then, Then::Retry(_)));
    assert!(world.sender.take().is_empty());
}

#[tokio::test]
async fn events_are_kept_for_thirty_days() {
    let (world, admin) = acme().await;
    let hook = world.subscribe(&admin, SCANNED, URL).await.id;
    scan(&world, 1).await;
    world.drain().await;
    world.clock.advance(Duration::from_secs(30 * 24 * 3_600));
    assert_eq!(world.dispatcher().purge(publisher(), 100).await.unwrap(), 0);
    world.clock.advance(Duration::from_micros(1));
    // The scan, and the version's publication.
    assert_eq!(world.dispatcher().purge(publisher(), 100).await.unwrap(), 2);
    assert_eq!(deliveries(&world, &admin, hook).await, []);
}

#[tokio::test]
async fn a_lease_is_longer_than_an_attempt() {
    let world = World::in_memory();
    let with = |lease| {
        let settings = DispatchSettings { lease, ..DispatchSettings::default() };
        let (clock, random, seal) = (world.clock.clone(), world.random.clone(), world.seal.clone());
        Dispatcher::new(Arc::clone(&world.store), clock, random, seal, world.sender.clone(), settings)
    };
    assert_eq!(with(Duration::from_secs(15)).err().unwrap().path, "lease");
    assert!(with(Duration::from_millis(15_001)).is_ok());
}

#[tokio::test]
async fn a_store_that_is_away_records_and_claims_nothing() {
    use crate::testing::mocks::MockStore;
    let world = World::in_memory();
    let (clock, random, seal) = (world.clock.clone(), world.random.clone(), world.seal.clone());
    let settings = DispatchSettings::default();
    let store = Arc::new(MockStore::away());
    let dispatcher = Dispatcher::new(store, clock, random, seal, world.sender.clone(), settings).unwrap();
    let scope = publisher();
    for failed in [
        dispatcher.expand(scope, 1).await.unwrap_err(),
        dispatcher.turn(scope, &[], &[]).await.unwrap_err(),
        dispatcher.interrupt_expired(scope).await.unwrap_err(),
        dispatcher.purge(scope, 1).await.unwrap_err(),
    ] {
        assert_eq!(failed.key(), ErrorKey::ServiceUnavailable);
    }
}

/// A claim of which every id is known.
fn known(world: &World, format: MessageFormat) -> Claimed {
    let id = uuid::Uuid::from_u128;
    let subscription = SubscriptionId::from_uuid(id(1));
    let secret = WebhookSecret::fresh(&*world.random);
    let current = world.seal.seal(&secret_context(subscription), secret.expose().as_bytes()).unwrap();
    Claimed {
        delivery: DeliveryId::from_uuid(id(2)),
        token: LeaseToken::from_uuid(id(3)),
        attempt: 2,
        failures: 1,
        claimed_at: world.clock.now(),
        tenant: crate::id::TenantId::from_uuid(id(4)),
        subscription,
        url: URL.to_owned(),
        format,
        secrets: crate::webhook::SealedSecrets { current, previous: None },
        event_id: crate::id::EventId::from_uuid(id(5)),
        event: EventKind::ImageScanned,
        occurred_at: at("2026-03-01T07:59:59.000001Z"),
        image: Some(crate::id::ImageId::from_uuid(id(6))),
        version: Some(crate::id::VersionId::from_uuid(id(7))),
        data: r#"{"imageName":"java17","version":"1.0","outstandingCount":1}"#.to_owned(),
    }
}

async fn sent_body(claimed: Claimed, world: &World) -> (&'static str, String) {
    assert!(world.dispatcher().attempt(claimed, Duration::ZERO).await.success());
    let sent = world.sender.take().remove(0);
    (sent.content_type, String::from_utf8(sent.body).unwrap())
}

#[tokio::test]
async fn a_body_is_written_as_documented() {
    let world = World::in_memory();
    let expected = concat!(
        r#"{"event":"image.scanned","tenantId":"00000000-0000-0000-0000-000000000004","#,
        r#""imageId":"00000000-0000-0000-0000-000000000006","versionId":"00000000-0000-0000-0000-000000000007","#,
        r#""data":{"imageName":"java17","version":"1.0","outstandingCount":1},"#,
        r#""deliveryId":"00000000-0000-0000-0000-000000000002","deliveredAt":"2026-03-01T08:00:00Z","#,
        r#""attemptNumber":2,"eventId":"00000000-0000-0000-0000-000000000005"}"#,
    );
    let body = sent_body(known(&world, MessageFormat::PodArmor), &world).await;
    assert_eq!(body, ("application/json", expected.to_owned()));
    let nowhere = Claimed { image: None, version: None, ..known(&world, MessageFormat::PodArmor) };
    let (_, body) = sent_body(nowhere, &world).await;
    assert!(body.contains(r#""imageId":null,"versionId":null"#), "{body}");
}

#[tokio::test]
async fn a_cloud_event_is_written_as_documented() {
    let world = World::in_memory();
    let expected = concat!(
        r#"{"specversion":"1.0","id":"00000000-0000-0000-0000-000000000005","#,
        r#""source":"urn:podarmor:tenant:00000000-0000-0000-0000-000000000004","#,
        r#""type":"com.podarmor.image.scanned","subject":"00000000-0000-0000-0000-000000000007","#,
        r#""time":"2026-03-01T07:59:59.000001Z","datacontenttype":"application/json","#,
        r#""tenantid":"00000000-0000-0000-0000-000000000004","imageid":"00000000-0000-0000-0000-000000000006","#,
        r#""versionid":"00000000-0000-0000-0000-000000000007","#,
        r#""deliveryid":"00000000-0000-0000-0000-000000000002","attemptnumber":2,"#,
        r#""data":{"imageName":"java17","version":"1.0","outstandingCount":1}}"#,
    );
    let body = sent_body(known(&world, MessageFormat::CloudEvents), &world).await;
    assert_eq!(body, ("application/cloudevents+json", expected.to_owned()));
    // CloudEvents 1.0.2, "Naming conventions": lower-case letters and digits, at most 20.
    let event: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&body.1).unwrap();
    for name in event.keys() {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        assert!(name.len() <= 20 && name.chars().all(fits), "{name}");
    }
    let nowhere = Claimed { image: None, version: None, ..known(&world, MessageFormat::CloudEvents) };
    let (_, body) = sent_body(nowhere, &world).await;
    assert!(!body.contains("null"), "an attribute without a value is left out: {body}");
}

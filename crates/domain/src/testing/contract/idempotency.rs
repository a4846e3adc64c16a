//! Requests that are done once, however often they are sent.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::access::{ApiKeyName, ApiKeyService, ApiKeysWrite, Authorized, CreatedApiKey, Role, Scope};
use crate::error::{Error, ErrorKey};
use crate::idempotency::{AnswerSlot, IdempotencyKey, IdempotencyService, Once, Outcome, RecordedAnswer, StoredAnswer};
use crate::secret::Sealed;
use crate::store::Store;
use crate::testing::fixtures::{FakeSeal, at};
use crate::testing::{Member, World, publisher};
use crate::{Sha256, Timestamp};

fn answer(made: &CreatedApiKey) -> Result<StoredAnswer, Error> {
    Ok(StoredAnswer(format!("{} {}", made.key.id, made.secret.expose()).into_bytes()))
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text.as_bytes()).unwrap()
}

/// Makes an API key of this name, which is all of the request.
async fn create(
    keys: &ApiKeyService,
    who: &Authorized<ApiKeysWrite>,
    under: &str,
    name: &str,
) -> Result<Outcome<CreatedApiKey>, Error> {
    let once = Once::new("create_api_key", key(under), Sha256::of(name.as_bytes()), &FakeSeal, &answer);
    let name = ApiKeyName::parse("name", name).unwrap();
    keys.create(who, name, vec![Scope::ReadSbom], None, Some(&once)).await
}

fn replayed(outcome: Outcome<CreatedApiKey>) -> Vec<u8> {
    match outcome {
        Outcome::Replayed(StoredAnswer(bytes)) => bytes,
        Outcome::Done(made) => panic!("made once more: {}", made.key.id),
    }
}

async fn admin(world: &World, tenant: &str) -> Member {
    world.member(&world.tenant(tenant).await, Role::Admin).await
}

/// The very bytes, and nothing is made; for this user alone, under this key alone.
pub async fn a_request_sent_again_gets_the_first_answer(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (ours, theirs) = (admin(&world, "acme").await, admin(&world, "globex").await);
    let keys = world.api_keys();
    let first = create(&keys, &ours.may(), "k", "CI").await.unwrap().done().unwrap();
    let given = answer(&first).unwrap().0;
    for _ in 0..3 {
        world.clock.advance(Duration::from_secs(3600));
        assert_eq!(replayed(create(&keys, &ours.may(), "k", "CI").await.unwrap()), given);
    }
    assert_eq!(keys.list(&ours.may()).await.unwrap(), [first.key]);
    let other_key = create(&keys, &ours.may(), "K", "CI").await.unwrap().done().unwrap();
    assert_eq!(keys.list(&ours.may()).await.unwrap().len(), 2);
    let foreign = create(&keys, &theirs.may(), "k", "CI").await.unwrap().done().unwrap();
    assert_eq!(keys.list(&theirs.may()).await.unwrap(), std::slice::from_ref(&foreign.key));
    assert_ne!(answer(&other_key).unwrap(), answer(&foreign).unwrap());
    assert_eq!(replayed(create(&keys, &ours.may(), "k", "CI").await.unwrap()), given);
}

/// A key stands for one request; what it created stays, and another request creates nothing.
pub async fn another_request_under_a_used_key_conflicts(store: Arc<dyn Store>) {
    let world = World::new(store);
    let ours = admin(&world, "acme").await;
    let keys = world.api_keys();
    create(&keys, &ours.may(), "k", "CI").await.unwrap().done().unwrap();
    let refused = create(&keys, &ours.may(), "k", "mirror").await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::Conflict);
    assert_eq!(keys.list(&ours.may()).await.unwrap().len(), 1);
}

/// Whoever waited for the first finds its answer.
pub async fn of_twenty_requests_at_once_one_is_done(store: Arc<dyn Store>) {
    let world = World::new(store);
    let ours = admin(&world, "acme").await;
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let (keys, who) = (world.api_keys(), ours.may());
        tasks.spawn(async move { create(&keys, &who, "k", "CI").await.unwrap() });
    }
    let outcomes = tasks.join_all().await;
    let (done, again): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(|it| matches!(it, Outcome::Done(_)));
    let done: Vec<_> = done.into_iter().filter_map(Outcome::done).collect();
    assert_eq!(done.len(), 1);
    let given = answer(&done[0]).unwrap().0;
    assert!(again.into_iter().all(|outcome| replayed(outcome) == given));
    assert_eq!(world.api_keys().list(&ours.may()).await.unwrap().len(), 1);
}

/// To the microsecond; the answer of then is replaced.
pub async fn a_key_is_free_again_after_a_day(store: Arc<dyn Store>) {
    let world = World::new(store);
    let ours = admin(&world, "acme").await;
    let keys = world.api_keys();
    create(&keys, &ours.may(), "k", "CI").await.unwrap().done().unwrap();
    world.clock.advance(IdempotencyKey::LIFETIME - Duration::from_micros(1));
    replayed(create(&keys, &ours.may(), "k", "CI").await.unwrap());
    world.clock.advance(Duration::from_micros(1));
    let second = create(&keys, &ours.may(), "k", "another").await.unwrap().done().unwrap();
    assert_eq!(replayed(create(&keys, &ours.may(), "k", "another").await.unwrap()), answer(&second).unwrap().0);
    assert_eq!(keys.list(&ours.may()).await.unwrap().len(), 2);
}

fn recorded(of: &[u8], at: Timestamp) -> RecordedAnswer {
    RecordedAnswer { request: Sha256::of(of), answer: Sealed::from_bytes(vec![0, 255, 1, 128]), at }
}

/// Neither the answer nor what was made with it.
pub async fn an_answer_that_was_not_committed_is_not_kept(store: Arc<dyn Store>) {
    let world = World::new(store);
    let ours = admin(&world, "acme").await;
    let slot = AnswerSlot::of(ours.user.id, "create_api_key", &key("k"));
    let tx = world.store.write(ours.scope()).await.unwrap();
    assert_eq!(tx.lock_answer(&slot).await.unwrap(), None);
    let answer = recorded(b"1", at("2026-03-01T08:00:00.000001Z"));
    tx.put_answer(&slot, &answer).await.unwrap();
    assert_eq!(tx.lock_answer(&slot).await.unwrap(), Some(answer), "as it was recorded");
    drop(tx);
    let tx = world.store.write(ours.scope()).await.unwrap();
    assert_eq!(tx.lock_answer(&slot).await.unwrap(), None);
}

/// Answers of a day ago and more, of every tenant; and those of a user that is deleted.
pub async fn answers_go_after_a_day_and_with_their_user(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (ours, theirs) = (admin(&world, "acme").await, admin(&world, "globex").await);
    let keys = world.api_keys();
    create(&keys, &ours.may(), "old", "CI").await.unwrap();
    create(&keys, &theirs.may(), "old", "CI").await.unwrap();
    world.clock.advance(Duration::from_micros(1));
    create(&keys, &ours.may(), "newer", "CI").await.unwrap();
    world.clock.advance(IdempotencyKey::LIFETIME);
    let purge = IdempotencyService::new(world.store.clone(), world.clock.clone());
    assert_eq!(purge.purge(publisher()).await.unwrap(), 2);
    assert_eq!(purge.purge(publisher()).await.unwrap(), 0, "one is a day old and not more");
    let slot = AnswerSlot::of(ours.user.id, "create_api_key", &key("newer"));
    let tx = world.store.write(ours.scope()).await.unwrap();
    assert!(tx.lock_answer(&slot).await.unwrap().is_some());
    tx.delete_user(ours.user.id).await.unwrap();
    assert_eq!(tx.lock_answer(&slot).await.unwrap(), None);
}

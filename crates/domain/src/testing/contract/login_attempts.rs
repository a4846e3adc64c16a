//! The recorded sign-in attempts.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::Timestamp;
use crate::access::AttemptKey;
use crate::error::Error;
use crate::store::Store;
use crate::testing::fixtures::at;
use crate::testing::{World, publisher};

fn address(last: u8) -> AttemptKey {
    AttemptKey::address(Ipv4Addr::new(192, 0, 2, last).into())
}

async fn replace(world: &World, address: &AttemptKey, attempts: &[Timestamp]) {
    let tx = world.store.system(publisher()).await.unwrap();
    tx.replace_attempts(address, attempts).await.unwrap();
    tx.commit().await.unwrap();
}

async fn recorded(world: &World, address: &AttemptKey) -> Vec<Timestamp> {
    let tx = world.store.system(publisher()).await.unwrap();
    let (_, mut attempts) = tx.lock_attempts(address).await.unwrap();
    attempts.sort_unstable();
    attempts
}

/// Two at the same microsecond are two.
pub async fn attempts_come_back_to_the_microsecond_until_they_are_replaced(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (one, other) = (at("2026-03-01T00:00:00.000001Z"), at("2026-03-01T00:00:00.000002Z"));
    let v6 = AttemptKey::address("2001:db8::1".parse().unwrap());
    assert_eq!(recorded(&world, &address(1)).await, []);
    replace(&world, &address(1), &[one, one, other]).await;
    replace(&world, &v6, &[other]).await;
    assert_eq!(recorded(&world, &address(1)).await, [one, one, other]);
    assert_eq!(recorded(&world, &v6).await, [other]);
    replace(&world, &address(1), &[other]).await;
    assert_eq!(recorded(&world, &address(1)).await, [other]);
    replace(&world, &address(1), &[]).await;
    assert_eq!(recorded(&world, &address(1)).await, []);
    assert_eq!(recorded(&world, &v6).await, [other]);
}

/// As an operator does for somebody who locked himself out.
pub async fn clearing_forgets_one_address_and_says_how_many(store: Arc<dyn Store>) {
    let world = World::new(store);
    let moment = at("2026-03-01T00:00:00Z");
    replace(&world, &address(1), &[moment, moment, moment]).await;
    replace(&world, &address(2), &[moment]).await;
    assert_eq!(world.sign_in().clear(publisher(), &address(1)).await.unwrap(), 3);
    assert_eq!(world.sign_in().clear(publisher(), &address(1)).await.unwrap(), 0);
    assert_eq!(recorded(&world, &address(1)).await, []);
    assert_eq!(recorded(&world, &address(2)).await, [moment]);
}

/// Only those before the moment.
pub async fn purging_forgets_the_old_attempts_of_everybody(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (old, edge, new) = (at("2026-03-01T00:00:00Z"), at("2026-03-01T01:00:00Z"), at("2026-03-01T02:00:00Z"));
    replace(&world, &address(1), &[old, old, edge, new]).await;
    replace(&world, &address(2), &[old]).await;
    let tx = world.store.system(publisher()).await.unwrap();
    assert_eq!(tx.purge_attempts(edge).await.unwrap(), 3);
    tx.commit().await.unwrap();
    assert_eq!(recorded(&world, &address(1)).await, [edge, new]);
    assert_eq!(recorded(&world, &address(2)).await, []);
}

/// A request that is torn down between decision and commit was none.
pub async fn a_decision_that_was_not_committed_does_not_count(store: Arc<dyn Store>) {
    let world = World::new(store);
    let tx = world.store.system(publisher()).await.unwrap();
    let (now, attempts) = tx.lock_attempts(&address(1)).await.unwrap();
    assert_eq!(attempts, []);
    tx.replace_attempts(&address(1), &[now]).await.unwrap();
    drop(tx);
    assert_eq!(recorded(&world, &address(1)).await, []);
    for remaining in [4, 3, 2, 1, 0] {
        assert_eq!(world.sign_in().admit(&address(1)).await.unwrap().remaining, remaining);
    }
    let refused = world.sign_in().admit(&address(1)).await;
    assert!(matches!(refused, Err(Error::RateLimited(_))), "{refused:?}");
    assert_eq!(recorded(&world, &address(1)).await.len(), 5);
}

/// However they interleave; another address is not concerned.
pub async fn of_twenty_at_once_five_are_admitted(store: Arc<dyn Store>) {
    let world = World::new(store);
    let mut attempts = JoinSet::new();
    for number in 0..20 {
        let sign_in = world.sign_in();
        attempts.spawn(async move { (number, sign_in.admit(&address(1)).await) });
    }
    let mut admitted = 0;
    while let Some(attempt) = attempts.join_next().await {
        match attempt.unwrap() {
            (_, Ok(_)) => admitted += 1,
            (_, Err(Error::RateLimited(state))) => assert_eq!(state.remaining, 0),
            (number, Err(error)) => panic!("attempt {number}: {error}"),
        }
    }
    assert_eq!(admitted, 5);
    assert_eq!(recorded(&world, &address(1)).await.len(), 5);
    world.sign_in().admit(&address(2)).await.unwrap();
}

/// The second decision sees what the first one decided, however long that took.
pub async fn a_decision_waits_for_the_one_before(store: Arc<dyn Store>) {
    let world = World::new(store);
    let tx = world.store.system(publisher()).await.unwrap();
    let (now, _) = tx.lock_attempts(&address(1)).await.unwrap();
    let sign_in = world.sign_in();
    let second = tokio::spawn(async move { sign_in.admit(&address(1)).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    tx.replace_attempts(&address(1), &[now; 5]).await.unwrap();
    tx.commit().await.unwrap();
    let refused = second.await.unwrap();
    assert!(matches!(refused, Err(Error::RateLimited(_))), "{refused:?}");
}

//! Hashing, upgrading, and the bounded queue.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use podarmor_domain::ErrorKey;
use podarmor_domain::access::{Password, PasswordHash};
use podarmor_domain::ports::{PasswordHasher as _, Verification};

use super::queue::Queue;
use super::{Argon2Hasher, HashingCost, HashingLimits};

const CHEAP: HashingCost = HashingCost { memory_kib: 64, passes: 1, lanes: 1 };

fn password(text: &str) -> Password {
    Password::parse("password", text).unwrap()
}

fn hasher(cost: HashingCost) -> Argon2Hasher {
    Argon2Hasher::new(cost, HashingLimits::default()).unwrap()
}

#[tokio::test]
async fn a_password_verifies_against_its_hash_and_no_other_does() {
    let hasher = hasher(CHEAP);
    let hash = hasher.hash(password("correct horse battery")).await.unwrap();
    assert!(hash.as_phc().starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", hash.as_phc());
    let again = hasher.hash(password("correct horse battery")).await.unwrap();
    assert_ne!(hash, again, "each hash has its own salt");
    let right = hasher.verify(password("correct horse battery"), Some(hash.clone())).await.unwrap();
    assert_eq!(right, Verification::Right);
    for wrong in ["correct horse batterY", "correct horse battery ", "x"] {
        assert_eq!(hasher.verify(password(wrong), Some(hash.clone())).await.unwrap(), Verification::Wrong);
    }
}

#[tokio::test]
async fn n3_nothing_is_cut_at_72_bytes() {
    let hasher = hasher(CHEAP);
    let (long, longer) = ("a".repeat(1024), format!("{}b", "a".repeat(1023)));
    let hash = hasher.hash(password(&long)).await.unwrap();
    assert_eq!(hasher.verify(password(&longer), Some(hash.clone())).await.unwrap(), Verification::Wrong);
    assert_eq!(hasher.verify(password(&long), Some(hash)).await.unwrap(), Verification::Right);
}

#[tokio::test]
async fn a_hash_with_other_parameters_is_right_but_outdated() {
    let old = hasher(HashingCost { passes: 2, ..CHEAP }).hash(password("correct horse")).await.unwrap();
    let today = hasher(CHEAP);
    assert_eq!(
        today.verify(password("correct horse"), Some(old.clone())).await.unwrap(),
        Verification::RightButOutdated
    );
    assert_eq!(today.verify(password("wrong horse"), Some(old)).await.unwrap(), Verification::Wrong);
}

#[tokio::test]
async fn a_missing_or_unusable_hash_is_wrong() {
    let hasher = hasher(CHEAP);
    let salt_and_hash = "c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let unusable = [
        String::new(),
        "plain text".to_owned(),
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".to_owned(),
        format!("$argon2i$v=19$m=64,t=1,p=1${salt_and_hash}"),
        format!("$argon2id$v=19$m=4194304,t=1,p=1${salt_and_hash}"),
        format!("$argon2id$v=19$m=64,t=4000000000,p=1${salt_and_hash}"),
        format!("$argon2id$v=19$m=16777216,t=1,p=200${salt_and_hash}"),
        "$argon2id$v=19$m=64,t=1,p=1".to_owned(),
    ];
    assert_eq!(hasher.verify(password("x"), None).await.unwrap(), Verification::Wrong);
    for phc in unusable {
        let started = Instant::now();
        let verification = hasher.verify(password("x"), Some(PasswordHash::from_phc(phc.clone()))).await.unwrap();
        assert_eq!(verification, Verification::Wrong, "{phc}");
        assert!(started.elapsed() < Duration::from_secs(1), "{phc}");
    }
}

#[test]
fn a_cost_out_of_bounds_is_refused_at_once() {
    for cost in [
        HashingCost { memory_kib: 1, ..CHEAP },
        HashingCost { memory_kib: 257 * 1024, ..CHEAP },
        HashingCost { passes: 0, ..CHEAP },
        HashingCost { passes: 11, ..CHEAP },
        HashingCost { lanes: 0, ..CHEAP },
        HashingCost { lanes: 5, ..CHEAP },
    ] {
        assert!(Argon2Hasher::new(cost, HashingLimits::default()).is_err(), "{cost:?}");
    }
}

/// A queue of one place and two that may wait, with its one place taken until the sender sends.
async fn full_queue(patience: Duration) -> (Queue, mpsc::Sender<()>) {
    let queue = Queue::new(HashingLimits { at_once: 1, waiting: 2, patience });
    let (release, held) = mpsc::channel();
    let (started, running) = tokio::sync::oneshot::channel();
    let holder = queue.clone();
    tokio::spawn(async move {
        let held_until_released = move || {
            let _sent = started.send(());
            let _released = held.recv();
        };
        holder.run(held_until_released).await.unwrap();
    });
    running.await.unwrap();
    (queue, release)
}

#[tokio::test(flavor = "multi_thread")]
async fn n4_more_than_places_and_queue_are_refused_at_once_and_the_rest_is_served() {
    let (queue, release) = full_queue(Duration::from_secs(30)).await;
    let mut waiting = Vec::new();
    for _ in 0..2 {
        let queue = queue.clone();
        waiting.push(tokio::spawn(async move { queue.run(|| 7).await }));
    }
    while queue.waiting.load(std::sync::atomic::Ordering::Acquire) < 2 {
        tokio::task::yield_now().await;
    }
    let started = Instant::now();
    assert_eq!(queue.run(|| 7).await.unwrap_err().key(), ErrorKey::ServiceUnavailable);
    assert!(started.elapsed() < Duration::from_secs(1));
    release.send(()).unwrap();
    for one in waiting {
        assert_eq!(one.await.unwrap().unwrap(), 7);
    }
    assert_eq!(queue.run(|| 7).await.unwrap(), 7, "the queue is empty again");
}

#[tokio::test(flavor = "multi_thread")]
async fn n4_whoever_waits_too_long_is_refused_and_leaves_the_queue() {
    let (queue, release) = full_queue(Duration::from_millis(50)).await;
    for _ in 0..5 {
        assert_eq!(queue.run(|| ()).await.unwrap_err().key(), ErrorKey::ServiceUnavailable);
    }
    release.send(()).unwrap();
    let patient = Queue { limits: HashingLimits { patience: Duration::from_secs(30), ..queue.limits }, ..queue };
    patient.run(|| ()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_caller_frees_its_place_only_when_the_work_has_ended() {
    let queue = Queue::new(HashingLimits { at_once: 1, waiting: 0, patience: Duration::from_millis(1) });
    let (release, held) = mpsc::channel::<()>();
    let worker = queue.clone();
    let caller = tokio::spawn(async move { worker.run(move || held.recv()).await });
    while queue.places.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    assert_eq!(queue.places.available_permits(), 0, "the work still runs");
    assert!(queue.run(|| ()).await.is_err());
    release.send(()).unwrap();
    while queue.places.available_permits() == 0 {
        tokio::task::yield_now().await;
    }
    queue.run(|| ()).await.unwrap();
}

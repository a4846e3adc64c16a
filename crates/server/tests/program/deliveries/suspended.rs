//! A worker that stands still for longer than its lease, and then goes on.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::portal::{Api, Portal, story};
use crate::postgres::Postgres;
use crate::receiver::{NO_CONTENT, Receiver, answer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d8_the_late_result_of_a_worker_that_was_stopped_is_refused() {
    let may_answer = Arc::new(Semaphore::new(0));
    let gate = Arc::clone(&may_answer);
    let receiver = Receiver::playing(move |connection, _| {
        let gate = Arc::clone(&gate);
        async move {
            gate.acquire().await.unwrap().forget();
            answer(connection, NO_CONTENT).await;
        }
    })
    .await;
    let settings = [
        ("PODARMOR_WEBHOOK_TIMEOUT", "4s"),
        ("PODARMOR_WEBHOOK_LEASE", "4500ms"),
        ("PODARMOR_WEBHOOK_WORKER", "false"),
    ];
    let portal = Portal::on_postgres(Postgres::shared().await, &settings);
    let server = portal.serve().await;
    let (api, publisher) = (Api::sign_in(&server).await, portal.publisher().await);
    let subscription = api.subscribe(&server, &receiver.url("/")).await;
    let slow = portal.worker();
    publisher.publish().await;
    receiver.wait_for("/", 1).await;
    slow.signal("-STOP");
    may_answer.add_permits(1);
    let other = portal.worker();
    receiver.wait_for("/", 2).await;
    // It goes on, and ends when it has said what it knows.
    slow.signal("-CONT");
    slow.signal("-TERM");
    assert!(slow.ended().await.success());
    let interrupted = "1 interrupted - the worker went away".to_owned();
    let seen = story(&api.deliveries(&server, &subscription).await[0]);
    assert_eq!(seen, ("sending".to_owned(), vec![interrupted.clone(), "2 sending - -".to_owned()]));
    may_answer.add_permits(1);
    api.wait_until(&server, &subscription, "delivered", 1).await;
    let seen = story(&api.deliveries(&server, &subscription).await[0]);
    assert_eq!(seen, ("delivered".to_owned(), vec![interrupted, "2 delivered 204 -".to_owned()]));
    let numbers: Vec<u64> = receiver.received().into_iter().map(|one| one.attempt.1).collect();
    assert_eq!(numbers, [1, 2]);
    drop(other);
    publisher.close().await;
}

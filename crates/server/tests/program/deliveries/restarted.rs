//! PostgreSQL crashes under load: what fails, fails for a while.

use std::fs::File;
use std::time::Duration;

use super::killed::{Fate, SETTINGS};
use super::outcome::{Outcome, PATHS, subscribe};
use super::portal::{Api, Portal};
use crate::postgres::{Postgres, restart};
use crate::receiver::Receiver;
use crate::waiting::until;

const RESTARTS: usize = 4;
const VERSIONS: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d1_a_database_that_crashes_and_comes_back_loses_no_event() {
    let mut fate = Fate::new();
    let receiver = Receiver::accepting(Duration::from_millis(20)).await;
    let settings = [SETTINGS.as_slice(), &[("PODARMOR_WEBHOOK_WORKER", "false")]].concat();
    let portal = Portal::on_postgres(Postgres::restarted().await, &settings);
    let server = portal.serve().await;
    let (api, publisher) = (Api::sign_in(&server).await, portal.publisher().await);
    let subscriptions = subscribe(&api, &server, &receiver).await;
    let logs = ["first", "second"].map(|name| portal.folder.path().join(name));
    let mut workers = logs.each_ref().map(|log| portal.worker_logging(File::create(log).unwrap().into()));
    receiver_has_heard(&receiver, &publisher.publish().await).await;
    let mut versions = Vec::new();
    for _ in 0..RESTARTS {
        let before = receiver.received().len();
        let crash = async {
            until("deliveries are made", async || (receiver.received().len() > before).then_some(())).await;
            fate.moment(Duration::from_millis(250)).await;
            restart().await;
        };
        let (published, ()) = tokio::join!(publisher.publish_many(VERSIONS), crash);
        versions.extend(published);
    }
    until("the server is ready again", async || {
        let answer = server.client.get(server.url("/readyz")).send().await.unwrap();
        answer.status().is_success().then_some(())
    })
    .await;
    versions.extend(receiver.received().into_iter().find_map(|first| first.version));
    let outcome = Outcome {
        api: &api,
        server: &server,
        receiver: &receiver,
        subscriptions: &subscriptions,
        versions: &versions,
        cuts: 2 * RESTARTS,
    };
    assert!(versions.len() * PATHS.len() >= 500);
    outcome.settle().await;
    assert!(workers.iter_mut().all(|worker| worker.runs()), "a worker ended by itself");
    let told = logs.map(|log| std::fs::read_to_string(log).unwrap()).concat();
    assert!(told.contains("trying again"), "no crash hit anything: this proves nothing");
    assert!(!told.contains("ERROR"), "{told}");
    publisher.close().await;
}

/// Waits until a version has arrived: the workers are up.
async fn receiver_has_heard(receiver: &Receiver, version: &str) {
    until("the workers are up", async || {
        receiver.received().iter().any(|one| one.version.as_deref() == Some(version)).then_some(())
    })
    .await;
}

//! `kill -9` of whoever makes deliveries: nothing is lost, and what arrives twice was under way at a kill.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::outcome::{Outcome, PATHS, subscribe};
use super::portal::{Api, Portal};
use crate::postgres::Postgres;
use crate::receiver::Receiver;

const ROUNDS: usize = 20;
/// Versions that are published in a round, half of them while the round's workers run.
const VERSIONS: usize = 8;
/// The receiver takes so long that there is always something under way.
const ANSWER_AFTER: Duration = Duration::from_millis(20);
/// The lease is so short that what a kill interrupted is made again a few kills later.
pub(super) const SETTINGS: [(&str, &str); 3] = [
    ("PODARMOR_WEBHOOK_TIMEOUT", "2s"),
    ("PODARMOR_WEBHOOK_LEASE", "2500ms"),
    ("PODARMOR_WEBHOOK_SCHEDULE", "100ms,100ms,100ms"),
];

/// Moments and choices that the seed fixes (splitmix64).
pub(super) struct Fate(u64);

impl Fate {
    /// From `PODARMOR_TEST_SEED`, or else anew; tells which, so that a failure can be repeated.
    #[expect(clippy::print_stdout, reason = "shown with a test that fails")]
    pub(super) fn new() -> Self {
        let fresh = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos().into();
        let seed = std::env::var("PODARMOR_TEST_SEED").map_or_else(|_| fresh(), |seed| seed.parse().unwrap());
        println!("PODARMOR_TEST_SEED={seed}");
        Self(seed)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// Not waiting for anything: the moment is what varies.
    pub(super) async fn moment(&mut self, longest: Duration) {
        let longest = u64::try_from(longest.as_millis()).unwrap();
        tokio::time::sleep(Duration::from_millis(self.below(longest))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d1_a_server_that_is_killed_delivers_every_event_and_no_attempt_twice() {
    let mut fate = Fate::new();
    let receiver = Receiver::accepting(ANSWER_AFTER).await;
    let portal = Portal::on_sqlite(&SETTINGS);
    let mut server = portal.serve().await;
    let (api, publisher) = (Api::sign_in(&server).await, portal.publisher().await);
    let subscriptions = subscribe(&api, &server, &receiver).await;
    let mut versions = Vec::new();
    for _ in 0..ROUNDS {
        let publishing = publisher.publish_many(VERSIONS / 2);
        let (published, ()) = tokio::join!(publishing, fate.moment(Duration::from_millis(400)));
        server.kill();
        versions.extend(published);
        versions.extend(publisher.publish_many(VERSIONS / 2).await);
        server = portal.serve().await;
    }
    let outcome = Outcome {
        api: &api,
        server: &server,
        receiver: &receiver,
        subscriptions: &subscriptions,
        versions: &versions,
        cuts: ROUNDS,
    };
    assert!(versions.len() * PATHS.len() >= 500);
    assert!(outcome.settle().await > 0, "no kill hit anything that was under way: this proves nothing");
    publisher.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d1_of_two_workers_on_postgresql_one_after_another_is_killed_and_every_event_is_delivered() {
    let mut fate = Fate::new();
    let receiver = Receiver::accepting(ANSWER_AFTER).await;
    let settings = [SETTINGS.as_slice(), &[("PODARMOR_WEBHOOK_WORKER", "false")]].concat();
    let portal = Portal::on_postgres(Postgres::shared().await, &settings);
    let server = portal.serve().await;
    let (api, publisher) = (Api::sign_in(&server).await, portal.publisher().await);
    let subscriptions = subscribe(&api, &server, &receiver).await;
    let mut workers = vec![portal.worker(), portal.worker()];
    let mut versions = Vec::new();
    for _ in 0..ROUNDS {
        let publishing = publisher.publish_many(VERSIONS);
        let (published, ()) = tokio::join!(publishing, fate.moment(Duration::from_millis(700)));
        versions.extend(published);
        workers.swap_remove(fate.below(2) as usize).kill();
        workers.push(portal.worker());
    }
    let outcome = Outcome {
        api: &api,
        server: &server,
        receiver: &receiver,
        subscriptions: &subscriptions,
        versions: &versions,
        cuts: ROUNDS,
    };
    assert!(versions.len() * PATHS.len() >= 500);
    assert!(outcome.settle().await > 0, "no kill hit anything that was under way: this proves nothing");
    assert!(workers.iter_mut().all(|worker| worker.runs()), "a worker ended by itself");
    publisher.close().await;
}

//! What the portal says was sent, held against what the receiver got and what was published.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::portal::Api;
use crate::process::Server;
use crate::receiver::Receiver;

/// Receivers of which each subscription has one.
pub(super) const PATHS: [&str; 5] = ["/1", "/2", "/3", "/4", "/5"];
/// How many attempts one worker may have under way to them.
const UNDER_WAY: usize = PATHS.len() * 8;

/// What is to be held against each other.
pub(super) struct Outcome<'a> {
    pub(super) api: &'a Api,
    pub(super) server: &'a Server,
    pub(super) receiver: &'a Receiver,
    /// By the paths of [`PATHS`].
    pub(super) subscriptions: &'a [String],
    /// The ids of all versions that were published.
    pub(super) versions: &'a [String],
    /// How often a worker was cut off.
    pub(super) cuts: usize,
}

/// Subscribes each of the paths.
pub(super) async fn subscribe(api: &Api, server: &Server, receiver: &Receiver) -> Vec<String> {
    let mut subscriptions = Vec::new();
    for path in PATHS {
        subscriptions.push(api.subscribe(server, &receiver.url(path)).await);
    }
    subscriptions
}

impl Outcome<'_> {
    /// Waits until everything is delivered, and checks all of it. Answers how many attempts were interrupted.
    #[expect(clippy::print_stdout, reason = "shown with a test that fails")]
    pub(super) async fn settle(&self) -> usize {
        for subscription in self.subscriptions {
            self.api.wait_until(self.server, subscription, "delivered", self.versions.len()).await;
        }
        let received = self.received_by_delivery();
        let (mut interrupted, mut repeated, mut known) = (0, 0, 0);
        for (subscription, path) in self.subscriptions.iter().zip(PATHS) {
            self.every_version_arrived(path);
            let deliveries = self.api.deliveries(self.server, subscription).await;
            assert_eq!(deliveries.len(), self.versions.len(), "one delivery for each event");
            known += deliveries.len();
            for delivery in &deliveries {
                let numbers = &received[delivery["id"].as_str().unwrap()];
                let before = interrupted_before_the_last(delivery);
                assert!(numbers.iter().all(|number| *number <= before + 1), "{numbers:?} of {delivery}");
                assert!(numbers.contains(&(before + 1)), "{numbers:?} of {delivery}");
                interrupted += usize::try_from(before).unwrap();
                repeated += numbers.len() - 1;
            }
        }
        assert_eq!(received.len(), known, "nothing was sent that is not on record");
        println!("{known} deliveries, {interrupted} interrupted attempts, {repeated} received again");
        let possible = self.cuts * UNDER_WAY;
        assert!(interrupted <= possible, "{interrupted} interrupted; {possible} can have been under way");
        interrupted
    }

    /// The numbers of the attempts that arrived, by delivery; none of them twice.
    fn received_by_delivery(&self) -> BTreeMap<String, BTreeSet<u64>> {
        let mut all: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for one in self.receiver.received() {
            let (delivery, number) = one.attempt;
            let new = all.entry(delivery.clone()).or_default().insert(number);
            assert!(new, "attempt {number} of {delivery} arrived twice");
        }
        all
    }

    fn every_version_arrived(&self, path: &str) {
        let published: BTreeSet<&str> = self.versions.iter().map(String::as_str).collect();
        let received = self.receiver.of(path);
        let arrived: BTreeSet<&str> = received.iter().filter_map(|one| one.version.as_deref()).collect();
        assert_eq!(arrived, published, "{path}");
    }
}

/// A delivery's attempts are numbered without gaps, the last is the one that was delivered, and all before it were
/// interrupted. Answers how many those are.
fn interrupted_before_the_last(delivery: &Value) -> u64 {
    let attempts = delivery["attempts"].as_array().unwrap();
    let last = attempts.len() - 1;
    for (place, attempt) in attempts.iter().enumerate() {
        let expected = if place == last { "delivered" } else { "interrupted" };
        assert_eq!(
            (attempt["number"].as_u64(), attempt["status"].as_str()),
            (Some(place as u64 + 1), Some(expected)),
            "{delivery}"
        );
    }
    last as u64
}

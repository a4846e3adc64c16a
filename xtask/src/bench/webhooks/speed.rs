//! How many deliveries a second, and how soon after the commit.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;

use super::Results;
use super::facts::Pace;
use super::receiver::{Receipt, now};
use super::scene::Scene;
use crate::bench::answers::milliseconds;
use crate::bench::logins::statistics::quantile;
use crate::bench::memory::processor_time;
use crate::failure::Outcome;

pub(super) const SUBSCRIPTIONS: usize = 32;
const PER_SECOND: f64 = 3000.0;
const P99: Duration = Duration::from_millis(20);

const FULL: Pace = Pace { count: 1_000, batch: 50, pause: Duration::ZERO };
/// Fifty a second, for twenty seconds.
const STEADY: Pace = Pace { count: 1_000, batch: 1, pause: Duration::from_millis(20) };
const TESTS: usize = 500;
const TIME_LIMIT: Duration = Duration::from_secs(120);

pub(super) fn measure(scene: &mut Scene<'_>, results: &mut Results) -> Outcome {
    let [only] = scene.subscribe(1)?.try_into().map_err(|_| "not one subscription")?;
    warm_up(scene)?;
    let waits = tests(scene, &only)?;
    soon("50 test deliveries/s, from the request", &waits, Some(P99), results);
    let waits = steadily(scene, 1)?;
    soon("50 events/s to one subscription, from the commit", &waits, Some(P99), results);
    scene.subscribe(SUBSCRIPTIONS - 1)?;
    let waits = steadily(scene, SUBSCRIPTIONS)?;
    soon(&format!("50 events/s to {SUBSCRIPTIONS} subscriptions, from the commit"), &waits, Some(P99), results);
    at_full_speed(scene, results)
}

/// The first of everything is like no other.
fn warm_up(scene: &mut Scene<'_>) -> Outcome {
    scene.record(Pace { count: 50, ..STEADY })?;
    scene.receiver.take(50, TIME_LIMIT).map(drop)
}

/// Test deliveries, asked for over REST: they are recorded by the server itself.
fn tests(scene: &Scene<'_>, subscription: &str) -> Outcome<Vec<Duration>> {
    let session = scene.session()?;
    let path = format!("/api/webhooks/{subscription}/test");
    let mut asked = HashMap::new();
    for _ in 0..TESTS {
        let at = now();
        let made = session.post(&path, &json!({}))?;
        asked.insert(made["id"].as_str().ok_or("a delivery without an id")?.to_owned(), at);
        std::thread::sleep(STEADY.pause.saturating_sub(Duration::from_micros(now() - at)));
    }
    let receipts = scene.receiver.take(TESTS, TIME_LIMIT)?;
    let wait =
        |receipt: &Receipt| Some(Duration::from_micros(receipt.at.saturating_sub(*asked.get(&receipt.delivery)?)));
    let mut waits: Vec<Duration> = receipts.iter().filter_map(wait).collect();
    waits.sort_unstable();
    Ok(waits)
}

fn steadily(scene: &mut Scene<'_>, subscriptions: usize) -> Outcome<Vec<Duration>> {
    let commits = scene.record(STEADY)?;
    let receipts = scene.receiver.take(STEADY.count as usize * subscriptions, TIME_LIMIT)?;
    Ok(commits.waits(&receipts))
}

fn at_full_speed(scene: &mut Scene<'_>, results: &mut Results) -> Outcome {
    let what = |what: &str| format!("{} events to {SUBSCRIPTIONS} subscriptions at once: {what}", FULL.count);
    let before = processor_time(scene.server.process)?;
    let commits = scene.record(FULL)?;
    let receipts = scene.receiver.take(FULL.count as usize * SUBSCRIPTIONS, TIME_LIMIT)?;
    let used = processor_time(scene.server.process)?.saturating_sub(before);
    let rate = per_second(&receipts);
    let bar = format!("≥ {PER_SECOND}/s");
    results.push(&what("deliveries"), format!("{rate:.0}/s"), Some((&bar, rate >= PER_SECOND)));
    let each = used.div_f64(receipts.len() as f64);
    results.push(&what("server's processor time a delivery"), milliseconds(each), None);
    soon(&what("from the commit"), &commits.waits(&receipts), None, results);
    Ok(())
}

/// From the first to the last.
pub(super) fn per_second(receipts: &[Receipt]) -> f64 {
    let times = || receipts.iter().map(|receipt| receipt.at);
    let (first, last) = (times().min().unwrap_or_default(), times().max().unwrap_or_default());
    receipts.len().saturating_sub(1) as f64 / Duration::from_micros(last - first).as_secs_f64()
}

/// The median, and the 99th percentile against a bar.
pub(super) fn soon(what: &str, waits: &[Duration], bar: Option<Duration>, results: &mut Results) {
    let (median, p99) = (quantile(waits, 0.5), quantile(waits, 0.99));
    let text = bar.map(|bar| format!("p99 < {bar:?}"));
    let judged = text.as_deref().zip(bar.map(|bar| p99 < bar));
    results.push(what, format!("p50 {}, p99 {}", milliseconds(median), milliseconds(p99)), judged);
}

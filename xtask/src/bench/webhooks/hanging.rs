//! Receivers that hang until the attempt times out, beside receivers that work.

use std::time::Duration;

use super::facts::Pace;
use super::scene::Scene;
use super::{Results, speed};
use crate::failure::Outcome;

const WORKING: usize = 90;
const HANGING: usize = 10;
/// Ten a second, for longer than two attempts that time out.
const PACE: Pace = Pace { count: 400, batch: 1, pause: Duration::from_millis(100) };
const P99: Duration = Duration::from_secs(1);
const TIME_LIMIT: Duration = Duration::from_secs(120);

pub(super) fn measure(scene: &mut Scene<'_>, results: &mut Results) -> Outcome {
    scene.subscribe_hanging(HANGING)?;
    scene.subscribe(WORKING)?;
    let commits = scene.record(PACE)?;
    let receipts = scene.receiver.take(PACE.count as usize * WORKING, TIME_LIMIT)?;
    let what = format!("10 events/s, {HANGING} of {} receivers hang: the others, from the commit", HANGING + WORKING);
    speed::soon(&what, &commits.waits(&receipts), Some(P99), results);
    Ok(())
}

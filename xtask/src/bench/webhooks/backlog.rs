//! Memory of the server with a million deliveries that wait, and with answers without end.

use std::thread;
use std::time::{Duration, Instant};

use super::Results;
use super::facts::Pace;
use super::receiver::Conduct;
use super::scene::Scene;
use super::speed::{SUBSCRIPTIONS, per_second};
use crate::bench::memory::{peak_mb, resident_mb};
use crate::failure::Outcome;

/// Times the subscriptions: a million.
const FACTS: Pace = Pace { count: 31_250, batch: 250, pause: Duration::ZERO };
const MEMORY_MB: f64 = 150.0;
const WORK: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_millis(200);
const TIME_LIMIT: Duration = Duration::from_secs(900);

pub(super) fn measure(scene: &mut Scene<'_>, results: &mut Results) -> Outcome {
    scene.subscribe(SUBSCRIPTIONS)?;
    scene.receiver.behave(Conduct::Refuse);
    let started = Instant::now();
    scene.record(FACTS)?;
    wait_until_expanded(scene)?;
    let what = "1,000,000 deliveries wait";
    let took = format!("{:.0} s", started.elapsed().as_secs_f64());
    results.push(&format!("{what}: time until they did"), took, None);
    memory(scene, &format!("{what}: peak memory until then"), results)?;

    scene.receiver.behave(Conduct::Accept);
    thread::sleep(WORK);
    let rate = per_second(&scene.receiver.take_all());
    results.push(&format!("{what}: deliveries meanwhile"), format!("{rate:.0}/s"), None);
    memory(scene, &format!("{what}: peak memory while they are made"), results)?;

    scene.receiver.behave(Conduct::AnswerForEver);
    thread::sleep(WORK);
    let rate = per_second(&scene.receiver.take_all());
    results.push("answers without end: deliveries meanwhile", format!("{rate:.0}/s"), None);
    memory(scene, "answers without end: peak memory", results)
}

/// The feed has the event of a fact once it is expanded.
fn wait_until_expanded(scene: &Scene<'_>) -> Outcome {
    let (session, started) = (scene.session()?, Instant::now());
    let (mut seen, mut cursor) = (0, None);
    while seen < FACTS.count {
        if started.elapsed() > TIME_LIMIT {
            return Err(format!("{seen} of {} facts were expanded within {TIME_LIMIT:?}", FACTS.count));
        }
        let page = session.events(cursor.as_deref())?;
        let found = page["items"].as_array().map_or(0, Vec::len);
        seen += found as u64;
        cursor = page["nextCursor"].as_str().map(str::to_owned).or(cursor);
        if found == 0 {
            thread::sleep(LOOK_EVERY);
        }
    }
    Ok(())
}

fn memory(scene: &Scene<'_>, what: &str, results: &mut Results) -> Outcome {
    let (now, peak) = (resident_mb(scene.server.process)?, peak_mb(scene.server.process)?);
    let bar = format!("< {MEMORY_MB} MB");
    results.push(what, format!("{peak:.1} MB ({now:.1} MB now)"), Some((&bar, peak < MEMORY_MB)));
    Ok(())
}

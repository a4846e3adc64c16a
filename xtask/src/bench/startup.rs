//! From the start of the process to the first 200, and what the server holds when nobody asks it anything.

use std::thread;
use std::time::Duration;

use super::answers::milliseconds;
use super::memory::resident_mb;
use super::table::{Table, judged};
use crate::failure::Outcome;
use crate::portal::Portal;

const STARTS: usize = 5;
const SETTLE: Duration = Duration::from_secs(3);
const START_MS: u128 = 300;
const IDLE_MB: f64 = 40.0;

/// On an empty database: the first start also makes the schema and the keys.
pub(crate) fn measure(portal: &Portal, database: &str, costs: &mut Table) -> Outcome {
    let first = portal.serve()?.ready_after;
    costs.push(row("first start, with schema and keys", database, Some(first), None, None));

    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(portal.serve()?.ready_after);
    }
    times.sort_unstable();
    let median = times.get(STARTS / 2).copied().unwrap_or_default();
    let bar = format!("< {START_MS} ms");
    let met = median.as_millis() < START_MS;
    costs.push(row(&format!("start (median of {STARTS})"), database, Some(median), None, Some((&bar, met))));

    let server = portal.serve()?;
    thread::sleep(SETTLE);
    let idle = resident_mb(server.process)?;
    let bar = format!("< {IDLE_MB} MB");
    costs.push(row("idle", database, None, Some(idle), Some((&bar, idle < IDLE_MB))));
    Ok(())
}

fn row(
    what: &str,
    database: &str,
    time: Option<Duration>,
    memory: Option<f64>,
    bar: Option<(&str, bool)>,
) -> Vec<String> {
    let mut cells = vec![
        what.to_owned(),
        database.to_owned(),
        time.map_or_else(|| "-".into(), milliseconds),
        memory.map_or_else(|| "-".into(), |mb| format!("{mb:.1} MB")),
    ];
    cells.extend(judged(bar));
    cells
}

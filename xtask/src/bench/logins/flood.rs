//! Half a minute of sign-ins from two hundred clients, while others read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::task::JoinSet;

use super::burst::{MEMORY_MB, counts, only_expected, pinged, refusals};
use super::client::{Answered, Try, fresh_address, runtime, sign_in};
use super::ping::Pings;
use super::row;
use crate::bench::answers::milliseconds;
use crate::bench::load::Load;
use crate::bench::memory::{peak_mb, resident_mb};
use crate::bench::table::Table;
use crate::failure::{Context, Outcome};
use crate::portal::{Server, Session};

const CLIENTS: usize = 200;
const READERS: usize = 20;
/// Of the readers; the flood covers their warming up as well.
const DURATION: Duration = Duration::from_secs(30);
/// Of the readers' p99 with the flood to without.
const SLOWER: f64 = 3.0;

pub(super) fn measure(server: &Server, database: &str, table: &mut Table) -> Outcome {
    let session = Session::sign_in(server)?;
    let headers = session.headers();
    let readers = Load {
        address: &server.address,
        path: "/api/docker-images",
        headers: &headers,
        connections: READERS,
        duration: DURATION,
    };
    let quiet = readers.measure()?;
    let idle = resident_mb(server.process)?;

    let flood = Flood::start(&server.address);
    let pings = Pings::start(&server.address);
    let busy = readers.measure();
    let (status, answers) = (pings.finish()?, flood.finish()?);
    let busy = busy?;

    let what = |what: &str| format!("flood of {CLIENTS} clients: {what}");
    table.push(row(
        &what("answers"),
        database,
        counts(&answers),
        Some(("200, 401, 429, 503", only_expected(&answers))),
    ));
    table.push(refusals(&what("longest wait for a 503"), database, &answers));
    let peak = peak_mb(server.process)?;
    let bar = format!("< {MEMORY_MB} MB");
    let figure = format!("{peak:.1} MB, {idle:.1} MB before");
    table.push(row(&what("peak memory"), database, figure, Some((&bar, peak < MEMORY_MB))));
    table.push(pinged(&what("GET /api/status meanwhile"), database, &status));
    let ratio = busy.p99.as_secs_f64() / quiet.p99.as_secs_f64();
    let figure = format!("{}, {} without ({ratio:.1} ×)", milliseconds(busy.p99), milliseconds(quiet.p99));
    let bar = format!("≤ {SLOWER} ×");
    table.push(row(&what(&format!("p99 of {READERS} readers")), database, figure, Some((&bar, ratio <= SLOWER))));
    let figure = format!("{:.0}, {:.0} without", busy.per_second, quiet.per_second);
    table.push(row(&what("reads/s"), database, figure, None));
    Ok(())
}

/// Goes on until it is told to stop, on a thread of its own.
struct Flood {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Outcome<Vec<Answered>>>,
}

impl Flood {
    fn start(address: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (address, stopped) = (address.to_owned(), Arc::clone(&stop));
        let thread = thread::spawn(move || runtime()?.block_on(all(stopped, address)));
        Self { stop, thread }
    }

    fn finish(self) -> Outcome<Vec<Answered>> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "the thread of the flood died")?
    }
}

async fn all(stop: Arc<AtomicBool>, address: String) -> Outcome<Vec<Answered>> {
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let (stop, address) = (Arc::clone(&stop), address.clone());
        // In pairs: connections may be given to two workers in turn.
        let who = if number / 2 % 2 == 0 { Try::RIGHT } else { Try::WRONG };
        clients.spawn(async move {
            let mut answers = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                answers.push(sign_in(&address, &fresh_address(), who).await?);
            }
            Outcome::Ok(answers)
        });
    }
    let mut answers = Vec::new();
    while let Some(finished) = clients.join_next().await {
        answers.extend(finished.context("flood")??);
    }
    Ok(answers)
}

//! How quickly the server answers a small question while it is busy with something else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::client::{exchange, runtime};
use super::statistics::quantile;
use crate::failure::Outcome;

const EVERY: Duration = Duration::from_millis(20);

/// Asks on a thread of its own, in time, whether or not the last question is answered.
pub(super) struct Pings {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Outcome<Vec<Duration>>>,
}

pub(super) struct Answers {
    times: Vec<Duration>,
}

impl Pings {
    pub(super) fn start(address: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (address, stopped) = (address.to_owned(), Arc::clone(&stop));
        let thread = thread::spawn(move || runtime()?.block_on(ask_until(&stopped, &address)));
        Self { stop, thread }
    }

    pub(super) fn finish(self) -> Outcome<Answers> {
        self.stop.store(true, Ordering::Relaxed);
        let mut times = self.thread.join().map_err(|_| "the thread of the status requests died")??;
        times.sort_unstable();
        Ok(Answers { times })
    }
}

impl Answers {
    pub(super) fn at(&self, share: f64) -> Duration {
        quantile(&self.times, share)
    }

    pub(super) fn count(&self) -> usize {
        self.times.len()
    }
}

async fn ask_until(stop: &AtomicBool, address: &str) -> Outcome<Vec<Duration>> {
    let request = format!("GET /api/status HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    let mut interval = tokio::time::interval(EVERY);
    let mut asked = JoinSet::new();
    while !stop.load(Ordering::Relaxed) {
        interval.tick().await;
        let (address, request) = (address.to_owned(), request.clone());
        asked.spawn(async move {
            let started = Instant::now();
            let head = exchange(&address, &request).await?;
            if head.status == 200 {
                Ok(started.elapsed())
            } else {
                Err(format!("/api/status answered {}", head.status))
            }
        });
    }
    asked.join_all().await.into_iter().collect()
}

//! Bounded blocking work: so many at once, so many waiting, for so long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use podarmor_domain::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How much hashing goes on at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashingLimits {
    /// Computations at the same time; each needs the memory of one hash.
    pub at_once: usize,
    /// Callers that may wait for a place.
    pub waiting: usize,
    /// How long they wait before they are refused.
    pub patience: Duration,
}

impl Default for HashingLimits {
    /// One computation a core, 64 waiting for at most two seconds.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { at_once: cores, waiting: 64, patience: Duration::from_secs(2) }
    }
}

#[derive(Clone)]
pub(super) struct Queue {
    pub(super) places: Arc<Semaphore>,
    pub(super) waiting: Arc<AtomicUsize>,
    pub(super) limits: HashingLimits,
}

impl Queue {
    pub(super) fn new(limits: HashingLimits) -> Self {
        Self { places: Arc::new(Semaphore::new(limits.at_once)), waiting: Arc::default(), limits }
    }

    /// Runs `work` on a blocking thread as soon as there is a place.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let place = self.place().await?;
        let ran = tokio::task::spawn_blocking(move || {
            // The place goes where the work goes: a caller that gives up must not free it while
            // the hash is still being computed.
            let _place = place;
            work()
        });
        ran.await.map_err(Error::internal)
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, Error> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(place);
        }
        let busy = || Error::Unavailable(self.limits.patience);
        let _waiting = Waiting::enter(&self.waiting, self.limits.waiting).ok_or_else(busy)?;
        let place = tokio::time::timeout(self.limits.patience, Arc::clone(&self.places).acquire_owned()).await;
        place.map_err(|_elapsed| busy())?.map_err(Error::internal)
    }
}

/// One who waits; leaves the queue when dropped, also when the request is cancelled.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(waiting: &'a AtomicUsize, at_most: usize) -> Option<Self> {
        let room = |now: usize| (now < at_most).then_some(now + 1);
        waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, room).ok().map(|_| Self(waiting))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

//! Makes deliveries: expands facts, claims what is due, sends side by side, records in batches.
//!
//! Two loops. One expands facts. The other takes turns: each turn records what has ended since
//! the last and claims what may begin, in one commit; so the busier it is, the more a commit
//! carries. What each step means is in [`podarmor_domain::outbox`].

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use podarmor_domain::Error;
use podarmor_domain::id::SubscriptionId;
use podarmor_domain::outbox::{Claimed, Dispatcher, Finished, Pick, SlotLimits, Slots, Then};
use podarmor_persistence::OutboxSignal;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

use crate::scope;

/// Facts that are expanded in one unit of work.
const FACTS: u32 = 64;
/// Subscriptions that are looked at in one turn.
const SUBSCRIPTIONS: u32 = 1_024;
/// Without any signal, something may be due after all: a clock was set, a signal was lost.
const LOOK_ANYWAY: Duration = Duration::from_secs(5);
/// After a failure of the database.
const TRY_AGAIN: Duration = Duration::from_millis(500);
/// While many attempts are under way, a turn waits this long for more of them to end: a commit
/// costs about as much.
const GATHER: Duration = Duration::from_millis(2);
/// From so many under way on.
const MANY: u32 = 32;

/// The steps that can fail, one bit each.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Step {
    Expand = 1,
    Deliver = 2,
    Interrupt = 4,
}

/// Which steps failed when they were last done, for the status.
#[derive(Clone, Default)]
pub(crate) struct Health(Arc<AtomicU8>);

impl Health {
    /// Whether all of them succeeded.
    pub(crate) fn is_good(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    fn note(&self, step: Step, good: bool) {
        if good {
            self.0.fetch_and(!(step as u8), Ordering::Relaxed);
        } else {
            self.0.fetch_or(step as u8, Ordering::Relaxed);
        }
    }
}

/// What the loops need.
#[derive(Clone)]
pub(crate) struct Deliveries {
    pub(crate) dispatcher: Dispatcher,
    pub(crate) health: Health,
}

impl Deliveries {
    /// Over a dispatcher.
    pub(crate) fn new(dispatcher: Dispatcher) -> Self {
        Self { dispatcher, health: Health::default() }
    }

    /// Expands facts as they are recorded, until it is stopped.
    pub(crate) async fn expand(self, mut signal: OutboxSignal, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            let expanded = self.dispatcher.expand(scope::publisher(), FACTS).await;
            let pause = match self.heed(Step::Expand, expanded, "facts could not be expanded") {
                Some(0) => LOOK_ANYWAY,
                Some(_) => continue,
                None => TRY_AGAIN,
            };
            idle(&mut signal, &mut stopped, pause).await;
        }
    }

    /// Makes what is due, until it is stopped; then waits for what is under way.
    pub(crate) async fn deliver(self, mut signal: OutboxSignal, mut stopped: watch::Receiver<bool>) {
        let mut turns = Turns::new(self);
        loop {
            let stopping = *stopped.borrow();
            let pause = turns.next(stopping).await;
            if stopping && turns.is_idle() {
                return;
            }
            tokio::select! {
                () = turns.gather() => {}
                () = idle(&mut signal, &mut stopped, pause), if !stopping => {}
                () = tokio::time::sleep(pause), if stopping => {}
            }
            if turns.slots.under_way() >= MANY {
                tokio::time::sleep(GATHER).await;
            }
        }
    }

    /// Makes everything that is due, and ends when nothing is. Answers how many attempts it made.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(crate) async fn drain(self) -> Result<u64, Error> {
        let dispatcher = self.dispatcher.clone();
        let mut turns = Turns::new(self);
        loop {
            dispatcher.interrupt_expired(scope::publisher()).await?;
            let expanded = dispatcher.expand(scope::publisher(), FACTS).await?;
            let waiting = turns.turn(false).await?;
            let nothing_due = waiting.is_none_or(|wait| !wait.is_zero());
            if expanded == 0 && nothing_due && turns.is_idle() {
                return Ok(turns.attempts);
            }
            if expanded == 0 {
                // Something that is due may be another worker's to claim.
                tokio::select! {
                    () = turns.gather() => {}
                    () = tokio::time::sleep(LOOK_ANYWAY), if !turns.under_way.is_empty() => {}
                    () = tokio::time::sleep(GATHER), if turns.under_way.is_empty() => {}
                }
            }
        }
    }

    /// Marks what dead workers left behind.
    pub(crate) async fn interrupt_expired(&self) {
        let interrupted = self.dispatcher.interrupt_expired(scope::publisher()).await;
        if let Some(count) = self.heed(Step::Interrupt, interrupted, "interrupted attempts could not be marked")
            && count > 0
        {
            tracing::warn!(count, "attempts of a worker that went away are made again");
        }
    }

    /// The result, unless it is a failure, which is logged.
    fn heed<T>(&self, step: Step, result: Result<T, Error>, what: &str) -> Option<T> {
        self.health.note(step, result.is_ok());
        result.inspect_err(|error| tracing::warn!(%error, "{what}; trying again")).ok()
    }
}

/// Until there may be something new, or the pause is over.
async fn idle(signal: &mut OutboxSignal, stopped: &mut watch::Receiver<bool>, pause: Duration) {
    tokio::select! {
        () = signal.changed() => {}
        // The sender is gone only when the server is: that too is the end.
        _ = stopped.wait_for(|stop| *stop) => {}
        () = tokio::time::sleep(pause) => {}
    }
}

/// What is under way, and what has ended and is not recorded yet.
struct Turns {
    deliveries: Deliveries,
    slots: Slots,
    under_way: JoinSet<Finished>,
    /// Where each of those goes: a task that panics does not tell.
    endpoints: HashMap<Id, String>,
    finished: Vec<Finished>,
    /// When the first of the retries that the last turn recorded is due.
    retry: Option<Duration>,
    /// Where the last page of subscriptions ended, when there are more than one page holds.
    after: Option<SubscriptionId>,
    attempts: u64,
}

impl Turns {
    fn new(deliveries: Deliveries) -> Self {
        Self {
            deliveries,
            slots: Slots::new(SlotLimits::default()),
            under_way: JoinSet::new(),
            endpoints: HashMap::new(),
            finished: Vec::new(),
            retry: None,
            after: None,
            attempts: 0,
        }
    }

    /// Nothing under way and nothing to record.
    fn is_idle(&self) -> bool {
        self.under_way.is_empty() && self.finished.is_empty()
    }

    /// One turn. Answers how long to wait before the next, unless something ends or is signalled
    /// earlier.
    async fn next(&mut self, stopping: bool) -> Duration {
        let turned = self.turn(stopping).await;
        let failure = "deliveries could not be claimed or recorded";
        let Some(waiting) = self.deliveries.heed(Step::Deliver, turned, failure) else { return TRY_AGAIN };
        let pause = match waiting {
            // What is due and was not claimed waits for something to end.
            Some(wait) if wait.is_zero() && !self.under_way.is_empty() => LOOK_ANYWAY,
            wait => wait.unwrap_or(LOOK_ANYWAY),
        };
        let next = if self.after.is_some() { GATHER } else { pause };
        next.min(self.retry.take().unwrap_or(LOOK_ANYWAY)).clamp(GATHER, LOOK_ANYWAY)
    }

    /// Records what has ended, claims what may begin, and begins it. Answers how long nothing is
    /// due; `None` when nothing waits.
    async fn turn(&mut self, stopping: bool) -> Result<Option<Duration>, Error> {
        self.collect();
        let (picks, waiting) = if stopping { (Vec::new(), None) } else { self.pick().await? };
        if self.finished.is_empty() && picks.is_empty() {
            return Ok(waiting);
        }
        let asked = Instant::now();
        let claimed = self.deliveries.dispatcher.turn(scope::publisher(), &self.finished, &picks).await?;
        for finished in self.finished.drain(..) {
            self.slots.ended(&finished.claimed.url, finished.success());
            // It was not pending yet when the backlog was looked at.
            if let Then::Retry(wait) = finished.ended.then {
                self.retry = Some(self.retry.map_or(wait, |other| other.min(wait)));
            }
        }
        for one in claimed {
            self.begin(one, asked);
        }
        Ok(waiting)
    }

    async fn pick(&mut self) -> Result<(Vec<Pick>, Option<Duration>), Error> {
        let backlog = self.deliveries.dispatcher.backlog(scope::publisher(), self.after, SUBSCRIPTIONS);
        let (now, waiting) = backlog.await?;
        let full = waiting.len() >= SUBSCRIPTIONS as usize;
        self.after = waiting.last().filter(|_| full).map(|last| last.subscription);
        Ok((self.slots.pick(&waiting, now), Slots::idle_for(&waiting, now)))
    }

    fn begin(&mut self, claimed: Claimed, asked: Instant) {
        self.attempts += 1;
        self.slots.began(&claimed.url);
        let endpoint = claimed.url.clone();
        let dispatcher = self.deliveries.dispatcher.clone();
        let task = self.under_way.spawn(async move { dispatcher.attempt(claimed, asked.elapsed()).await });
        self.endpoints.insert(task.id(), endpoint);
    }

    /// Takes what has ended.
    fn collect(&mut self) {
        while let Some(ended) = self.under_way.try_join_next_with_id() {
            self.keep(ended);
        }
    }

    fn keep(&mut self, ended: Result<(Id, Finished), JoinError>) {
        match ended {
            Ok((id, finished)) => {
                self.endpoints.remove(&id);
                self.finished.push(finished);
            }
            Err(error) => {
                // Its lease will end, and it will be made again.
                tracing::error!(%error, "an attempt did not end as it should");
                if let Some(endpoint) = self.endpoints.remove(&error.id()) {
                    self.slots.ended(&endpoint, false);
                }
            }
        }
    }

    /// Until something has ended.
    async fn gather(&mut self) {
        match self.under_way.join_next_with_id().await {
            Some(ended) => self.keep(ended),
            None => std::future::pending().await,
        }
    }
}

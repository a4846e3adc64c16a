//! Background work of a running server, and of a worker beside it.

mod deliveries;

use std::sync::Arc;
use std::time::Duration;

use podarmor_credentials::{AesGcmSeal, JwtSigner};
use podarmor_domain::Error;
use podarmor_domain::access::{SessionService, SignIn};
use podarmor_domain::idempotency::IdempotencyService;
use podarmor_persistence::Database;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub(crate) use deliveries::{Deliveries, Health};

/// Login attempts stop to count after a quarter of an hour, sessions that ended and answers to
/// give again are kept for a day; there is no hurry to delete any of them.
const PURGE_EVERY: Duration = Duration::from_secs(300);

/// A new key is used, and one whose file was removed no longer is, within this time.
const READ_KEYS_EVERY: Duration = Duration::from_secs(5);

/// How often interrupted attempts are looked for: a part of the lease that they have to outlive.
const LEASE_PART: u32 = 4;

/// Events that are deleted in one unit of work.
const PURGE_EVENTS: u32 = 500;

/// What has outdated rows to delete.
pub(crate) struct Outdated {
    pub(crate) sign_in: SignIn,
    pub(crate) sessions: SessionService,
    pub(crate) answers: IdempotencyService,
}

/// What reads keys from files.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) signer: Arc<JwtSigner>,
    pub(crate) seal: Arc<AesGcmSeal>,
}

impl Keys {
    fn read(&self) {
        self.signer.refresh_keys();
        self.seal.refresh_keys();
    }
}

/// The background work; it goes on until [`Workers::stop`].
pub(crate) struct Workers {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Workers {
    /// Starts all of it.
    pub(crate) fn start(outdated: Outdated, keys: Keys) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(every(PURGE_EVERY, stopped.clone(), async move || purge(&outdated).await));
        tasks.spawn(every(READ_KEYS_EVERY, stopped, async move || read_keys(&keys).await));
        Self { stop, tasks }
    }

    /// Makes deliveries alone, with the sealing keys as they are from time to time.
    pub(crate) fn delivering(deliveries: Deliveries, seal: Arc<AesGcmSeal>, database: &Database) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(every(READ_KEYS_EVERY, stopped, async move || read_sealing_keys(&seal).await));
        let mut workers = Self { stop, tasks };
        workers.deliver(deliveries, database);
        workers
    }

    /// Makes deliveries as well.
    pub(crate) fn deliver(&mut self, deliveries: Deliveries, database: &Database) {
        let stopped = || self.stop.subscribe();
        let again = deliveries.dispatcher.lease() / LEASE_PART;
        self.tasks.spawn(deliveries.clone().expand(database.outbox_signal(), stopped()));
        self.tasks.spawn(deliveries.clone().deliver(database.outbox_signal(), stopped()));
        let (expired, purged) = (deliveries.clone(), deliveries);
        self.tasks.spawn(every(again, stopped(), async move || expired.interrupt_expired().await));
        self.tasks.spawn(every(PURGE_EVERY, stopped(), async move || purge_events(&purged).await));
    }

    /// Asks each to end when the step it is at is done. Nothing new is begun from now on.
    pub(crate) fn wind_down(&self) {
        self.stop.send_replace(true);
    }

    /// Lets each finish the step it is at, and waits for it.
    pub(crate) async fn stop(mut self) {
        self.wind_down();
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a worker did not end as it should");
            }
        }
    }
}

/// Does a step at a time, with a pause before each.
async fn every(pause: Duration, mut stopped: watch::Receiver<bool>, step: impl AsyncFn()) {
    loop {
        tokio::select! {
            // The sender is gone only when the server is: that too is the end.
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(pause) => {}
        }
        step().await;
    }
}

async fn purge(Outdated { sign_in, sessions, answers }: &Outdated) {
    report("login attempts that no longer count", sign_in.purge(crate::scope::publisher()).await);
    report("sessions that ended", sessions.purge(crate::scope::publisher()).await);
    report("answers past their time", answers.purge(crate::scope::publisher()).await);
}

async fn purge_events(deliveries: &Deliveries) {
    loop {
        let purged = deliveries.dispatcher.purge(crate::scope::publisher(), PURGE_EVENTS).await;
        let more = matches!(purged, Ok(count) if count >= u64::from(PURGE_EVENTS));
        report("events that were kept for long enough", purged);
        if !more {
            return;
        }
    }
}

fn report(what: &str, purged: Result<u64, Error>) {
    match purged {
        Ok(0) => {}
        Ok(purged) => tracing::debug!(purged, "deleted {what}"),
        Err(error) => tracing::warn!(%error, "{what} could not be deleted; trying again later"),
    }
}

async fn read_keys(keys: &Keys) {
    let keys = keys.clone();
    read_files(move || keys.read()).await;
}

async fn read_sealing_keys(seal: &Arc<AesGcmSeal>) {
    let seal = Arc::clone(seal);
    read_files(move || seal.refresh_keys()).await;
}

async fn read_files(read: impl FnOnce() + Send + 'static) {
    if let Err(error) = tokio::task::spawn_blocking(read).await {
        tracing::error!(%error, "reading the keys again did not end as it should");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_step_is_done_again_and_again_until_the_end() {
        let steps = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&steps);
        let (stop, stopped) = watch::channel(false);
        let worker = tokio::spawn(every(Duration::from_millis(5), stopped, async move || {
            counted.fetch_add(1, Ordering::Relaxed);
        }));
        assert_eq!(steps.load(Ordering::Relaxed), 0, "not before the first pause");
        while steps.load(Ordering::Relaxed) < 3 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.send_replace(true);
        worker.await.unwrap();
    }
}

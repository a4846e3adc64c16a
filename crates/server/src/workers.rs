//! Background work of a running server.

use std::time::Duration;

use podarmor_domain::access::SignIn;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Login attempts stop to count after a quarter of an hour; there is no hurry to delete them.
const PURGE_EVERY: Duration = Duration::from_secs(300);

/// The background work; it goes on until [`Workers::stop`].
pub(crate) struct Workers {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Workers {
    /// Starts all of it.
    pub(crate) fn start(sign_in: SignIn) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(purge_login_attempts(sign_in, stopped));
        Self { stop, tasks }
    }

    /// Lets each finish the step it is at, and waits for it.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a worker did not end as it should");
            }
        }
    }
}

async fn purge_login_attempts(sign_in: SignIn, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            // The sender is gone only when the server is: that too is the end.
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(PURGE_EVERY) => {}
        }
        match sign_in.purge(crate::scope::publisher()).await {
            Ok(0) => {}
            Ok(purged) => tracing::debug!(purged, "deleted login attempts that no longer count"),
            Err(error) => tracing::warn!(%error, "old login attempts could not be deleted; trying again later"),
        }
    }
}

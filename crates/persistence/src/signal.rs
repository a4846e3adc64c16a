//! Telling those who dispatch that there may be work, from this process or another.

use std::time::{Duration, Instant};

use sea_orm::sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::sqlx::{ConnectOptions as _, Error as SqlxError, query_scalar};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The channel of PostgreSQL that units of work notify.
pub(crate) const CHANNEL: &str = "podarmor_outbox";

/// How often a SQLite file is asked whether another connection has written: it costs a look at
/// the header of the write-ahead log.
const POLL: Duration = Duration::from_millis(250);
/// And for how long after a write it is asked more often: who writes now will write again.
const POLL_BUSY: Duration = Duration::from_millis(5);
const BUSY_FOR: Duration = Duration::from_secs(5);

/// How long to wait before the database is connected to again: doubled with each failure.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));

/// Wakes the signals of one open database.
#[derive(Clone)]
pub(crate) struct Waker(watch::Sender<()>);

impl Waker {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(()))
    }

    /// There may be work.
    pub(crate) fn wake(&self) {
        self.0.send_replace(());
    }
}

/// How other processes are heard.
#[derive(Clone)]
pub(crate) enum Elsewhere {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>),
}

/// Tells when the outbox may have new work: a fact was recorded, a delivery was made, or
/// something that waited may go on. It may tell too often, never too seldom: what changes between
/// two calls is kept for the next, and after every (re)connection it tells once, for what may have
/// been missed.
#[derive(Debug)]
pub struct OutboxSignal {
    here: watch::Receiver<()>,
    elsewhere: watch::Receiver<()>,
    listening: JoinHandle<()>,
}

impl Drop for OutboxSignal {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl OutboxSignal {
    /// Begins to listen. Within a tokio runtime only.
    pub(crate) fn new(waker: &Waker, elsewhere: Elsewhere) -> Self {
        let (heard, receiver) = watch::channel(());
        let listening = tokio::spawn(async move {
            match elsewhere {
                Elsewhere::Sqlite(options) => again(heard, |heard| poll((*options).clone(), heard)).await,
                Elsewhere::Postgres(options) => again(heard, |heard| listen(options.clone(), heard)).await,
            }
        });
        Self { here: waker.0.subscribe(), elsewhere: receiver, listening }
    }

    /// Resolves when there may be new work. Dropped before, it loses nothing.
    pub async fn changed(&mut self) {
        tokio::select! {
            Ok(()) = self.here.changed() => {}
            Ok(()) = self.elsewhere.changed() => {}
            // The database is closed and nobody listens: nothing will ever change.
            else => std::future::pending().await,
        }
    }
}

/// Listens for as long as it can, and again after a while.
async fn again<F: Future<Output = Result<(), SqlxError>>>(
    heard: watch::Sender<()>,
    listen: impl Fn(watch::Sender<()>) -> F,
) {
    let (first, longest) = BACKOFF;
    let mut wait = first;
    loop {
        let connected = heard.subscribe();
        // The cause is not reported: whoever uses the database meets it too.
        let _ = listen(heard.clone()).await;
        wait = if connected.has_changed().unwrap_or_default() { first } else { (wait * 2).min(longest) };
        tokio::time::sleep(wait).await;
    }
}

/// Hears of every commit by another connection.
async fn poll(options: SqliteConnectOptions, heard: watch::Sender<()>) -> Result<(), SqlxError> {
    let mut connection = options.connect().await?;
    let (mut known, mut busy) = (None::<i64>, Instant::now());
    loop {
        let version = query_scalar("PRAGMA data_version").fetch_one(&mut connection).await?;
        if known.replace(version) != Some(version) {
            busy = Instant::now();
            heard.send_replace(());
        }
        let pause = if busy.elapsed() < BUSY_FOR { POLL_BUSY } else { POLL };
        tokio::time::sleep(pause).await;
    }
}

/// Hears of what is notified, until the connection is lost.
async fn listen(options: Box<PgConnectOptions>, heard: watch::Sender<()>) -> Result<(), SqlxError> {
    // A connection of its own: those of the pool are for work.
    let pool =
        PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None).connect_lazy_with(*options);
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.ignore_pool_close_event(true);
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    heard.send_replace(());
    while listener.try_recv().await?.is_some() {
        heard.send_replace(());
    }
    Ok(())
}

//! Opening a database: how many connections, with which settings. What is done over them is
//! not here.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use podarmor_domain::ports::Clock;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::sqlx::{ConnectOptions as _, Connection as _, Error as SqlxError, SqlitePool};
use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};

use crate::database::Database;
use crate::error::is_passing;
use crate::signal::Elsewhere;

/// A connection's thread hands over a whole page of the largest size without waiting for whoever
/// reads it: with fewer, a list switches threads in the middle.
const ROWS_IN_FLIGHT: usize = 256;

/// Is told the SQL of each statement, without its values.
pub type StatementObserver = Arc<dyn Fn(&str) + Send + Sync>;

/// Which database, and how to use it.
#[derive(Clone)]
pub struct DatabaseOptions {
    /// `sqlite://PATH` or `postgres://USER:PASSWORD@HOST:PORT/NAME`.
    pub url: String,
    /// The time that rows are judged by; the login limit on PostgreSQL goes by the server's.
    pub clock: Arc<dyn Clock>,
    /// The most connections to PostgreSQL, or for reading to SQLite (which has one more, to
    /// write).
    pub max_connections: u32,
    /// How long to wait for a free connection.
    pub acquire_timeout: Duration,
    /// How long to wait for another process's lock. Writers of SQLite queue as long for the
    /// connection that writes: it is the same wait.
    pub lock_timeout: Duration,
    /// Is told of each statement.
    pub observer: Option<StatementObserver>,
}

impl DatabaseOptions {
    /// The usual settings for this URL.
    #[must_use]
    pub fn new(url: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        let url = url.into();
        let max_connections = if url.starts_with(SQLITE) { 4 } else { 16 };
        Self {
            url,
            clock,
            max_connections,
            acquire_timeout: Duration::from_secs(3),
            lock_timeout: Duration::from_secs(5),
            observer: None,
        }
    }
}

/// Without the URL, which may hold a password.
impl std::fmt::Debug for DatabaseOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseOptions").field("max_connections", &self.max_connections).finish_non_exhaustive()
    }
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL names no database.
    #[error("the database URL must be sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/NAME{0}")]
    Url(&'static str),
    /// The SQLite file could not be made.
    #[error("cannot make the database file {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The database is not there, or refuses.
    #[error("cannot open the database: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<SqlxError> for ConnectError {
    fn from(error: SqlxError) -> Self {
        Self::Database(Box::new(error))
    }
}

const SQLITE: &str = "sqlite://";

/// Opens a database; a SQLite file that is missing is made, readable by its owner alone.
///
/// # Errors
/// [`ConnectError`].
pub async fn connect(options: &DatabaseOptions) -> Result<Database, ConnectError> {
    let (mut writer, mut reader, elsewhere) = if let Some(path) = options.url.strip_prefix(SQLITE) {
        open_sqlite(sqlite_path(path)?, options).await?
    } else if options.url.starts_with("postgres://") || options.url.starts_with("postgresql://") {
        let (pool, settings) = open_postgres(options).await?;
        (pool.clone(), pool, Elsewhere::Postgres(Box::new(settings)))
    } else {
        return Err(ConnectError::Url(""));
    };
    if let Some(observer) = &options.observer {
        for connection in [&mut writer, &mut reader] {
            let observer = observer.clone();
            connection.set_metric_callback(move |info| observer(&info.statement.sql));
        }
    }
    Ok(Database::new(writer, reader, options.clock.clone(), elsewhere))
}

/// The path is taken as it stands, so that a file name may hold any character but `?`.
fn sqlite_path(path: &str) -> Result<&Path, ConnectError> {
    match path {
        "" | ":memory:" => Err(ConnectError::Url("; a database in memory cannot be shared by connections")),
        path if path.contains('?') => Err(ConnectError::Url("; parameters behind a ? are not supported for SQLite")),
        path => Ok(Path::new(path)),
    }
}

async fn open_sqlite(
    path: &Path,
    options: &DatabaseOptions,
) -> Result<(DatabaseConnection, DatabaseConnection, Elsewhere), ConnectError> {
    make_file(path).map_err(|source| ConnectError::File { path: path.to_owned(), source })?;
    let settings = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(options.lock_timeout)
        .row_buffer_size(ROWS_IN_FLIGHT)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging();
    let writer = open_writer(settings.clone(), options).await?;
    let settings = settings.pragma("query_only", "ON");
    let reader = SqlitePoolOptions::new()
        .max_connections(options.max_connections)
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(settings.clone());
    let connection = SqlxSqliteConnector::from_sqlx_sqlite_pool;
    Ok((connection(writer), connection(reader), Elsewhere::Sqlite(Box::new(settings))))
}

/// The one connection that writes. The first ever to open the file puts it into WAL mode, which
/// needs the file alone for a moment; SQLite does not wait for that, so we do.
async fn open_writer(settings: SqliteConnectOptions, options: &DatabaseOptions) -> Result<SqlitePool, ConnectError> {
    let settings = settings.journal_mode(SqliteJournalMode::Wal);
    let give_up = Instant::now() + options.lock_timeout;
    loop {
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(options.lock_timeout)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(settings.clone())
            .await;
        match pool {
            Err(error) if is_passing(&error) && Instant::now() < give_up => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            pool => return Ok(pool?),
        }
    }
}

/// Makes the file if it is missing, for its owner alone. SQLite gives the files beside it the
/// same permissions.
fn make_file(path: &Path) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result.map(drop),
    }
}

async fn open_postgres(options: &DatabaseOptions) -> Result<(DatabaseConnection, PgConnectOptions), ConnectError> {
    let lock_timeout = format!("{}ms", options.lock_timeout.as_millis());
    let settings = options
        .url
        .parse::<PgConnectOptions>()
        .map_err(|_| ConnectError::Url(""))?
        .application_name("podarmor")
        .options([
            ("default_transaction_isolation", "read committed"),
            ("lock_timeout", lock_timeout.as_str()),
            // A process that vanished must not hold its locks for ever.
            ("idle_in_transaction_session_timeout", "60s"),
        ])
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(options.max_connections)
        .acquire_timeout(options.acquire_timeout)
        // Asking first whether the connection still lives would double the round trips of a
        // read; only one that lay idle for a while is asked.
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move {
                if state.idle_for > Duration::from_secs(1) {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(settings.clone())
        .await?;
    Ok((SqlxPostgresConnector::from_sqlx_postgres_pool(pool), settings))
}

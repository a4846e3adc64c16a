//! What a database's failure means to the domain. The texts are for the log: nothing here
//! reaches a client.

use std::fmt::Display;

use podarmor_domain::store::{Constraint, StoreError};
use sea_orm::sqlx::error::{DatabaseError, Error as SqlxError};
use sea_orm::sqlx::postgres::PgDatabaseError;
use sea_orm::sqlx::sqlite::SqliteError;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

/// A row that no version of this program can have written.
#[derive(Debug, thiserror::Error)]
#[error("the row {id} of table {table} is corrupt: {problem}")]
struct Corrupt {
    table: &'static str,
    id: String,
    problem: String,
}

/// The refusal of a row, naming it.
pub(crate) fn corrupt(table: &'static str, id: impl Display, problem: impl Display) -> StoreError {
    StoreError::Other(Box::new(Corrupt { table, id: id.to_string(), problem: problem.to_string() }))
}

/// A failure that is neither the database's nor the caller's.
pub(crate) fn other(cause: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Other(Box::new(cause))
}

/// What a failed statement means.
pub(crate) fn fault(error: DbErr) -> StoreError {
    match &error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => {
            StoreError::Unavailable("no connection became free in time".into())
        }
        DbErr::ConnectionAcquire(_) => StoreError::Unavailable(error.to_string()),
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => match verdict(cause) {
            Verdict::Conflict(constraint) => StoreError::Conflict(constraint),
            Verdict::Unavailable => StoreError::Unavailable(cause.to_string()),
            Verdict::Other => StoreError::Other(Box::new(error)),
        },
        _ => StoreError::Other(Box::new(error)),
    }
}

/// Whether waiting may help: the database is away, busy or out of space.
pub(crate) fn is_passing(error: &SqlxError) -> bool {
    matches!(verdict(error), Verdict::Unavailable)
}

enum Verdict {
    Conflict(Constraint),
    Unavailable,
    Other,
}

fn verdict(error: &SqlxError) -> Verdict {
    match error {
        SqlxError::Database(cause) => of_database(&**cause),
        // A connection that breaks in the middle of an answer may also leave half a message.
        SqlxError::Io(_)
        | SqlxError::Protocol(_)
        | SqlxError::PoolTimedOut
        | SqlxError::PoolClosed
        | SqlxError::WorkerCrashed => Verdict::Unavailable,
        _ => Verdict::Other,
    }
}

fn of_database(error: &dyn DatabaseError) -> Verdict {
    if let Some(error) = error.try_downcast_ref::<SqliteError>() {
        of_sqlite(error)
    } else if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
        of_postgres(error)
    } else {
        Verdict::Other
    }
}

/// By result code (<https://www.sqlite.org/rescode.html>); the low byte is the primary one.
fn of_sqlite(error: &SqliteError) -> Verdict {
    const BUSY: i32 = 5;
    const LOCKED: i32 = 6;
    const READ_ONLY: i32 = 8;
    const IO: i32 = 10;
    const FULL: i32 = 13;
    const CANNOT_OPEN: i32 = 14;
    const UNIQUE: i32 = 2067;
    let code: i32 = error.code().and_then(|code| code.parse().ok()).unwrap_or_default();
    match code {
        UNIQUE => violated_columns(error.message()).map_or(Verdict::Other, Verdict::Conflict),
        code if matches!(code & 0xff, BUSY | LOCKED | READ_ONLY | IO | FULL | CANNOT_OPEN) => Verdict::Unavailable,
        _ => Verdict::Other,
    }
}

/// SQLite names no constraint, only the columns: `UNIQUE constraint failed: tenant.slug`.
fn violated_columns(message: &str) -> Option<Constraint> {
    let (_, columns) = message.rsplit_once("failed: ")?;
    Some(match columns {
        "tenant.slug" => Constraint::TenantSlug,
        "user_account.tenant_id, user_account.email" => Constraint::UserEmail,
        "image.name" => Constraint::ImageName,
        "image_version.image_id, image_version.name" => Constraint::VersionName,
        "scan.version_id, scan.scanned_at, scan.content_sha256" => Constraint::ScanIdentity,
        "sbom.version_id, sbom.format, sbom.content_sha256" => Constraint::SbomIdentity,
        "baseline.image_id, baseline.content_sha256" => Constraint::BaselineIdentity,
        "cve_watch.tenant_id, cve_watch.vulnerability" => Constraint::WatchIdentity,
        "webhook_subscription.tenant_id, webhook_subscription.event, webhook_subscription.url" => {
            Constraint::SubscriptionIdentity
        }
        _ => return None,
    })
}

/// By SQLSTATE (<https://www.postgresql.org/docs/15/errcodes-appendix.html>).
fn of_postgres(error: &PgDatabaseError) -> Verdict {
    let unavailable = match error.code() {
        // Unique violation: the index has the name that the domain knows the rule by.
        "23505" => {
            let name = error.constraint().unwrap_or_default();
            return Constraint::parse("constraint", name).map_or(Verdict::Other, Verdict::Conflict);
        }
        // Read-only (a standby), lock not available, statement cancelled, idle for too long.
        "25006" | "25P03" | "55P03" | "57014" => true,
        // Connection failures, resources (disk full, too many connections), serialisation and
        // deadlock, shutting down or starting up, IO.
        code => ["08", "53", "40", "57P", "58"].iter().any(|class| code.starts_with(class)),
    };
    if unavailable { Verdict::Unavailable } else { Verdict::Other }
}

//! PostgreSQL's advisory locks of the outbox, held to the end of the unit of work. On SQLite the
//! one writer is lock enough.

use podarmor_domain::store::StoreError;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::error::fault;

/// The key that expanders take: the letters `PodAexpd`.
const EXPANSION: i64 = 0x506f_6441_6578_7064;
/// The key that those who record facts share: the letters `PodAfact`.
const FACTS: i64 = 0x506f_6441_6661_6374;

/// Why the lock is taken.
#[derive(Clone, Copy)]
pub(crate) enum Advisory {
    /// To expand facts: one at a time, so that events become visible in the order of positions.
    Expand,
    /// To record a fact, beside others who do.
    RecordFact,
    /// To know all facts recorded so far, while nobody records one.
    KnowFacts,
}

/// Waits for the lock.
pub(crate) async fn lock(why: Advisory, db: &impl ConnectionTrait) -> Result<(), StoreError> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let (sql, key) = match why {
        Advisory::Expand => ("SELECT pg_advisory_xact_lock($1)", EXPANSION),
        Advisory::RecordFact => ("SELECT pg_advisory_xact_lock_shared($1)", FACTS),
        Advisory::KnowFacts => ("SELECT pg_advisory_xact_lock($1)", FACTS),
    };
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [key.into()]);
    db.execute_raw(statement).await.map(drop).map_err(fault)
}

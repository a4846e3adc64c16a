//! One unit of work. What can be done in it is in `repo/`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use async_trait::async_trait;
use podarmor_domain::access::{SystemScope, TenantScope};
use podarmor_domain::ports::Clock;
use podarmor_domain::store::{StoreError, SystemTx, TenantTx};
use podarmor_domain::{Sha256, Timestamp};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use crate::error::{fault, other};
use crate::row::Row;
use crate::signal::{CHANNEL, Waker};

/// A transaction that was begun and not yet committed; dropped, it is rolled back.
pub(crate) struct Tx {
    pub(crate) db: Connection,
    pub(crate) scope: SystemScope,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Tx {
    /// The clock that all replicas share.
    pub(crate) async fn now(&self) -> Result<Timestamp, StoreError> {
        self.db.now(&*self.clock).await
    }
}

/// The same, of one tenant.
pub(crate) struct TenantUnit {
    pub(crate) db: Connection,
    pub(crate) scope: TenantScope,
    pub(crate) clock: Arc<dyn Clock>,
}

impl TenantUnit {
    /// The clock that all replicas share.
    pub(crate) async fn now(&self) -> Result<Timestamp, StoreError> {
        self.db.now(&*self.clock).await
    }
}

#[async_trait]
impl SystemTx for Tx {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.db.commit().await
    }
}

#[async_trait]
impl TenantTx for TenantUnit {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.db.commit().await
    }
}

/// PostgreSQL answers COMMIT with success after a statement failed, and has rolled back;
/// SQLite would commit the rest. Neither is what a unit of work means.
#[derive(Debug, thiserror::Error)]
#[error("a statement of this unit of work failed: it cannot be committed")]
struct Broken;

/// The time of PostgreSQL's server, in microseconds since the epoch.
pub(crate) const SERVER_TIME: &str = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// The transaction's connection, which remembers that a statement failed, and that there will be
/// work when it is committed.
pub(crate) struct Connection {
    tx: DatabaseTransaction,
    failed: AtomicBool,
    woken: AtomicBool,
    waker: Waker,
    /// What the server's clock said, and when.
    time: OnceLock<(Timestamp, Instant)>,
}

impl Connection {
    /// Begins. On SQLite the write lock is taken at once: a transaction that reads first and
    /// asks for it later is refused without waiting when somebody else wrote in between. On
    /// PostgreSQL it is READ COMMITTED, and whoever decides over what it read locks it first.
    pub(crate) async fn begin(db: &DatabaseConnection, waker: &Waker) -> Result<Self, StoreError> {
        let immediate = Some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode: immediate, ..Default::default() };
        let tx = db.begin_with_options(options).await.map_err(fault)?;
        let (failed, woken) = (AtomicBool::new(false), AtomicBool::new(false));
        Ok(Self { tx, failed, woken, waker: waker.clone(), time: OnceLock::new() })
    }

    /// Waits until no other unit of work holds the lock of this name, and holds it until this one
    /// ends. On SQLite the unit of work is the only one anyway. Two names that share a number merely
    /// wait for each other.
    pub(crate) async fn lock_name(&self, name: &Sha256) -> Result<(), StoreError> {
        if self.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let number = name.as_bytes().iter().take(8).fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
        let lock = "SELECT pg_advisory_xact_lock($1)";
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, lock, [number.into()]);
        self.execute_raw(lock).await.map(drop).map_err(fault)
    }

    async fn commit(self) -> Result<(), StoreError> {
        if self.failed.into_inner() {
            return Err(other(Broken));
        }
        let woken = self.woken.into_inner();
        if woken && self.tx.get_database_backend() == DbBackend::Postgres {
            let notify = Statement::from_string(DbBackend::Postgres, format!("SELECT pg_notify('{CHANNEL}', '')"));
            self.tx.execute_raw(notify).await.map_err(fault)?;
        }
        self.tx.commit().await.map_err(fault)?;
        if woken {
            self.waker.wake();
        }
        Ok(())
    }

    /// Once this is committed, those who dispatch have work.
    pub(crate) fn wake(&self) {
        self.woken.store(true, Ordering::Relaxed);
    }

    /// The clock that all replicas share: on PostgreSQL the server's, asked once. The processes
    /// on one SQLite file are on one machine.
    async fn now(&self, clock: &dyn Clock) -> Result<Timestamp, StoreError> {
        if self.get_database_backend() != DbBackend::Postgres {
            return Ok(clock.now());
        }
        if let Some((time, asked)) = self.time.get() {
            return Ok(time.plus(asked.elapsed()));
        }
        let ask = Statement::from_string(DbBackend::Postgres, format!("SELECT {SERVER_TIME}"));
        let Some(row) = self.query_one_raw(ask).await.map_err(fault)? else { return Ok(clock.now()) };
        let time = Row::new(&row).time()?;
        // Two that ask at once agree closely enough.
        let _ = self.time.set((time, Instant::now()));
        Ok(time)
    }

    fn note<T>(&self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        if result.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        result
    }
}

#[async_trait]
impl ConnectionTrait for Connection {
    fn get_database_backend(&self) -> DbBackend {
        self.tx.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.note(self.tx.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.note(self.tx.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.note(self.tx.query_one_raw(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.note(self.tx.query_all_raw(statement).await)
    }
}

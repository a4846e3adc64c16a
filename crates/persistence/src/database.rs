//! The open database, and the domain's [`Store`] over it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use podarmor_domain::access::{SystemScope, TenantScope};
use podarmor_domain::ports::Clock;
use podarmor_domain::store::{Store, StoreError, SystemReads, SystemTx, TenantReads, TenantTx};
use podarmor_migrations::MigrateError;
use sea_orm::DatabaseConnection;
use sea_orm::sea_query::{Expr, Query};

use crate::error::fault;
use crate::reads::{System, Tenant};
use crate::signal::{Elsewhere, OutboxSignal, Waker};
use crate::tx::{Connection, TenantUnit, Tx};

/// An open database. Cloning it shares the connections.
#[derive(Clone)]
pub struct Database {
    /// On SQLite the one connection that writes; on PostgreSQL the pool.
    writer: DatabaseConnection,
    /// On SQLite the connections that cannot write; on PostgreSQL the same pool.
    reader: DatabaseConnection,
    clock: Arc<dyn Clock>,
    waker: Waker,
    elsewhere: Elsewhere,
}

impl Database {
    pub(crate) fn new(
        writer: DatabaseConnection,
        reader: DatabaseConnection,
        clock: Arc<dyn Clock>,
        elsewhere: Elsewhere,
    ) -> Self {
        Self { writer, reader, clock, waker: Waker::new(), elsewhere }
    }

    /// Begins to listen for new work in the outbox, by this process and by others: on PostgreSQL
    /// over a connection of its own, on SQLite by looking at the file four times a second. Within
    /// a tokio runtime only.
    #[must_use]
    pub fn outbox_signal(&self) -> OutboxSignal {
        OutboxSignal::new(&self.waker, self.elsewhere.clone())
    }

    /// Brings the schema up to date: all of what is pending, or nothing. Waits while another
    /// process does it.
    ///
    /// # Errors
    /// [`MigrateError`]; the database is then as it was.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        podarmor_migrations::migrate(&self.writer).await
    }

    /// Takes the last `steps` migrations back, with the data in their tables.
    ///
    /// # Errors
    /// [`MigrateError`]; the database is then as it was.
    pub async fn roll_back(&self, steps: u32) -> Result<(), MigrateError> {
        podarmor_migrations::roll_back(&self.writer, steps).await
    }

    /// Closes all connections, after what they are doing. On SQLite the last process to do so
    /// folds the write-ahead log into the file.
    pub async fn close(&self) {
        for connection in [&self.reader, &self.writer] {
            // Closing a pool cannot fail; only a connection that is none could.
            let _ = connection.close_by_ref().await;
        }
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("backend", &self.writer.get_database_backend()).finish_non_exhaustive()
    }
}

/// How long the database may take to show that it is there.
const PING: Duration = Duration::from_secs(2);

#[async_trait]
impl Store for Database {
    fn read(&self, scope: TenantScope) -> Box<dyn TenantReads> {
        Box::new(Tenant { db: self.reader.clone(), scope, clock: self.clock.clone() })
    }

    async fn write(&self, scope: TenantScope) -> Result<Box<dyn TenantTx>, StoreError> {
        let db = Connection::begin(&self.writer, &self.waker).await?;
        Ok(Box::new(TenantUnit { db, scope, clock: self.clock.clone() }))
    }

    async fn system(&self, scope: SystemScope) -> Result<Box<dyn SystemTx>, StoreError> {
        let db = Connection::begin(&self.writer, &self.waker).await?;
        Ok(Box::new(Tx { db, scope, clock: self.clock.clone() }))
    }

    fn system_read(&self, scope: SystemScope) -> Box<dyn SystemReads> {
        Box::new(System { db: self.reader.clone(), scope, clock: self.clock.clone() })
    }

    async fn ping(&self) -> Result<(), StoreError> {
        use sea_orm::ConnectionTrait as _;
        // A look into a table: `SELECT 1` alone would not touch a SQLite file.
        let look = Query::select().expr(Expr::val(1)).from("tenant").limit(1).take();
        match tokio::time::timeout(PING, self.reader.query_one(&look)).await {
            Ok(answer) => answer.map(drop).map_err(fault),
            Err(_) => Err(StoreError::Unavailable("no answer within two seconds".into())),
        }
    }
}

//! The attempts that the login limit counts. What the limit is, the domain decides.

use async_trait::async_trait;
use podarmor_domain::access::{AttemptKey, LoginAttempts};
use podarmor_domain::store::StoreError;
use podarmor_domain::{Sha256, Timestamp};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbBackend, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
    Statement,
};

use crate::entity::login_attempt::{ActiveModel, Column, Entity};
use crate::error::fault;
use crate::reads;
use crate::scoped::{delete, insert_all, platform};
use crate::tx::Tx;

impl Tx {
    /// Waits until no other unit of work decides over this key, and then reads the clock that all
    /// replicas share. On SQLite the unit of work is the only one anyway.
    async fn lock_key(&self, key: &AttemptKey) -> Result<Timestamp, StoreError> {
        if self.db.get_database_backend() == DbBackend::Postgres {
            let lock = "SELECT pg_advisory_xact_lock($1)";
            let lock = Statement::from_sql_and_values(DbBackend::Postgres, lock, [lock_number(key).into()]);
            self.db.execute_raw(lock).await.map_err(fault)?;
        }
        self.now().await
    }
}

/// A number that stands for the key. Two keys that share one merely wait for each
/// other.
fn lock_number(key: &AttemptKey) -> i64 {
    let hash = Sha256::of(format!("login attempts of {key}").as_bytes());
    hash.as_bytes().iter().take(8).fold(0, |number, byte| number << 8 | i64::from(*byte))
}

#[async_trait]
impl LoginAttempts for Tx {
    async fn lock_attempts(&self, key: &AttemptKey) -> Result<(Timestamp, Vec<Timestamp>), StoreError> {
        let now = self.lock_key(key).await?;
        let select = platform::<Entity>(self.scope)
            .filter(Column::Address.eq(key.as_str()))
            .column(Column::AttemptedAt)
            .order_by_asc(Column::AttemptedAt);
        Ok((now, reads::all(select, &self.db, |row| row.time()).await?))
    }

    async fn replace_attempts(&self, key: &AttemptKey, attempts: &[Timestamp]) -> Result<(), StoreError> {
        self.clear_attempts(key).await?;
        let row = |at: &Timestamp| {
            let address = Set(key.as_str().to_owned());
            ActiveModel { address, attempted_at: Set(at.micros()), ..Default::default() }
        };
        insert_all(self.scope, attempts.iter().map(row).collect(), &self.db).await
    }

    async fn clear_attempts(&self, key: &AttemptKey) -> Result<u64, StoreError> {
        let statement = delete::<Entity>(self.scope).filter(Column::Address.eq(key.as_str()));
        Ok(statement.exec(&self.db).await.map_err(fault)?.rows_affected)
    }

    async fn purge_attempts(&self, before: Timestamp) -> Result<u64, StoreError> {
        let statement = delete::<Entity>(self.scope).filter(Column::AttemptedAt.lt(before.micros()));
        Ok(statement.exec(&self.db).await.map_err(fault)?.rows_affected)
    }
}

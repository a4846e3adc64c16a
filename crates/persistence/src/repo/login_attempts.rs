//! The attempts that the login limit counts. What the limit is, the domain decides.

use async_trait::async_trait;
use podarmor_domain::access::{AttemptKey, LoginAttempts};
use podarmor_domain::store::StoreError;
use podarmor_domain::{Sha256, Timestamp};
use sea_orm::{ColumnTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set};

use crate::entity::login_attempt::{ActiveModel, Column, Entity};
use crate::error::fault;
use crate::reads;
use crate::scoped::{delete, insert_all, platform};
use crate::tx::Tx;

/// The name of the lock that stands for an address.
fn lock_name(key: &AttemptKey) -> Sha256 {
    Sha256::of(format!("login attempts of {key}").as_bytes())
}

#[async_trait]
impl LoginAttempts for Tx {
    async fn lock_attempts(&self, key: &AttemptKey) -> Result<(Timestamp, Vec<Timestamp>), StoreError> {
        self.db.lock_name(&lock_name(key)).await?;
        // Only now: whoever waited must not decide by the time at which it began to.
        let now = self.now().await?;
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

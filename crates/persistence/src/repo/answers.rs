//! Answers that are kept to be given again.

use async_trait::async_trait;
use podarmor_domain::idempotency::{AnswerPurge, AnswerSlot, Answers, RecordedAnswer};
use podarmor_domain::secret::Sealed;
use podarmor_domain::store::StoreError;
use podarmor_domain::{Sha256, Timestamp};
use sea_orm::{ColumnTrait as _, QueryFilter as _, QuerySelect as _, Set};

use crate::entity::kept_answer::{ActiveModel, Column, Entity};
use crate::error::fault;
use crate::reads;
use crate::row::Row;
use crate::scoped::{delete, delete_owned, insert_owned, owned};
use crate::tx::{TenantUnit, Tx};

fn read(row: &mut Row<'_>) -> Result<RecordedAnswer, StoreError> {
    let request = row.hash()?;
    Ok(RecordedAnswer { request, at: row.time()?, answer: Sealed::from_bytes(row.get()?) })
}

impl TenantUnit {
    /// The name of the lock that stands for a slot that may have no row yet.
    fn lock_name(&self, slot: &AnswerSlot) -> Sha256 {
        Sha256::of(format!("answer {} {}", self.scope.tenant(), slot.hash).as_bytes())
    }
}

#[async_trait]
impl Answers for TenantUnit {
    async fn lock_answer(&self, slot: &AnswerSlot) -> Result<Option<RecordedAnswer>, StoreError> {
        self.db.lock_name(&self.lock_name(slot)).await?;
        let select = owned::<Entity>(self.scope).filter(Column::Slot.eq(slot.hash.to_string())).columns([
            Column::Request,
            Column::GivenAt,
            Column::Sealed,
        ]);
        reads::one(select, &self.db, read).await
    }

    async fn put_answer(&self, slot: &AnswerSlot, answer: &RecordedAnswer) -> Result<(), StoreError> {
        let outdated = delete_owned::<Entity>(self.scope).filter(Column::Slot.eq(slot.hash.to_string()));
        outdated.exec(&self.db).await.map_err(fault)?;
        let row = ActiveModel {
            slot: Set(slot.hash.to_string()),
            user_id: Set(slot.user.uuid()),
            request: Set(answer.request.to_string()),
            given_at: Set(answer.at.micros()),
            sealed: Set(answer.answer.as_bytes().to_vec()),
            ..Default::default()
        };
        insert_owned(self.scope, row, &self.db).await
    }
}

#[async_trait]
impl AnswerPurge for Tx {
    async fn purge_answers(&self, before: Timestamp) -> Result<u64, StoreError> {
        let statement = delete::<Entity>(self.scope).filter(Column::GivenAt.lt(before.micros()));
        Ok(statement.exec(&self.db).await.map_err(fault)?.rows_affected)
    }
}

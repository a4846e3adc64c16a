//! Answers that are kept to be given again.

use async_trait::async_trait;

use super::unit::{TenantUnit, Unit};
use crate::Timestamp;
use crate::idempotency::{AnswerPurge, AnswerSlot, Answers, RecordedAnswer};
use crate::store::StoreError;

#[async_trait]
impl Answers for TenantUnit {
    async fn lock_answer(&self, slot: &AnswerSlot) -> Result<Option<RecordedAnswer>, StoreError> {
        Ok(self.unit.look().answers.get(&(self.tenant, *slot)).cloned())
    }

    async fn put_answer(&self, slot: &AnswerSlot, answer: &RecordedAnswer) -> Result<(), StoreError> {
        self.unit.change(|state| state.answers.insert((self.tenant, *slot), answer.clone()));
        Ok(())
    }
}

#[async_trait]
impl AnswerPurge for Unit {
    async fn purge_answers(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(self.change(|state| {
            let there = state.answers.len();
            state.answers.retain(|_, answer| answer.at >= before);
            (there - state.answers.len()) as u64
        }))
    }
}

//! Keeping answers.

use async_trait::async_trait;

use crate::Timestamp;
use crate::idempotency::{AnswerSlot, RecordedAnswer};
use crate::store::StoreError;

/// The answers kept for the tenant of the unit of work.
#[async_trait]
pub trait Answers: Send + Sync {
    /// Waits until no other unit of work uses this slot, keeps it until this one ends, and
    /// answers what is there.
    async fn lock_answer(&self, slot: &AnswerSlot) -> Result<Option<RecordedAnswer>, StoreError>;

    /// Keeps an answer, in place of the one that is there. Goes with its user.
    async fn put_answer(&self, slot: &AnswerSlot, answer: &RecordedAnswer) -> Result<(), StoreError>;
}

/// Forgetting answers.
#[async_trait]
pub trait AnswerPurge: Send + Sync {
    /// Deletes the answers that were given before; answers how many.
    async fn purge_answers(&self, before: Timestamp) -> Result<u64, StoreError>;
}

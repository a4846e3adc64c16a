//! Forgetting answers that are past their time.

use std::sync::Arc;

use crate::Timestamp;
use crate::access::SystemScope;
use crate::error::Error;
use crate::idempotency::IdempotencyKey;
use crate::ports::Clock;
use crate::store::Store;

/// Forgets kept answers.
#[derive(Clone)]
pub struct IdempotencyService {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl IdempotencyService {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Deletes the answers that are older than [`IdempotencyKey::LIFETIME`].
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn purge(&self, scope: SystemScope) -> Result<u64, Error> {
        let lifetime = i64::try_from(IdempotencyKey::LIFETIME.as_micros()).unwrap_or(i64::MAX);
        let before = Timestamp::from_micros(self.clock.now().micros() - lifetime);
        let tx = self.store.system(scope).await?;
        let purged = tx.purge_answers(before).await?;
        tx.commit().await?;
        Ok(purged)
    }
}

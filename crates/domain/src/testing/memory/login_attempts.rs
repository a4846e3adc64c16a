//! The recorded sign-in attempts. There is one writer, so every decision is serialised.

use async_trait::async_trait;

use super::unit::Unit;
use crate::Timestamp;
use crate::access::{AttemptKey, LoginAttempts};
use crate::store::StoreError;

#[async_trait]
impl LoginAttempts for Unit {
    async fn lock_attempts(&self, key: &AttemptKey) -> Result<(Timestamp, Vec<Timestamp>), StoreError> {
        let recorded = self.look().attempts.get(key).cloned().unwrap_or_default();
        Ok((self.shared.clock.now(), recorded))
    }

    async fn replace_attempts(&self, key: &AttemptKey, attempts: &[Timestamp]) -> Result<(), StoreError> {
        self.change(|state| state.attempts.insert(key.clone(), attempts.to_vec()));
        Ok(())
    }

    async fn clear_attempts(&self, key: &AttemptKey) -> Result<u64, StoreError> {
        Ok(self.change(|state| state.attempts.remove(key)).map_or(0, |attempts| attempts.len() as u64))
    }

    async fn purge_attempts(&self, before: Timestamp) -> Result<u64, StoreError> {
        let count = |unit: &Self| unit.look().attempts.values().map(Vec::len).sum::<usize>();
        let recorded = count(self);
        self.change(|state| {
            for attempts in state.attempts.values_mut() {
                attempts.retain(|at| *at >= before);
            }
            state.attempts.retain(|_, attempts| !attempts.is_empty());
        });
        Ok((recorded - count(self)) as u64)
    }
}

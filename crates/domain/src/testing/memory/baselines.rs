//! Baselines.

use async_trait::async_trait;

use super::state::State;
use super::unit::Unit;
use crate::Sha256;
use crate::baseline::{Baseline, RecordedBaselines};
use crate::id::ImageId;
use crate::store::{Constraint, StoreError};

impl State {
    /// The current baseline of an image.
    pub(super) fn newest_baseline(&self, image: ImageId) -> Option<&Baseline> {
        let theirs = self.baselines.iter().filter(|baseline| baseline.image == image);
        theirs.max_by_key(|baseline| (baseline.scanned_at, baseline.id))
    }
}

#[async_trait]
impl RecordedBaselines for Unit {
    async fn find_baseline(&self, image: ImageId, content: Sha256) -> Result<Option<Baseline>, StoreError> {
        let same = |baseline: &&Baseline| baseline.image == image && baseline.content == content;
        Ok(self.look().baselines.iter().find(same).cloned())
    }

    async fn insert_baseline(&self, baseline: &Baseline) -> Result<(), StoreError> {
        if self.find_baseline(baseline.image, baseline.content).await?.is_some() {
            return Err(StoreError::Conflict(Constraint::BaselineIdentity));
        }
        self.change(|state| state.baselines.push(baseline.clone()));
        Ok(())
    }
}

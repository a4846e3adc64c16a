//! Keeping baselines. They are read with their image.

use async_trait::async_trait;

use crate::Sha256;
use crate::baseline::Baseline;
use crate::id::ImageId;
use crate::store::StoreError;

/// Recording baselines.
#[async_trait]
pub trait RecordedBaselines: Send + Sync {
    /// The baseline of this image that came from this report.
    async fn find_baseline(&self, image: ImageId, content: Sha256) -> Result<Option<Baseline>, StoreError>;

    /// Records a baseline. The one with the newest scan time is current.
    async fn insert_baseline(&self, baseline: &Baseline) -> Result<(), StoreError>;
}

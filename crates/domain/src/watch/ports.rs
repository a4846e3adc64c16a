//! Keeping watches.

use async_trait::async_trait;

use crate::id::WatchId;
use crate::paging::PageRequest;
use crate::scan::VulnerabilityId;
use crate::store::StoreError;
use crate::watch::{Watch, WatchPosition, Watched};

/// The watches of the tenant of the handle. A match is a finding of the latest scan of a version
/// of a licensed image that has the watched id, or has it among its related ids.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Watches: Send + Sync {
    /// Up to `limit + 1` watches behind the position, newest first, with their matches. At most
    /// two statements.
    async fn list_watches(&self, page: &PageRequest<WatchPosition>) -> Result<Vec<Watched>, StoreError>;

    /// How many watches there are, counting to `stop_at`.
    async fn count_watches(&self, stop_at: u64) -> Result<u64, StoreError>;

    /// One watch with its matches.
    async fn find_watch(&self, id: WatchId) -> Result<Option<Watched>, StoreError>;
}

/// Changing the watches of the tenant of the unit of work.
#[async_trait]
pub trait WatchWrites: Send + Sync {
    /// Serialises changes of watches of this tenant, and answers how many it has.
    async fn lock_watches(&self) -> Result<u64, StoreError>;

    /// The watch on this id.
    async fn watch_on(&self, vulnerability: &VulnerabilityId) -> Result<Option<Watch>, StoreError>;

    /// Records a watch. It concerns facts that are recorded from now on: whatever is being
    /// recorded at this moment is waited for, so that its matches are seen by who asks for them
    /// after the commit, and no fact falls between.
    async fn insert_watch(&self, watch: &Watch) -> Result<(), StoreError>;

    /// A watch with its matches, as they are in this unit of work.
    async fn watched(&self, watch: Watch) -> Result<Watched, StoreError>;

    /// Deletes a watch; `false` when there is none.
    async fn delete_watch(&self, id: WatchId) -> Result<bool, StoreError>;
}

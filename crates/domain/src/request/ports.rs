//! Keeping feature requests.

use async_trait::async_trait;

use crate::id::{FeatureRequestId, ImageId};
use crate::paging::PageRequest;
use crate::request::{FeatureRequest, RequestFilter, RequestPosition};
use crate::store::StoreError;
use crate::tenant::TenantSlug;

/// The requests of the tenant of the handle.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Requests: Send + Sync {
    /// Up to `limit + 1` requests behind the position, newest first. One statement.
    async fn list_requests(
        &self,
        filter: &RequestFilter,
        page: &PageRequest<RequestPosition>,
    ) -> Result<Vec<FeatureRequest>, StoreError>;

    /// How many requests pass, counting to `stop_at`.
    async fn count_requests(&self, filter: &RequestFilter, stop_at: u64) -> Result<u64, StoreError>;

    /// One request of this tenant. One statement.
    async fn find_request(&self, id: FeatureRequestId) -> Result<Option<FeatureRequest>, StoreError>;
}

/// Filing requests of the tenant of the unit of work.
#[async_trait]
pub trait RequestWrites: Send + Sync {
    /// Serialises the filing of requests of this tenant, and answers how many it has, counting to
    /// [`RequestService::MOST`](super::RequestService::MOST).
    async fn lock_requests(&self) -> Result<u64, StoreError>;

    /// Whether the tenant is licensed for this image.
    async fn may_see_image(&self, image: ImageId) -> Result<bool, StoreError>;

    /// Records a request of this tenant.
    async fn insert_request(&self, request: &FeatureRequest) -> Result<(), StoreError>;
}

/// The requests of every tenant, as the operator reads them.
#[async_trait]
pub trait AllRequests: Send + Sync {
    /// As [`Requests::list_requests`], of one tenant or of all, with whose each is.
    async fn list_all_requests(
        &self,
        tenant: Option<TenantSlug>,
        filter: &RequestFilter,
        page: &PageRequest<RequestPosition>,
    ) -> Result<Vec<(TenantSlug, FeatureRequest)>, StoreError>;

    /// One request of any tenant.
    async fn find_any_request(&self, id: FeatureRequestId) -> Result<Option<(TenantSlug, FeatureRequest)>, StoreError>;
}

/// Deciding over requests.
#[async_trait]
pub trait RequestTriage: Send + Sync {
    /// One request of any tenant, which nobody else changes until the unit of work ends.
    async fn lock_request(&self, id: FeatureRequestId) -> Result<Option<FeatureRequest>, StoreError>;

    /// Overwrites status, reply, history and when it was changed.
    async fn update_request(&self, request: &FeatureRequest) -> Result<(), StoreError>;
}

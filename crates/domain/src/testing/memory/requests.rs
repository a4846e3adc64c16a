//! Feature requests.

use async_trait::async_trait;

use super::state::State;
use super::unit::{TenantUnit, Unit};
use super::{AllReads, Reads, capped};
use crate::id::{FeatureRequestId, ImageId, TenantId};
use crate::paging::PageRequest;
use crate::request::{
    AllRequests, FeatureRequest, RequestFilter, RequestPosition, RequestService, RequestTriage, RequestWrites, Requests,
};
use crate::store::StoreError;
use crate::tenant::TenantSlug;

impl State {
    /// The requests that pass, newest first, each with the name that its author has today.
    fn requests(&self, tenant: Option<TenantId>, filter: &RequestFilter) -> Vec<(TenantId, FeatureRequest)> {
        let theirs = self.requests.values().filter(|(owner, _)| tenant.is_none_or(|tenant| tenant == *owner));
        let mut found: Vec<_> = theirs.filter(|(_, request)| filter.passes(request)).cloned().collect();
        for (_, request) in &mut found {
            request.author.name = self.users.get(&request.author.id).map(|stored| stored.user.name.clone());
        }
        found.sort_unstable_by_key(|(_, request)| std::cmp::Reverse(request.position()));
        found
    }

    fn request(&self, tenant: Option<TenantId>, id: FeatureRequestId) -> Option<(TenantId, FeatureRequest)> {
        self.requests(tenant, &RequestFilter::default()).into_iter().find(|(_, request)| request.id == id)
    }

    fn slug_of(&self, tenant: TenantId) -> Option<TenantSlug> {
        self.tenants.get(&tenant).map(|tenant| tenant.slug.clone())
    }
}

/// The page behind its position, and one entry more.
fn page<T>(
    all: Vec<T>,
    page: &PageRequest<RequestPosition>,
    position: impl Fn(&T) -> RequestPosition,
) -> impl Iterator<Item = T> {
    let after = page.after;
    let behind = move |it: &T| after.is_none_or(|after| position(it) < after);
    all.into_iter().filter(behind).take(page.limit.get() as usize + 1)
}

#[async_trait]
impl Requests for Reads {
    async fn list_requests(
        &self,
        filter: &RequestFilter,
        asked: &PageRequest<RequestPosition>,
    ) -> Result<Vec<FeatureRequest>, StoreError> {
        let all = self.shared.snapshot().requests(Some(self.tenant), filter);
        Ok(page(all, asked, |(_, request)| request.position()).map(|(_, request)| request).collect())
    }

    async fn count_requests(&self, filter: &RequestFilter, stop_at: u64) -> Result<u64, StoreError> {
        Ok(capped(self.shared.snapshot().requests(Some(self.tenant), filter).len(), stop_at))
    }

    async fn find_request(&self, id: FeatureRequestId) -> Result<Option<FeatureRequest>, StoreError> {
        Ok(self.shared.snapshot().request(Some(self.tenant), id).map(|(_, request)| request))
    }
}

#[async_trait]
impl RequestWrites for TenantUnit {
    async fn lock_requests(&self) -> Result<u64, StoreError> {
        let all = self.unit.look().requests(Some(self.tenant), &RequestFilter::default());
        Ok(capped(all.len(), RequestService::MOST))
    }

    async fn may_see_image(&self, image: ImageId) -> Result<bool, StoreError> {
        Ok(self.unit.look().licensed(self.tenant, image).is_some())
    }

    async fn insert_request(&self, request: &FeatureRequest) -> Result<(), StoreError> {
        self.unit.change(|state| state.requests.insert(request.id, (self.tenant, request.clone())));
        Ok(())
    }
}

#[async_trait]
impl AllRequests for AllReads {
    async fn list_all_requests(
        &self,
        tenant: Option<TenantSlug>,
        filter: &RequestFilter,
        asked: &PageRequest<RequestPosition>,
    ) -> Result<Vec<(TenantSlug, FeatureRequest)>, StoreError> {
        let state = self.shared.snapshot();
        let all = state.requests(None, filter).into_iter();
        let named = all.filter_map(|(owner, request)| Some((state.slug_of(owner)?, request)));
        let all = named.filter(|(slug, _)| tenant.as_ref().is_none_or(|tenant| tenant == slug)).collect();
        Ok(page(all, asked, |(_, request)| request.position()).collect())
    }

    async fn find_any_request(&self, id: FeatureRequestId) -> Result<Option<(TenantSlug, FeatureRequest)>, StoreError> {
        let state = self.shared.snapshot();
        Ok(state.request(None, id).and_then(|(owner, request)| Some((state.slug_of(owner)?, request))))
    }
}

#[async_trait]
impl RequestTriage for Unit {
    async fn lock_request(&self, id: FeatureRequestId) -> Result<Option<FeatureRequest>, StoreError> {
        Ok(self.look().request(None, id).map(|(_, request)| request))
    }

    async fn update_request(&self, request: &FeatureRequest) -> Result<(), StoreError> {
        self.change(|state| {
            if let Some((_, stored)) = state.requests.get_mut(&request.id) {
                stored.status = request.status;
                stored.reply.clone_from(&request.reply);
                stored.history.clone_from(&request.history);
                stored.updated_at = request.updated_at;
            }
        });
        Ok(())
    }
}

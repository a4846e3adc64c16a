//! What the operator does with requests.

use std::sync::Arc;

use crate::access::SystemScope;
use crate::error::Error;
use crate::id::FeatureRequestId;
use crate::paging::{Page, PageRequest};
use crate::ports::Clock;
use crate::request::{FeatureRequest, Reply, RequestFilter, RequestStatus, StatusChange};
use crate::store::Store;
use crate::tenant::TenantSlug;

/// What the operator decides or says; whatever is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruling {
    /// What becomes of the request.
    pub status: Option<RequestStatus>,
    /// What is said to it.
    pub reply: Option<Reply>,
}

/// Reads the requests of all tenants and decides over them.
#[derive(Clone)]
pub struct TriageService {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl TriageService {
    /// A request has at most so many changes in its history.
    pub const MOST_CHANGES: usize = 100;

    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// All requests that pass, of one tenant or of every one, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a tenant; [`Error::Store`].
    pub async fn list(
        &self,
        scope: SystemScope,
        tenant: Option<&TenantSlug>,
        filter: &RequestFilter,
    ) -> Result<Vec<(TenantSlug, FeatureRequest)>, Error> {
        if let Some(slug) = tenant {
            let found = self.store.system(scope).await?.find_tenant(slug).await?;
            found.ok_or_else(|| Error::NotFound(format!("tenant {slug}")))?;
        }
        let reads = self.store.system_read(scope);
        let mut all = Vec::new();
        let mut page = PageRequest::default();
        loop {
            let found = reads.list_all_requests(tenant.cloned(), filter, &page).await?;
            let answer = Page::cut(found, page.limit, |(_, request)| request.position());
            all.extend(answer.items);
            page.after = answer.next;
            if page.after.is_none() {
                return Ok(all);
            }
        }
    }

    /// One request, and whose it is.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Store`].
    pub async fn get(&self, scope: SystemScope, id: FeatureRequestId) -> Result<(TenantSlug, FeatureRequest), Error> {
        let found = self.store.system_read(scope).find_any_request(id).await?;
        found.ok_or_else(|| Error::NotFound(format!("feature request {id}")))
    }

    /// Decides or says something, which stands in the history from then on. A ruling that says
    /// nothing new changes nothing. Answers the request as it is now, and whether it changed.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when the history is full; [`Error::Store`].
    pub async fn rule(
        &self,
        scope: SystemScope,
        id: FeatureRequestId,
        ruling: Ruling,
    ) -> Result<(FeatureRequest, bool), Error> {
        let tx = self.store.system(scope).await?;
        let found = tx.lock_request(id).await?;
        let mut request = found.ok_or_else(|| Error::NotFound(format!("feature request {id}")))?;
        let status = ruling.status.unwrap_or(request.status);
        if ruling.reply.is_none() && status == request.status {
            return Ok((request, false));
        }
        if request.history.len() >= Self::MOST_CHANGES {
            return Err(Error::Conflict(format!("A feature request has at most {} changes.", Self::MOST_CHANGES)));
        }
        let now = self.clock.now();
        request.status = status;
        request.reply = ruling.reply.clone().or(request.reply);
        request.updated_at = now;
        request.history.push(StatusChange { at: now, status, reply: ruling.reply });
        tx.update_request(&request).await?;
        tx.commit().await?;
        Ok((request, true))
    }
}

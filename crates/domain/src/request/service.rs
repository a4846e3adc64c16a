//! What a tenant does with its requests.

use std::sync::Arc;

use crate::FieldError;
use crate::access::{Authorized, RequestsRead, RequestsWrite};
use crate::error::Error;
use crate::id::{self, FeatureRequestId, ImageId};
use crate::idempotency::{Once, Outcome};
use crate::paging::{Page, PageRequest, Total};
use crate::ports::{Clock, Random};
use crate::request::{Author, FeatureRequest, RequestFilter, RequestPosition, RequestStatus, Wish};
use crate::store::{Store, TenantTx};

/// Files and reads the requests of a tenant.
#[derive(Clone)]
pub struct RequestService {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl RequestService {
    /// A tenant has at most so many requests.
    pub const MOST: u64 = 10_000;

    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { store, clock, random }
    }

    /// Files a request, once.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `imageId` for an image that the tenant is not licensed for, whether
    /// there is one or not; [`Error::Conflict`] when the tenant has [`RequestService::MOST`]
    /// requests; as [`Once::replay`]; [`Error::Store`].
    pub async fn file(
        &self,
        who: &Authorized<RequestsWrite>,
        wish: Wish,
        once: Option<&Once<'_, FeatureRequest>>,
    ) -> Result<Outcome<FeatureRequest>, Error> {
        let now = self.clock.now();
        let tx = self.store.write(who.scope()).await?;
        if let Some(answer) = Once::replay(once, who, &*tx, now).await? {
            return Ok(Outcome::Replayed(answer));
        }
        require_visible(&*tx, wish.image).await?;
        if tx.lock_requests().await? >= Self::MOST {
            return Err(Error::Conflict(format!("A tenant has at most {} feature requests.", Self::MOST)));
        }
        let user = tx.user_record(who.member()?.user()).await?.ok_or(Error::Unauthenticated)?.user;
        let request = FeatureRequest {
            id: FeatureRequestId::from_uuid(id::fresh(&*self.clock, &*self.random)),
            wish,
            status: RequestStatus::Open,
            reply: None,
            history: Vec::new(),
            author: Author { id: user.id, name: Some(user.name) },
            created_at: now,
            updated_at: now,
        };
        tx.insert_request(&request).await?;
        Once::record(once, who, &*tx, now, &request).await?;
        tx.commit().await?;
        Ok(Outcome::Done(request))
    }

    /// The tenant's requests, newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(
        &self,
        who: &Authorized<RequestsRead>,
        filter: &RequestFilter,
        page: &PageRequest<RequestPosition>,
    ) -> Result<Page<FeatureRequest, RequestPosition>, Error> {
        let reads = self.store.read(who.scope());
        let found = reads.list_requests(filter, page).await?;
        let mut answer = Page::cut(found, page.limit, FeatureRequest::position);
        if page.count {
            answer.total = Some(Total::capped(reads.count_requests(filter, Total::CAP + 1).await?));
        }
        Ok(answer)
    }

    /// One request.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a request of this tenant; [`Error::Store`].
    pub async fn get(&self, who: &Authorized<RequestsRead>, id: FeatureRequestId) -> Result<FeatureRequest, Error> {
        let found = self.store.read(who.scope()).find_request(id).await?;
        found.ok_or_else(|| Error::NotFound("feature request".into()))
    }
}

async fn require_visible(tx: &dyn TenantTx, image: Option<ImageId>) -> Result<(), Error> {
    match image {
        Some(image) if !tx.may_see_image(image).await? => {
            Err(FieldError::new("imageId", "must be the id of an image that you are licensed for").into())
        }
        _ => Ok(()),
    }
}

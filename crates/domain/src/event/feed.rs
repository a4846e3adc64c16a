//! The events of a tenant in order, for those who prefer to pull.

use std::sync::Arc;

use async_trait::async_trait;

use crate::Timestamp;
use crate::access::{Authorized, WebhooksRead};
use crate::error::Error;
use crate::event::EventKind;
use crate::id::{EventId, ImageId, TenantId, VersionId};
use crate::paging::PageLimit;
use crate::store::{Store, StoreError};

/// The place of an event in the order of the feed. Events become visible in this order, so that
/// nobody who reads on from a place misses one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventPosition(pub i64);

/// An event, as a tenant sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedEvent {
    /// Its place.
    pub position: EventPosition,
    /// Its id.
    pub id: EventId,
    /// Its kind.
    pub kind: EventKind,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The image, if it is about one.
    pub image: Option<ImageId>,
    /// The version, if it is about one.
    pub version: Option<VersionId>,
    /// One of the types of [`data`](crate::event::data), as JSON.
    pub data: String,
}

/// The events of the tenant of the handle.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Events: Send + Sync {
    /// Up to `limit` events behind the position, in order. One statement.
    async fn events_after(&self, after: Option<EventPosition>, limit: PageLimit) -> Result<Vec<FeedEvent>, StoreError>;
}

/// A stretch of the feed.
#[derive(Clone, Debug)]
pub struct FeedPage {
    /// The tenant whose feed it is.
    pub tenant: TenantId,
    /// The events, in order.
    pub items: Vec<FeedEvent>,
    /// Where to read on: the last event's position, or where the reader already was.
    pub next: Option<EventPosition>,
}

/// Reads the feed.
#[derive(Clone)]
pub struct EventFeed {
    store: Arc<dyn Store>,
}

impl EventFeed {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// The events behind a position. At the end of the feed the page is empty and `next` stays:
    /// ask again from there.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn after(
        &self,
        who: &Authorized<WebhooksRead>,
        after: Option<EventPosition>,
        limit: PageLimit,
    ) -> Result<FeedPage, Error> {
        let items = self.store.read(who.scope()).events_after(after, limit).await?;
        let next = items.last().map(|event| event.position).or(after);
        Ok(FeedPage { tenant: who.scope().tenant(), items, next })
    }
}

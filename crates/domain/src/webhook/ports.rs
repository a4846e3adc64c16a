//! Keeping subscriptions and showing their deliveries.

use async_trait::async_trait;

use crate::Timestamp;
use crate::event::EventKind;
use crate::id::{DeliveryId, EventId, SubscriptionId};
use crate::paging::PageRequest;
use crate::store::StoreError;
use crate::webhook::{
    Delivery, DeliveryFilter, DeliveryPosition, StoredSubscription, Subscription, SubscriptionPosition, WebhookUrl,
};

/// The subscriptions of the tenant of the handle.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// Up to `limit + 1` subscriptions behind the position, newest first, with their newest
    /// deliveries. One statement.
    async fn list_subscriptions(
        &self,
        page: &PageRequest<SubscriptionPosition>,
    ) -> Result<Vec<Subscription>, StoreError>;

    /// How many subscriptions there are, counting to `stop_at`.
    async fn count_subscriptions(&self, stop_at: u64) -> Result<u64, StoreError>;

    /// One subscription.
    async fn find_subscription(&self, id: SubscriptionId) -> Result<Option<Subscription>, StoreError>;

    /// Up to `limit + 1` deliveries of a subscription behind the position, newest first, with
    /// their attempts; `None` without such a subscription. At most three statements.
    async fn list_deliveries(
        &self,
        subscription: SubscriptionId,
        filter: DeliveryFilter,
        page: &PageRequest<DeliveryPosition>,
    ) -> Result<Option<Vec<Delivery>>, StoreError>;

    /// How many deliveries pass, counting to `stop_at`.
    async fn count_deliveries(
        &self,
        subscription: SubscriptionId,
        filter: DeliveryFilter,
        stop_at: u64,
    ) -> Result<u64, StoreError>;

    /// One delivery of a subscription.
    async fn find_delivery(
        &self,
        subscription: SubscriptionId,
        delivery: DeliveryId,
    ) -> Result<Option<Delivery>, StoreError>;
}

/// A delivery that tests a subscription. Its event is told to nobody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// Its event's id.
    pub event_id: EventId,
    /// Its event's kind.
    pub event: EventKind,
    /// When it is made.
    pub at: Timestamp,
    /// Sample data of that kind, as JSON.
    pub data: String,
}

/// Changing the subscriptions of the tenant of the unit of work.
#[async_trait]
pub trait WebhookWrites: Send + Sync {
    /// Serialises changes of subscriptions of this tenant, and answers how many it has.
    async fn lock_subscriptions(&self) -> Result<u64, StoreError>;

    /// One subscription, which nobody else changes until this unit of work ends: not the
    /// dispatcher either, which disables subscriptions.
    async fn stored_subscription(&self, id: SubscriptionId) -> Result<Option<StoredSubscription>, StoreError>;

    /// The subscription of this kind to this URL, held as above.
    async fn subscription_to(
        &self,
        event: EventKind,
        url: &WebhookUrl,
    ) -> Result<Option<StoredSubscription>, StoreError>;

    /// Records a subscription. [`StoreError::Conflict`] when there is one of this kind to this URL.
    async fn insert_subscription(&self, stored: &StoredSubscription) -> Result<(), StoreError>;

    /// Overwrites a subscription; `false` when there is none. [`StoreError::Conflict`] as above. When it is not active,
    /// its pending deliveries fail; when it becomes active or leads elsewhere, its failures so far are
    /// forgotten.
    async fn update_subscription(&self, stored: &StoredSubscription) -> Result<bool, StoreError>;

    /// Deletes a subscription with its deliveries; `false` when there is none.
    async fn delete_subscription(&self, id: SubscriptionId) -> Result<bool, StoreError>;

    /// Inserts a test delivery to a subscription of this tenant, due at once.
    async fn insert_test(&self, subscription: SubscriptionId, test: &TestDelivery) -> Result<(), StoreError>;

    /// Makes a delivery that has finished due again, under the next attempt numbers; `false` when
    /// it has not finished.
    async fn redeliver(&self, subscription: SubscriptionId, delivery: DeliveryId) -> Result<bool, StoreError>;

    /// Makes the deliveries that failed since this time due again. Answers how many.
    async fn redeliver_failed(&self, subscription: SubscriptionId, since: Timestamp) -> Result<u64, StoreError>;
}

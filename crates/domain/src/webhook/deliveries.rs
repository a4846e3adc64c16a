//! What a tenant sees of its deliveries, and sends again.

use crate::Timestamp;
use crate::access::{Authorized, WebhooksRead, WebhooksWrite};
use crate::error::Error;
use crate::id::{self, DeliveryId, EventId, SubscriptionId};
use crate::paging::{Page, PageRequest, Total};
use crate::store::TenantTx;
use crate::webhook::sample::sample;
use crate::webhook::service::not_found;
use crate::webhook::{Delivery, DeliveryFilter, DeliveryPosition, StoredSubscription, TestDelivery, WebhookService};

impl WebhookService {
    /// The deliveries of a subscription, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a subscription; [`Error::Store`].
    pub async fn deliveries(
        &self,
        who: &Authorized<WebhooksRead>,
        id: SubscriptionId,
        filter: DeliveryFilter,
        page: &PageRequest<DeliveryPosition>,
    ) -> Result<Page<Delivery, DeliveryPosition>, Error> {
        let store = self.store.read(who.scope());
        let items = store.list_deliveries(id, filter, page).await?.ok_or_else(not_found)?;
        let mut cut = Page::cut(items, page.limit, |delivery| DeliveryPosition(delivery.id));
        if page.count {
            cut.total = Some(Total::capped(store.count_deliveries(id, filter, Total::CAP + 1).await?));
        }
        Ok(cut)
    }

    /// Sends sample data of the subscription's kind, by the way of every other delivery.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a subscription; [`Error::Conflict`] when it is not active;
    /// [`Error::Store`].
    pub async fn test(&self, who: &Authorized<WebhooksWrite>, id: SubscriptionId) -> Result<Delivery, Error> {
        let tx = self.store.write(who.scope()).await?;
        let stored = active(&*tx, id).await?;
        let now = self.clock.now();
        let event = stored.subscription.event;
        let test = TestDelivery {
            id: DeliveryId::from_uuid(id::fresh(&*self.clock, &*self.random)),
            event_id: EventId::from_uuid(id::fresh(&*self.clock, &*self.random)),
            event,
            at: now,
            data: sample(event, now)?,
        };
        tx.insert_test(id, &test).await?;
        tx.commit().await?;
        self.delivery(who, id, test.id).await
    }

    /// Sends a delivery that has finished again, under its own id and the next attempt numbers.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a subscription or delivery; [`Error::Conflict`] when the
    /// subscription is not active or the delivery still under way; [`Error::Store`].
    pub async fn redeliver(
        &self,
        who: &Authorized<WebhooksWrite>,
        id: SubscriptionId,
        delivery: DeliveryId,
    ) -> Result<Delivery, Error> {
        self.delivery(who, id, delivery).await?;
        let tx = self.store.write(who.scope()).await?;
        active(&*tx, id).await?;
        if !tx.redeliver(id, delivery).await? {
            return Err(Error::Conflict("The delivery has not finished: it is still attempted.".into()));
        }
        tx.commit().await?;
        self.delivery(who, id, delivery).await
    }

    /// Sends everything again that failed since then. Answers how many deliveries that are.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a subscription; [`Error::Conflict`] when it is not active;
    /// [`Error::Store`].
    pub async fn recover(
        &self,
        who: &Authorized<WebhooksWrite>,
        id: SubscriptionId,
        since: Timestamp,
    ) -> Result<u64, Error> {
        let tx = self.store.write(who.scope()).await?;
        active(&*tx, id).await?;
        let count = tx.redeliver_failed(id, since).await?;
        tx.commit().await?;
        Ok(count)
    }

    async fn delivery(
        &self,
        who: &Authorized<WebhooksWrite>,
        id: SubscriptionId,
        delivery: DeliveryId,
    ) -> Result<Delivery, Error> {
        let found = self.store.read(who.scope()).find_delivery(id, delivery).await?;
        found.ok_or_else(|| Error::NotFound("delivery".into()))
    }
}

/// The subscription, which changes of it wait for.
async fn active(tx: &dyn TenantTx, id: SubscriptionId) -> Result<StoredSubscription, Error> {
    tx.lock_subscriptions().await?;
    let stored = tx.stored_subscription(id).await?.ok_or_else(not_found)?;
    if stored.subscription.active {
        return Ok(stored);
    }
    Err(Error::Conflict("The subscription is not active: make it active first.".into()))
}

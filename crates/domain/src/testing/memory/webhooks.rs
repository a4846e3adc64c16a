//! Subscriptions and what became of their deliveries.

use async_trait::async_trait;

use super::state::{State, StoredDelivery, StoredEvent};
use super::unit::TenantUnit;
use super::{Reads, capped};
use crate::Timestamp;
use crate::event::{EventKind, EventPosition};
use crate::id::{DeliveryId, EventId, SubscriptionId, TenantId};
use crate::outbox::{Audience, NewEvent};
use crate::paging::PageRequest;
use crate::store::{Constraint, StoreError};
use crate::webhook::{
    Attempt, AttemptStatus, Delivery, DeliveryFilter, DeliveryPosition, DeliveryStatus, LastDelivery,
    StoredSubscription, Subscription, SubscriptionPosition, TestDelivery, WebhookUrl, WebhookWrites, Webhooks,
};

/// Why a delivery of an inactive subscription fails.
pub(super) const INACTIVE: &str = "the subscription is not active";

impl StoredDelivery {
    pub(super) fn due(
        id: DeliveryId,
        tenant: TenantId,
        subscription: SubscriptionId,
        event: EventId,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            tenant,
            subscription,
            event,
            status: DeliveryStatus::Pending,
            number: 0,
            failures: 0,
            next_attempt_at: Some(now),
            lease: None,
            claimed_at: None,
            error: None,
            created_at: now,
            finished_at: None,
            attempts: Vec::new(),
        }
    }

    pub(super) fn finish(&mut self, status: DeliveryStatus, error: Option<&str>, now: Timestamp) {
        self.status = status;
        self.error = error.map(str::to_owned);
        self.next_attempt_at = None;
        self.finished_at = Some(now);
    }

    pub(super) fn wait_until(&mut self, due: Timestamp) {
        self.status = DeliveryStatus::Pending;
        self.next_attempt_at = Some(due);
    }

    fn again(&mut self, now: Timestamp) {
        self.failures = 0;
        self.error = None;
        self.finished_at = None;
        self.wait_until(now);
    }

    fn shown(&self, event: &StoredEvent) -> Delivery {
        let mut attempts = self.attempts.clone();
        if self.status == DeliveryStatus::Sending {
            attempts.push(Attempt {
                number: self.number,
                status: AttemptStatus::Sending,
                started_at: self.claimed_at.unwrap_or(self.created_at),
                duration: None,
                response_code: None,
                error: None,
                excerpt: None,
            });
        }
        Delivery {
            id: self.id,
            event_id: self.event,
            event: event.event.kind,
            test: event.test,
            status: self.status,
            error: self.error.clone(),
            created_at: self.created_at,
            next_attempt_at: self.next_attempt_at,
            finished_at: self.finished_at,
            attempts,
        }
    }

    /// Since when it stands as it does.
    fn at(&self) -> Timestamp {
        self.finished_at.or(self.claimed_at).unwrap_or(self.created_at)
    }
}

impl State {
    pub(super) fn fail_pending(&mut self, id: SubscriptionId, reason: &str, now: Timestamp) {
        let pending =
            |stored: &&mut StoredDelivery| stored.subscription == id && stored.status == DeliveryStatus::Pending;
        for stored in self.deliveries.values_mut().filter(pending) {
            stored.finish(DeliveryStatus::Failed, Some(reason), now);
        }
    }

    fn subscription(&self, tenant: TenantId, id: SubscriptionId) -> Option<&StoredSubscription> {
        self.subscriptions.get(&id).filter(|(owner, _)| *owner == tenant).map(|(_, stored)| stored)
    }

    fn shown(&self, stored: &StoredSubscription) -> Subscription {
        let theirs = self.deliveries.values().filter(|one| one.subscription == stored.subscription.id);
        let last = theirs.max_by_key(|one| one.id);
        let last = last.map(|one| LastDelivery { id: one.id, status: one.status, at: one.at() });
        Subscription { last_delivery: last, ..stored.subscription.clone() }
    }

    fn subscriptions_of(&self, tenant: TenantId) -> Vec<Subscription> {
        let theirs = self.subscriptions.values().rev().filter(|(owner, _)| *owner == tenant);
        theirs.map(|(_, stored)| self.shown(stored)).collect()
    }

    fn deliveries_of(&self, id: SubscriptionId, filter: DeliveryFilter) -> Vec<Delivery> {
        let passes =
            |one: &&StoredDelivery| one.subscription == id && filter.status.is_none_or(|status| status == one.status);
        let shown = |one: &StoredDelivery| {
            self.events.iter().find(|event| event.event.id == one.event).map(|event| one.shown(event))
        };
        self.deliveries.values().rev().filter(passes).filter_map(shown).collect()
    }

    fn collides(&self, tenant: TenantId, new: &Subscription) -> bool {
        self.subscriptions.values().any(|(owner, stored)| {
            let other = &stored.subscription;
            *owner == tenant && other.id != new.id && other.event == new.event && other.url == new.url
        })
    }
}

#[async_trait]
impl Webhooks for Reads {
    async fn list_subscriptions(
        &self,
        page: &PageRequest<SubscriptionPosition>,
    ) -> Result<Vec<Subscription>, StoreError> {
        let all = self.shared.snapshot().subscriptions_of(self.tenant).into_iter();
        let behind = all.filter(|one| page.after.is_none_or(|after| one.id < after.0));
        Ok(behind.take(page.limit.get() as usize + 1).collect())
    }

    async fn count_subscriptions(&self, stop_at: u64) -> Result<u64, StoreError> {
        Ok(capped(self.shared.snapshot().subscriptions_of(self.tenant).len(), stop_at))
    }

    async fn find_subscription(&self, id: SubscriptionId) -> Result<Option<Subscription>, StoreError> {
        let state = self.shared.snapshot();
        Ok(state.subscription(self.tenant, id).map(|stored| state.shown(stored)))
    }

    async fn list_deliveries(
        &self,
        subscription: SubscriptionId,
        filter: DeliveryFilter,
        page: &PageRequest<DeliveryPosition>,
    ) -> Result<Option<Vec<Delivery>>, StoreError> {
        let state = self.shared.snapshot();
        if state.subscription(self.tenant, subscription).is_none() {
            return Ok(None);
        }
        let all = state.deliveries_of(subscription, filter).into_iter();
        let behind = all.filter(|one| page.after.is_none_or(|after| one.id < after.0));
        Ok(Some(behind.take(page.limit.get() as usize + 1).collect()))
    }

    async fn count_deliveries(
        &self,
        subscription: SubscriptionId,
        filter: DeliveryFilter,
        stop_at: u64,
    ) -> Result<u64, StoreError> {
        let state = self.shared.snapshot();
        let theirs = state.subscription(self.tenant, subscription);
        Ok(theirs.map_or(0, |_| capped(state.deliveries_of(subscription, filter).len(), stop_at)))
    }

    async fn find_delivery(
        &self,
        subscription: SubscriptionId,
        delivery: DeliveryId,
    ) -> Result<Option<Delivery>, StoreError> {
        let state = self.shared.snapshot();
        let theirs = state.subscription(self.tenant, subscription);
        let all = theirs.map(|_| state.deliveries_of(subscription, DeliveryFilter::default())).unwrap_or_default();
        Ok(all.into_iter().find(|one| one.id == delivery))
    }
}

#[async_trait]
impl WebhookWrites for TenantUnit {
    async fn lock_subscriptions(&self) -> Result<u64, StoreError> {
        Ok(self.unit.look().subscriptions_of(self.tenant).len() as u64)
    }

    async fn stored_subscription(&self, id: SubscriptionId) -> Result<Option<StoredSubscription>, StoreError> {
        let state = self.unit.look();
        let found = state.subscription(self.tenant, id);
        Ok(found.map(|it| StoredSubscription { subscription: state.shown(it), secrets: it.secrets.clone() }))
    }

    async fn subscription_to(
        &self,
        event: EventKind,
        url: &WebhookUrl,
    ) -> Result<Option<StoredSubscription>, StoreError> {
        let state = self.unit.look();
        let found = state.subscriptions.values().find(|(owner, stored)| {
            *owner == self.tenant && stored.subscription.event == event && stored.subscription.url == *url
        });
        Ok(found.map(|(_, it)| StoredSubscription { subscription: state.shown(it), secrets: it.secrets.clone() }))
    }

    async fn insert_subscription(&self, stored: &StoredSubscription) -> Result<(), StoreError> {
        if self.unit.look().collides(self.tenant, &stored.subscription) {
            return Err(StoreError::Conflict(Constraint::SubscriptionIdentity));
        }
        let entry = (self.tenant, stored.clone());
        self.unit.change(|state| state.subscriptions.insert(stored.subscription.id, entry));
        Ok(())
    }

    async fn update_subscription(&self, stored: &StoredSubscription) -> Result<bool, StoreError> {
        let state = self.unit.look();
        let id = stored.subscription.id;
        let Some(before) = state.subscription(self.tenant, id) else { return Ok(false) };
        if state.collides(self.tenant, &stored.subscription) {
            return Err(StoreError::Conflict(Constraint::SubscriptionIdentity));
        }
        let woken = stored.subscription.active && !before.subscription.active;
        let moved = stored.subscription.url != before.subscription.url;
        let now = self.unit.shared.clock.now();
        self.unit.change(|state| {
            state.subscriptions.insert(id, (self.tenant, stored.clone()));
            if woken || moved {
                state.failing_since.remove(&id);
            }
            if !stored.subscription.active {
                state.fail_pending(id, INACTIVE, now);
            }
        });
        Ok(true)
    }

    async fn delete_subscription(&self, id: SubscriptionId) -> Result<bool, StoreError> {
        if self.unit.look().subscription(self.tenant, id).is_none() {
            return Ok(false);
        }
        self.unit.change(|state| {
            state.subscriptions.remove(&id);
            state.deliveries.retain(|_, stored| stored.subscription != id);
        });
        Ok(true)
    }

    async fn insert_test(&self, subscription: SubscriptionId, test: &TestDelivery) -> Result<(), StoreError> {
        let now = self.unit.shared.clock.now();
        let event = NewEvent {
            id: test.event_id,
            kind: test.event,
            occurred_at: test.at,
            image: None,
            version: None,
            data: test.data.clone(),
            audience: Audience::Tenant(self.tenant),
            except: None,
        };
        if self.unit.look().subscription(self.tenant, subscription).is_none() {
            return Err(StoreError::Other("no such subscription of this tenant".into()));
        }
        self.unit.change(|state| {
            state.last_event += 1;
            let position = EventPosition(state.last_event);
            // No audience: it is in nobody's feed.
            state.events.push(StoredEvent { position, event, audience: std::collections::BTreeSet::new(), test: true });
            let delivery = StoredDelivery::due(test.id, self.tenant, subscription, test.event_id, now);
            state.deliveries.insert(test.id, delivery);
        });
        Ok(())
    }

    async fn redeliver(&self, subscription: SubscriptionId, delivery: DeliveryId) -> Result<bool, StoreError> {
        let now = self.unit.shared.clock.now();
        Ok(self.unit.change(|state| {
            let finished = |stored: &&mut StoredDelivery| {
                stored.tenant == self.tenant && stored.subscription == subscription && stored.finished_at.is_some()
            };
            let found = state.deliveries.get_mut(&delivery).filter(finished);
            found.map(|stored| stored.again(now)).is_some()
        }))
    }

    async fn redeliver_failed(&self, subscription: SubscriptionId, since: Timestamp) -> Result<u64, StoreError> {
        let now = self.unit.shared.clock.now();
        Ok(self.unit.change(|state| {
            let failed = state.deliveries.values_mut().filter(|stored| {
                stored.tenant == self.tenant
                    && stored.subscription == subscription
                    && stored.status == DeliveryStatus::Failed
                    && stored.finished_at.is_some_and(|at| at >= since)
            });
            failed.map(|stored| stored.again(now)).count() as u64
        }))
    }
}

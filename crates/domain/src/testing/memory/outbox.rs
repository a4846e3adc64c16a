//! Facts, events and deliveries on their way.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::state::{State, StoredDelivery, StoredEvent};
use super::unit::Unit;
use super::{AllReads, Reads};
use crate::Timestamp;
use crate::event::{EventKind, EventPosition, Events, FeedEvent};
use crate::id::{DeliveryId, ImageId, SubscriptionId, TenantId};
use crate::outbox::{
    Audience, Backlog, Claimed, Dispatch, EndedAttempt, Fact, FactPosition, Lease, NewDelivery, NewEvent, Outbox, Pick,
    RecordedFact, Subscriber, Then, Waiting, WatchHit,
};
use crate::paging::PageLimit;
use crate::store::StoreError;
use crate::webhook::{Attempt, AttemptStatus, DeliveryStatus};

#[async_trait]
impl Events for Reads {
    async fn events_after(&self, after: Option<EventPosition>, limit: PageLimit) -> Result<Vec<FeedEvent>, StoreError> {
        let state = self.shared.snapshot();
        let told = |event: &&StoredEvent| {
            event.audience.contains(&self.tenant)
                && after.is_none_or(|after| event.position > after)
                && event.event.image.is_none_or(|image| state.licensed(self.tenant, image).is_some())
        };
        let those = state.events.iter().filter(told).take(limit.get() as usize);
        Ok(those.map(|stored| feed_event(stored.position, &stored.event)).collect())
    }
}

fn feed_event(position: EventPosition, event: &NewEvent) -> FeedEvent {
    FeedEvent {
        position,
        id: event.id,
        kind: event.kind,
        occurred_at: event.occurred_at,
        image: event.image,
        version: event.version,
        data: event.data.clone(),
    }
}

impl State {
    fn audience(&self, event: &NewEvent) -> BTreeSet<TenantId> {
        match event.audience {
            Audience::Tenant(tenant) => BTreeSet::from([tenant]),
            Audience::Licensed(image) => {
                self.licenses.iter().filter(|(_, licensed)| *licensed == image).map(|(tenant, _)| *tenant).collect()
            }
        }
    }

    fn suspended(&self, tenant: TenantId) -> bool {
        self.tenants.get(&tenant).is_some_and(|tenant| tenant.suspended)
    }

    /// The longest due first.
    fn due(&self, pick: &Pick, now: Timestamp) -> Vec<DeliveryId> {
        let ready = |stored: &&StoredDelivery| {
            stored.subscription == pick.subscription
                && stored.status == DeliveryStatus::Pending
                && stored.next_attempt_at.is_some_and(|at| at <= now)
        };
        let active = self
            .subscriptions
            .get(&pick.subscription)
            .is_some_and(|(tenant, stored)| stored.subscription.active && !self.suspended(*tenant));
        let mut due: Vec<_> = self.deliveries.values().filter(ready).filter(|_| active).collect();
        due.sort_unstable_by_key(|stored| (stored.next_attempt_at, stored.id));
        due.into_iter().take(pick.most as usize).map(|stored| stored.id).collect()
    }

    fn begin_attempt(&mut self, id: DeliveryId, lease: &Lease, now: Timestamp) -> Option<Claimed> {
        let (tenant, subscription) = self.subscriptions.get(&self.deliveries.get(&id)?.subscription)?.clone();
        let delivery = self.deliveries.get_mut(&id)?;
        delivery.status = DeliveryStatus::Sending;
        delivery.number += 1;
        delivery.next_attempt_at = None;
        delivery.lease = Some((lease.token, now.plus(lease.duration)));
        delivery.claimed_at = Some(now);
        let event = self.events.iter().find(|stored| stored.event.id == delivery.event)?.event.clone();
        Some(Claimed {
            delivery: id,
            token: lease.token,
            attempt: delivery.number,
            failures: delivery.failures,
            claimed_at: now,
            tenant,
            subscription: subscription.subscription.id,
            url: subscription.subscription.url.as_str().to_owned(),
            format: subscription.subscription.format,
            secrets: subscription.secrets,
            event_id: event.id,
            event: event.kind,
            occurred_at: event.occurred_at,
            image: event.image,
            version: event.version,
            data: event.data,
        })
    }

    fn end_attempt(&mut self, ended: &EndedAttempt, now: Timestamp) -> bool {
        let Some(delivery) = self.deliveries.get_mut(&ended.delivery) else { return false };
        let ours = delivery.lease.is_some_and(|(token, _)| token == ended.token);
        if delivery.status != DeliveryStatus::Sending || !ours {
            return false;
        }
        let active = self.subscriptions.get(&delivery.subscription).is_some_and(|(_, it)| it.subscription.active);
        delivery.lease = None;
        delivery.attempts.push(Attempt {
            number: ended.number,
            status: ended.status,
            started_at: ended.started_at,
            duration: ended.duration,
            response_code: ended.response_code,
            error: ended.error.clone(),
            excerpt: ended.excerpt.clone(),
        });
        delivery.failures += u32::from(ended.status == AttemptStatus::Failed);
        match &ended.then {
            Then::Done => delivery.finish(DeliveryStatus::Delivered, None, now),
            Then::GiveUp(reason) => delivery.finish(DeliveryStatus::Failed, Some(reason), now),
            Then::Retry(_) if !active => delivery.finish(DeliveryStatus::Failed, Some(super::webhooks::INACTIVE), now),
            Then::Retry(wait) => delivery.wait_until(now.plus(*wait)),
        }
        true
    }
}

#[async_trait]
impl Outbox for Unit {
    async fn record_fact(&self, fact: &Fact) -> Result<(), StoreError> {
        let at = self.shared.clock.now();
        self.change(|state| {
            state.last_fact += 1;
            let position = FactPosition(state.last_fact);
            state.facts.push(RecordedFact { position, at, fact: fact.clone() });
        });
        Ok(())
    }

    async fn take_facts(&self, limit: u32) -> Result<Vec<RecordedFact>, StoreError> {
        Ok(self.change(|state| {
            let most = state.facts.len().min(limit as usize);
            state.facts.drain(..most).collect()
        }))
    }

    async fn watches_on(
        &self,
        image: ImageId,
        ids: &[String],
        fact: FactPosition,
    ) -> Result<Vec<WatchHit>, StoreError> {
        let state = self.look();
        let concerned = state.watches.iter().filter(|stored| {
            stored.after_fact < fact
                && state.licensed(stored.tenant, image).is_some()
                && ids.iter().any(|id| id == stored.watch.vulnerability.as_str())
        });
        let hit = |stored: &super::state::StoredWatch| WatchHit {
            tenant: stored.tenant,
            watch: stored.watch.id,
            vulnerability: stored.watch.vulnerability.to_string(),
        };
        Ok(concerned.map(hit).collect())
    }

    async fn insert_events(&self, events: &[NewEvent]) -> Result<Vec<Subscriber>, StoreError> {
        Ok(self.change(|state| {
            let mut subscribers = Vec::new();
            for event in events {
                let audience = state.audience(event);
                state.last_event += 1;
                let position = EventPosition(state.last_event);
                let wants = state.subscriptions.values().filter(|(tenant, stored)| {
                    let subscription = &stored.subscription;
                    audience.contains(tenant)
                        && subscription.active
                        && subscription.event == event.kind
                        && event.except != Some(subscription.id)
                });
                subscribers.extend(wants.map(|(tenant, stored)| Subscriber {
                    event: event.id,
                    tenant: *tenant,
                    subscription: stored.subscription.id,
                }));
                state.events.push(StoredEvent { position, event: event.clone(), audience, test: false });
            }
            subscribers
        }))
    }

    async fn insert_deliveries(&self, deliveries: &[NewDelivery]) -> Result<(), StoreError> {
        let now = self.shared.clock.now();
        self.change(|state| {
            for new in deliveries {
                let (subscription, event) = (new.subscriber.subscription, new.subscriber.event);
                let there = |stored: &StoredDelivery| stored.subscription == subscription && stored.event == event;
                if !state.deliveries.values().any(there) {
                    let delivery = StoredDelivery::due(new.id, new.subscriber.tenant, subscription, event, now);
                    state.deliveries.insert(new.id, delivery);
                }
            }
        });
        Ok(())
    }
}

#[async_trait]
impl Backlog for AllReads {
    async fn backlog(
        &self,
        after: Option<SubscriptionId>,
        limit: u32,
    ) -> Result<(Timestamp, Vec<Waiting>), StoreError> {
        let state = self.shared.snapshot();
        let behind = state.subscriptions.iter().filter(|(id, (tenant, stored))| {
            after.is_none_or(|after| **id > after) && stored.subscription.active && !state.suspended(*tenant)
        });
        let waiting = behind.filter_map(|(id, (_, stored))| {
            let pending = state.deliveries.values().filter(|delivery| delivery.subscription == *id);
            let due = pending.filter(|delivery| delivery.status == DeliveryStatus::Pending);
            let due = due.filter_map(|delivery| delivery.next_attempt_at).min()?;
            let endpoint = stored.subscription.url.as_str().to_owned();
            Some(Waiting { subscription: *id, endpoint, due })
        });
        Ok((self.shared.clock.now(), waiting.take(limit as usize).collect()))
    }
}

#[async_trait]
impl Dispatch for Unit {
    async fn claim(&self, picks: &[Pick], lease: &Lease) -> Result<Vec<Claimed>, StoreError> {
        let now = self.shared.clock.now();
        Ok(self.change(|state| {
            let due: Vec<DeliveryId> = picks.iter().flat_map(|pick| state.due(pick, now)).collect();
            due.into_iter().filter_map(|id| state.begin_attempt(id, lease, now)).collect()
        }))
    }

    async fn record_attempts(&self, ended: &[EndedAttempt]) -> Result<Vec<DeliveryId>, StoreError> {
        let now = self.shared.clock.now();
        Ok(self.change(|state| {
            let recorded = ended.iter().filter(|one| state.end_attempt(one, now));
            recorded.map(|one| one.delivery).collect()
        }))
    }

    async fn note_receivers(
        &self,
        working: &[SubscriptionId],
        failing: &[SubscriptionId],
    ) -> Result<Vec<(SubscriptionId, Timestamp)>, StoreError> {
        let now = self.shared.clock.now();
        Ok(self.change(|state| {
            state.failing_since.retain(|id, _| !working.contains(id));
            let known = failing.iter().filter(|id| state.subscriptions.contains_key(id));
            known.map(|id| (*id, *state.failing_since.entry(*id).or_insert(now))).collect()
        }))
    }

    async fn disable_subscription(
        &self,
        id: SubscriptionId,
        reason: &str,
    ) -> Result<Option<(TenantId, EventKind, String)>, StoreError> {
        let now = self.shared.clock.now();
        Ok(self.change(|state| {
            let (tenant, stored) = state.subscriptions.get_mut(&id).filter(|(_, it)| it.subscription.active)?;
            stored.subscription.active = false;
            stored.subscription.disabled_reason = Some(reason.to_owned());
            stored.subscription.updated_at = now;
            let told = (*tenant, stored.subscription.event, stored.subscription.url.to_string());
            state.fail_pending(id, reason, now);
            Some(told)
        }))
    }

    async fn interrupt_expired(&self) -> Result<u64, StoreError> {
        let now = self.shared.clock.now();
        Ok(self.change(|state| {
            let expired = |stored: &&mut StoredDelivery| {
                stored.status == DeliveryStatus::Sending && stored.lease.is_some_and(|(_, until)| until <= now)
            };
            let mut count = 0;
            let subscriptions = &state.subscriptions;
            for stored in state.deliveries.values_mut().filter(expired) {
                stored.attempts.push(Attempt {
                    number: stored.number,
                    status: AttemptStatus::Interrupted,
                    started_at: stored.claimed_at.unwrap_or(now),
                    duration: None,
                    response_code: None,
                    error: Some("the worker went away".to_owned()),
                    excerpt: None,
                });
                stored.lease = None;
                if subscriptions.get(&stored.subscription).is_some_and(|(_, it)| it.subscription.active) {
                    stored.wait_until(now);
                } else {
                    stored.finish(DeliveryStatus::Failed, Some(super::webhooks::INACTIVE), now);
                }
                count += 1;
            }
            count
        }))
    }

    async fn purge_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Ok(self.change(|state| {
            let old = state.events.iter().filter(|stored| stored.event.occurred_at < before);
            let old: BTreeSet<_> = old.take(limit as usize).map(|stored| stored.event.id).collect();
            state.events.retain(|stored| !old.contains(&stored.event.id));
            state.deliveries.retain(|_, stored| !old.contains(&stored.event));
            old.len() as u64
        }))
    }
}

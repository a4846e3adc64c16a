//! Keeping facts, events and deliveries on their way.

use std::time::Duration;

use async_trait::async_trait;

use crate::Timestamp;
use crate::event::EventKind;
use crate::event::message::MessageFormat;
use crate::id::{DeliveryId, EventId, ImageId, LeaseToken, SubscriptionId, TenantId, VersionId, WatchId};
use crate::outbox::{Fact, FactPosition, RecordedFact};
use crate::store::StoreError;
use crate::webhook::{AttemptStatus, SealedSecrets};

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Every tenant that is licensed for the image when the event is inserted.
    Licensed(ImageId),
    /// One tenant.
    Tenant(TenantId),
}

/// An event about to be inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
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
    /// Its data, as JSON.
    pub data: String,
    /// Who is told.
    pub audience: Audience,
    /// A subscription that is not, because the event is about it.
    pub except: Option<SubscriptionId>,
}

/// A subscription that an event concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// The event.
    pub event: EventId,
    /// The tenant.
    pub tenant: TenantId,
    /// The subscription.
    pub subscription: SubscriptionId,
}

/// A delivery about to be inserted, due at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// What for.
    pub subscriber: Subscriber,
}

/// A watch that a scan concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchHit {
    /// Whose.
    pub tenant: TenantId,
    /// The watch.
    pub watch: WatchId,
    /// The watched id.
    pub vulnerability: String,
}

/// Recording facts, and expanding them.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Records a fact; it becomes visible with the unit of work.
    async fn record_fact(&self, fact: &Fact) -> Result<(), StoreError>;

    /// Takes up to `limit` of the oldest facts for good. Of several units of work that do, one
    /// goes on and the others wait for its end, so that events are inserted in the order of
    /// facts, and become visible in the order of their positions.
    async fn take_facts(&self, limit: u32) -> Result<Vec<RecordedFact>, StoreError>;

    /// The watches on any of these ids, of tenants that are licensed for the image, that were
    /// made before the fact was recorded.
    async fn watches_on(&self, image: ImageId, ids: &[String], fact: FactPosition)
    -> Result<Vec<WatchHit>, StoreError>;

    /// Inserts events, gives them to their audience, and answers with the active subscriptions
    /// to them.
    async fn insert_events(&self, events: &[NewEvent]) -> Result<Vec<Subscriber>, StoreError>;

    /// Inserts deliveries. An event that a subscription already has is left out.
    async fn insert_deliveries(&self, deliveries: &[NewDelivery]) -> Result<(), StoreError>;
}

/// A subscription with deliveries that wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// Where it leads: what is limited together.
    pub endpoint: String,
    /// When the first of them is due.
    pub due: Timestamp,
}

/// What waits to be sent.
#[async_trait]
pub trait Backlog: Send + Sync {
    /// The store's time, and up to `limit` subscriptions behind `after` in the order of ids that
    /// have pending deliveries, due or not. Suspended tenants are left out. One statement, by
    /// the index: it costs what the number of subscriptions costs, not that of deliveries.
    async fn backlog(&self, after: Option<SubscriptionId>, limit: u32)
    -> Result<(Timestamp, Vec<Waiting>), StoreError>;
}

/// How many deliveries of a subscription to claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// At most so many.
    pub most: u32,
}

/// What a claim is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// By which its results are told from later ones.
    pub token: LeaseToken,
    /// How long nobody else touches what was claimed.
    pub duration: Duration,
}

/// A delivery with an attempt to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The claim.
    pub token: LeaseToken,
    /// The attempt's number.
    pub attempt: u32,
    /// How many attempts failed since the delivery was made or redelivered.
    pub failures: u32,
    /// When it was claimed, by the store's time.
    pub claimed_at: Timestamp,
    /// The tenant.
    pub tenant: TenantId,
    /// The subscription.
    pub subscription: SubscriptionId,
    /// Where to, as stored.
    pub url: String,
    /// How the body is written.
    pub format: MessageFormat,
    /// What signs.
    pub secrets: SealedSecrets,
    /// The event.
    pub event_id: EventId,
    /// Its kind.
    pub event: EventKind,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The image, if it is about one.
    pub image: Option<ImageId>,
    /// The version, if it is about one.
    pub version: Option<VersionId>,
    /// Its data, as JSON.
    pub data: String,
}

/// What follows an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing: the receiver has it.
    Done,
    /// The next attempt, so long from now by the store's time.
    Retry(Duration),
    /// Nothing: it failed for good, for this reason.
    GiveUp(String),
}

/// An attempt that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedAttempt {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The claim it was made under.
    pub token: LeaseToken,
    /// Its number.
    pub number: u32,
    /// How it ended.
    pub status: AttemptStatus,
    /// When it began, by the store's time.
    pub started_at: Timestamp,
    /// How long it took; `None` when it was interrupted.
    pub duration: Option<Duration>,
    /// The status code of the answer.
    pub response_code: Option<u16>,
    /// Why it failed, in short.
    pub error: Option<String>,
    /// The start of the answer.
    pub excerpt: Option<String>,
    /// What follows.
    pub then: Then,
}

/// Claiming deliveries, and recording what became of them. Suspended tenants wait.
#[async_trait]
pub trait Dispatch: Send + Sync {
    /// Claims due deliveries of active subscriptions, the longest due first, skipping what
    /// another unit of work is claiming. Each gets its next attempt number, and is `sending` until
    /// it is recorded or its lease ends. Commit before anything is sent.
    async fn claim(&self, picks: &[Pick], lease: &Lease) -> Result<Vec<Claimed>, StoreError>;

    /// Records ended attempts, each if its delivery is still `sending` under its token; answers
    /// with those that were. A retry of a subscription that is no longer active fails instead.
    async fn record_attempts(&self, ended: &[EndedAttempt]) -> Result<Vec<DeliveryId>, StoreError>;

    /// Notes which receivers answered well and which did not. Answers since when each of the
    /// failing ones has had no success.
    async fn note_receivers(
        &self,
        working: &[SubscriptionId],
        failing: &[SubscriptionId],
    ) -> Result<Vec<(SubscriptionId, Timestamp)>, StoreError>;

    /// Disables an active subscription and fails its pending deliveries. `None` when it is not
    /// active, else its tenant, kind and URL.
    async fn disable_subscription(
        &self,
        id: SubscriptionId,
        reason: &str,
    ) -> Result<Option<(TenantId, EventKind, String)>, StoreError>;

    /// Marks the attempts whose leases ended *interrupted* and makes their deliveries due at once,
    /// or failed where the subscription is no longer active. Answers how many.
    async fn interrupt_expired(&self) -> Result<u64, StoreError>;

    /// Deletes up to `limit` events, with their deliveries, that happened before this time, and
    /// expanded facts recorded before it. Answers how many events.
    async fn purge_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

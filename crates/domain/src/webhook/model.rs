//! What a subscription, a delivery and an attempt are.

use std::time::Duration;

use crate::Timestamp;
use crate::event::EventKind;
use crate::event::message::MessageFormat;
use crate::id::{DeliveryId, EventId, SubscriptionId};
use crate::macros::words;
use crate::secret::Sealed;
use crate::webhook::WebhookUrl;

/// A subscription: one kind of event, one URL, one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// What it is for.
    pub event: EventKind,
    /// Where deliveries go.
    pub url: WebhookUrl,
    /// How their bodies are written.
    pub format: MessageFormat,
    /// Whether it gets deliveries.
    pub active: bool,
    /// Why it was disabled, if it was not its owner who did.
    pub disabled_reason: Option<String>,
    /// What may be shown of its secret.
    pub secret_hint: String,
    /// Made at.
    pub created_at: Timestamp,
    /// Changed at.
    pub updated_at: Timestamp,
    /// The newest delivery.
    pub last_delivery: Option<LastDelivery>,
}

/// A subscription's newest delivery, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastDelivery {
    /// Which.
    pub id: DeliveryId,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Since when.
    pub at: Timestamp,
}

/// The secrets of a subscription, sealed under its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecrets {
    /// What signs.
    pub current: Sealed,
    /// What signs as well until then, after a rotation.
    pub previous: Option<(Sealed, Timestamp)>,
}

/// A subscription as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSubscription {
    /// What is shown of it.
    pub subscription: Subscription,
    /// What signs its deliveries.
    pub secrets: SealedSecrets,
}

words! {
    /// Where a delivery stands.
    DeliveryStatus {
        /// Waits for its next attempt.
        Pending = "pending",
        /// An attempt is under way.
        Sending = "sending",
        /// The receiver accepted it.
        Delivered = "delivered",
        /// It ran out of attempts, or its subscription was disabled.
        Failed = "failed",
    }
}

words! {
    /// How an attempt ended.
    AttemptStatus {
        /// It is under way.
        Sending = "sending",
        /// The receiver accepted it.
        Delivered = "delivered",
        /// The receiver did not.
        Failed = "failed",
        /// The worker that made it went away: whether it was sent is not known.
        Interrupted = "interrupted",
    }
}

/// One attempt of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// 1, 2, …
    pub number: u32,
    /// How it ended.
    pub status: AttemptStatus,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took; `None` while it is under way or when it was interrupted.
    pub duration: Option<Duration>,
    /// The status code of the answer.
    pub response_code: Option<u16>,
    /// Why it failed, in short.
    pub error: Option<String>,
    /// The start of the answer; `None` for destinations that only the operator's list let in.
    pub excerpt: Option<String>,
}

/// A delivery of an event to a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The event.
    pub event_id: EventId,
    /// The event's kind.
    pub event: EventKind,
    /// Whether it is a test.
    pub test: bool,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Why it failed for good.
    pub error: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the next attempt is due, while it is pending.
    pub next_attempt_at: Option<Timestamp>,
    /// When it was delivered or failed for good.
    pub finished_at: Option<Timestamp>,
    /// Its attempts, in order; the one under way is the last.
    pub attempts: Vec<Attempt>,
}

/// The place of a delivery in a subscription's list, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryPosition(pub DeliveryId);

/// The place of a subscription in the tenant's list, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriptionPosition(pub SubscriptionId);

/// Which deliveries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Those that stand so; all when `None`.
    pub status: Option<DeliveryStatus>,
}

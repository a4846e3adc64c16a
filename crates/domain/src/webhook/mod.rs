//! Webhooks: subscriptions, where they may lead, what signs them, and their deliveries. How
//! deliveries are made is in [`outbox`](crate::outbox).

pub mod address;
mod deliveries;
mod destination;
mod model;
mod ports;
mod retry;
mod sample;
mod secret;
mod sending;
mod service;

pub use destination::{Admitted, DestinationPolicy, NOT_ALLOWED, WebhookUrl};
pub use model::{
    Attempt, AttemptStatus, Delivery, DeliveryFilter, DeliveryPosition, DeliveryStatus, LastDelivery, SealedSecrets,
    StoredSubscription, Subscription, SubscriptionPosition,
};
#[cfg(feature = "testing")]
pub use ports::MockWebhooks;
pub use ports::{TestDelivery, WebhookWrites, Webhooks};
pub use retry::{RetryPolicy, Verdict};
pub use secret::WebhookSecret;
pub use sending::{Destinations, EXCERPT, Outgoing, RetryAfter, SendFailure, Sent, WebhookSender};
#[cfg(feature = "testing")]
pub use sending::{MockDestinations, MockWebhookSender};
pub(crate) use service::secret_context;
pub use service::{NewSubscription, PutSubscription, SubscriptionChange, WebhookService};

//! Webhooks: subscriptions, where they may lead, what signs them, and their deliveries.

pub mod address;
mod destination;
mod model;
mod secret;
mod sending;

pub use destination::{Admitted, DestinationPolicy, NOT_ALLOWED, WebhookUrl};
pub use model::{
    Attempt, AttemptStatus, Delivery, DeliveryFilter, DeliveryPosition, DeliveryStatus, LastDelivery, SealedSecrets,
    StoredSubscription, Subscription, SubscriptionPosition,
};
pub use secret::WebhookSecret;
pub use sending::{Destinations, EXCERPT, Outgoing, RetryAfter, SendFailure, Sent, WebhookSender};
#[cfg(feature = "testing")]
pub use sending::{MockDestinations, MockWebhookSender};

//! Webhook subscriptions.

use actix_web::HttpRequest;
use podarmor_domain::access::{WebhooksRead, WebhooksWrite};
use podarmor_domain::event::EventKind;
use podarmor_domain::event::message::MessageFormat;
use podarmor_domain::webhook::{
    LastDelivery, NewSubscription, PutSubscription, Subscription, SubscriptionChange, WebhookSecret,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Answer, Keep};
use crate::error::ApiError;
use crate::guard::Auth;
use crate::idempotency::KeyedBody;
use crate::input::{Body, Query, WebhookPath, no_null};
use crate::openapi::words::{DeliveryStatusSchema, EventKindSchema, MessageFormatSchema};
use crate::operation::state;
use crate::paging::{Listing, TotalBody};

/// Which page.
#[derive(Deserialize, IntoParams, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ListWebhooks {
    /// Entries a page.
    #[garde(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// Where to go on: the `nextCursor` of the page before.
    #[garde(skip)]
    #[param(max_length = 2048)]
    cursor: Option<String>,
    /// Whether to count all subscriptions.
    #[garde(skip)]
    #[param(default = false)]
    count: Option<bool>,
}

/// A subscription to make.
// The words are strings, not enums: an enum of serde would also be read from `{"image.scanned":null}`.
// No `Debug`: there is a secret in it.
#[derive(Deserialize, ToSchema, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = NewWebhook)]
pub(crate) struct NewWebhookBody {
    /// What it is for.
    #[garde(custom(fits_event))]
    #[schema(value_type = EventKindSchema)]
    event: String,
    /// Where deliveries go: `https` (or `http` where the operator allows it), no user, no
    /// fragment, port 443 or from 1024 up. Addresses that are not public are refused, those behind
    /// a name when a delivery is made.
    #[garde(skip)]
    #[schema(format = "uri", max_length = 2048, example = "https://hooks.example.com/podarmor")]
    url: String,
    /// What signs deliveries: `whsec_` and 24 to 64 bytes in base64. Left out: generated for a new
    /// subscription, unchanged on one that is there.
    #[garde(inner(custom(fits_secret)))]
    #[schema(max_length = 94, pattern = "^whsec_[A-Za-z0-9+/]+={0,2}$", write_only)]
    secret: Option<String>,
    /// Whether it gets deliveries. Left out: `true` for a new subscription, unchanged on one that
    /// is there.
    #[garde(skip)]
    active: Option<bool>,
    /// How bodies are written. Left out: `podarmor` for a new subscription, unchanged on one that
    /// is there.
    #[garde(inner(custom(fits_format)))]
    #[schema(value_type = Option<MessageFormatSchema>)]
    format: Option<String>,
}

/// What changes of a subscription; whatever is left out stays. At least one member.
#[derive(Deserialize, ToSchema, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = WebhookChange)]
pub(crate) struct WebhookChangeBody {
    /// What it is for.
    #[serde(default, deserialize_with = "no_null")]
    #[garde(inner(custom(fits_event)))]
    #[schema(value_type = EventKindSchema, required = false)]
    event: Option<String>,
    /// Where deliveries go, as when it was made.
    #[serde(default, deserialize_with = "no_null")]
    #[garde(skip)]
    #[schema(value_type = String, required = false, format = "uri", max_length = 2048)]
    url: Option<String>,
    /// Whether it gets deliveries. Becoming active clears `disabledReason`.
    #[serde(default, deserialize_with = "no_null")]
    #[garde(skip)]
    #[schema(value_type = bool, required = false)]
    active: Option<bool>,
    /// How bodies are written.
    #[serde(default, deserialize_with = "no_null")]
    #[garde(inner(custom(fits_format)))]
    #[schema(value_type = MessageFormatSchema, required = false)]
    format: Option<String>,
}

fn fits_event(text: &str, (): &()) -> garde::Result {
    EventKind::parse("event", text).map(drop).map_err(|field| garde::Error::new(field.message))
}

fn fits_format(text: &str, (): &()) -> garde::Result {
    MessageFormat::parse("format", text).map(drop).map_err(|field| garde::Error::new(field.message))
}

fn fits_secret(text: &str, (): &()) -> garde::Result {
    WebhookSecret::parse("secret", text).map(drop).map_err(|field| garde::Error::new(field.message))
}

/// A subscription: one kind of event, one URL, one secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Webhook)]
pub(crate) struct WebhookBody {
    /// The subscription's id.
    #[schema(format = "uuid")]
    id: String,
    /// What it is for.
    #[schema(value_type = EventKindSchema)]
    event: &'static str,
    /// Where deliveries go, in the normal form of URLs.
    #[schema(format = "uri")]
    url: String,
    /// Whether it gets deliveries.
    active: bool,
    /// How bodies are written.
    #[schema(value_type = MessageFormatSchema)]
    format: &'static str,
    /// The end of the secret, to tell secrets apart.
    secret_hint: String,
    /// Made at.
    #[schema(format = "date-time")]
    created_at: String,
    /// Changed at.
    #[schema(format = "date-time")]
    updated_at: String,
    /// The newest delivery; null before the first.
    last_delivery: Option<LastDeliveryBody>,
    /// Why it was disabled; null unless its receiver was the reason.
    disabled_reason: Option<String>,
}

/// A subscription's newest delivery.
#[derive(Serialize, ToSchema)]
#[schema(as = LastDelivery)]
pub(crate) struct LastDeliveryBody {
    /// The delivery's id.
    #[schema(format = "uuid")]
    id: String,
    /// Where it stands.
    #[schema(value_type = DeliveryStatusSchema)]
    status: &'static str,
    /// Since when.
    #[schema(format = "date-time")]
    at: String,
}

/// A subscription, and its secret if it was generated.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedWebhook)]
pub(crate) struct CreatedWebhookBody {
    #[serde(flatten)]
    subscription: WebhookBody,
    /// The generated secret, shown in this answer (and its repetition under the same
    /// `Idempotency-Key`) only; left out when you brought your own, and when the
    /// subscription was there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    secret: Option<String>,
}

/// A subscription, and its new secret.
#[derive(Serialize, ToSchema)]
#[schema(as = RotatedWebhook)]
pub(crate) struct RotatedWebhookBody {
    #[serde(flatten)]
    subscription: WebhookBody,
    /// The new secret, shown this once.
    secret: String,
}

/// A page of subscriptions.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebhookList {
    items: Vec<WebhookBody>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
    /// All subscriptions; only when `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<TotalBody>,
}

impl From<&Subscription> for WebhookBody {
    fn from(subscription: &Subscription) -> Self {
        Self {
            id: subscription.id.to_string(),
            event: subscription.event.as_str(),
            url: subscription.url.to_string(),
            active: subscription.active,
            format: subscription.format.as_str(),
            secret_hint: subscription.secret_hint.clone(),
            created_at: subscription.created_at.to_string(),
            updated_at: subscription.updated_at.to_string(),
            last_delivery: subscription.last_delivery.as_ref().map(Into::into),
            disabled_reason: subscription.disabled_reason.clone(),
        }
    }
}

impl From<&LastDelivery> for LastDeliveryBody {
    fn from(last: &LastDelivery) -> Self {
        Self { id: last.id.to_string(), status: last.status.as_str(), at: last.at.to_string() }
    }
}

fn created(put: &PutSubscription) -> Result<Answer, ApiError> {
    let body = CreatedWebhookBody {
        subscription: (&put.subscription).into(),
        secret: put.generated.as_ref().map(|secret| secret.expose().to_owned()),
    };
    Answer::put(put.created, format!("/api/webhooks/{}", put.subscription.id), &body)
}

/// List webhooks
///
/// The tenant's subscriptions, newest first.
#[utoipa::path(
    get, path = "/api/webhooks", tag = "Webhooks", params(ListWebhooks),
    responses((status = 200, description = "A page of subscriptions.", body = WebhookList))
)]
pub(crate) async fn list_webhooks(
    Auth(who): Auth<WebhooksRead>,
    request: HttpRequest,
    Query(parameters): Query<ListWebhooks>,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    let listing = Listing { seal: &state.cursors, scope: who.scope(), query: "webhooks".to_owned() };
    let page = listing.page(parameters.limit, parameters.cursor.as_deref(), parameters.count)?;
    let found = state.services.webhooks.list(&who, &page).await?;
    let next_cursor = listing.next(&found);
    let items = found.items.iter().map(WebhookBody::from).collect();
    let body = WebhookList { items, next_cursor, total: found.total.map(Into::into) };
    Answer::page(&request, body.next_cursor.as_deref(), &body)
}

/// Make a webhook
///
/// Subscribes a URL to a kind of event. If there is a subscription for this event and URL, it is
/// changed instead. A tenant has at most 1,000 subscriptions.
#[utoipa::path(
    post, path = "/api/webhooks", tag = "Webhooks", request_body = NewWebhookBody,
    responses(
        (status = 200, description = "It was there: changed to what was sent.", body = WebhookBody),
        (status = 201, description = "Made, with the secret if it was generated.", body = CreatedWebhookBody),
    )
)]
pub(crate) async fn create_webhook(
    Auth(who): Auth<WebhooksWrite>,
    request: HttpRequest,
    KeyedBody { body, keyed }: KeyedBody<NewWebhookBody>,
) -> Result<Answer, ApiError> {
    let new = NewSubscription {
        event: EventKind::parse("event", &body.event)?,
        url: body.url,
        secret: body.secret.as_deref().map(|secret| WebhookSecret::parse("secret", secret)).transpose()?,
        active: body.active,
        format: body.format.as_deref().map(|format| MessageFormat::parse("format", format)).transpose()?,
    };
    let webhooks = &state(&request)?.services.webhooks;
    keyed.answer(&request, created, async |once| webhooks.put(&who, new, once).await).await
}

/// Show a webhook
///
/// One subscription of the tenant.
#[utoipa::path(
    get, path = "/api/webhooks/{id}", tag = "Webhooks",
    params(("id" = String, Path, format = "uuid", description = "The subscription's id.")),
    responses((status = 200, description = "The subscription.", body = WebhookBody))
)]
pub(crate) async fn get_webhook(
    Auth(who): Auth<WebhooksRead>,
    request: HttpRequest,
    WebhookPath(webhook): WebhookPath,
) -> Result<Answer, ApiError> {
    let subscription = state(&request)?.services.webhooks.get(&who, webhook).await?;
    Answer::json(Keep::Private, &WebhookBody::from(&subscription))
}

/// Change a webhook
///
/// Event, URL, format, or whether it gets deliveries. Pending deliveries of a subscription that is
/// made inactive are not attempted any more.
#[utoipa::path(
    put, path = "/api/webhooks/{id}", tag = "Webhooks", request_body = WebhookChangeBody,
    params(("id" = String, Path, format = "uuid", description = "The subscription's id.")),
    responses((status = 200, description = "The subscription as it is now.", body = WebhookBody))
)]
pub(crate) async fn update_webhook(
    Auth(who): Auth<WebhooksWrite>,
    request: HttpRequest,
    WebhookPath(webhook): WebhookPath,
    Body(body): Body<WebhookChangeBody>,
) -> Result<Answer, ApiError> {
    let change = SubscriptionChange {
        event: body.event.as_deref().map(|event| EventKind::parse("event", event)).transpose()?,
        url: body.url,
        active: body.active,
        format: body.format.as_deref().map(|format| MessageFormat::parse("format", format)).transpose()?,
    };
    if matches!(change, SubscriptionChange { event: None, url: None, active: None, format: None }) {
        return Err(ApiError::field("body", "must change at least one of event, url, active and format"));
    }
    let subscription = state(&request)?.services.webhooks.update(&who, webhook, change).await?;
    Answer::json(Keep::Never, &WebhookBody::from(&subscription))
}

/// Delete a webhook
///
/// With its deliveries. What it had pending is dropped.
#[utoipa::path(
    delete, path = "/api/webhooks/{id}", tag = "Webhooks",
    params(("id" = String, Path, format = "uuid", description = "The subscription's id.")),
    responses((status = 204, description = "Deleted."))
)]
pub(crate) async fn delete_webhook(
    Auth(who): Auth<WebhooksWrite>,
    request: HttpRequest,
    WebhookPath(webhook): WebhookPath,
) -> Result<Answer, ApiError> {
    state(&request)?.services.webhooks.delete(&who, webhook).await?;
    Ok(Answer::Done)
}

/// Replace a webhook's secret
///
/// The new secret is in this answer and nowhere else. For 24 hours deliveries are signed with the
/// one before as well, but with no older one: a second rotation ends it at once.
#[utoipa::path(
    post, path = "/api/webhooks/{id}/rotate-secret", tag = "Webhooks",
    params(("id" = String, Path, format = "uuid", description = "The subscription's id.")),
    responses((status = 200, description = "The subscription, with its new secret.", body = RotatedWebhookBody))
)]
pub(crate) async fn rotate_webhook_secret(
    Auth(who): Auth<WebhooksWrite>,
    request: HttpRequest,
    WebhookPath(webhook): WebhookPath,
) -> Result<Answer, ApiError> {
    let (subscription, secret) = state(&request)?.services.webhooks.rotate_secret(&who, webhook).await?;
    let body = RotatedWebhookBody { subscription: (&subscription).into(), secret: secret.expose().to_owned() };
    Answer::json(Keep::Never, &body)
}

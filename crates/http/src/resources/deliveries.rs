//! Deliveries of a webhook: listed, tried out, made again.

use actix_web::HttpRequest;
use podarmor_domain::Timestamp;
use podarmor_domain::access::{WebhooksRead, WebhooksWrite};
use podarmor_domain::webhook::{Attempt, Delivery, DeliveryFilter, DeliveryStatus};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::Answer;
use crate::error::ApiError;
use crate::guard::Auth;
use crate::input::{Body, DeliveryPath, Query, WebhookPath};
use crate::openapi::words::{AttemptStatusSchema, DeliveryStatusSchema, EventKindSchema};
use crate::operation::state;
use crate::paging::{Listing, TotalBody};

/// Which deliveries, and which page of them.
#[derive(Deserialize, IntoParams, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ListDeliveries {
    /// Only those that stand so.
    #[garde(inner(custom(fits_status)))]
    #[param(value_type = Option<DeliveryStatusSchema>)]
    status: Option<String>,
    /// Entries a page.
    #[garde(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// Where to go on: the `nextCursor` of the page before.
    #[garde(skip)]
    #[param(max_length = 2048)]
    cursor: Option<String>,
    /// Whether to count all matching deliveries.
    #[garde(skip)]
    #[param(default = false)]
    count: Option<bool>,
}

fn fits_status(text: &str, (): &()) -> garde::Result {
    DeliveryStatus::parse("status", text).map(drop).map_err(|field| garde::Error::new(field.message))
}

/// From when on to recover.
#[derive(Deserialize, ToSchema, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = RecoverDeliveries)]
pub(crate) struct RecoverBody {
    /// Deliveries that failed at this time or later are made again.
    #[garde(custom(fits_time))]
    #[schema(format = "date-time")]
    since: String,
}

fn fits_time(text: &str, (): &()) -> garde::Result {
    Timestamp::parse("since", text).map(drop).map_err(|field| garde::Error::new(field.message))
}

/// How much is made again.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveredDeliveries)]
pub(crate) struct RecoveredBody {
    /// How many deliveries.
    count: u64,
}

/// A delivery of an event to a subscription.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Delivery)]
pub(crate) struct DeliveryBody {
    /// The delivery's id: `deliveryId` of the body, `webhook-id` of the request.
    #[schema(format = "uuid")]
    id: String,
    /// The event.
    #[schema(format = "uuid")]
    event_id: String,
    /// The event's kind.
    #[schema(value_type = EventKindSchema)]
    event: &'static str,
    /// Whether it is a test.
    test: bool,
    /// Where it stands.
    #[schema(value_type = DeliveryStatusSchema)]
    status: &'static str,
    /// Why it failed for good.
    error: Option<String>,
    /// When it was made.
    #[schema(format = "date-time")]
    created_at: String,
    /// When the next attempt is due, while it is pending.
    #[schema(format = "date-time")]
    next_attempt_at: Option<String>,
    /// When it was delivered or failed for good.
    #[schema(format = "date-time")]
    finished_at: Option<String>,
    /// Its attempts, in order; the one under way is the last.
    attempts: Vec<AttemptBody>,
}

/// One attempt of a delivery.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeliveryAttempt)]
pub(crate) struct AttemptBody {
    /// 1, 2, …: `attemptNumber` of the body.
    number: u32,
    /// How it ended.
    #[schema(value_type = AttemptStatusSchema)]
    status: &'static str,
    /// When it began.
    #[schema(format = "date-time")]
    started_at: String,
    /// How long it took, in milliseconds; null while it is under way or when it was interrupted.
    duration_ms: Option<u64>,
    /// The status code of the answer; null without one.
    response_code: Option<u16>,
    /// Why it failed, in short.
    error: Option<String>,
    /// The start of the answer, at most 1 KiB; null for destinations that only the operator's list
    /// of networks let in.
    response_excerpt: Option<String>,
}

/// A page of deliveries.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryList {
    items: Vec<DeliveryBody>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
    /// All matching deliveries; only when `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<TotalBody>,
}

impl From<&Delivery> for DeliveryBody {
    fn from(delivery: &Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            event_id: delivery.event_id.to_string(),
            event: delivery.event.as_str(),
            test: delivery.test,
            status: delivery.status.as_str(),
            error: delivery.error.clone(),
            created_at: delivery.created_at.to_string(),
            next_attempt_at: delivery.next_attempt_at.map(|at| at.to_string()),
            finished_at: delivery.finished_at.map(|at| at.to_string()),
            attempts: delivery.attempts.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Attempt> for AttemptBody {
    fn from(attempt: &Attempt) -> Self {
        Self {
            number: attempt.number,
            status: attempt.status.as_str(),
            started_at: attempt.started_at.to_string(),
            duration_ms: attempt.duration.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            response_code: attempt.response_code,
            error: attempt.error.clone(),
            response_excerpt: attempt.excerpt.clone(),
        }
    }
}

/// Test a webhook
///
/// Sends sample data of the subscription's kind, about an image that does not exist, by the way of
/// every other delivery: signed, retried, listed. The body does not say that it is a test, the
/// list of deliveries does. The subscription must be active.
#[utoipa::path(
    post, path = "/api/webhooks/{id}/test", tag = "Webhooks",
    params(("id" = String, Path, format = "uuid", description = "The subscription's id.")),
    responses((status = 202, description = "The delivery, which is still to be made.", body = DeliveryBody))
)]
pub(crate) async fn test_webhook(
    Auth(who): Auth<WebhooksWrite>,
    request: HttpRequest,
    WebhookPath(webhook): WebhookPath,
) -> Result<Answer, ApiError> {
    let delivery = state(&request)?.services.webhooks.test(&who, webhook).await?;
    Answer::accepted(&DeliveryBody::from(&delivery))
}

/// Recover failed deliveries
///
/// Makes everything again that failed since then, each under its own id. Failed deliveries are kept
/// for 30 days. The subscription must be active.
#[utoipa::path(
    post, path = "/api/webhooks/{id}/recover", tag = "Webhooks", request_body = RecoverBody,
    params(("id" = String, Path, format = "uuid", description = "The subscription's id.")),
    responses((status = 202, description = "How many deliveries are made again.", body = RecoveredBody))
)]
pub(crate) async fn recover_deliveries(
    Auth(who): Auth<WebhooksWrite>,
    request: HttpRequest,
    WebhookPath(webhook): WebhookPath,
    Body(body): Body<RecoverBody>,
) -> Result<Answer, ApiError> {
    let since = Timestamp::parse("since", &body.since)?;
    let count = state(&request)?.services.webhooks.recover(&who, webhook, since).await?;
    Answer::accepted(&RecoveredBody { count })
}

/// List deliveries
///
/// The deliveries of a subscription with their attempts, newest first.
#[utoipa::path(
    get, path = "/api/webhooks/{id}/deliveries", tag = "Webhooks",
    params(("id" = String, Path, format = "uuid", description = "The subscription's id."), ListDeliveries),
    responses((status = 200, description = "A page of deliveries.", body = DeliveryList))
)]
pub(crate) async fn list_deliveries(
    Auth(who): Auth<WebhooksRead>,
    request: HttpRequest,
    WebhookPath(webhook): WebhookPath,
    Query(parameters): Query<ListDeliveries>,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    let status = parameters.status.as_deref().map(|word| DeliveryStatus::parse("status", word)).transpose()?;
    let filter = DeliveryFilter { status };
    let query = format!("deliveries:{webhook}:{filter:?}");
    let listing = Listing { seal: &state.cursors, scope: who.scope(), query };
    let page = listing.page(parameters.limit, parameters.cursor.as_deref(), parameters.count)?;
    let found = state.services.webhooks.deliveries(&who, webhook, filter, &page).await?;
    let next_cursor = listing.next(&found);
    let items = found.items.iter().map(DeliveryBody::from).collect();
    let body = DeliveryList { items, next_cursor, total: found.total.map(Into::into) };
    Answer::page(&request, body.next_cursor.as_deref(), &body)
}

/// Make a delivery again
///
/// Under its own id, with the next attempt numbers and the whole schedule of retries. It must have
/// been delivered or failed, and the subscription must be active.
#[utoipa::path(
    post, path = "/api/webhooks/{id}/deliveries/{did}/redeliver", tag = "Webhooks",
    params(
        ("id" = String, Path, format = "uuid", description = "The subscription's id."),
        ("did" = String, Path, format = "uuid", description = "The delivery's id."),
    ),
    responses((status = 202, description = "The delivery, which is still to be made.", body = DeliveryBody))
)]
pub(crate) async fn redeliver(
    Auth(who): Auth<WebhooksWrite>,
    request: HttpRequest,
    path: DeliveryPath,
) -> Result<Answer, ApiError> {
    let delivery = state(&request)?.services.webhooks.redeliver(&who, path.webhook, path.delivery).await?;
    Answer::accepted(&DeliveryBody::from(&delivery))
}

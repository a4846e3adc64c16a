//! The feed of events, for those who prefer to pull.

use actix_web::HttpRequest;
use podarmor_domain::access::WebhooksRead;
use podarmor_domain::event::{FeedEvent, FeedPage};
use podarmor_domain::paging::PageLimit;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use crate::answer::Answer;
use crate::error::ApiError;
use crate::guard::Auth;
use crate::input::Query;
use crate::openapi::words::EventKindSchema;
use crate::operation::state;
use crate::paging::Listing;

/// Which stretch.
#[derive(Deserialize, IntoParams, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ListEvents {
    /// Where to go on: the `nextCursor` of the answer before. From the start when left out.
    #[garde(skip)]
    #[param(max_length = 2048)]
    after: Option<String>,
    /// Events an answer.
    #[garde(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// An event.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Event)]
pub(crate) struct EventBody<'a> {
    /// The event's id; deliveries carry it, too.
    #[schema(format = "uuid")]
    event_id: String,
    /// When it happened.
    #[schema(format = "date-time")]
    occurred_at: String,
    /// Its kind.
    #[schema(value_type = EventKindSchema)]
    event: &'static str,
    /// Your tenant.
    #[schema(format = "uuid")]
    tenant_id: String,
    /// The image, if it is about one.
    #[schema(format = "uuid")]
    image_id: Option<String>,
    /// The version, if it is about one.
    #[schema(format = "uuid")]
    version_id: Option<String>,
    /// What happened, in the form of its kind.
    #[schema(value_type = Object)]
    data: &'a RawValue,
}

/// A stretch of the feed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventList<'a> {
    items: Vec<EventBody<'a>>,
    /// For what comes behind these; at the end of the feed it stays where you are, so that you
    /// can ask with it again later. Null only as long as there has been no event.
    next_cursor: Option<String>,
}

impl<'a> EventBody<'a> {
    fn of(event: &'a FeedEvent, feed: &FeedPage) -> Result<Self, ApiError> {
        Ok(Self {
            event_id: event.id.to_string(),
            occurred_at: event.occurred_at.to_string(),
            event: event.kind.as_str(),
            tenant_id: feed.tenant.to_string(),
            image_id: event.image.map(|image| image.to_string()),
            version_id: event.version.map(|version| version.to_string()),
            data: serde_json::from_str(&event.data).map_err(ApiError::internal)?,
        })
    }
}

/// List events
///
/// The tenant's events of the last 30 days in order, whatever it is subscribed to. Start without
/// `after`, keep `nextCursor`, and ask again with it: an empty answer means that nothing happened
/// since. Nothing is missed or told twice that way. The `Link` header is there as long as there are
/// items. A cursor belongs to the tenant.
#[utoipa::path(
    get, path = "/api/events", tag = "Webhooks", params(ListEvents),
    responses((status = 200, description = "A stretch of the feed.", body = EventList))
)]
pub(crate) async fn list_events(
    Auth(who): Auth<WebhooksRead>,
    request: HttpRequest,
    Query(parameters): Query<ListEvents>,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    let listing = Listing { seal: &state.cursors, scope: who.scope(), query: "events".to_owned() };
    let limit = parameters.limit.map_or(Ok(PageLimit::DEFAULT), PageLimit::new)?;
    let after = parameters.after.as_deref().map(|cursor| listing.open("after", cursor)).transpose()?;
    let feed = state.services.events.after(&who, after, limit).await?;
    let items: Vec<EventBody> = feed.items.iter().map(|event| EventBody::of(event, &feed)).collect::<Result<_, _>>()?;
    let body = EventList { items, next_cursor: feed.next.as_ref().map(|position| listing.cursor(position)) };
    let next = body.next_cursor.as_deref().filter(|_| !body.items.is_empty());
    Answer::stretch(&request, "after", next, &body)
}

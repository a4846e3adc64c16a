//! Feature requests: what the tenant asks of the publisher.

use actix_web::HttpRequest;
use podarmor_domain::FieldError;
use podarmor_domain::access::{RequestsRead, RequestsWrite};
use podarmor_domain::id::ImageId;
use podarmor_domain::request::{
    Author, Description, FeatureRequest, PackageEcosystem, PackageName, PackageVersion, Reply, RequestFilter,
    RequestKind, RequestStatus, StatusChange, Title, WantedPackage, Wish,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Answer, Keep};
use crate::error::ApiError;
use crate::guard::Auth;
use crate::idempotency::KeyedBody;
use crate::input::{FeatureRequestPath, Query};
use crate::operation::state;
use crate::paging::{Listing, TotalBody};

/// Which requests, and which page of them.
#[derive(Deserialize, IntoParams, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ListFeatureRequests {
    /// Only requests of this type.
    #[garde(skip)]
    #[param(inline)]
    r#type: Option<RequestTypeBody>,
    /// Only requests in this status.
    #[garde(skip)]
    #[param(inline)]
    status: Option<RequestStatusBody>,
    /// Entries a page.
    #[garde(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// Where to go on: the `nextCursor` of the page before.
    #[garde(skip)]
    #[param(max_length = 1024)]
    cursor: Option<String>,
    /// Whether to count all matching entries.
    #[garde(skip)]
    #[param(default = false)]
    count: Option<bool>,
}

/// What is asked for.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FeatureRequestType)]
pub(crate) enum RequestTypeBody {
    /// Something the portal or an image should do.
    Feature,
    /// A package that should be in an image, or hardened.
    Package,
    /// Something that does not work.
    Bug,
}

impl From<RequestTypeBody> for RequestKind {
    fn from(kind: RequestTypeBody) -> Self {
        match kind {
            RequestTypeBody::Feature => Self::Feature,
            RequestTypeBody::Package => Self::Package,
            RequestTypeBody::Bug => Self::Bug,
        }
    }
}

impl From<RequestKind> for RequestTypeBody {
    fn from(kind: RequestKind) -> Self {
        match kind {
            RequestKind::Feature => Self::Feature,
            RequestKind::Package => Self::Package,
            RequestKind::Bug => Self::Bug,
        }
    }
}

/// What becomes of a request.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FeatureRequestStatus)]
pub(crate) enum RequestStatusBody {
    /// Nobody has decided yet.
    Open,
    /// It will be done.
    Planned,
    /// It is being done.
    InProgress,
    /// It is done.
    Shipped,
    /// It will not be done.
    Declined,
}

impl From<RequestStatusBody> for RequestStatus {
    fn from(status: RequestStatusBody) -> Self {
        match status {
            RequestStatusBody::Open => Self::Open,
            RequestStatusBody::Planned => Self::Planned,
            RequestStatusBody::InProgress => Self::InProgress,
            RequestStatusBody::Shipped => Self::Shipped,
            RequestStatusBody::Declined => Self::Declined,
        }
    }
}

impl From<RequestStatus> for RequestStatusBody {
    fn from(status: RequestStatus) -> Self {
        match status {
            RequestStatus::Open => Self::Open,
            RequestStatus::Planned => Self::Planned,
            RequestStatus::InProgress => Self::InProgress,
            RequestStatus::Shipped => Self::Shipped,
            RequestStatus::Declined => Self::Declined,
        }
    }
}

/// A request to file.
#[derive(Deserialize, ToSchema, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewFeatureRequestBody {
    /// What is asked for.
    #[garde(skip)]
    r#type: RequestTypeBody,
    /// What it is about: one line of 3 to 200 characters.
    #[garde(custom(fits_title))]
    #[schema(min_length = 3, max_length = 200, example = "PostgreSQL client in java17")]
    title: String,
    /// The whole of it: at most 10,000 characters, in lines that end with a line feed.
    #[garde(custom(fits_description))]
    #[schema(max_length = 10_000)]
    description: String,
    /// The image that it is about, one that you are licensed for.
    #[garde(inner(custom(fits_image)))]
    #[schema(format = "uuid")]
    image_id: Option<String>,
    /// The package that it is about.
    #[garde(dive)]
    package: Option<WantedPackageBody>,
}

/// A package that is asked for.
#[derive(Deserialize, ToSchema, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct WantedPackageBody {
    /// Its name.
    #[garde(custom(fits_package))]
    #[schema(min_length = 1, max_length = 200, example = "libpq")]
    name: String,
    /// Its version; any, when left out.
    #[garde(inner(custom(fits_version)))]
    #[schema(min_length = 1, max_length = 100)]
    version: Option<String>,
    /// Where it comes from, such as `npm` or `debian`.
    #[garde(inner(custom(fits_ecosystem)))]
    #[schema(min_length = 1, max_length = 50, example = "debian")]
    ecosystem: Option<String>,
}

/// A field as garde asks about it.
fn fits<T>(parsed: Result<T, FieldError>) -> garde::Result {
    parsed.map(drop).map_err(|field| garde::Error::new(field.message))
}

fn fits_title(text: &str, (): &()) -> garde::Result {
    fits(Title::parse("", text))
}

fn fits_description(text: &str, (): &()) -> garde::Result {
    fits(Description::parse("", text))
}

fn fits_image(text: &str, (): &()) -> garde::Result {
    fits(ImageId::parse("", text))
}

fn fits_package(text: &str, (): &()) -> garde::Result {
    fits(PackageName::parse("", text))
}

fn fits_version(text: &str, (): &()) -> garde::Result {
    fits(PackageVersion::parse("", text))
}

fn fits_ecosystem(text: &str, (): &()) -> garde::Result {
    fits(PackageEcosystem::parse("", text))
}

impl NewFeatureRequestBody {
    fn wish(&self) -> Result<Wish, FieldError> {
        Ok(Wish {
            kind: self.r#type.into(),
            title: Title::parse("title", &self.title)?,
            description: Description::parse("description", &self.description)?,
            image: self.image_id.as_deref().map(|text| ImageId::parse("imageId", text)).transpose()?,
            package: self.package.as_ref().map(WantedPackageBody::package).transpose()?,
        })
    }
}

impl WantedPackageBody {
    fn package(&self) -> Result<WantedPackage, FieldError> {
        let version = self.version.as_deref().map(|text| PackageVersion::parse("package.version", text));
        let ecosystem = self.ecosystem.as_deref().map(|text| PackageEcosystem::parse("package.ecosystem", text));
        Ok(WantedPackage {
            name: PackageName::parse("package.name", &self.name)?,
            version: version.transpose()?,
            ecosystem: ecosystem.transpose()?,
        })
    }
}

/// A feature request.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FeatureRequestBody {
    /// The request's id.
    #[schema(format = "uuid")]
    id: String,
    /// What is asked for.
    r#type: RequestTypeBody,
    /// What it is about.
    title: String,
    /// The whole of it.
    description: String,
    /// The image that it is about.
    #[schema(format = "uuid")]
    image_id: Option<String>,
    /// The package that it is about.
    package: Option<RequestedPackageBody>,
    /// What becomes of it.
    status: RequestStatusBody,
    /// The publisher's last word.
    reply: Option<String>,
    /// What the publisher decided and said, oldest first.
    history: Vec<StatusChangeBody>,
    /// Who asked.
    created_by: AuthorBody,
    /// Since when.
    #[schema(format = "date-time")]
    created_at: String,
    /// Last changed at.
    #[schema(format = "date-time")]
    updated_at: String,
}

/// The package that a request is about.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestedPackageBody {
    /// Its name.
    name: String,
    /// Its version; null for any.
    version: Option<String>,
    /// Where it comes from.
    ecosystem: Option<String>,
}

/// Something that the publisher decided or said.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatusChangeBody {
    /// When.
    #[schema(format = "date-time")]
    at: String,
    /// The status since then.
    status: RequestStatusBody,
    /// What was said with it.
    reply: Option<String>,
}

/// Who asked.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthorBody {
    /// The user's id.
    #[schema(format = "uuid")]
    id: String,
    /// The user's name; null when the user is gone.
    name: Option<String>,
}

impl From<&FeatureRequest> for FeatureRequestBody {
    fn from(request: &FeatureRequest) -> Self {
        let wish = &request.wish;
        Self {
            id: request.id.to_string(),
            r#type: wish.kind.into(),
            title: wish.title.to_string(),
            description: wish.description.to_string(),
            image_id: wish.image.map(|image| image.to_string()),
            package: wish.package.as_ref().map(Into::into),
            status: request.status.into(),
            reply: request.reply.as_ref().map(Reply::to_string),
            history: request.history.iter().map(Into::into).collect(),
            created_by: (&request.author).into(),
            created_at: request.created_at.to_string(),
            updated_at: request.updated_at.to_string(),
        }
    }
}

impl From<&WantedPackage> for RequestedPackageBody {
    fn from(package: &WantedPackage) -> Self {
        Self {
            name: package.name.to_string(),
            version: package.version.as_ref().map(ToString::to_string),
            ecosystem: package.ecosystem.as_ref().map(ToString::to_string),
        }
    }
}

impl From<&StatusChange> for StatusChangeBody {
    fn from(change: &StatusChange) -> Self {
        let reply = change.reply.as_ref().map(Reply::to_string);
        Self { at: change.at.to_string(), status: change.status.into(), reply }
    }
}

impl From<&Author> for AuthorBody {
    fn from(author: &Author) -> Self {
        Self { id: author.id.to_string(), name: author.name.as_ref().map(ToString::to_string) }
    }
}

/// A page of requests.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FeatureRequestList {
    items: Vec<FeatureRequestBody>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
    /// All matching requests; only when `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<TotalBody>,
}

fn filed(request: &FeatureRequest) -> Result<Answer, ApiError> {
    Answer::created(format!("/api/feature-requests/{}", request.id), &FeatureRequestBody::from(request))
}

/// List feature requests
///
/// The tenant's own, newest first.
#[utoipa::path(
    get, path = "/api/feature-requests", tag = "Feature requests", params(ListFeatureRequests),
    responses((status = 200, description = "A page of requests.", body = FeatureRequestList))
)]
pub(crate) async fn list_feature_requests(
    Auth(who): Auth<RequestsRead>,
    request: HttpRequest,
    Query(parameters): Query<ListFeatureRequests>,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    let filter = RequestFilter { kind: parameters.r#type.map(Into::into), status: parameters.status.map(Into::into) };
    let listing = Listing { seal: &state.cursors, scope: who.scope(), query: format!("feature requests {filter:?}") };
    let page = listing.page(parameters.limit, parameters.cursor.as_deref(), parameters.count)?;
    let found = state.services.requests.list(&who, &filter, &page).await?;
    let next_cursor = listing.next(&found);
    let items = found.items.iter().map(FeatureRequestBody::from).collect();
    let body = FeatureRequestList { items, next_cursor, total: found.total.map(Into::into) };
    Answer::page(&request, body.next_cursor.as_deref(), &body)
}

/// File a feature request
///
/// A request can name an image; one that you are not licensed for is refused like one that does
/// not exist, as a `VALIDATION_ERROR` at `imageId`. A tenant has at most 10,000 requests.
#[utoipa::path(
    post, path = "/api/feature-requests", tag = "Feature requests", request_body = NewFeatureRequestBody,
    responses((status = 201, description = "Filed.", body = FeatureRequestBody))
)]
pub(crate) async fn create_feature_request(
    Auth(who): Auth<RequestsWrite>,
    request: HttpRequest,
    KeyedBody { body, keyed }: KeyedBody<NewFeatureRequestBody>,
) -> Result<Answer, ApiError> {
    let (requests, wish) = (&state(&request)?.services.requests, body.wish()?);
    keyed.answer(&request, filed, async |once| requests.file(&who, wish, once).await).await
}

/// Show a feature request
///
/// One request of the tenant, with what the publisher decided and said.
#[utoipa::path(
    get, path = "/api/feature-requests/{id}", tag = "Feature requests",
    params(("id" = String, Path, format = "uuid", description = "The request's id.")),
    responses((status = 200, description = "The request.", body = FeatureRequestBody))
)]
pub(crate) async fn get_feature_request(
    Auth(who): Auth<RequestsRead>,
    request: HttpRequest,
    FeatureRequestPath(id): FeatureRequestPath,
) -> Result<Answer, ApiError> {
    let found = state(&request)?.services.requests.get(&who, id).await?;
    Answer::json(Keep::Private, &FeatureRequestBody::from(&found))
}

//! Images.

use actix_web::HttpRequest;
use podarmor_domain::access::ImagesRead;
use podarmor_domain::image::{
    BaseOs, HardeningLabel, ImageDetail, ImageKind, ImageQuery, ImageSort, ImageSummary, SearchText,
};
use podarmor_domain::{Error, FieldError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Answer, Keep};
use crate::error::ApiError;
use crate::guard::Auth;
use crate::input::{ImagePath, Query};
use crate::operation::state;
use crate::paging::{Listing, TotalBody};
use crate::resources::upstream::UpstreamBody;
use crate::resources::versions::VersionSummary;

/// Which images, and which page of them.
#[derive(Deserialize, IntoParams, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ListImages {
    /// Text in the name, display name or description, taken literally, whatever the case.
    #[garde(skip)]
    #[param(min_length = 1, max_length = 200)]
    search: Option<String>,
    /// Only images on this base.
    #[garde(skip)]
    #[param(max_length = 64, pattern = "^[a-z0-9][a-z0-9.-]{0,63}$")]
    base_os: Option<String>,
    /// Only images with all of these labels, comma-separated.
    #[garde(skip)]
    #[param(pattern = "^[a-z0-9][a-z0-9-]{0,63}(,[a-z0-9][a-z0-9-]{0,63})*$")]
    hardening: Option<String>,
    /// Only images for this use.
    #[garde(skip)]
    kind: Option<KindBody>,
    /// `true`: only images whose latest version has outstanding CVEs. `false`: only images
    /// whose latest version was scanned and has none.
    #[garde(skip)]
    outstanding: Option<bool>,
    /// The order.
    #[garde(skip)]
    #[param(inline)]
    sort: Option<SortParam>,
    /// Entries a page.
    #[garde(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// Where to go on: the `nextCursor` of the page before.
    #[garde(skip)]
    #[param(max_length = 2048)]
    cursor: Option<String>,
    /// Whether to count all matching entries.
    #[garde(skip)]
    #[param(default = false)]
    count: Option<bool>,
}

/// What an image is for.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ImageKind)]
pub(crate) enum KindBody {
    /// Has the tools to build software.
    Build,
    /// Runs software.
    Deploy,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
enum SortParam {
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDescending,
    #[serde(rename = "-publishedAt")]
    PublishedDescending,
    #[serde(rename = "-outstanding")]
    OutstandingDescending,
}

impl ListImages {
    fn query(&self) -> Result<ImageQuery, Error> {
        let labels = self.hardening.iter().flat_map(|list| list.split(','));
        let labels: Result<Vec<_>, FieldError> =
            labels.map(|label| HardeningLabel::parse("hardening", label)).collect();
        Ok(ImageQuery {
            search: self.search.as_deref().map(|text| SearchText::parse("search", text)).transpose()?,
            base_os: self.base_os.as_deref().map(|text| BaseOs::parse("baseOs", text)).transpose()?,
            hardening: labels?,
            kind: self.kind.map(|kind| match kind {
                KindBody::Build => ImageKind::Build,
                KindBody::Deploy => ImageKind::Deploy,
            }),
            outstanding: self.outstanding,
            sort: match self.sort.unwrap_or(SortParam::Name) {
                SortParam::Name => ImageSort::Name,
                SortParam::NameDescending => ImageSort::NameDescending,
                SortParam::PublishedDescending => ImageSort::PublishedDescending,
                SortParam::OutstandingDescending => ImageSort::OutstandingDescending,
            },
        })
    }
}

/// An image in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageItem {
    /// The image's id.
    #[schema(format = "uuid")]
    id: String,
    /// The name, unique in the catalogue.
    name: String,
    /// The name for people.
    display_name: String,
    /// What it is.
    description: String,
    /// Where it is pulled from.
    repository: String,
    /// What it is built on.
    base_os: String,
    /// What it is for.
    kind: KindBody,
    /// How it is hardened.
    hardening: Vec<String>,
    /// How many versions it has.
    version_count: u64,
    /// The latest version: active before deprecated, then the most recently published.
    latest_version: Option<VersionSummary>,
}

/// A page of images.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageList {
    items: Vec<ImageItem>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
    /// All matching images; only when `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<TotalBody>,
}

/// An image with its versions and the comparison with upstream.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageDetailBody {
    #[serde(flatten)]
    item: ImageItem,
    /// The newest versions, newest first, at most 200; all of them are paged under `links.versions`.
    versions: Vec<VersionSummary>,
    /// The comparison with the image it replaces; null without a recorded scan of that.
    upstream: Option<UpstreamBody>,
    /// Where to go from here.
    links: ImageLinks,
}

/// Where to go from an image.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageLinks {
    /// This image.
    #[serde(rename = "self")]
    this: String,
    /// All versions, paged.
    versions: String,
    /// The latest version.
    latest_version: Option<String>,
}

impl From<&ImageSummary> for ImageItem {
    fn from(summary: &ImageSummary) -> Self {
        let image = &summary.image;
        Self {
            id: image.id.to_string(),
            name: image.name.to_string(),
            display_name: image.display_name.to_string(),
            description: image.description.clone(),
            repository: image.repository.to_string(),
            base_os: image.base_os.to_string(),
            kind: match image.kind {
                ImageKind::Build => KindBody::Build,
                ImageKind::Deploy => KindBody::Deploy,
            },
            hardening: image.hardening.iter().map(ToString::to_string).collect(),
            version_count: summary.version_count,
            latest_version: summary.latest.as_ref().map(VersionSummary::from),
        }
    }
}

impl From<&ImageDetail> for ImageDetailBody {
    fn from(detail: &ImageDetail) -> Self {
        let this = format!("/api/docker-images/{}", detail.summary.image.id);
        let latest = detail.summary.latest.as_ref();
        Self {
            item: ImageItem::from(&detail.summary),
            versions: detail.versions.iter().map(VersionSummary::from).collect(),
            upstream: detail.baseline.as_ref().map(|baseline| UpstreamBody::of(baseline, latest)),
            links: ImageLinks {
                versions: format!("{this}/versions"),
                latest_version: latest.map(|version| format!("{this}/versions/{}", version.id)),
                this,
            },
        }
    }
}

/// List images
///
/// The images that the tenant is licensed for.
#[utoipa::path(
    get, path = "/api/docker-images", tag = "Images", params(ListImages),
    responses((status = 200, description = "A page of images.", body = ImageList))
)]
pub(crate) async fn list_docker_images(
    Auth(who): Auth<ImagesRead>,
    request: HttpRequest,
    Query(parameters): Query<ListImages>,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    let query = parameters.query()?;
    let listing = Listing { seal: &state.cursors, scope: who.scope(), query: format!("images {query:?}") };
    let page = listing.page(parameters.limit, parameters.cursor.as_deref(), parameters.count)?;
    let found = state.services.images.list(&who, &query, &page).await?;
    let next_cursor = listing.next(&found);
    let items = found.items.iter().map(ImageItem::from).collect();
    let body = ImageList { items, next_cursor, total: found.total.map(Into::into) };
    Answer::page(&request, body.next_cursor.as_deref(), &body)
}

/// Show an image
///
/// An image with its versions and, where its upstream was scanned, the comparison with it.
#[utoipa::path(
    get, path = "/api/docker-images/{id}", tag = "Images",
    params(("id" = String, Path, format = "uuid", description = "The image's id.")),
    responses((status = 200, description = "The image.", body = ImageDetailBody))
)]
pub(crate) async fn get_docker_image(
    Auth(who): Auth<ImagesRead>,
    request: HttpRequest,
    ImagePath(image): ImagePath,
) -> Result<Answer, ApiError> {
    let detail = state(&request)?.services.images.get(&who, image).await?;
    Answer::json(Keep::Private, &ImageDetailBody::from(&detail))
}

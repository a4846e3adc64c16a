//! Versions of images.

use actix_web::HttpRequest;
use podarmor_domain::access::ImagesRead;
use podarmor_domain::image::{Image, Version, VersionStatus};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Answer, Keep};
use crate::error::ApiError;
use crate::guard::Auth;
use crate::input::{ImagePath, Query, VersionPath};
use crate::operation::state;
use crate::paging::{Listing, TotalBody};
use crate::resources::counts::CountsBody;

/// Which page.
#[derive(Deserialize, IntoParams, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ListVersions {
    /// Entries a page.
    #[garde(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// Where to go on: the `nextCursor` of the page before.
    #[garde(skip)]
    #[param(max_length = 2048)]
    cursor: Option<String>,
    /// Whether to count all versions.
    #[garde(skip)]
    #[param(default = false)]
    count: Option<bool>,
}

/// Whether a version should still be used.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = VersionStatus)]
pub(crate) enum StatusBody {
    /// It may.
    Active,
    /// It should not.
    Deprecated,
}

/// A version in short.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionSummary {
    /// The version's id.
    #[schema(format = "uuid")]
    id: String,
    /// The version's name.
    version: String,
    /// The manifest digest.
    digest: String,
    /// Since when it can be pulled.
    #[schema(format = "date-time")]
    published_at: String,
    /// Compressed size in bytes.
    size_bytes: u64,
    /// Whether it should still be used.
    status: StatusBody,
    /// When it was last scanned; null before the first scan.
    #[schema(format = "date-time")]
    last_scanned_at: Option<String>,
    /// What the last scan counted; null before the first scan.
    counts: Option<CountsBody>,
}

/// A version in full.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionBody {
    #[serde(flatten)]
    summary: VersionSummary,
    /// What it runs on.
    platforms: Vec<String>,
    /// Why and since when it should not be used; null while it may.
    deprecation: Option<DeprecationBody>,
    /// How the image is hardened.
    hardening: Vec<String>,
}

/// Why a version should not be used.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeprecationBody {
    /// Why.
    reason: String,
    /// Since when.
    #[schema(format = "date-time")]
    since: String,
}

/// A version with its image.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionDetailBody {
    #[serde(flatten)]
    version: VersionBody,
    /// The image's id.
    #[schema(format = "uuid")]
    image_id: String,
    /// The image's name.
    image_name: String,
    /// Where to go from here.
    links: VersionLinks,
}

/// Where to go from a version.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionLinks {
    /// This version.
    #[serde(rename = "self")]
    this: String,
    /// Its image.
    image: String,
    /// Its scans over time.
    scan_history: String,
    /// The findings of its latest scan.
    vulnerabilities: String,
    /// Its SBOM in SPDX.
    sbom_spdx: String,
    /// Its SBOM in CycloneDX.
    sbom_cyclonedx: String,
}

/// A page of versions.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionList {
    items: Vec<VersionBody>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
    /// All versions; only when `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<TotalBody>,
}

impl From<&Version> for VersionSummary {
    fn from(version: &Version) -> Self {
        Self {
            id: version.id.to_string(),
            version: version.name.to_string(),
            digest: version.digest.to_string(),
            published_at: version.published_at.to_string(),
            size_bytes: version.size_bytes,
            status: match version.status {
                VersionStatus::Active => StatusBody::Active,
                VersionStatus::Deprecated { .. } => StatusBody::Deprecated,
            },
            last_scanned_at: version.last_scan.as_ref().map(|scan| scan.scanned_at.to_string()),
            counts: version.last_scan.as_ref().map(|scan| CountsBody::from(&scan.counts)),
        }
    }
}

impl VersionBody {
    fn of(image: &Image, version: &Version) -> Self {
        Self {
            summary: version.into(),
            platforms: version.platforms.iter().map(ToString::to_string).collect(),
            deprecation: match &version.status {
                VersionStatus::Active => None,
                VersionStatus::Deprecated { reason, since } => {
                    Some(DeprecationBody { reason: reason.clone(), since: since.to_string() })
                }
            },
            hardening: image.hardening.iter().map(ToString::to_string).collect(),
        }
    }
}

impl VersionDetailBody {
    fn of(image: &Image, version: &Version) -> Self {
        let image_path = format!("/api/docker-images/{}", image.id);
        let this = format!("{image_path}/versions/{}", version.id);
        Self {
            version: VersionBody::of(image, version),
            image_id: image.id.to_string(),
            image_name: image.name.to_string(),
            links: VersionLinks {
                image: image_path,
                scan_history: format!("{this}/scan-history"),
                vulnerabilities: format!("{this}/vulnerabilities"),
                sbom_spdx: format!("{this}/sbom/spdx"),
                sbom_cyclonedx: format!("{this}/sbom/cyclonedx"),
                this,
            },
        }
    }
}

/// List versions
///
/// All versions of an image, most recently published first.
#[utoipa::path(
    get, path = "/api/docker-images/{id}/versions", tag = "Images",
    params(("id" = String, Path, format = "uuid", description = "The image's id."), ListVersions),
    responses((status = 200, description = "A page of versions.", body = VersionList))
)]
pub(crate) async fn list_versions(
    Auth(who): Auth<ImagesRead>,
    request: HttpRequest,
    ImagePath(image): ImagePath,
    Query(parameters): Query<ListVersions>,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    let listing = Listing { seal: &state.cursors, scope: who.scope(), query: format!("versions {image}") };
    let page = listing.page(parameters.limit, parameters.cursor.as_deref(), parameters.count)?;
    let (image, found) = state.services.images.versions(&who, image, &page).await?;
    let next_cursor = listing.next(&found);
    let items = found.items.iter().map(|version| VersionBody::of(&image, version)).collect();
    let body = VersionList { items, next_cursor, total: found.total.map(Into::into) };
    Answer::page(&request, body.next_cursor.as_deref(), &body)
}

/// Show a version
///
/// Digest, platforms, size, status and the counts of the last scan.
#[utoipa::path(
    get, path = "/api/docker-images/{id}/versions/{vid}", tag = "Images",
    params(
        ("id" = String, Path, format = "uuid", description = "The image's id."),
        ("vid" = String, Path, format = "uuid", description = "The version's id."),
    ),
    responses((status = 200, description = "The version.", body = VersionDetailBody))
)]
pub(crate) async fn get_version(
    Auth(who): Auth<ImagesRead>,
    request: HttpRequest,
    path: VersionPath,
) -> Result<Answer, ApiError> {
    let (image, version) = state(&request)?.services.images.version(&who, path.image, path.version).await?;
    Answer::json(Keep::Private, &VersionDetailBody::of(&image, &version))
}

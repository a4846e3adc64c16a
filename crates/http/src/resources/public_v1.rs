//! The public API for machines: `/v1`, with an API key.

use actix_web::HttpRequest;
use podarmor_domain::Error;
use podarmor_domain::access::{Authorized, ImagesRead, ReadCatalog, ReadSbom, ReadVulns};
use podarmor_domain::image::{ImageDetail, ImagePosition, ImageQuery, ImageSummary};
use podarmor_domain::paging::{Page, PageLimit, PageRequest};
use podarmor_domain::sbom::SbomFormat;
use podarmor_domain::scan::{Affected, Counts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Answer, Keep};
use crate::error::ApiError;
use crate::guard::Key;
use crate::input::{CvePath, ImagePath, Query};
use crate::operation::state;
use crate::paging::{FindingPosition, Listing, TotalBody, within_scan};
use crate::resources::findings::{FindingBody, ListFindings};
use crate::resources::images::ImageItem;
use crate::resources::sboms::{require_acceptable, send};
use crate::services::State;

/// A page, if only a part is wanted.
#[derive(Deserialize, IntoParams, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct PageOfImages {
    /// Entries a page; all images when neither this nor `cursor` is given.
    #[garde(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// Where to go on: the `nextCursor` of the page before.
    #[garde(skip)]
    #[param(max_length = 2048)]
    cursor: Option<String>,
}

/// The licensed images, by name.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublicImages {
    /// The images.
    images: Vec<ImageItem>,
    /// For the next page; null when all are there.
    next_cursor: Option<String>,
}

/// An image with the counts of its latest version.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublicImage {
    #[serde(flatten)]
    image: ImageItem,
    /// Compressed size of the latest version in bytes; null without a version.
    size_bytes: Option<u64>,
    /// What the last scan of the latest version counted; null before the first scan.
    vulnerability_counts: Option<VulnerabilityCounts>,
}

/// What the last scan of the latest version counted.
#[derive(Serialize, ToSchema)]
pub(crate) struct VulnerabilityCounts {
    /// All matches of critical severity.
    critical: u64,
    /// All matches of high severity.
    high: u64,
    /// All matches of medium severity.
    medium: u64,
    /// All matches of low severity.
    low: u64,
    /// All matches of negligible severity.
    negligible: u64,
    /// All matches whose severity the scanner does not say.
    unknown: u64,
    /// All matches.
    total: u64,
    /// Matches with a fix to pull.
    outstanding: u64,
    /// Matches without.
    residual: u64,
}

impl From<&Counts> for VulnerabilityCounts {
    fn from(counts: &Counts) -> Self {
        let [critical, high, medium, low, negligible, unknown] = counts.by_severity.to_array();
        Self {
            critical,
            high,
            medium,
            low,
            negligible,
            unknown,
            total: counts.total(),
            outstanding: counts.outstanding(),
            residual: counts.residual(),
        }
    }
}

impl From<&ImageDetail> for PublicImage {
    fn from(detail: &ImageDetail) -> Self {
        let latest = detail.summary.latest.as_ref();
        Self {
            image: (&detail.summary).into(),
            size_bytes: latest.map(|version| version.size_bytes),
            vulnerability_counts: latest
                .and_then(|version| version.last_scan.as_ref())
                .map(|scan| VulnerabilityCounts::from(&scan.counts)),
        }
    }
}

/// Which document.
#[derive(Deserialize, IntoParams, garde::Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichSbom {
    /// The format.
    #[garde(skip)]
    #[param(inline)]
    format: FormatParam,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum FormatParam {
    Cyclonedx,
    Spdx,
}

/// The findings of the latest scan of an image's latest version.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageVulnerabilities {
    /// The image's id.
    #[schema(format = "uuid")]
    image_id: String,
    /// The image's name.
    image_name: String,
    /// The latest version.
    version: String,
    /// When it was scanned; null before the first scan, when nothing is known.
    #[schema(format = "date-time")]
    scanned_at: Option<String>,
    /// The findings, worst first.
    vulnerabilities: Vec<FindingBody>,
    /// For the next page; null when all are there.
    next_cursor: Option<String>,
    /// All matching findings; only when `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<TotalBody>,
}

/// Where the tenant's images carry a vulnerability.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CveAnswer {
    /// The id that was asked for.
    cve_id: String,
    /// Where it is, by image name, then most recently published version; at most 10,000 places.
    affected: Vec<AffectedBody>,
}

/// One place.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AffectedBody {
    /// The image's id.
    #[schema(format = "uuid")]
    image_id: String,
    /// The image's name.
    image: String,
    /// The version's id.
    #[schema(format = "uuid")]
    version_id: String,
    /// The version's name.
    version: String,
    /// Whether it is the image's latest version.
    latest: bool,
    #[serde(flatten)]
    finding: FindingBody,
}

impl From<&Affected> for AffectedBody {
    fn from(place: &Affected) -> Self {
        Self {
            image_id: place.image.to_string(),
            image: place.image_name.to_string(),
            version_id: place.version.to_string(),
            version: place.version_name.to_string(),
            latest: place.latest,
            finding: (&place.finding).into(),
        }
    }
}

/// List images
///
/// Every image that the tenant is licensed for, by name; in pages only when asked.
#[utoipa::path(
    get, path = "/v1/images", tag = "Images", params(PageOfImages),
    responses((status = 200, description = "The images.", body = PublicImages))
)]
pub(crate) async fn list_images(
    Key(who): Key<ReadCatalog>,
    request: HttpRequest,
    Query(parameters): Query<PageOfImages>,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    if parameters.limit.is_none() && parameters.cursor.is_none() {
        let images = all_images(state, &who).await?.iter().map(ImageItem::from).collect();
        return Answer::json(Keep::Private, &PublicImages { images, next_cursor: None });
    }
    let listing = Listing { seal: &state.cursors, scope: who.scope(), query: "v1 images".to_owned() };
    let page = listing.page(parameters.limit, parameters.cursor.as_deref(), None)?;
    let found = state.services.images.list(&who, &ImageQuery::default(), &page).await?;
    let next_cursor = listing.next(&found);
    let body = PublicImages { images: found.items.iter().map(ImageItem::from).collect(), next_cursor };
    Answer::page(&request, body.next_cursor.as_deref(), &body)
}

async fn all_images(state: &State, who: &Authorized<ImagesRead>) -> Result<Vec<ImageSummary>, Error> {
    let mut images = Vec::new();
    let mut page = PageRequest { limit: PageLimit::new(PageLimit::MAX)?, after: None, count: false };
    loop {
        let found: Page<ImageSummary, ImagePosition> =
            state.services.images.list(who, &ImageQuery::default(), &page).await?;
        images.extend(found.items);
        page.after = found.next;
        if page.after.is_none() {
            return Ok(images);
        }
    }
}

/// Show an image
///
/// Base, size and the counts of the latest version.
#[utoipa::path(
    get, path = "/v1/images/{id}", tag = "Images",
    params(("id" = String, Path, format = "uuid", description = "The image's id.")),
    responses((status = 200, description = "The image.", body = PublicImage))
)]
pub(crate) async fn get_image(
    Key(who): Key<ReadCatalog>,
    request: HttpRequest,
    ImagePath(image): ImagePath,
) -> Result<Answer, ApiError> {
    let detail = state(&request)?.services.images.get(&who, image).await?;
    Answer::json(Keep::Private, &PublicImage::from(&detail))
}

/// Download the SBOM
///
/// Of the latest version, byte for byte as it was published.
#[utoipa::path(
    get, path = "/v1/images/{id}/sbom", tag = "SBOMs",
    params(("id" = String, Path, format = "uuid", description = "The image's id."), WhichSbom),
    responses((
        status = 200, description = "The document.",
        content(
            (serde_json::Value = "application/spdx+json"),
            (serde_json::Value = "application/vnd.cyclonedx+json; version=1.5"),
        ),
    ))
)]
pub(crate) async fn download_sbom(
    Key(who): Key<ReadSbom>,
    request: HttpRequest,
    ImagePath(image): ImagePath,
    Query(which): Query<WhichSbom>,
) -> Result<Answer, ApiError> {
    let format = match which.format {
        FormatParam::Cyclonedx => SbomFormat::CycloneDx15,
        FormatParam::Spdx => SbomFormat::Spdx23,
    };
    require_acceptable(&request, format)?;
    let found = state(&request)?.services.sboms.find_latest(&who, image, format).await?;
    send(&who, &request, found).await
}

/// List vulnerabilities
///
/// The findings of the latest scan of the latest version, worst first, with fix state; in pages
/// only when asked. Later pages are of the same scan as the first, also when a newer scan or
/// version was published meanwhile.
#[utoipa::path(
    get, path = "/v1/images/{id}/vulnerabilities", tag = "Scans",
    params(("id" = String, Path, format = "uuid", description = "The image's id."), ListFindings),
    responses((status = 200, description = "The findings.", body = ImageVulnerabilities))
)]
pub(crate) async fn list_image_vulnerabilities(
    Key(who): Key<ReadVulns>,
    request: HttpRequest,
    ImagePath(image): ImagePath,
    Query(parameters): Query<ListFindings>,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    let filter = parameters.filter()?;
    let listing =
        Listing { seal: &state.cursors, scope: who.scope(), query: format!("v1 vulnerabilities {image} {filter:?}") };
    let all = parameters.limit.is_none() && parameters.cursor.is_none();
    let limit = if all { Some(PageLimit::MAX) } else { parameters.limit };
    let asked = listing.page::<FindingPosition>(limit, parameters.cursor.as_deref(), parameters.count)?;
    let (scans, mut page) = (&state.services.scans, within_scan(&asked));
    let mut found = match asked.after {
        None => scans.latest_vulnerabilities(&who, image, &filter, &page).await?,
        Some(at) => scans.vulnerabilities_as_of(&who, (image, at.version, at.scan), &filter, &page).await?,
    };
    while all && let Some(at) = FindingPosition::behind(&found) {
        page.after = found.page.next;
        page.count = false;
        let (_, more) = scans.scan(&who, image, at.version, at.scan, &filter, &page).await?;
        found.page.items.extend(more.items);
        found.page.next = more.next;
    }
    let next_cursor = FindingPosition::behind(&found).map(|position| listing.cursor(&position));
    let body = ImageVulnerabilities {
        image_id: found.image.id.to_string(),
        image_name: found.image.name.to_string(),
        version: found.version.name.to_string(),
        scanned_at: found.version.last_scan.as_ref().map(|scan| scan.scanned_at.to_string()),
        vulnerabilities: found.page.items.iter().map(|(_, finding)| finding.into()).collect(),
        next_cursor,
        total: found.page.total.map(Into::into),
    };
    Answer::page(&request, body.next_cursor.as_deref(), &body)
}

/// Find a CVE
///
/// Which of the tenant's images carry it, under this id or an alias, by the latest scan of each
/// version.
#[utoipa::path(
    get, path = "/v1/cve/{cveId}", tag = "Scans",
    params((
        "cveId" = String, Path, description = "`CVE-2026-12345` or `GHSA-jfh8-c2jp-5v3q`.",
        pattern = "^([Cc][Vv][Ee]-[0-9]{4}-[0-9]{4,19}|[Gg][Hh][Ss][Aa](-[0-9A-Za-z]{4}){3})$",
    )),
    responses((status = 200, description = "Where it is; empty when nowhere.", body = CveAnswer))
)]
pub(crate) async fn find_cve(
    Key(who): Key<ReadVulns>,
    request: HttpRequest,
    CvePath(vulnerability): CvePath,
) -> Result<Answer, ApiError> {
    let affected = state(&request)?.services.scans.affected_by(&who, &vulnerability).await?;
    let body =
        CveAnswer { cve_id: vulnerability.to_string(), affected: affected.iter().map(AffectedBody::from).collect() };
    Answer::json(Keep::Private, &body)
}

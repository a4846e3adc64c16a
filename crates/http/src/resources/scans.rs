//! Scans: the history of a version, one scan, the findings of the latest.

use actix_web::HttpRequest;
use podarmor_domain::access::ScansRead;
use podarmor_domain::image::LastScan;
use podarmor_domain::scan::{HistoryOrder, HistoryWindow, Scan, Scanner};
use podarmor_domain::{FieldError, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::Answer;
use crate::error::ApiError;
use crate::guard::Auth;
use crate::input::{Query, ScanPath, VersionPath};
use crate::operation::state;
use crate::paging::{FindingPosition, Listing, TotalBody, within_scan};
use crate::resources::counts::CountsBody;
use crate::resources::findings::{FindingBody, ListFindings};

/// Which stretch of the history, and which page of it.
#[derive(Deserialize, IntoParams, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ListScans {
    /// Not before this time (RFC 3339).
    #[garde(skip)]
    #[param(format = "date-time")]
    from: Option<String>,
    /// Not after this time (RFC 3339).
    #[garde(skip)]
    #[param(format = "date-time")]
    to: Option<String>,
    /// Oldest first (`asc`) or newest first (`desc`).
    #[garde(skip)]
    #[param(inline)]
    order: Option<OrderParam>,
    /// Entries a page.
    #[garde(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// Where to go on: the `nextCursor` of the page before.
    #[garde(skip)]
    #[param(max_length = 2048)]
    cursor: Option<String>,
    /// Whether to count all scans of the stretch.
    #[garde(skip)]
    #[param(default = false)]
    count: Option<bool>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum OrderParam {
    Asc,
    Desc,
}

impl ListScans {
    fn window(&self) -> Result<HistoryWindow, FieldError> {
        let time =
            |path: &str, text: &Option<String>| text.as_deref().map(|text| Timestamp::parse(path, text)).transpose();
        let order = match self.order {
            Some(OrderParam::Desc) => HistoryOrder::Descending,
            Some(OrderParam::Asc) | None => HistoryOrder::Ascending,
        };
        Ok(HistoryWindow { from: time("from", &self.from)?, to: time("to", &self.to)?, order })
    }
}

/// What made a report.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScannerBody {
    /// The scanner's name.
    name: String,
    /// Its version, as it states it.
    version: String,
    /// When its vulnerability database was built, if the report says.
    #[schema(format = "date-time")]
    db_built_at: Option<String>,
}

/// A scan of a version.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScanBody {
    /// The scan's id.
    #[schema(format = "uuid")]
    scan_id: String,
    /// When it ran.
    #[schema(format = "date-time")]
    scanned_at: String,
    /// What made it.
    scanner: ScannerBody,
    /// What it counted.
    counts: CountsBody,
    /// What changed since the scan before.
    changes: ChangesBody,
}

/// How many (vulnerability, package) pairs came and went since the scan before; on the first
/// scan everything has appeared.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangesBody {
    appeared: u64,
    resolved: u64,
}

/// A page of a version's history.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScanList {
    items: Vec<ScanBody>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
    /// All scans of the stretch; only when `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<TotalBody>,
}

/// A scan with a page of its findings.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScanDetailBody {
    /// The scan.
    scan: ScanBody,
    items: Vec<FindingBody>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
    /// All matching findings; only when `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<TotalBody>,
}

/// The latest scan, in short.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LastScanBody {
    /// The scan's id.
    #[schema(format = "uuid")]
    scan_id: String,
    /// When it ran.
    #[schema(format = "date-time")]
    scanned_at: String,
    /// What it counted.
    counts: CountsBody,
}

/// A page of the findings of a version's latest scan.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VulnerabilityList {
    /// The scan they come from; null before the first scan, when nothing is known.
    scan: Option<LastScanBody>,
    items: Vec<FindingBody>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
    /// All matching findings; only when `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<TotalBody>,
}

impl From<&Scanner> for ScannerBody {
    fn from(scanner: &Scanner) -> Self {
        Self {
            name: scanner.name.clone(),
            version: scanner.version.clone(),
            db_built_at: scanner.db_built_at.map(|at| at.to_string()),
        }
    }
}

impl From<&Scan> for ScanBody {
    fn from(scan: &Scan) -> Self {
        Self {
            scan_id: scan.id.to_string(),
            scanned_at: scan.scanned_at.to_string(),
            scanner: (&scan.scanner).into(),
            counts: (&scan.counts).into(),
            changes: ChangesBody { appeared: scan.changes.appeared, resolved: scan.changes.resolved },
        }
    }
}

impl From<&LastScan> for LastScanBody {
    fn from(scan: &LastScan) -> Self {
        Self { scan_id: scan.id.to_string(), scanned_at: scan.scanned_at.to_string(), counts: (&scan.counts).into() }
    }
}

/// Show the scan history
///
/// The recorded scans of a version, oldest first. History starts with the first recorded scan.
#[utoipa::path(
    get, path = "/api/docker-images/{id}/versions/{vid}/scan-history", tag = "Scans",
    params(
        ("id" = String, Path, format = "uuid", description = "The image's id."),
        ("vid" = String, Path, format = "uuid", description = "The version's id."),
        ListScans,
    ),
    responses((status = 200, description = "A page of scans.", body = ScanList))
)]
pub(crate) async fn get_scan_history(
    Auth(who): Auth<ScansRead>,
    request: HttpRequest,
    path: VersionPath,
    Query(parameters): Query<ListScans>,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    let window = parameters.window()?;
    let query = format!("scans {} {} {window:?}", path.image, path.version);
    let listing = Listing { seal: &state.cursors, scope: who.scope(), query };
    let page = listing.page(parameters.limit, parameters.cursor.as_deref(), parameters.count)?;
    let found = state.services.scans.history(&who, path.image, path.version, &window, &page).await?;
    let next_cursor = listing.next(&found);
    let items = found.items.iter().map(ScanBody::from).collect();
    let body = ScanList { items, next_cursor, total: found.total.map(Into::into) };
    Answer::page(&request, body.next_cursor.as_deref(), &body)
}

/// Show a scan
///
/// One recorded scan of a version, with its findings, worst first.
#[utoipa::path(
    get, path = "/api/docker-images/{id}/versions/{vid}/scans/{scanId}", tag = "Scans",
    params(
        ("id" = String, Path, format = "uuid", description = "The image's id."),
        ("vid" = String, Path, format = "uuid", description = "The version's id."),
        ("scanId" = String, Path, format = "uuid", description = "The scan's id."),
        ListFindings,
    ),
    responses((status = 200, description = "The scan and a page of its findings.", body = ScanDetailBody))
)]
pub(crate) async fn get_scan(
    Auth(who): Auth<ScansRead>,
    request: HttpRequest,
    path: ScanPath,
    Query(parameters): Query<ListFindings>,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    let filter = parameters.filter()?;
    let VersionPath { image, version } = path.version;
    let query = format!("scan {image} {version} {} {filter:?}", path.scan);
    let listing = Listing { seal: &state.cursors, scope: who.scope(), query };
    let page = listing.page(parameters.limit, parameters.cursor.as_deref(), parameters.count)?;
    let (scan, found) = state.services.scans.scan(&who, image, version, path.scan, &filter, &page).await?;
    let body = ScanDetailBody {
        scan: (&scan).into(),
        next_cursor: listing.next(&found),
        items: found.items.iter().map(|(_, finding)| finding.into()).collect(),
        total: found.total.map(Into::into),
    };
    Answer::page(&request, body.next_cursor.as_deref(), &body)
}

/// List vulnerabilities
///
/// The findings of a version's latest scan, worst first, with fix state, ratings and the
/// maintainer's ruling. Later pages are of the same scan as the first, also when a newer one was
/// recorded meanwhile.
#[utoipa::path(
    get, path = "/api/docker-images/{id}/versions/{vid}/vulnerabilities", tag = "Scans",
    params(
        ("id" = String, Path, format = "uuid", description = "The image's id."),
        ("vid" = String, Path, format = "uuid", description = "The version's id."),
        ListFindings,
    ),
    responses((status = 200, description = "A page of findings.", body = VulnerabilityList))
)]
pub(crate) async fn list_vulnerabilities(
    Auth(who): Auth<ScansRead>,
    request: HttpRequest,
    path: VersionPath,
    Query(parameters): Query<ListFindings>,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    let filter = parameters.filter()?;
    let query = format!("vulnerabilities {} {} {filter:?}", path.image, path.version);
    let listing = Listing { seal: &state.cursors, scope: who.scope(), query };
    let page = listing.page::<FindingPosition>(parameters.limit, parameters.cursor.as_deref(), parameters.count)?;
    let (scans, VersionPath { image, version }) = (&state.services.scans, path);
    let found = match &page.after {
        None => scans.vulnerabilities(&who, image, version, &filter, &within_scan(&page)).await?,
        Some(at) => scans.vulnerabilities_as_of(&who, (image, version, at.scan), &filter, &within_scan(&page)).await?,
    };
    let body = VulnerabilityList {
        scan: found.version.last_scan.as_ref().map(Into::into),
        next_cursor: FindingPosition::behind(&found).map(|position| listing.cursor(&position)),
        items: found.page.items.iter().map(|(_, finding)| finding.into()).collect(),
        total: found.page.total.map(Into::into),
    };
    Answer::page(&request, body.next_cursor.as_deref(), &body)
}

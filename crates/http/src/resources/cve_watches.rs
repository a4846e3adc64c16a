//! Watches on vulnerabilities.

use actix_web::HttpRequest;
use podarmor_domain::access::{WatchesRead, WatchesWrite};
use podarmor_domain::scan::VulnerabilityId;
use podarmor_domain::watch::{Added, WatchMatch, WatchNote, Watched};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::Answer;
use crate::error::ApiError;
use crate::guard::Auth;
use crate::idempotency::KeyedBody;
use crate::input::{Query, WatchPath};
use crate::operation::state;
use crate::paging::{Listing, TotalBody};
use crate::resources::findings::{FixStateSchema, PackageNameBody, SeveritySchema};

/// Which page.
#[derive(Deserialize, IntoParams, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ListWatches {
    /// Entries a page.
    #[garde(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// Where to go on: the `nextCursor` of the page before.
    #[garde(skip)]
    #[param(max_length = 2048)]
    cursor: Option<String>,
    /// Whether to count all watches.
    #[garde(skip)]
    #[param(default = false)]
    count: Option<bool>,
}

/// A vulnerability to watch.
#[derive(Deserialize, ToSchema, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = NewCveWatch)]
pub(crate) struct NewWatchBody {
    /// `CVE-YYYY-NNNN…` or `GHSA-xxxx-xxxx-xxxx`, in either case.
    #[garde(custom(fits_vulnerability))]
    #[schema(
        max_length = 28,
        pattern = "^([Cc][Vv][Ee]-[0-9]{4}-[0-9]{4,19}|[Gg][Hh][Ss][Aa](-[0-9A-Za-z]{4}){3})$",
        example = "CVE-2026-12345"
    )]
    cve_id: String,
    /// Why it is watched, up to 1,000 characters.
    #[garde(inner(custom(fits_note)))]
    #[schema(max_length = 1000)]
    note: Option<String>,
}

fn fits_vulnerability(text: &str, (): &()) -> garde::Result {
    VulnerabilityId::parse("cveId", text).map(drop).map_err(|field| garde::Error::new(field.message))
}

fn fits_note(text: &str, (): &()) -> garde::Result {
    WatchNote::parse("note", text).map(drop).map_err(|field| garde::Error::new(field.message))
}

/// A watch, and where the vulnerability is now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CveWatch)]
pub(crate) struct WatchBody {
    /// The watch's id.
    #[schema(format = "uuid")]
    id: String,
    /// What is watched.
    cve_id: String,
    /// Why.
    note: Option<String>,
    /// Since when.
    #[schema(format = "date-time")]
    created_at: String,
    /// The id of the user who made it; null once that user is gone.
    #[schema(format = "uuid")]
    created_by: Option<String>,
    /// Where it is now: by image name, then the most recently published version first; the
    /// first 100.
    #[schema(max_items = 100)]
    matches: Vec<WatchMatchBody>,
    /// How many matches there are in all.
    match_count: u64,
}

/// Where a watched vulnerability is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CveWatchMatch)]
pub(crate) struct WatchMatchBody {
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
    /// The id under which the scanner reports it: the watched one or an alias.
    vulnerability_id: String,
    /// The package it is in.
    package: PackageNameBody,
    /// How bad it is.
    #[schema(value_type = SeveritySchema)]
    severity: &'static str,
    /// Whether there is a fix.
    #[schema(value_type = FixStateSchema)]
    fix_state: &'static str,
    /// Versions of the package that fix it.
    fixed_in: Vec<String>,
    /// When the scan ran since which every scan of the version shows it.
    #[schema(format = "date-time")]
    since: String,
}

/// A page of watches.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CveWatchList)]
pub(crate) struct WatchList {
    items: Vec<WatchBody>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
    /// All watches; only when `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<TotalBody>,
}

impl From<&Watched> for WatchBody {
    fn from(watched: &Watched) -> Self {
        let watch = &watched.watch;
        Self {
            id: watch.id.to_string(),
            cve_id: watch.vulnerability.to_string(),
            note: watch.note.as_ref().map(ToString::to_string),
            created_at: watch.created_at.to_string(),
            created_by: watch.created_by.map(|user| user.to_string()),
            matches: watched.matches.iter().map(Into::into).collect(),
            match_count: watched.match_count,
        }
    }
}

impl From<&WatchMatch> for WatchMatchBody {
    fn from(place: &WatchMatch) -> Self {
        Self {
            image_id: place.image.to_string(),
            image: place.image_name.to_string(),
            version_id: place.version.to_string(),
            version: place.version_name.to_string(),
            vulnerability_id: place.vulnerability.clone(),
            package: (&place.package).into(),
            severity: place.severity.as_str(),
            fix_state: place.fix_state.as_str(),
            fixed_in: place.fixed_in.clone(),
            since: place.since.to_string(),
        }
    }
}

fn added(added: &Added) -> Result<Answer, ApiError> {
    let (new, watched) = match added {
        Added::New(watched) => (true, watched),
        Added::Existing(watched) => (false, watched),
    };
    Answer::put(new, format!("/api/cve-watches/{}", watched.watch.id), &WatchBody::from(watched))
}

/// List CVE watches
///
/// The tenant's watches, newest first, each with where the vulnerability is now. Aliases count: a
/// match under a GHSA id whose related vulnerability is the watched CVE is one, and the other way
/// round.
#[utoipa::path(
    get, path = "/api/cve-watches", tag = "CVE watches", params(ListWatches),
    responses((status = 200, description = "A page of watches.", body = WatchList))
)]
pub(crate) async fn list_cve_watches(
    Auth(who): Auth<WatchesRead>,
    request: HttpRequest,
    Query(parameters): Query<ListWatches>,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    let listing = Listing { seal: &state.cursors, scope: who.scope(), query: "cve-watches".to_owned() };
    let page = listing.page(parameters.limit, parameters.cursor.as_deref(), parameters.count)?;
    let found = state.services.watches.list(&who, &page).await?;
    let next_cursor = listing.next(&found);
    let items = found.items.iter().map(WatchBody::from).collect();
    let body = WatchList { items, next_cursor, total: found.total.map(Into::into) };
    Answer::page(&request, body.next_cursor.as_deref(), &body)
}

/// Watch a CVE
///
/// Answers where the vulnerability is now. From then on `cve.watched` tells where it appears: once
/// a version, when a scan shows it and the scan of that version before did not. What is there
/// already fires nothing. A tenant has at most 1,000 watches.
#[utoipa::path(
    post, path = "/api/cve-watches", tag = "CVE watches", request_body = NewWatchBody,
    responses(
        (status = 200, description = "It was watched already: the watch as it is.", body = WatchBody),
        (status = 201, description = "It is watched now.", body = WatchBody),
    )
)]
pub(crate) async fn add_cve_watch(
    Auth(who): Auth<WatchesWrite>,
    request: HttpRequest,
    KeyedBody { body, keyed }: KeyedBody<NewWatchBody>,
) -> Result<Answer, ApiError> {
    let vulnerability = VulnerabilityId::parse("cveId", &body.cve_id)?;
    let note = body.note.as_deref().map(|note| WatchNote::parse("note", note)).transpose()?;
    let watches = &state(&request)?.services.watches;
    keyed.answer(&request, added, async |once| watches.add(&who, vulnerability, note, once).await).await
}

/// Stop watching a CVE
///
/// Events that were fired stay in the feed.
#[utoipa::path(
    delete, path = "/api/cve-watches/{id}", tag = "CVE watches",
    params(("id" = String, Path, format = "uuid", description = "The watch's id.")),
    responses((status = 204, description = "It is watched no more."))
)]
pub(crate) async fn remove_cve_watch(
    Auth(who): Auth<WatchesWrite>,
    request: HttpRequest,
    WatchPath(watch): WatchPath,
) -> Result<Answer, ApiError> {
    state(&request)?.services.watches.remove(&who, watch).await?;
    Ok(Answer::Done)
}

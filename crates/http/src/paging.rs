//! Pages over HTTP: `limit`, `cursor`, `count`; sealed cursors; the `Link` header.

use actix_web::HttpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use podarmor_domain::FieldError;
use podarmor_domain::Timestamp;
use podarmor_domain::access::{Email, TenantScope, UserPosition};
use podarmor_domain::event::EventPosition;
use podarmor_domain::id::{DeliveryId, FeatureRequestId, ScanId, SubscriptionId, VersionId, WatchId};
use podarmor_domain::image::{ImageName, ImagePosition, VersionPosition};
use podarmor_domain::paging::{Page, PageLimit, PageRequest, Total};
use podarmor_domain::request::RequestPosition;
use podarmor_domain::scan::{HistoryPosition, VersionFindings};
use podarmor_domain::watch::WatchPosition;
use podarmor_domain::webhook::{DeliveryPosition, SubscriptionPosition};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;

/// The bytes of the seal that a cursor carries; 128 bits.
const SEAL_BYTES: usize = 16;
/// Longer cursors were not made here.
const LONGEST: usize = 2_048;

/// A place in a list, as text inside a cursor.
pub(crate) trait Position: Sized {
    fn write(&self) -> String;
    fn read(text: &str) -> Option<Self>;
}

impl Position for ImagePosition {
    fn write(&self) -> String {
        format!("{}:{}", self.rank, self.name)
    }

    fn read(text: &str) -> Option<Self> {
        let (rank, name) = text.split_once(':')?;
        Some(Self { rank: rank.parse().ok()?, name: ImageName::parse("cursor", name).ok()? })
    }
}

impl Position for VersionPosition {
    fn write(&self) -> String {
        format!("{}:{}", self.published_at.micros(), self.id)
    }

    fn read(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once(':')?;
        let published_at = Timestamp::from_micros(micros.parse().ok()?);
        Some(Self { published_at, id: VersionId::parse("cursor", id).ok()? })
    }
}

impl Position for HistoryPosition {
    fn write(&self) -> String {
        format!("{}:{}", self.scanned_at.micros(), self.id)
    }

    fn read(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once(':')?;
        let scanned_at = Timestamp::from_micros(micros.parse().ok()?);
        Some(Self { scanned_at, id: ScanId::parse("cursor", id).ok()? })
    }
}

impl Position for UserPosition {
    fn write(&self) -> String {
        self.0.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        Email::parse("cursor", text).ok().map(Self)
    }
}

/// A place in the findings of a version's latest scan, with the scan that was the latest when the
/// list was begun.
pub(crate) struct FindingPosition {
    pub(crate) version: VersionId,
    pub(crate) scan: ScanId,
    index: u32,
}

impl FindingPosition {
    /// The place behind this page.
    pub(crate) fn behind(found: &VersionFindings) -> Option<Self> {
        let scan = found.version.last_scan.as_ref()?.id;
        found.page.next.map(|index| Self { version: found.version.id, scan, index })
    }
}

impl Position for FindingPosition {
    fn write(&self) -> String {
        format!("{}:{}:{}", self.version, self.scan, self.index)
    }

    fn read(text: &str) -> Option<Self> {
        let (version, rest) = text.split_once(':')?;
        let (scan, index) = rest.split_once(':')?;
        let (version, scan) = (VersionId::parse("cursor", version).ok()?, ScanId::parse("cursor", scan).ok()?);
        Some(Self { version, scan, index: index.parse().ok()? })
    }
}

/// The same page in the findings of the scan that its position names.
pub(crate) fn within_scan(page: &PageRequest<FindingPosition>) -> PageRequest<u32> {
    let after = page.after.as_ref().map(|position| position.index);
    PageRequest { limit: page.limit, after, count: page.count }
}

/// Lists in the order of ids.
macro_rules! by_id {
    ($($position:ident($id:ident)),* $(,)?) => {$(
        impl Position for $position {
            fn write(&self) -> String {
                self.0.to_string()
            }

            fn read(text: &str) -> Option<Self> {
                $id::parse("cursor", text).ok().map(Self)
            }
        }
    )*};
}
by_id!(WatchPosition(WatchId), SubscriptionPosition(SubscriptionId), DeliveryPosition(DeliveryId));

impl Position for EventPosition {
    fn write(&self) -> String {
        self.0.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl Position for RequestPosition {
    fn write(&self) -> String {
        format!("{}:{}", self.created_at.micros(), self.id)
    }

    fn read(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once(':')?;
        let created_at = Timestamp::from_micros(micros.parse().ok()?);
        Some(Self { created_at, id: FeatureRequestId::parse("cursor", id).ok()? })
    }
}

impl Position for u32 {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Seals cursors, so that a page can only be continued by the tenant and for the query that
/// began it.
pub(crate) struct CursorSeal {
    key: Hmac<sha2::Sha256>,
}

impl CursorSeal {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length; called at start-up")]
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self { key: Hmac::new_from_slice(&key).expect("a key of any length") }
    }

    fn mac(&self, scope: TenantScope, query: &str, position: &str) -> Hmac<sha2::Sha256> {
        let mut mac = self.key.clone();
        mac.update(scope.tenant().uuid().as_bytes());
        mac.update(&(query.len() as u64).to_be_bytes());
        mac.update(query.as_bytes());
        mac.update(position.as_bytes());
        mac
    }

    fn seal(&self, scope: TenantScope, query: &str, position: &str) -> String {
        let tag = self.mac(scope, query, position).finalize().into_bytes();
        let mut bytes = tag[..SEAL_BYTES].to_vec();
        bytes.extend_from_slice(position.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn open(&self, scope: TenantScope, query: &str, cursor: &str) -> Option<String> {
        if cursor.len() > LONGEST {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (tag, position) = bytes.split_at_checked(SEAL_BYTES)?;
        let position = std::str::from_utf8(position).ok()?;
        self.mac(scope, query, position).verify_truncated_left(tag).ok()?;
        Some(position.to_owned())
    }
}

/// The list that a cursor belongs to: the tenant, and everything of the query but the page.
pub(crate) struct Listing<'a> {
    pub(crate) seal: &'a CursorSeal,
    pub(crate) scope: TenantScope,
    /// Operation, path and filters in one canonical text.
    pub(crate) query: String,
}

impl Listing<'_> {
    /// The page that the parameters ask for.
    pub(crate) fn page<K: Position>(
        &self,
        limit: Option<u32>,
        cursor: Option<&str>,
        count: Option<bool>,
    ) -> Result<PageRequest<K>, FieldError> {
        let limit = limit.map_or(Ok(PageLimit::DEFAULT), PageLimit::new)?;
        let after = cursor.map(|cursor| self.open("cursor", cursor)).transpose()?;
        Ok(PageRequest { limit, after, count: count.unwrap_or(false) })
    }

    /// The place behind the cursor in this parameter.
    pub(crate) fn open<K: Position>(&self, parameter: &str, cursor: &str) -> Result<K, FieldError> {
        let position = self.seal.open(self.scope, &self.query, cursor);
        let position = position.and_then(|position| K::read(&position));
        position.ok_or_else(|| FieldError::new(parameter, "is not a cursor of this list"))
    }

    /// The cursor behind this page, if there is more.
    pub(crate) fn next<T, K: Position>(&self, page: &Page<T, K>) -> Option<String> {
        page.next.as_ref().map(|position| self.cursor(position))
    }

    /// The cursor of what is behind this position.
    pub(crate) fn cursor(&self, position: &impl Position) -> String {
        self.seal.seal(self.scope, &self.query, &position.write())
    }
}

/// How many entries match in all.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotalBody {
    /// The number; counting stops at 10,000.
    count: u64,
    /// `exact`, or `at_least` when counting stopped.
    #[schema(value_type = TotalTypeSchema)]
    r#type: &'static str,
}

/// Whether a total is the whole truth.
#[derive(ToSchema)]
#[schema(as = TotalType, rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum TotalTypeSchema {
    Exact,
    AtLeast,
}

impl From<Total> for TotalBody {
    fn from(total: Total) -> Self {
        Self { count: total.count, r#type: if total.exact { "exact" } else { "at_least" } }
    }
}

/// `Link: <…>; rel="next"` (RFC 8288): this request with the next cursor in its parameter.
pub(crate) fn next_link(request: &HttpRequest, parameter: &str, cursor: &str) -> Result<String, ApiError> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(request.query_string()).map_err(ApiError::internal)?;
    let kept = pairs.iter().filter(|(name, _)| name != parameter).map(|(name, value)| (name.as_str(), value.as_str()));
    let pairs: Vec<(&str, &str)> = kept.chain(std::iter::once((parameter, cursor))).collect();
    let query = serde_urlencoded::to_string(pairs).map_err(ApiError::internal)?;
    Ok(format!("<{}?{query}>; rel=\"next\"", request.path()))
}

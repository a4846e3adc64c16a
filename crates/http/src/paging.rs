//! Pages over HTTP: `limit`, `cursor`, `count`; sealed cursors; the `Link` header.

use actix_web::HttpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use podarmor_domain::FieldError;
use podarmor_domain::Timestamp;
use podarmor_domain::access::{Email, TenantScope, UserPosition};
use podarmor_domain::id::{FeatureRequestId, ScanId, VersionId};
use podarmor_domain::image::{ImageName, ImagePosition, VersionPosition};
use podarmor_domain::paging::{Page, PageLimit, PageRequest, Total};
use podarmor_domain::request::RequestPosition;
use podarmor_domain::scan::HistoryPosition;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;

/// The bytes of the seal that a cursor carries; 128 bits.
const SEAL_BYTES: usize = 16;
/// Longer cursors were not made here.
const LONGEST: usize = 1_024;

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
        let open = |cursor| {
            let position = self.seal.open(self.scope, &self.query, cursor);
            let position = position.and_then(|position| K::read(&position));
            position.ok_or_else(|| FieldError::new("cursor", "is not a cursor of this list"))
        };
        Ok(PageRequest { limit, after: cursor.map(open).transpose()?, count: count.unwrap_or(false) })
    }

    /// The cursor behind this page, if there is more.
    pub(crate) fn next<T, K: Position>(&self, page: &Page<T, K>) -> Option<String> {
        page.next.as_ref().map(|position| self.seal.seal(self.scope, &self.query, &position.write()))
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

/// `Link: <…>; rel="next"` (RFC 8288): this request with the next cursor.
pub(crate) fn next_link(request: &HttpRequest, cursor: &str) -> Result<String, ApiError> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(request.query_string()).map_err(ApiError::internal)?;
    let kept = pairs.iter().filter(|(name, _)| name != "cursor").map(|(name, value)| (name.as_str(), value.as_str()));
    let pairs: Vec<(&str, &str)> = kept.chain(std::iter::once(("cursor", cursor))).collect();
    let query = serde_urlencoded::to_string(pairs).map_err(ApiError::internal)?;
    Ok(format!("<{}?{query}>; rel=\"next\"", request.path()))
}

//! Identifiers: `UUIDv7` (RFC 9562), one type a kind of thing.

use crate::error::FieldError;
use crate::macros::identifier;
use crate::ports::{Clock, Random};

identifier! {
    /// A tenant.
    TenantId,
    /// A user of a tenant.
    UserId,
    /// A signed-in session.
    SessionId,
    /// An access token (`jti`).
    TokenId,
    /// An image.
    ImageId,
    /// An immutable version of an image.
    VersionId,
    /// A recorded scan of a version.
    ScanId,
    /// A stored SBOM document.
    SbomId,
    /// A recorded scan of the upstream image that an image replaces.
    BaselineId,
}

/// A fresh `UUIDv7`: the clock's milliseconds and 74 random bits.
#[must_use]
pub fn fresh(clock: &dyn Clock, random: &dyn Random) -> uuid::Uuid {
    let mut bytes = [0u8; 10];
    random.fill(&mut bytes);
    let millis = u64::try_from(clock.now().micros() / 1000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

pub(crate) fn parse_uuid(path: &str, text: &str) -> Result<uuid::Uuid, FieldError> {
    // `Uuid::try_parse` also takes braces, URNs and 32 bare digits; one form is enough for a path.
    if text.len() == 36
        && let Ok(uuid) = uuid::Uuid::try_parse(text)
    {
        return Ok(uuid);
    }
    Err(FieldError::new(path, "must be a UUID such as 019a4d2e-7c3b-7f10-8a55-0d9c3e1b2f47"))
}

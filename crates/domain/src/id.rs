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
    /// An API key.
    ApiKeyId,
    /// A feature request of a tenant.
    FeatureRequestId,
    /// A recorded scan of the upstream image that an image replaces.
    BaselineId,
    /// A watch on a vulnerability.
    WatchId,
    /// An event.
    EventId,
    /// A webhook subscription.
    SubscriptionId,
    /// A delivery of an event to a subscription.
    DeliveryId,
    /// A claim on deliveries, by which a worker's late result is told from a current one.
    LeaseToken,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixtures::{CountingRandom, FixedClock, at};

    #[test]
    fn a_fresh_id_is_of_version_7_and_carries_the_millisecond() {
        let (clock, random) = (FixedClock::new(at("2026-03-01T08:00:00.123456Z")), CountingRandom::default());
        let (one, other) = (fresh(&clock, &random), fresh(&clock, &random));
        assert_eq!((one.get_version_num(), one.get_variant()), (7, uuid::Variant::RFC4122));
        assert_eq!(one.as_u128() >> 80, 1_772_352_000_123);
        assert!(one < other);
        clock.set(at("2026-03-01T08:00:00.124Z"));
        assert!(other < fresh(&clock, &CountingRandom::default()));
    }

    #[test]
    fn one_form_of_an_id_is_read() {
        let text = "019a4d2e-7c3b-7f10-8a55-0d9c3e1b2f47";
        let id = ImageId::parse("id", text).unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(ImageId::parse("id", &text.to_uppercase()), Ok(id));
        assert_eq!(ImageId::from_uuid(id.uuid()), id);
        for bad in [
            "",
            "019a4d2e7c3b7f108a550d9c3e1b2f47",
            "{019a4d2e-7c3b-7f10-8a55-0d9c3e1b2f47}",
            "urn:uuid:019a4d2e-7c3b-7f10-8a55-0d9c3e1b2f47",
            "019a4d2e-7c3b-7f10-8a55-0d9c3e1b2f4g",
            "019a4d2e-7c3b-7f10-8a550-d9c3e1b2f47",
            " 019a4d2e-7c3b-7f10-8a55-0d9c3e1b2f4",
            "............../../../../../../../....",
        ] {
            assert_eq!(ImageId::parse("id", bad).unwrap_err().path, "id", "{bad}");
        }
    }
}

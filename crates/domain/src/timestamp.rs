//! A moment, to the microsecond: the precision both databases keep.

use std::fmt::{Display, Formatter, Result as FmtResult};
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::FieldError;

/// A moment between 1970 and 9999, in microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// 9999-12-31T23:59:59.999999Z, the last moment RFC 3339 can write.
const LAST: i64 = 253_402_300_799_999_999;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// From microseconds since the epoch, clamped to the range of the type.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(if micros < 0 {
            0
        } else if micros > LAST {
            LAST
        } else {
            micros
        })
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0 / 1_000_000
    }

    /// That much later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self::from_micros(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(LAST)))
    }

    /// How long after `earlier` this is; zero when it is not later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// Reads RFC 3339 with any offset; digits past the microsecond are cut off.
    ///
    /// # Errors
    /// A [`FieldError`] at `path` when the text is not RFC 3339 or lies outside 1970..9999.
    pub fn parse(path: &str, text: &str) -> Result<Self, FieldError> {
        let bad =
            || FieldError::new(path, "must be an RFC 3339 time between 1970 and 9999, such as 2026-03-01T08:00:00Z");
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| bad())?;
        let micros = i64::try_from(moment.unix_timestamp_nanos().div_euclid(1000)).map_err(|_| bad())?;
        if (0..=LAST).contains(&micros) { Ok(Self(micros)) } else { Err(bad()) }
    }
}

impl Display for Timestamp {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        let text = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1000)
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok());
        f.write_str(text.as_deref().unwrap_or("1970-01-01T00:00:00Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_utc_and_nanoseconds_are_cut() {
        let moment = Timestamp::parse("at", "2023-06-14T19:29:21.294547943-07:00").unwrap();
        assert_eq!(moment.to_string(), "2023-06-15T02:29:21.294547Z");
        assert_eq!(Timestamp::parse("at", &moment.to_string()).unwrap(), moment);
    }

    #[test]
    fn what_is_no_moment_of_the_range_is_refused() {
        for text in ["", "2026-03-01", "1969-12-31T23:59:59Z", "2026-02-30T00:00:00Z", "2026-03-01T08:00:00", "now"] {
            assert!(Timestamp::parse("at", text).is_err(), "{text}");
        }
    }

    #[test]
    fn arithmetic_stays_within_the_range() {
        let last = Timestamp::parse("at", "9999-12-31T23:59:59.999999Z").unwrap();
        assert_eq!(Timestamp::from_micros(i64::MIN), Timestamp::EPOCH);
        assert_eq!(Timestamp::from_micros(i64::MAX), last);
        assert_eq!(last.plus(Duration::from_micros(1)), last);
        assert_eq!(Timestamp::EPOCH.plus(Duration::MAX), last);
        assert_eq!(last.since(Timestamp::EPOCH), Duration::from_micros(LAST.unsigned_abs()));
        assert_eq!(Timestamp::EPOCH.since(last), Duration::ZERO);
        let moment = Timestamp::from_micros(1_999_999);
        assert_eq!((moment.seconds(), moment.micros()), (1, 1_999_999));
    }

    #[test]
    fn the_ends_of_the_range_are_read_and_written() {
        for text in ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"] {
            assert_eq!(Timestamp::parse("at", text).unwrap().to_string(), text);
        }
        for text in ["9999-12-31T23:59:59-01:00", "1970-01-01T00:00:00+01:00", "10000-01-01T00:00:00Z"] {
            assert!(Timestamp::parse("at", text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_back(micros in 0..=LAST) {
            let moment = Timestamp::from_micros(micros);
            proptest::prop_assert_eq!(Timestamp::parse("at", &moment.to_string()), Ok(moment));
        }
    }
}

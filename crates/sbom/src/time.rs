//! Instants, as the formats write them.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What is written where an instant is demanded and the source tells none: it cannot be taken
/// for the real one, and is the same on every day.
pub(crate) const UNKNOWN: &str = "1970-01-01T00:00:00Z";

/// In UTC and whole seconds, as SPDX demands (2.3, clause 6.9); `None` if it is no instant.
pub(crate) fn to_spdx(text: &str) -> Option<String> {
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?.to_offset(time::UtcOffset::UTC);
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    (1..=9999).contains(&year).then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

/// Whether it is a date and time of RFC 3339.
pub(crate) fn is_date_time(text: &str) -> bool {
    text.contains('T') && OffsetDateTime::parse(text, &Rfc3339).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_told_in_utc_and_seconds() {
        assert_eq!(to_spdx("2024-05-01T12:00:00+02:00").as_deref(), Some("2024-05-01T10:00:00Z"));
        assert_eq!(to_spdx("2022-10-15T14:03:58.506006Z").as_deref(), Some("2022-10-15T14:03:58Z"));
        for none in ["", "2024-05-01", "2024-13-01T00:00:00Z", "yesterday", "0000-01-01T00:00:00+01:00"] {
            assert_eq!(to_spdx(none), None, "{none}");
        }
    }
}

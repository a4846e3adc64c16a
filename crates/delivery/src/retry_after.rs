//! Reads `Retry-After` (RFC 9110 section 10.2.3).

use std::time::{Duration, UNIX_EPOCH};

use podarmor_domain::Timestamp;
use podarmor_domain::webhook::RetryAfter;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// RFC 9111 section 1.2.2 lets a recipient cap delta-seconds; more digits than this are nonsense.
const LONGEST: u64 = 1 << 63;

/// What the answer asks for; `None` when it asks for nothing, or for something that is neither
/// seconds nor a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<RetryAfter> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse::<u64>().ok().filter(|seconds| *seconds <= LONGEST)?;
        return Some(RetryAfter::Delay(Duration::from_secs(seconds)));
    }
    let since = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(RetryAfter::At(Timestamp::EPOCH.plus(since)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<RetryAfter> {
        retry_after(&HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]))
    }

    #[test]
    fn seconds_are_a_delay() {
        for (text, seconds) in
            [("0", 0), ("7", 7), ("007", 7), ("86400", 86_400), ("90000", 90_000), ("9223372036854775808", 1 << 63)]
        {
            assert_eq!(read(text), Some(RetryAfter::Delay(Duration::from_secs(seconds))), "{text}");
        }
    }

    #[test]
    fn the_three_forms_of_a_date_are_a_moment() {
        let moment = Timestamp::parse("at", "1994-11-06T08:49:37Z").unwrap();
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(read(text), Some(RetryAfter::At(moment)), "{text}");
        }
    }

    #[test]
    fn anything_else_asks_for_nothing() {
        for text in [
            "",
            "-1",
            "+1",
            "1.5",
            "7 s",
            "7, 8",
            "abc",
            "0x10",
            "9223372036854775809",
            "100000000000000000000",
            "2026-03-01T08:00:00Z",
            "Sun, 32 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
        let not_text = reqwest::header::HeaderValue::from_bytes(b"\xff").unwrap();
        assert_eq!(retry_after(&HeaderMap::from_iter([(RETRY_AFTER, not_text)])), None);
    }
}

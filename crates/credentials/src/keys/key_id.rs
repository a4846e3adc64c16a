//! The ids of keys that are added one by one: the time each was made at, and what tells two of one
//! second apart. The greatest is the newest.

use podarmor_domain::Timestamp;

/// What the ids that are made here begin with: `20260301080000`.
const TIME_DIGITS: usize = 14;

/// The id of a key that is made now.
pub(super) fn of(now: Timestamp, distinction: &str) -> String {
    let time: String = now.to_string().chars().take(19).filter(char::is_ascii_digit).collect();
    format!("{time}-{distinction}")
}

/// The time that stands in an id that was made here.
pub(super) fn time_of(id: &str) -> Option<Timestamp> {
    let (digits, _distinction) = id.split_once('-')?;
    if digits.len() != TIME_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let [year, month, day] = [&digits[..4], &digits[4..6], &digits[6..8]];
    let [hour, minute, second] = [&digits[8..10], &digits[10..12], &digits[12..]];
    Timestamp::parse("id", &format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z")).ok()
}

//! When an attempt is followed by another.

use std::time::Duration;

use crate::FieldError;
use crate::Timestamp;
use crate::ports::Random;
use crate::webhook::{RetryAfter, Sent};

/// The schedule of retries and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The waits between attempts: one retry each.
    pub schedule: Vec<Duration>,
    /// A subscription without a success for so long is disabled at its next failure.
    pub disable_after: Duration,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

impl Default for RetryPolicy {
    /// As documented: 5 s, 1 min, 5 min, 30 min, 2 h, 6 h, 12 h; five days.
    fn default() -> Self {
        let schedule = [5, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR];
        Self { schedule: schedule.map(Duration::from_secs).to_vec(), disable_after: Duration::from_secs(5 * 24 * HOUR) }
    }
}

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has it.
    Delivered,
    /// Try again, so long from now.
    Retry(Duration),
    /// The attempts are used up.
    Exhausted,
    /// The receiver wants no more (410).
    Gone,
}

impl RetryPolicy {
    /// The longest wait that a receiver may ask for.
    pub const LONGEST_WAIT: Duration = Duration::from_secs(24 * HOUR);

    /// Reads a schedule such as `5s,1m,5m,30m,2h,6h,12h`.
    ///
    /// # Errors
    /// A [`FieldError`] at `path` unless it is 1 to 20 waits of at most 24 hours.
    pub fn parse_schedule(path: &str, text: &str) -> Result<Vec<Duration>, FieldError> {
        let waits: Option<Vec<Duration>> = text.split(',').map(|part| wait(part.trim())).collect();
        let fits = |waits: &Vec<Duration>| (1..=20).contains(&waits.len());
        let refusal = "must be 1 to 20 waits of at most 24 h, such as 5s,1m,2h (ms, s, m and h are known)";
        waits.filter(fits).ok_or_else(|| FieldError::new(path, refusal))
    }

    /// Judges what became of an attempt, of which `failures` came before since the delivery was
    /// made or redelivered.
    #[must_use]
    pub fn judge(&self, sent: &Sent, failures: u32, now: Timestamp, random: &dyn Random) -> Verdict {
        let asked = match sent {
            Sent::Answered { status: 200..=299, .. } => return Verdict::Delivered,
            Sent::Answered { status: 410, .. } => return Verdict::Gone,
            Sent::Answered { status: 429 | 503, retry_after: Some(asked), .. } => wanted(*asked, now),
            _ => None,
        };
        let Some(step) = self.schedule.get(failures as usize) else { return Verdict::Exhausted };
        Verdict::Retry(asked.unwrap_or_else(|| jittered(*step, random)))
    }
}

fn wait(text: &str) -> Option<Duration> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let wait = match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.checked_mul(MINUTE)?),
        "h" => Duration::from_secs(number.checked_mul(HOUR)?),
        _ => return None,
    };
    (wait <= RetryPolicy::LONGEST_WAIT).then_some(wait)
}

/// The wait that a receiver asks for, up to [`RetryPolicy::LONGEST_WAIT`]. Nothing and the past
/// are no wish.
fn wanted(asked: RetryAfter, now: Timestamp) -> Option<Duration> {
    let wait = match asked {
        RetryAfter::Delay(wait) => wait,
        RetryAfter::At(time) => time.since(now),
    };
    (!wait.is_zero()).then(|| wait.min(RetryPolicy::LONGEST_WAIT))
}

/// ±20 %, so that what failed together is not tried again together.
fn jittered(step: Duration, random: &dyn Random) -> Duration {
    let mut bytes = [0u8; 4];
    random.fill(&mut bytes);
    let part = f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX);
    step.mul_f64(0.8 + 0.4 * part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixtures::{CountingRandom, at};
    use crate::webhook::SendFailure;

    const NOW: &str = "2026-03-01T08:00:00Z";

    fn answered(status: u16, retry_after: Option<RetryAfter>) -> Sent {
        Sent::Answered { status, retry_after, excerpt: None }
    }

    fn judge(sent: &Sent, failures: u32) -> Verdict {
        RetryPolicy::default().judge(sent, failures, at(NOW), &CountingRandom::default())
    }

    #[test]
    fn d2_success_is_2xx_and_nothing_else() {
        for status in [200, 201, 204, 299] {
            assert_eq!(judge(&answered(status, None), 0), Verdict::Delivered, "{status}");
        }
        for status in [199, 300, 301, 304, 307, 308, 400, 401, 404, 429, 500, 502, 503, 504] {
            assert!(matches!(judge(&answered(status, None), 0), Verdict::Retry(_)), "{status}");
        }
        for failure in SendFailure::ALL {
            assert!(matches!(judge(&Sent::Failed(*failure), 0), Verdict::Retry(_)), "{failure}");
        }
    }

    #[test]
    fn d2_each_failure_waits_its_step_within_twenty_percent() {
        for (failures, step) in [5, 60, 300, 1_800, 7_200, 21_600, 43_200].into_iter().enumerate() {
            let failures = u32::try_from(failures).unwrap();
            for start in 0..200 {
                let random = CountingRandom::starting_at(start * 7_919);
                let verdict = RetryPolicy::default().judge(&answered(500, None), failures, at(NOW), &random);
                let Verdict::Retry(wait) = verdict else { panic!("{verdict:?}") };
                let ratio = wait.as_secs_f64() / f64::from(step);
                assert!((0.8..=1.2).contains(&ratio), "{failures}: {ratio}");
            }
        }
        assert_eq!(judge(&answered(500, None), 7), Verdict::Exhausted);
        assert_eq!(judge(&answered(500, None), 8), Verdict::Exhausted);
    }

    #[test]
    fn d3_gone_is_final() {
        assert_eq!(judge(&answered(410, None), 0), Verdict::Gone);
    }

    #[test]
    fn d4_a_wish_is_honoured_up_to_a_day() {
        let wait = |status, asked| match judge(&answered(status, Some(asked)), 0) {
            Verdict::Retry(wait) => wait,
            other => panic!("{other:?}"),
        };
        let seconds = Duration::from_secs;
        for status in [429, 503] {
            assert_eq!(wait(status, RetryAfter::Delay(seconds(7))), seconds(7));
            assert_eq!(wait(status, RetryAfter::Delay(seconds(86_400))), seconds(86_400));
            assert_eq!(wait(status, RetryAfter::Delay(seconds(90_000))), seconds(86_400));
            assert_eq!(wait(status, RetryAfter::At(at("2026-03-01T08:10:00Z"))), seconds(600));
        }
        // No wish, and a status that has none: the schedule.
        for (status, asked) in [
            (429, RetryAfter::Delay(Duration::ZERO)),
            (503, RetryAfter::At(at("2026-03-01T07:00:00Z"))),
            (500, RetryAfter::Delay(seconds(600))),
        ] {
            assert!((4..=6).contains(&wait(status, asked).as_secs()), "{status}");
        }
    }

    #[test]
    fn a_schedule_is_read() {
        let read = |text: &str| RetryPolicy::parse_schedule("schedule", text);
        assert_eq!(read("5s,1m,5m,30m,2h,6h,12h").unwrap(), RetryPolicy::default().schedule);
        assert_eq!(read("250ms, 0s").unwrap(), [Duration::from_millis(250), Duration::ZERO]);
        for text in ["", "5", "s", "5d", "-1s", "25h", "1s,,2s", "99999999999999999999s", "18446744073709551615h"] {
            assert!(read(text).is_err(), "{text:?}");
        }
        assert!(read(&["1s"; 21].join(",")).is_err());
    }
}

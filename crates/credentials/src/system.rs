//! The system's clock and randomness.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use podarmor_domain::Timestamp;
use podarmor_domain::ports::{Clock, Random};

/// The system's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // A clock before 1970 reads as 1970: everything signed is then simply expired.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::from_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The operating system's cryptographically secure source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::expect_used, reason = "without randomness every id and token to come would be guessable")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_runs_and_randomness_differs() {
        assert!(SystemClock.now() > Timestamp::parse("t", "2025-01-01T00:00:00Z").unwrap());
        let (mut one, mut other) = ([0u8; 32], [0u8; 32]);
        SystemRandom.fill(&mut one);
        SystemRandom.fill(&mut other);
        assert_ne!(one, other);
    }
}

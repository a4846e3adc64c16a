//! The login limit: at most five attempts per address in any fifteen minutes, exactly.

use std::fmt::{Display, Formatter, Result as FmtResult};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use async_trait::async_trait;

use crate::FieldError;
use crate::Timestamp;
use crate::id::UserId;
use crate::store::{StoreError, SystemTx};

/// What the limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginLimit {
    /// Attempts within the window.
    pub attempts: u32,
    /// Length of the sliding window.
    pub window: Duration,
}

impl LoginLimit {
    /// Five attempts in fifteen minutes (OWASP A07:2021, as the API reference states).
    pub const DOCUMENTED: Self = Self { attempts: 5, window: Duration::from_secs(900) };
}

/// Where an address stands after an attempt was admitted or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginLimitState {
    /// The limit itself.
    pub limit: LoginLimit,
    /// Attempts left now.
    pub remaining: u32,
    /// Until the oldest counted attempt leaves the window.
    pub reset: Duration,
}

impl LoginLimitState {
    /// Whole seconds until a place is free, rounded up, at least one.
    #[must_use]
    pub const fn retry_after_seconds(&self) -> u64 {
        let seconds = self.reset.as_millis().div_ceil(1000);
        if seconds == 0 { 1 } else { seconds as u64 }
    }
}

/// The recent attempts of one address, and the decision over the next.
///
/// An attempt at `t` counts for every moment in `[t, t + window)`.
#[derive(Clone, Debug)]
pub struct Window {
    attempts: Vec<Timestamp>,
    limit: LoginLimit,
}

impl Window {
    /// The attempts that still count at `now`. An attempt "later than now" was recorded before
    /// the clock was set back: it counts as made now, so that nobody is locked out for longer
    /// than the window.
    #[must_use]
    pub fn at(now: Timestamp, recorded: &[Timestamp], limit: LoginLimit) -> Self {
        let mut attempts: Vec<_> =
            recorded.iter().map(|at| (*at).min(now)).filter(|at| now.since(*at) < limit.window).collect();
        attempts.sort_unstable();
        Self { attempts, limit }
    }

    /// Admits the attempt made `now`, or refuses it.
    ///
    /// # Errors
    /// The state of the window when it is full; a refused attempt is not counted.
    pub fn admit(&mut self, now: Timestamp) -> Result<LoginLimitState, LoginLimitState> {
        let full = self.attempts.len() >= self.limit.attempts as usize;
        if !full {
            self.attempts.push(now);
        }
        let used = u32::try_from(self.attempts.len()).unwrap_or(u32::MAX);
        // With more recorded than the limit allows (it was lowered), a place is free only when
        // enough of them have left.
        let leaving = self.attempts.len().saturating_sub(self.limit.attempts as usize);
        let free_at = self.attempts.get(leaving).map_or(now, |at| at.plus(self.limit.window));
        let state = LoginLimitState {
            limit: self.limit,
            remaining: self.limit.attempts.saturating_sub(used),
            reset: free_at.since(now),
        };
        if full { Err(state) } else { Ok(state) }
    }

    /// The attempts to keep, oldest first.
    #[must_use]
    pub fn attempts(&self) -> &[Timestamp] {
        &self.attempts
    }
}

/// What attempts are counted by: an IPv4 address, an IPv6 /64 (one subscriber's line), or a user
/// whose password is being changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AttemptKey(String);

impl AttemptKey {
    /// The key of an address; an IPv4-mapped IPv6 address counts as the IPv4 address.
    #[must_use]
    pub fn address(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(v4.to_string()),
            IpAddr::V6(v6) => Self(format!("{}/64", Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64))),
        }
    }

    /// The key of a user.
    #[must_use]
    pub fn user(user: UserId) -> Self {
        Self(format!("user:{user}"))
    }

    /// Reads an address as an operator types it.
    ///
    /// # Errors
    /// A [`FieldError`] at `path` when it is no IP address.
    pub fn parse(path: &str, text: &str) -> Result<Self, FieldError> {
        let address =
            text.trim_end_matches("/64").parse().map_err(|_| FieldError::new(path, "must be an IP address"))?;
        Ok(Self::address(address))
    }

    /// The key as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for AttemptKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str(&self.0)
    }
}

/// The recorded attempts, by key.
#[async_trait]
pub trait LoginAttempts: Send + Sync {
    /// Serialises all decisions over this key until the unit of work ends, and reads the
    /// store's clock and the recorded attempts.
    async fn lock_attempts(&self, key: &AttemptKey) -> Result<(Timestamp, Vec<Timestamp>), StoreError>;

    /// Replaces what is recorded under this key.
    async fn replace_attempts(&self, key: &AttemptKey, attempts: &[Timestamp]) -> Result<(), StoreError>;

    /// Forgets this key; answers how many attempts were recorded.
    async fn clear_attempts(&self, key: &AttemptKey) -> Result<u64, StoreError>;

    /// Forgets the attempts under all keys made before `before`.
    async fn purge_attempts(&self, before: Timestamp) -> Result<u64, StoreError>;
}

/// Decides over one attempt, in one unit of work, and commits the decision.
pub(crate) async fn admit(
    tx: Box<dyn SystemTx>,
    key: &AttemptKey,
    limit: LoginLimit,
) -> Result<Result<LoginLimitState, LoginLimitState>, StoreError> {
    let (now, recorded) = tx.lock_attempts(key).await?;
    let mut window = Window::at(now, &recorded, limit);
    let decision = window.admit(now);
    if decision.is_ok() || window.attempts() != recorded {
        tx.replace_attempts(key, window.attempts()).await?;
        tx.commit().await?;
    }
    Ok(decision)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: LoginLimit = LoginLimit::DOCUMENTED;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    /// The rule in its plainest form: count the admitted ones of the last 900 s.
    fn model(arrivals: &[i64]) -> Vec<bool> {
        let mut admitted: Vec<i64> = Vec::new();
        arrivals
            .iter()
            .map(|now| {
                let fits = admitted.iter().filter(|t| now - **t < 900).count() < 5;
                if fits {
                    admitted.push(*now);
                }
                fits
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn r2_the_window_agrees_with_the_model(gaps in prop::collection::vec(0i64..400, 1..40)) {
            let mut now = 1_000;
            let arrivals: Vec<i64> = gaps.iter().map(|gap| { now += gap; now }).collect();
            let mut recorded: Vec<Timestamp> = Vec::new();
            let decisions: Vec<bool> = arrivals.iter().map(|t| {
                let mut window = Window::at(at(*t), &recorded, LIMIT);
                let admitted = window.admit(at(*t)).is_ok();
                recorded = window.attempts().to_vec();
                admitted
            }).collect();
            prop_assert_eq!(decisions, model(&arrivals));
        }
    }

    #[test]
    fn the_sixth_is_refused_until_the_first_has_left() {
        let mut recorded = Vec::new();
        for second in 0..5 {
            let mut window = Window::at(at(100 + second), &recorded, LIMIT);
            let state = window.admit(at(100 + second)).unwrap();
            assert_eq!(i64::from(state.remaining), 4 - second);
            recorded = window.attempts().to_vec();
        }
        let refused = Window::at(at(110), &recorded, LIMIT).admit(at(110)).unwrap_err();
        assert_eq!((refused.remaining, refused.retry_after_seconds()), (0, 890));
        assert!(Window::at(at(999), &recorded, LIMIT).admit(at(999)).is_err());
        assert!(Window::at(at(1000), &recorded, LIMIT).admit(at(1000)).is_ok());
    }

    #[test]
    fn r10_a_clock_set_back_neither_opens_the_window_nor_locks_anybody_out_longer() {
        let recorded: Vec<_> = (0..5).map(|second| at(10_000 + second)).collect();
        let back = at(10_000 - 3_600);
        let mut window = Window::at(back, &recorded, LIMIT);
        assert_eq!(window.admit(back).unwrap_err().retry_after_seconds(), 900);
        let kept = window.attempts().to_vec();
        let later = back.plus(Duration::from_secs(900));
        assert!(Window::at(later, &kept, LIMIT).admit(later).is_ok());
    }

    #[test]
    fn r7_ipv6_counts_by_64_and_mapped_addresses_as_ipv4() {
        let key = |text: &str| AttemptKey::address(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:1.2.3.4"), key("1.2.3.4"));
        assert_eq!(AttemptKey::parse("ip", key("2001:db8:1:2::1").as_str()).unwrap(), key("2001:db8:1:2::1"));
    }
}

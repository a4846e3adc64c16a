//! Quantiles, and the two-sample Kolmogorov–Smirnov test.

use std::time::Duration;

/// Of sorted times.
pub(in crate::bench) fn quantile(times: &[Duration], share: f64) -> Duration {
    let place = (times.len() as f64 * share) as usize;
    times.get(place.min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// The largest distance between the empirical distributions of two sorted samples.
pub(super) fn distance(left: &[Duration], right: &[Duration]) -> f64 {
    let share = |sample: &[Duration], limit: Duration| {
        sample.partition_point(|time| *time <= limit) as f64 / sample.len() as f64
    };
    let moments = left.iter().chain(right);
    moments.map(|moment| (share(left, *moment) - share(right, *moment)).abs()).fold(0.0, f64::max)
}

/// How likely two samples of one distribution are at least so far apart: the asymptotic distribution with Stephens'
/// correction for small samples.
pub(super) fn probability(distance: f64, left: usize, right: usize) -> f64 {
    let size = ((left * right) as f64 / (left + right) as f64).sqrt();
    let lambda = (size + 0.12 + 0.11 / size) * distance;
    if lambda < 0.2 {
        // The series converges slowly there, to what differs from 1 by less than it is worth.
        return 1.0;
    }
    let term = |j: u32| {
        let sign = if j % 2 == 1 { 1.0 } else { -1.0 };
        sign * (-2.0 * (f64::from(j) * lambda).powi(2)).exp()
    };
    (2.0 * (1..=100).map(term).sum::<f64>()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{distance, probability, quantile};

    fn times(milliseconds: &[u64]) -> Vec<Duration> {
        milliseconds.iter().copied().map(Duration::from_millis).collect()
    }

    #[test]
    fn quantiles_are_values_of_the_sample() {
        let sample = times(&[1, 2, 3, 4]);
        assert_eq!(quantile(&sample, 0.5), Duration::from_millis(3));
        assert_eq!(quantile(&sample, 1.0), Duration::from_millis(4));
        assert_eq!(quantile(&[], 0.5), Duration::ZERO);
    }

    #[test]
    fn the_distance_is_the_largest_gap_between_the_distributions() {
        assert!((distance(&times(&[1, 2]), &times(&[1, 2])) - 0.0).abs() < 1e-9);
        assert!((distance(&times(&[1, 2]), &times(&[3, 4])) - 1.0).abs() < 1e-9);
        assert!((distance(&times(&[1, 2, 3, 4]), &times(&[3, 4, 5, 6])) - 0.5).abs() < 1e-9);
    }

    /// The critical value for two samples of 200 at 1 % is 1.628 · √(400/40000) = 0.163.
    #[test]
    fn the_probability_agrees_with_the_table_of_critical_values() {
        assert!(probability(0.170, 200, 200) < 0.01);
        assert!(probability(0.150, 200, 200) > 0.01);
        assert!((probability(0.0, 200, 200) - 1.0).abs() < 1e-9);
        assert!(probability(1.0, 200, 200) < 1e-9);
    }
}

//! How much less there is to worry about than upstream. A loss is shown as a loss.

use crate::baseline::Baseline;
use crate::image::Version;

/// A reduction in percent: positive is better, negative a loss, `None` when there was nothing
/// to reduce.
pub type Reduction = Option<f64>;

/// The comparison of an image's latest version with its baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// (upstream fixable − outstanding) / upstream fixable × 100.
    pub fewer_outstanding_percent: Reduction,
    /// (upstream total − total) / upstream total × 100.
    pub fewer_cves_percent: Reduction,
    /// (upstream bytes − bytes) / upstream bytes × 100.
    pub smaller_percent: Reduction,
    /// upstream fixable − outstanding.
    pub fixable_cut: i64,
}

impl Comparison {
    /// Compares; `None` before the version's first scan.
    #[must_use]
    pub fn of(version: &Version, baseline: &Baseline) -> Option<Self> {
        let counts = &version.last_scan.as_ref()?.counts;
        Some(Self {
            fewer_outstanding_percent: reduction(baseline.counts.outstanding(), counts.outstanding()),
            fewer_cves_percent: reduction(baseline.counts.total(), counts.total()),
            smaller_percent: reduction(baseline.size_bytes, version.size_bytes),
            fixable_cut: signed(baseline.counts.outstanding()) - signed(counts.outstanding()),
        })
    }
}

/// Rounded to a hundredth of a percent, so that the figure reads the same everywhere.
#[expect(clippy::cast_precision_loss, reason = "counts and sizes are far below 2^53")]
fn reduction(upstream: u64, ours: u64) -> Reduction {
    let difference = signed(upstream) - signed(ours);
    (upstream != 0).then(|| (difference as f64 / upstream as f64 * 10_000.0).round() / 100.0)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::ImageChange;
    use crate::scan::Finding;
    use crate::testing::fixtures::{at, finding, fixed, report};
    use crate::testing::{World, publisher};

    #[test]
    fn a_loss_is_negative_and_nothing_to_reduce_is_null() {
        assert_eq!(reduction(200, 50), Some(75.0));
        assert_eq!(reduction(3, 1), Some(66.67));
        assert_eq!(reduction(4, 5), Some(-25.0));
        assert_eq!(reduction(0, 5), None);
    }

    #[tokio::test]
    async fn the_latest_version_is_compared_once_it_was_scanned() {
        let world = World::in_memory();
        let viewer = world.viewer("acme").await;
        let image = world.image("java17", ImageChange::default()).await;
        world.version("java17", "1.0", "2026-01-01T00:00:00Z").await;
        world.grant("acme", "java17").await;
        let counted = |outstanding, residual| {
            let fixable = Finding { occurrences: outstanding, ..fixed("CVE-1", "zlib") };
            [fixable, Finding { occurrences: residual, ..finding("CVE-2", "zlib") }]
        };
        let mut upstream = report("upstream", Some(at("2026-01-01T00:00:00Z")), counted(40, 60));
        upstream.subject.reference = Some("debian:12".to_owned());
        world.baselines().record(publisher(), &image.name, upstream, None, 84_000_000).await.unwrap();
        let compared = || async {
            let detail = world.images().get(&viewer.images(), image.id).await.unwrap();
            Comparison::of(&detail.summary.latest.unwrap(), &detail.baseline.unwrap())
        };
        assert_eq!(compared().await, None);
        world.scan("java17", "1.0", "2026-01-02T00:00:00Z", counted(10, 115).to_vec()).await;
        let expected = Comparison {
            fewer_outstanding_percent: Some(75.0),
            fewer_cves_percent: Some(-25.0),
            smaller_percent: Some(50.0),
            fixable_cut: 30,
        };
        assert_eq!(compared().await, Some(expected));
    }
}

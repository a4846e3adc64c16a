//! The numbers of a scan.

use podarmor_domain::scan::{Counts, Severity, SeverityCounts};
use serde::Serialize;
use utoipa::ToSchema;

/// What a scan counted. The figures sum the scanner's own matches.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CountsBody {
    /// All matches.
    total: u64,
    /// Matches with a fix to pull: the headline.
    outstanding: u64,
    /// Matches without.
    residual: u64,
    /// Why residual.
    residual_breakdown: ResidualBody,
    /// All matches of critical severity.
    critical: u64,
    /// All matches of high severity.
    high: u64,
    /// All matches of medium severity.
    medium: u64,
    /// All matches of low severity.
    low: u64,
    /// All matches of negligible severity.
    negligible: u64,
    /// All matches whose severity the scanner does not say.
    unknown: u64,
    /// Outstanding matches by severity.
    outstanding_by_severity: SeverityBody,
    /// Distinct vulnerability ids.
    distinct_vulnerabilities: u64,
}

/// Why matches are residual.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResidualBody {
    /// The maintainer has not fixed it yet.
    awaiting_upstream: u64,
    /// The maintainer will not fix it.
    wont_fix: u64,
    /// Nobody said.
    unclassified: u64,
}

/// A number for each severity.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeverityBody {
    critical: u64,
    high: u64,
    medium: u64,
    low: u64,
    negligible: u64,
    unknown: u64,
}

impl From<&SeverityCounts> for SeverityBody {
    fn from(counts: &SeverityCounts) -> Self {
        Self {
            critical: counts.get(Severity::Critical),
            high: counts.get(Severity::High),
            medium: counts.get(Severity::Medium),
            low: counts.get(Severity::Low),
            negligible: counts.get(Severity::Negligible),
            unknown: counts.get(Severity::Unknown),
        }
    }
}

impl From<&Counts> for CountsBody {
    fn from(counts: &Counts) -> Self {
        let SeverityBody { critical, high, medium, low, negligible, unknown } = (&counts.by_severity).into();
        Self {
            total: counts.total(),
            outstanding: counts.outstanding(),
            residual: counts.residual(),
            residual_breakdown: ResidualBody {
                awaiting_upstream: counts.awaiting_upstream,
                wont_fix: counts.wont_fix,
                unclassified: counts.unclassified,
            },
            critical,
            high,
            medium,
            low,
            negligible,
            unknown,
            outstanding_by_severity: (&counts.outstanding_by_severity).into(),
            distinct_vulnerabilities: counts.distinct_vulnerabilities,
        }
    }
}

//! The comparison with the upstream image.

use podarmor_domain::baseline::{Baseline, Comparison};
use podarmor_domain::image::Version;
use serde::Serialize;
use utoipa::ToSchema;

use crate::resources::counts::CountsBody;
use crate::resources::scans::ScannerBody;

/// How the latest version compares with the image it replaces, with everything needed to
/// repeat the comparison. A loss is a negative figure; nothing to compare is null.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpstreamBody {
    /// The upstream image.
    upstream_image: String,
    /// Its manifest digest, if the report names one.
    digest: Option<String>,
    /// When it was scanned.
    #[schema(format = "date-time")]
    scanned_at: String,
    /// By what.
    scanner: ScannerBody,
    /// What was counted.
    counts: CountsBody,
    /// Matches of upstream that have a fix to pull.
    fixable: u64,
    /// Its size in bytes.
    size_bytes: u64,
    /// The command that repeats the scan.
    command: String,
    /// The version of ours that is compared.
    version: Option<String>,
    /// Its manifest digest.
    version_digest: Option<String>,
    /// (fixable − outstanding) / fixable × 100.
    fewer_outstanding_percent: Option<f64>,
    /// The same for all matches.
    fewer_cves_percent: Option<f64>,
    /// The same for the size.
    smaller_percent: Option<f64>,
    /// fixable − outstanding.
    fixable_cut: Option<i64>,
}

impl UpstreamBody {
    pub(crate) fn of(baseline: &Baseline, latest: Option<&Version>) -> Self {
        let comparison = latest.and_then(|version| Comparison::of(version, baseline));
        Self {
            upstream_image: baseline.upstream_image.to_string(),
            digest: baseline.digest.as_ref().map(ToString::to_string),
            scanned_at: baseline.scanned_at.to_string(),
            scanner: (&baseline.scanner).into(),
            counts: (&baseline.counts).into(),
            fixable: baseline.counts.outstanding(),
            size_bytes: baseline.size_bytes,
            command: baseline.command(),
            version: latest.map(|version| version.name.to_string()),
            version_digest: latest.map(|version| version.digest.to_string()),
            fewer_outstanding_percent: comparison.and_then(|it| it.fewer_outstanding_percent),
            fewer_cves_percent: comparison.and_then(|it| it.fewer_cves_percent),
            smaller_percent: comparison.and_then(|it| it.smaller_percent),
            fixable_cut: comparison.map(|it| it.fixable_cut),
        }
    }
}

//! The numbers of a scan, as text and as JSON.

use std::fmt::Write as _;

use podarmor_domain::scan::{Counts, Severity, SeverityCounts};
use serde_json::{Value, json};

pub(super) fn text(counts: &Counts) -> String {
    let mut text = format!(
        "{} findings: {} outstanding, {} residual ({} awaiting upstream, {} won't fix, {} unclassified)\n",
        counts.total(),
        counts.outstanding(),
        counts.residual(),
        counts.awaiting_upstream,
        counts.wont_fix,
        counts.unclassified,
    );
    for (index, severity) in Severity::ALL.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let _infallible = write!(text, "{comma}{severity} {}", counts.by_severity.get(*severity));
    }
    text
}

/// The members of `counts` in the API.
pub(super) fn json(counts: &Counts) -> Value {
    let mut json = json!({
        "total": counts.total(),
        "outstanding": counts.outstanding(),
        "residual": counts.residual(),
        "residualBreakdown": {
            "awaitingUpstream": counts.awaiting_upstream,
            "wontFix": counts.wont_fix,
            "unclassified": counts.unclassified,
        },
        "outstandingBySeverity": severities(&counts.outstanding_by_severity),
        "distinctVulnerabilities": counts.distinct_vulnerabilities,
    });
    for severity in Severity::ALL {
        json[severity.as_str()] = json!(counts.by_severity.get(*severity));
    }
    json
}

fn severities(counts: &SeverityCounts) -> Value {
    Severity::ALL.iter().map(|severity| (severity.as_str().to_owned(), json!(counts.get(*severity)))).collect()
}

//! What changed from one scan of a version to the next.

use std::collections::HashSet;

use crate::scan::{Finding, Package};

/// How many (vulnerability, package) pairs came and went since the previous scan. A fix that
/// becomes available is no change of this kind: the vulnerability was there before. On the
/// first scan everything has appeared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// In this scan and not in the one before.
    pub appeared: u64,
    /// In the one before and not in this.
    pub resolved: u64,
}

impl Changes {
    /// From the previous scan's findings (none before the first) to these.
    #[must_use]
    pub fn between(previous: &[Finding], current: &[Finding]) -> Self {
        let (before, after) = (pairs(previous), pairs(current));
        Self { appeared: after.difference(&before).count() as u64, resolved: before.difference(&after).count() as u64 }
    }
}

fn pairs(findings: &[Finding]) -> HashSet<(&str, &Package)> {
    findings.iter().map(|finding| (finding.vulnerability.as_str(), &finding.package)).collect()
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::{FixState, Severity};
    use crate::testing::fixtures::{finding, fixed};

    #[test]
    fn a_pair_of_vulnerability_and_package_comes_and_goes_once() {
        let with_version = |version: &str| {
            let mut one = finding("CVE-1", "zlib");
            one.package.version = version.to_owned();
            one
        };
        let low = Finding { severity: Severity::Low, fix_state: FixState::WontFix, ..finding("CVE-1", "zlib") };
        for (what, before, after, (appeared, resolved)) in [
            ("nothing", vec![], vec![], (0, 0)),
            ("the first scan", vec![], vec![finding("CVE-1", "zlib"), finding("CVE-1", "bash")], (2, 0)),
            ("all gone", vec![finding("CVE-1", "zlib")], vec![], (0, 1)),
            ("a fix appears", vec![finding("CVE-1", "zlib")], vec![fixed("CVE-1", "zlib")], (0, 0)),
            ("rated otherwise", vec![low.clone()], vec![finding("CVE-1", "zlib")], (0, 0)),
            ("in two severities", vec![], vec![low, finding("CVE-1", "zlib")], (1, 0)),
            ("another version of the package", vec![with_version("1")], vec![with_version("2")], (1, 1)),
            ("another vulnerability", vec![finding("CVE-1", "zlib")], vec![finding("CVE-2", "zlib")], (1, 1)),
        ] {
            assert_eq!(Changes::between(&before, &after), Changes { appeared, resolved }, "{what}");
        }
    }
}

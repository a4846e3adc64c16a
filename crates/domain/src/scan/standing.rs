//! Since when a version has had a vulnerability: the time of the first scan of the unbroken run
//! of scans that show it, up to the latest.

use std::collections::HashMap;

use crate::Timestamp;
use crate::scan::{Finding, Package};

/// A current finding, and since when it stands. A fix that becomes available, or another
/// severity, is no break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The vulnerability's id, as the scanner names it.
    pub vulnerability: String,
    /// The package.
    pub package: Package,
    /// Since when.
    pub since: Timestamp,
}

/// Since when each finding of a new latest scan stands: as before where it was there, else since
/// this scan.
pub(super) fn carried_on(before: &[Standing], findings: &[Finding], scanned_at: Timestamp) -> Vec<Timestamp> {
    let known: HashMap<(&str, &Package), Timestamp> =
        before.iter().map(|one| ((one.vulnerability.as_str(), &one.package), one.since)).collect();
    let since = |finding: &Finding| known.get(&(finding.vulnerability.as_str(), &finding.package)).copied();
    findings.iter().map(|finding| since(finding).unwrap_or(scanned_at)).collect()
}

/// What moves when a scan joins the history directly before `successor`: a run that began with
/// the successor begins with the new scan if that shows the finding, and a run that went through
/// begins with the successor if it does not.
pub(super) fn joined_by(
    current: &[Standing],
    findings: &[Finding],
    scanned_at: Timestamp,
    successor: Timestamp,
) -> Vec<Standing> {
    let shown: std::collections::HashSet<(&str, &Package)> =
        findings.iter().map(|finding| (finding.vulnerability.as_str(), &finding.package)).collect();
    let moved = |one: &Standing| {
        let shows = shown.contains(&(one.vulnerability.as_str(), &one.package));
        let since = match shows {
            true if one.since == successor => scanned_at,
            false if one.since <= scanned_at => successor,
            _ => return None,
        };
        Some(Standing { since, ..one.clone() })
    };
    current.iter().filter_map(moved).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixtures::{at, finding};

    fn day(number: u32) -> Timestamp {
        at(&format!("2026-03-{number:02}T00:00:00Z"))
    }

    fn standing(vulnerability: &str, since: u32) -> Standing {
        let finding = finding(vulnerability, "zlib");
        Standing { vulnerability: finding.vulnerability, package: finding.package, since: day(since) }
    }

    #[test]
    fn what_was_there_stands_as_before() {
        let findings = [finding("CVE-1", "zlib"), finding("CVE-2", "zlib"), finding("CVE-1", "openssl")];
        assert_eq!(carried_on(&[standing("CVE-1", 1)], &findings, day(5)), [day(1), day(5), day(5)]);
    }

    #[test]
    fn a_late_scan_prolongs_or_breaks_a_run() {
        let current = [standing("CVE-1", 5), standing("CVE-2", 1), standing("CVE-3", 9), standing("CVE-4", 5)];
        let shown = [finding("CVE-1", "zlib"), finding("CVE-3", "zlib")];
        let moved = joined_by(&current, &shown, day(3), day(5));
        assert_eq!(moved, [standing("CVE-1", 3), standing("CVE-2", 5)]);
    }

    /// Whatever the order of arrival, the same as walking the history.
    #[test]
    fn every_order_of_arrival_gives_the_same() {
        // Scans on days 1 to 5; the bit says whether each shows the finding.
        for shows in 0u32..32 {
            if shows & 16 == 0 {
                continue;
            }
            let run = (1..=5).rev().take_while(|day| shows & (1 << (day - 1)) != 0).last().unwrap();
            for order in orders(&[1, 2, 3, 4, 5]) {
                assert_eq!(arrive(&order, shows), Some(day(run)), "{shows:05b} {order:?}");
            }
        }
    }

    fn arrive(order: &[u32], shows: u32) -> Option<Timestamp> {
        let (mut current, mut arrived) = (Vec::<Standing>::new(), Vec::<u32>::new());
        for number in order {
            let findings = if shows & (1 << (number - 1)) == 0 { vec![] } else { vec![finding("CVE-1", "zlib")] };
            match arrived.iter().copied().filter(|other| other > number).min() {
                None => {
                    let since = carried_on(&current, &findings, day(*number));
                    current = since.into_iter().map(|since| Standing { since, ..standing("CVE-1", 1) }).collect();
                }
                Some(successor) => {
                    for moved in joined_by(&current, &findings, day(*number), day(successor)) {
                        current = vec![moved];
                    }
                }
            }
            arrived.push(*number);
        }
        current.first().map(|one| one.since)
    }

    fn orders(of: &[u32]) -> Vec<Vec<u32>> {
        if of.is_empty() {
            return vec![Vec::new()];
        }
        let mut all = Vec::new();
        for first in of {
            let rest: Vec<u32> = of.iter().copied().filter(|other| other != first).collect();
            all.extend(orders(&rest).into_iter().map(|tail| [vec![*first], tail].concat()));
        }
        all
    }
}

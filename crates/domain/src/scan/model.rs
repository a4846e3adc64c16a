//! What a scan is, and how its findings and history are asked for.

use crate::FieldError;
use crate::id::{ImageId, ScanId, VersionId};
use crate::image::{Digest, ImageName, VersionName};
use crate::macros::words;
use crate::scan::{Changes, Counts, Finding, Findings, FixState, Partition, Severity};
use crate::text::{one_line, text_type};
use crate::{Sha256, Timestamp};

/// What made a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanner {
    /// The scanner's name.
    pub name: String,
    /// Its version, as it states it.
    pub version: String,
    /// When its vulnerability database was built.
    pub db_built_at: Option<Timestamp>,
}

/// What a report says it scanned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The reference as it was given to the scanner.
    pub reference: Option<String>,
    /// The manifest digests it names.
    pub digests: Vec<Digest>,
}

impl Subject {
    /// Whether it names digests, and none is this one.
    #[must_use]
    pub fn contradicts(&self, digest: &Digest) -> bool {
        !self.digests.is_empty() && !self.digests.contains(digest)
    }
}

/// A scanner's report, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The hash of the decompressed document.
    pub content: Sha256,
    /// What made it.
    pub scanner: Scanner,
    /// When it ran, if the report says.
    pub scanned_at: Option<Timestamp>,
    /// What it scanned.
    pub subject: Subject,
    /// What it found.
    pub findings: Findings,
}

/// A recorded scan of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Its id.
    pub id: ScanId,
    /// The version.
    pub version: VersionId,
    /// When it ran. Together with `content` this is the scan's identity.
    pub scanned_at: Timestamp,
    /// The hash of the report.
    pub content: Sha256,
    /// What made it.
    pub scanner: Scanner,
    /// What it counted.
    pub counts: Counts,
    /// What changed since the scan before it.
    pub changes: Changes,
}

words! {
    /// The direction of a history.
    HistoryOrder {
        /// Oldest first.
        Ascending = "asc",
        /// Newest first.
        Descending = "desc",
    }
}

/// A stretch of a version's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryWindow {
    /// Not before this.
    pub from: Option<Timestamp>,
    /// Not after this.
    pub to: Option<Timestamp>,
    /// Which end comes first.
    pub order: HistoryOrder,
}

/// A place in a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryPosition {
    /// When the scan ran.
    pub scanned_at: Timestamp,
    /// Breaks ties.
    pub id: ScanId,
}

text_type! {
    /// A package name to filter by: 1 to 300 characters, matched exactly.
    PackageName, |path, text| one_line(path, text, 1, 300)
}

text_type! {
    /// The id of a vulnerability: `CVE-YYYY-NNNN…` or `GHSA-xxxx-xxxx-xxxx`. CVE ids are folded to
    /// upper case, of GHSA ids the start to upper and the rest to lower, as their issuers write
    /// them.
    VulnerabilityId, |path, text| {
        vulnerability_id(text).ok_or_else(|| {
            FieldError::new(path, "must be an id such as CVE-2026-12345 or GHSA-jfh8-c2jp-5v3q")
        })
    }
}

fn vulnerability_id(text: &str) -> Option<String> {
    let folded = text.to_ascii_uppercase();
    if let Some((year, number)) = folded.strip_prefix("CVE-").and_then(|rest| rest.split_once('-')) {
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let fits = year.len() == 4 && (4..=19).contains(&number.len()) && digits(year) && digits(number);
        return fits.then_some(folded);
    }
    let rest = folded.strip_prefix("GHSA-")?.to_ascii_lowercase();
    let groups: Vec<&str> = rest.split('-').collect();
    let group = |part: &&str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_alphanumeric());
    (groups.len() == 3 && groups.iter().all(group)).then(|| format!("GHSA-{rest}"))
}

/// A current finding of a vulnerability, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Affected {
    /// The image's id.
    pub image: ImageId,
    /// The image's name.
    pub image_name: ImageName,
    /// The version's id.
    pub version: VersionId,
    /// The version's name.
    pub version_name: VersionName,
    /// Whether it is the image's latest version.
    pub latest: bool,
    /// The finding.
    pub finding: Finding,
}

/// Which findings; everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingFilter {
    /// Any of these severities; all when empty.
    pub severity: Vec<Severity>,
    /// Any of these fix states; all when empty.
    pub fix_state: Vec<FixState>,
    /// This side of the partition.
    pub partition: Option<Partition>,
    /// This package, by exact name.
    pub package: Option<PackageName>,
}

impl FindingFilter {
    /// Whether a finding passes.
    #[must_use]
    pub fn admits(&self, finding: &Finding) -> bool {
        (self.severity.is_empty() || self.severity.contains(&finding.severity))
            && self.fix_states().contains(&finding.fix_state)
            && self.package.as_ref().is_none_or(|name| name.as_str() == finding.package.name)
    }

    /// The fix states that pass both `fix_state` and `partition`.
    #[must_use]
    pub fn fix_states(&self) -> Vec<FixState> {
        let asked = if self.fix_state.is_empty() { FixState::ALL } else { &self.fix_state };
        let fits = |state: &FixState| self.partition.is_none_or(|side| state.partition() == side);
        asked.iter().copied().filter(fits).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixtures::{digest, finding};

    #[test]
    fn a_subject_without_digests_contradicts_nothing() {
        let subject =
            |labels: &[&str]| Subject { reference: None, digests: labels.iter().map(|one| digest(one)).collect() };
        assert!(!subject(&[]).contradicts(&digest("a")));
        assert!(!subject(&["b", "a"]).contradicts(&digest("a")));
        assert!(subject(&["b"]).contradicts(&digest("a")));
    }

    #[test]
    fn fix_state_and_partition_must_both_hold() {
        use FixState::{Fixed, NotFixed, Unknown, WontFix};
        for (asked, side, expected) in [
            (&[][..], None, &[Fixed, NotFixed, WontFix, Unknown][..]),
            (&[], Some(Partition::Outstanding), &[Fixed]),
            (&[], Some(Partition::Residual), &[NotFixed, WontFix, Unknown]),
            (&[WontFix, Fixed], None, &[WontFix, Fixed]),
            (&[WontFix, Fixed], Some(Partition::Residual), &[WontFix]),
            (&[Fixed], Some(Partition::Residual), &[]),
        ] {
            let filter = FindingFilter { fix_state: asked.to_vec(), partition: side, ..FindingFilter::default() };
            assert_eq!(filter.fix_states(), expected);
            for state in FixState::ALL {
                let one = Finding { fix_state: *state, ..finding("CVE-1", "zlib") };
                assert_eq!(filter.admits(&one), expected.contains(state), "{filter:?} {state}");
            }
        }
    }

    #[test]
    fn any_severity_of_the_list_and_the_exact_package() {
        let severity = vec![Severity::High, Severity::Low];
        let package = Some(PackageName::parse("package", "zlib").unwrap());
        let filter = FindingFilter { severity, package, ..FindingFilter::default() };
        for (severity, name, admitted) in [
            (Severity::High, "zlib", true),
            (Severity::Low, "zlib", true),
            (Severity::Medium, "zlib", false),
            (Severity::High, "zlib1g", false),
            (Severity::High, "ZLIB", false),
        ] {
            assert_eq!(filter.admits(&Finding { severity, ..finding("CVE-1", name) }), admitted, "{severity} {name}");
        }
    }
}

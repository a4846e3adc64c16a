//! One finding: a vulnerability in a package.

use crate::scan::{FixState, Severity};

/// A package as the scanner names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Package {
    /// The name.
    pub name: String,
    /// The installed version.
    pub version: String,
    /// The kind: `deb`, `npm`, `python`, … or empty.
    pub kind: String,
}

/// A CVSS rating.
#[derive(Clone, Debug, PartialEq)]
pub struct Cvss {
    /// Who rated.
    pub source: Option<String>,
    /// The version of CVSS.
    pub version: String,
    /// The vector string.
    pub vector: String,
    /// The base score, 0 to 10.
    pub base_score: f64,
}

/// The likelihood of exploitation within 30 days (FIRST EPSS).
#[derive(Clone, Debug, PartialEq)]
pub struct Epss {
    /// The probability, 0 to 1.
    pub probability: f64,
    /// The share of vulnerabilities rated the same or lower, 0 to 1.
    pub percentile: f64,
    /// The day of the model's run, as the report has it.
    pub date: Option<String>,
}

/// One (vulnerability, package name, version, type, fix state) of a scan, standing for
/// `occurrences` of the scanner's matches. Matches that differ in severity are kept apart, so
/// that every count equals the scanner's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The vulnerability's id, as the scanner names it.
    pub vulnerability: String,
    /// The package.
    pub package: Package,
    /// Whether there is a fix.
    pub fix_state: FixState,
    /// How bad it is.
    pub severity: Severity,
    /// How many of the scanner's matches it stands for.
    pub occurrences: u32,
    /// The versions that fix it.
    pub fixed_in: Vec<String>,
    /// The package URL, as the scanner wrote it.
    pub purl: Option<String>,
    /// Ratings.
    pub cvss: Vec<Cvss>,
    /// Likelihood of exploitation.
    pub epss: Option<Epss>,
    /// Whether the report lists it as known to be exploited (CISA KEV).
    pub known_exploited: bool,
    /// Other ids of the same vulnerability.
    pub related: Vec<String>,
    /// The scanner's source of the entry, such as `debian:distro:debian:12`.
    pub namespace: Option<String>,
    /// Where the scanner's entry comes from.
    pub data_source: Option<String>,
    /// What it is about.
    pub description: Option<String>,
}

impl Finding {
    /// The worst base score among the ratings.
    #[must_use]
    pub fn cvss_score(&self) -> Option<f64> {
        self.cvss.iter().map(|cvss| cvss.base_score).max_by(f64::total_cmp)
    }
}

#[cfg(test)]
mod tests {
    use crate::scan::Finding;
    use crate::testing::fixtures::{finding, full_finding};

    #[test]
    fn the_score_is_the_worst_rating() {
        assert_eq!(full_finding("CVE-1", "zlib").cvss_score(), Some(9.8));
        assert_eq!(Finding { cvss: Vec::new(), ..finding("CVE-1", "zlib") }.cvss_score(), None);
    }
}

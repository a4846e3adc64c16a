//! The numbers of a scan. They sum the scanner's matches, never ours.

use crate::scan::{FixState, Severity};

/// A number for each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeverityCounts([u64; 6]);

impl SeverityCounts {
    /// From numbers in the order of [`Severity::ALL`].
    #[must_use]
    pub const fn from_array(numbers: [u64; 6]) -> Self {
        Self(numbers)
    }

    /// The numbers in the order of [`Severity::ALL`].
    #[must_use]
    pub const fn to_array(self) -> [u64; 6] {
        self.0
    }

    /// The number of one severity.
    #[must_use]
    pub const fn get(&self, severity: Severity) -> u64 {
        self.0[severity as usize]
    }

    /// All of them.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.0.iter().sum()
    }

    const fn add(&mut self, severity: Severity, number: u64) {
        self.0[severity as usize] += number;
    }
}

/// What a scan counted. Everything else that is shown follows from these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All matches by severity.
    pub by_severity: SeverityCounts,
    /// Outstanding matches by severity.
    pub outstanding_by_severity: SeverityCounts,
    /// Residual: the maintainer has not fixed it yet.
    pub awaiting_upstream: u64,
    /// Residual: the maintainer will not fix it.
    pub wont_fix: u64,
    /// Residual: nobody said.
    pub unclassified: u64,
    /// Distinct vulnerability ids.
    pub distinct_vulnerabilities: u64,
}

impl Counts {
    /// Counts `occurrences` more matches.
    pub(crate) const fn add(&mut self, severity: Severity, fix_state: FixState, occurrences: u32) {
        let number = occurrences as u64;
        self.by_severity.add(severity, number);
        match fix_state {
            FixState::Fixed => self.outstanding_by_severity.add(severity, number),
            FixState::NotFixed => self.awaiting_upstream += number,
            FixState::WontFix => self.wont_fix += number,
            FixState::Unknown => self.unclassified += number,
        }
    }

    /// All matches.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_severity.sum()
    }

    /// Matches with a fix to pull.
    #[must_use]
    pub fn outstanding(&self) -> u64 {
        self.outstanding_by_severity.sum()
    }

    /// Matches without.
    #[must_use]
    pub const fn residual(&self) -> u64 {
        self.awaiting_upstream + self.wont_fix + self.unclassified
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_match_is_counted_by_severity_and_on_one_side() {
        let mut counts = Counts::default();
        for (number, severity) in (1..).zip(Severity::ALL) {
            for state in FixState::ALL {
                counts.add(*severity, *state, number);
            }
        }
        assert_eq!(counts.by_severity.to_array(), [4, 8, 12, 16, 20, 24]);
        assert_eq!(counts.outstanding_by_severity.to_array(), [1, 2, 3, 4, 5, 6]);
        assert_eq!((counts.total(), counts.outstanding(), counts.residual()), (84, 21, 63));
        assert_eq!((counts.awaiting_upstream, counts.wont_fix, counts.unclassified), (21, 21, 21));
        assert_eq!(counts.by_severity.get(Severity::Unknown), 24);
        assert_eq!(SeverityCounts::from_array(counts.by_severity.to_array()), counts.by_severity);
    }
}

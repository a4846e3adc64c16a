//! The classification of findings: by fix state into outstanding and residual.

use crate::macros::words;

words! {
    /// How bad it is, as the scanner says; the worst first.
    Severity {
        /// Critical.
        Critical = "critical",
        /// High.
        High = "high",
        /// Medium.
        Medium = "medium",
        /// Low.
        Low = "low",
        /// Negligible.
        Negligible = "negligible",
        /// The scanner does not say.
        Unknown = "unknown",
    }
}

impl Severity {
    /// What a scanner's word means, whatever its case; anything else is unknown.
    #[must_use]
    pub fn of_scanner(word: &str) -> Self {
        Self::ALL.iter().copied().find(|severity| word.eq_ignore_ascii_case(severity.as_str())).unwrap_or(Self::Unknown)
    }
}

words! {
    /// Whether there is a fix.
    FixState {
        /// There is something to pull.
        Fixed = "fixed",
        /// Not yet.
        NotFixed = "not-fixed",
        /// The maintainer decided against it.
        WontFix = "wont-fix",
        /// The scanner does not know, or said nothing.
        Unknown = "unknown",
    }
}

impl FixState {
    /// What a scanner's word means; an empty or unfamiliar one is unknown.
    #[must_use]
    pub fn of_scanner(word: &str) -> Self {
        Self::ALL.iter().copied().find(|state| word == state.as_str()).unwrap_or(Self::Unknown)
    }

    /// Which side of the partition it falls on.
    #[must_use]
    pub const fn partition(self) -> Partition {
        match self {
            Self::Fixed => Partition::Outstanding,
            Self::NotFixed | Self::WontFix | Self::Unknown => Partition::Residual,
        }
    }

    /// Why it is residual; `None` when it is outstanding.
    #[must_use]
    pub const fn residual(self) -> Option<Residual> {
        match self {
            Self::Fixed => None,
            Self::NotFixed => Some(Residual::AwaitingUpstream),
            Self::WontFix => Some(Residual::WontFix),
            Self::Unknown => Some(Residual::Unclassified),
        }
    }
}

words! {
    /// Outstanding or residual.
    Partition {
        /// A fix is there to be pulled.
        Outstanding = "outstanding",
        /// Nothing can be done by pulling.
        Residual = "residual",
    }
}

words! {
    /// Why a finding is residual.
    Residual {
        /// The maintainer has not fixed it yet.
        AwaitingUpstream = "awaitingUpstream",
        /// The maintainer will not.
        WontFix = "wontFix",
        /// Nobody said.
        Unclassified = "unclassified",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_scanner_has_a_severity() {
        for (word, severity) in [
            ("Critical", Severity::Critical),
            ("CRITICAL", Severity::Critical),
            ("High", Severity::High),
            ("Medium", Severity::Medium),
            ("MEDIUM", Severity::Medium),
            ("Low", Severity::Low),
            ("Negligible", Severity::Negligible),
            ("Unknown", Severity::Unknown),
            ("", Severity::Unknown),
            ("Important", Severity::Unknown),
            (" high", Severity::Unknown),
            ("ｈｉｇｈ", Severity::Unknown),
        ] {
            assert_eq!(Severity::of_scanner(word), severity, "{word:?}");
        }
    }

    #[test]
    fn every_fix_state_falls_on_one_side() {
        use Partition::{Outstanding, Residual as Rest};
        for (word, state, side, why) in [
            ("fixed", FixState::Fixed, Outstanding, None),
            ("not-fixed", FixState::NotFixed, Rest, Some(Residual::AwaitingUpstream)),
            ("wont-fix", FixState::WontFix, Rest, Some(Residual::WontFix)),
            ("unknown", FixState::Unknown, Rest, Some(Residual::Unclassified)),
            ("", FixState::Unknown, Rest, Some(Residual::Unclassified)),
            ("Fixed", FixState::Unknown, Rest, Some(Residual::Unclassified)),
            ("end_of_life", FixState::Unknown, Rest, Some(Residual::Unclassified)),
        ] {
            let found = FixState::of_scanner(word);
            assert_eq!((found, found.partition(), found.residual()), (state, side, why), "{word:?}");
        }
    }

    #[test]
    fn words_read_back_and_list_themselves_when_they_do_not() {
        for severity in Severity::ALL {
            assert_eq!(Severity::parse("severity", severity.as_str()).as_ref(), Ok(severity));
        }
        let refused = FixState::parse("fixState", "Fixed").unwrap_err();
        assert_eq!(refused.to_string(), "fixState: must be one of fixed not-fixed wont-fix unknown");
    }
}

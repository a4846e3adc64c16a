//! The figures of a grype report, counted from its raw JSON: once in the report's own words (as the corpus README lists them)
//! and once as the portal must serve them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) matches: u64,
    pub(crate) distinct_ids: u64,
    /// `(absent)` where the report has none
    pub(crate) by_severity: BTreeMap<String, u64>,
    /// `(empty)` for the empty string, `(no fix object)` where there is none
    pub(crate) by_fix_state: BTreeMap<String, u64>,
}

const SEVERITIES: [&str; 6] = ["critical", "high", "medium", "low", "negligible", "unknown"];

pub(crate) fn figures(report: &Value) -> Figures {
    let mut figures = Figures::default();
    let mut ids = BTreeSet::new();
    for vulnerability in vulnerabilities(report) {
        figures.matches += 1;
        ids.insert(vulnerability["id"].as_str());
        let severity = worded(vulnerability["severity"].as_str(), "(absent)");
        *figures.by_severity.entry(severity).or_default() += 1;
        let state = vulnerability["fix"]["state"].as_str();
        *figures.by_fix_state.entry(worded(state, "(no fix object)")).or_default() += 1;
    }
    figures.distinct_ids = ids.len() as u64;
    figures
}

fn worded(text: Option<&str>, absent: &str) -> String {
    match text {
        None => absent.to_owned(),
        Some("") => "(empty)".to_owned(),
        Some(text) => text.to_owned(),
    }
}

/// The `counts` that the portal must show for this report.
pub(crate) fn counts(report: &Value) -> Value {
    let mut partition: BTreeMap<&str, u64> = BTreeMap::new();
    let mut severities: BTreeMap<&str, u64> = BTreeMap::new();
    let mut outstanding_severities: BTreeMap<&str, u64> = BTreeMap::new();
    for vulnerability in vulnerabilities(report) {
        let part = part_of(vulnerability);
        let severity = severity_of(vulnerability);
        *partition.entry(part).or_default() += 1;
        *severities.entry(severity).or_default() += 1;
        if part == "outstanding" {
            *outstanding_severities.entry(severity).or_default() += 1;
        }
    }
    let figures = figures(report);
    let part = |name: &str| partition.get(name).copied().unwrap_or_default();
    let mut counts = json!({
        "total": figures.matches,
        "distinctVulnerabilities": figures.distinct_ids,
        "outstanding": part("outstanding"),
        "residual": figures.matches - part("outstanding"),
        "residualBreakdown": {
            "awaitingUpstream": part("awaitingUpstream"),
            "wontFix": part("wontFix"),
            "unclassified": part("unclassified"),
        },
        "outstandingBySeverity": {},
    });
    for severity in SEVERITIES {
        counts[severity] = severities.get(severity).copied().unwrap_or_default().into();
        counts["outstandingBySeverity"][severity] =
            outstanding_severities.get(severity).copied().unwrap_or_default().into();
    }
    counts
}

fn part_of(vulnerability: &Value) -> &'static str {
    // Reports from before fix states only name the version.
    let fixed_in = vulnerability["fixedInVersion"].as_str().unwrap_or_default();
    if vulnerability.get("fix").is_none() && !fixed_in.is_empty() {
        return "outstanding";
    }
    match vulnerability["fix"]["state"].as_str() {
        Some("fixed") => "outstanding",
        Some("not-fixed") => "awaitingUpstream",
        Some("wont-fix") => "wontFix",
        _ => "unclassified",
    }
}

fn severity_of(vulnerability: &Value) -> &'static str {
    let severity = vulnerability["severity"].as_str().unwrap_or_default();
    SEVERITIES.into_iter().find(|known| severity.eq_ignore_ascii_case(known)).unwrap_or("unknown")
}

fn vulnerabilities(report: &Value) -> impl Iterator<Item = &Value> {
    report["matches"].as_array().into_iter().flatten().map(|found| &found["vulnerability"])
}

/// The scan's time by the report itself.
pub(crate) fn timestamp(report: &Value) -> Option<&str> {
    report["descriptor"]["timestamp"].as_str()
}

/// Where the portal's counts differ from the expected ones: the first figure, by its path.
pub(crate) fn difference(served: &Value, expected: &Value) -> Option<String> {
    expected.as_object()?.iter().find_map(|(name, figure)| match figure {
        Value::Object(_) => difference(&served[name], figure).map(|inner| format!("{name}.{inner}")),
        _ if &served[name] == figure => None,
        _ => Some(format!("{name} is {}, should be {figure}", served[name])),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{counts, difference, figures};

    #[test]
    fn matches_are_counted_in_the_reports_words_and_in_the_portals() {
        let report = json!({"matches": [
            {"vulnerability": {"id": "A", "severity": "High", "fix": {"state": "fixed"}}},
            {"vulnerability": {"id": "A", "severity": "High", "fix": {"state": ""}}},
            {"vulnerability": {"id": "B", "fixedInVersion": "1.2"}},
        ]});
        let figures = figures(&report);
        assert_eq!((figures.matches, figures.distinct_ids), (3, 2));
        assert_eq!(figures.by_severity["(absent)"], 1);
        assert_eq!(figures.by_fix_state["(empty)"], 1);
        let counts = counts(&report);
        assert_eq!(counts["outstanding"], 2);
        assert_eq!(counts["residualBreakdown"]["unclassified"], 1);
        assert_eq!(counts["unknown"], 1);
    }

    #[test]
    fn a_difference_names_the_figure() {
        let served = json!({"total": 1, "residualBreakdown": {"wontFix": 2}});
        let expected = json!({"total": 1, "residualBreakdown": {"wontFix": 3}});
        assert_eq!(difference(&served, &expected).unwrap(), "residualBreakdown.wontFix is 2, should be 3");
        assert_eq!(difference(&served, &served), None);
    }
}

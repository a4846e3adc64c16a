//! What came of a run, by operation. Schemathesis itself has said in detail what it found.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::failure::{Context, Outcome};
use crate::tally::Tally;

/// What hooks.py left.
struct Results(Value);

/// One line an operation; each that is sound and was reached has passed.
pub(super) fn read(file: &Path, operations: &[String], ended: Outcome) -> Outcome<Tally> {
    let text = std::fs::read_to_string(file).context("schemathesis left no results")?;
    let results = Results(serde_json::from_str(&text).context(file.display())?);
    let mut tally = Tally::default();
    println!();
    for operation in operations {
        let wrong = results.wrong_with(operation);
        tally.count(wrong.is_empty());
        println!("{} {operation}: {}", if wrong.is_empty() { "ok   " } else { "FAIL " }, results.answers(operation));
        for finding in wrong {
            println!("      {finding}");
        }
    }
    if let (Err(problem), 0) = (ended, tally.failed) {
        // An error of the run is no finding of an operation.
        println!("FAIL  {problem}");
        tally.failed = 1;
    }
    Ok(tally)
}

impl Results {
    fn counts(&self, of: &str, operation: &str) -> BTreeMap<&str, u64> {
        let found = self.0[of][operation].as_object().into_iter().flatten();
        found.map(|(name, count)| (name.as_str(), count.as_u64().unwrap_or_default())).collect()
    }

    fn wrong_with(&self, operation: &str) -> Vec<String> {
        let findings = self.counts("findings", operation);
        let mut wrong: Vec<String> = findings.iter().map(|(what, times)| format!("{what} ({times} times)")).collect();
        if !self.counts("statuses", operation).keys().any(|status| status.starts_with('2')) {
            wrong.push("never answered 2xx, so most of it was not tested".into());
        }
        wrong
    }

    /// `200: 31, 404: 5`
    fn answers(&self, operation: &str) -> String {
        let statuses = self.counts("statuses", operation);
        statuses.iter().map(|(status, times)| format!("{status}: {times}")).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Results;

    #[test]
    fn an_operation_passes_when_it_was_reached_and_nothing_was_found() {
        let results = Results(json!({
            "statuses": { "a": { "200": 3, "404": 1 }, "b": { "404": 2 }, "c": { "204": 1 } },
            "findings": { "c": { "not_a_server_error: Server error": 2 } },
        }));
        assert!(results.wrong_with("a").is_empty());
        assert_eq!(results.answers("a"), "200: 3, 404: 1");
        assert_eq!(results.wrong_with("b").len(), 1);
        assert_eq!(results.wrong_with("c"), ["not_a_server_error: Server error (2 times)"]);
        assert_eq!(results.wrong_with("never asked").len(), 1);
    }
}

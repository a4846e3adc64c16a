//! `cargo test` over the workspace with PostgreSQL servers of its own, its `test result:` lines added up.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::libraries::{self, LIBRARIES};
use super::tools;
use crate::failure::{Context, Outcome};
use crate::postgres::TestClusters;
use crate::tally::Tally;
use crate::workspace::cargo;

pub(crate) fn run(arguments: &[String]) -> Tally {
    match try_run(arguments) {
        Ok(tally) => tally,
        Err(problem) => {
            println!("FAILED Tests: {problem}");
            Tally { passed: 0, failed: 1 }
        }
    }
}

fn try_run(arguments: &[String]) -> Outcome<Tally> {
    tools::ensure()?;
    let libraries = libraries::find()?;
    let clusters = TestClusters::start()?;
    let mut child = cargo()
        .args(["test", "--workspace", "--locked", "--no-fail-fast"])
        .args(arguments)
        .envs(clusters.variables())
        .env(LIBRARIES, libraries)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run cargo test")?;
    let mut tally = Tally::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line.context("output of cargo test")?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            if let Some(result) = result_line(&line) {
                tally += result;
            }
        }
    }
    let status = child.wait().context("cargo test")?;
    // A test binary that does not build, or dies, fails without a line of its own.
    if !status.success() && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

/// `test result: FAILED. 12 passed; 1 failed; 0 ignored; …`
fn result_line(line: &str) -> Option<Tally> {
    let rest = line.trim().strip_prefix("test result: ")?;
    let (_verdict, figures) = rest.split_once(". ")?;
    let figure =
        |name: &str| figures.split(';').find_map(|part| part.trim().strip_suffix(name)?.trim().parse::<u64>().ok());
    Some(Tally { passed: figure("passed")?, failed: figure("failed")? })
}

#[cfg(test)]
mod tests {
    use super::{Tally, result_line};

    #[test]
    fn a_result_line_is_read() {
        let line = "test result: FAILED. 12 passed; 1 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.02s";
        assert_eq!(result_line(line), Some(Tally { passed: 12, failed: 1 }));
    }

    #[test]
    fn other_lines_are_not() {
        assert_eq!(result_line("test it::result: ok ... ok"), None);
        assert_eq!(result_line("12 passed; 1 failed"), None);
    }
}

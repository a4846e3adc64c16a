//! Facts, recorded by a program beside the server (`crates/server/examples/record_facts.rs`).

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::receiver::Receipt;
use super::scene::{IMAGE, VERSION};
use crate::failure::Outcome;
use crate::portal::Portal;
use crate::workspace;

pub(super) struct Recorder {
    program: PathBuf,
}

/// How many, and how fast.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    pub(super) count: u64,
    /// Facts in one commit
    pub(super) batch: u64,
    /// From one commit to the next
    pub(super) pause: Duration,
}

/// When each fact was committed, by its number, in microseconds since 1970.
pub(super) struct Commits(HashMap<u64, u64>);

impl Recorder {
    /// Together with the server, whose program is the first: apart they would be built twice, an example having other
    /// features than what ships.
    pub(super) fn build() -> Outcome<(PathBuf, Self)> {
        let mut cargo = workspace::cargo();
        cargo.args(["build", "--locked", "--release", "--package", "podarmor"]);
        workspace::run(cargo.args(["--bin", "podarmor", "--example", "record_facts"]))?;
        let recorder = Self { program: workspace::built("release", "examples/record_facts") };
        Ok((workspace::built("release", "podarmor"), recorder))
    }

    /// Records them; the first has the number `first`.
    pub(super) fn record(&self, portal: &Portal, first: u64, pace: Pace) -> Outcome<Commits> {
        let mut command = Command::new(&self.program);
        command.args([portal.database(), IMAGE, VERSION]);
        let pause = u64::try_from(pace.pause.as_millis()).unwrap_or(u64::MAX);
        command.args([first, pace.count, pace.batch, pause].map(|number| number.to_string()));
        Commits::read(&workspace::output(&mut command)?)
    }
}

impl Commits {
    fn read(lines: &str) -> Outcome<Self> {
        let mut commits = HashMap::new();
        for line in lines.lines() {
            let numbers: Vec<u64> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
            let &[first, count, at] = numbers.as_slice() else { return Err(format!("not a commit: {line}")) };
            commits.extend((first..first + count).map(|number| (number, at)));
        }
        Ok(Self(commits))
    }

    /// How long after its commit each fact was received, the shortest first.
    pub(super) fn waits(&self, receipts: &[Receipt]) -> Vec<Duration> {
        let wait = |receipt: &Receipt| Some(receipt.at.saturating_sub(*self.0.get(&receipt.number?)?));
        let mut waits: Vec<Duration> = receipts.iter().filter_map(wait).map(Duration::from_micros).collect();
        waits.sort_unstable();
        waits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_measured_from_the_commit_of_its_fact() {
        let commits = Commits::read("0 2 1000\n2 1 5000\n").unwrap();
        let receipt = |number, at| Receipt { at, number, delivery: String::new() };
        let receipts =
            [receipt(Some(1), 1_700), receipt(Some(2), 5_300), receipt(Some(9), 9_000), receipt(None, 9_000)];
        assert_eq!(commits.waits(&receipts), [300, 700].map(Duration::from_micros));
        assert!(Commits::read("0 2").is_err());
    }
}

//! The one test command: every check of the project in one run, the cheap ones first. A check that fails does not keep the
//! others from running.

use std::time::Instant;

use clap::ValueEnum;

use crate::failure::Outcome;
use crate::tally::Tally;
use crate::workspace::{cargo, run as run_program};

mod deny;
mod libraries;
mod suite;
mod tools;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only these checks
    #[arg(long, value_delimiter = ',')]
    only: Vec<Check>,
    /// Arguments for `cargo test` (a filter, say); without --only, only the tests run then
    #[arg(last = true)]
    test_arguments: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Check {
    /// The code is formatted
    Fmt,
    /// No clippy warning
    Clippy,
    /// All tests, on SQLite and on a PostgreSQL of their own; the dependency rule is among them
    Tests,
    /// The documents in openapi/ are what the code says
    Openapi,
    /// Bans, licences and sources of the dependencies
    Deny,
    /// No known vulnerability in the dependencies
    Advisories,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome<Tally> {
    let mut tally = Tally::default();
    for check in chosen(arguments) {
        println!("\n== {check:?}");
        let started = Instant::now();
        tally += one(check, &arguments.test_arguments);
        println!("== {check:?}: {:.1} s", started.elapsed().as_secs_f32());
    }
    println!();
    Ok(tally)
}

fn chosen(arguments: &Arguments) -> Vec<Check> {
    if !arguments.only.is_empty() {
        arguments.only.clone()
    } else if !arguments.test_arguments.is_empty() {
        vec![Check::Tests]
    } else {
        Check::value_variants().to_vec()
    }
}

fn one(check: Check, test_arguments: &[String]) -> Tally {
    let outcome = match check {
        Check::Fmt => run_program(cargo().args(["fmt", "--all", "--check"])),
        Check::Clippy => {
            run_program(cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
        }
        Check::Tests => return suite::run(test_arguments),
        Check::Openapi => crate::openapi::check(),
        Check::Deny => deny::bans_licences_sources(),
        Check::Advisories => match deny::advisories() {
            Ok(deny::Advisories::Checked) => Ok(()),
            // Said, and not counted: nothing was checked.
            Ok(deny::Advisories::NoDatabase) => return Tally::default(),
            Err(problem) => Err(problem),
        },
    };
    let mut tally = Tally::default();
    tally.count(outcome.is_ok());
    if let Err(problem) = outcome {
        println!("FAILED {check:?}: {problem}");
    }
    tally
}

//! Schemathesis (from PyPI) against a running portal: requests made up from the OpenAPI documents, valid ones and invalid ones,
//! and every answer compared with what the document promises. Three runs: the portal's API as an admin, the calls that end or
//! disable whoever makes them, and the public API with keys.

use std::time::Duration;

use crate::failure::Outcome;
use crate::portal::{Build, Portal};
use crate::tally::Tally;

mod operations;
mod report;
mod runs;
mod schemathesis;
mod world;

use schemathesis::Schemathesis;
use world::World;

/// What `--short` takes instead of `--seconds`.
const SHORT: u64 = 60;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Seconds that requests are made for, over all runs
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u64).range(30..))]
    seconds: u64,
    /// The run for every change: a minute of requests
    #[arg(long, conflicts_with = "seconds")]
    short: bool,
    /// What the requests are made up from; the same seed makes the same ones
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome<Tally> {
    let seconds = if arguments.short { SHORT } else { arguments.seconds };
    let schemathesis = Schemathesis::find()?;
    let program = Build::Debug.make()?;
    let portal = Portal::on_sqlite(&program)?;
    let world = World::make(&portal)?;
    println!("{} with seed {}, {seconds} s", schemathesis.name(), arguments.seed);
    let mut tally = Tally::default();
    for run in &runs::RUNS {
        println!("\n== {}", run.name);
        let share = Duration::from_secs(seconds * run.share / 100);
        tally += run.execute(&schemathesis, &world, share, arguments.seed)?;
    }
    println!();
    Ok(tally)
}

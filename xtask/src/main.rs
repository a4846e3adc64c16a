//! Developer commands of this workspace, run as `cargo xtask COMMAND`: the one test command, the generated documents, the
//! corpus of real reports, and the benchmark. Nothing here is shipped.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line for developers talks to the terminal")]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod corpus;
mod failure;
mod fuzz;
mod interrupt;
#[cfg(test)]
mod layers;
mod openapi;
mod portal;
mod postgres;
mod python;
mod scratch;
mod tally;
mod test;
mod workspace;

use failure::Outcome;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer commands of this workspace")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs every check of the project; ends with `N passed, N failed`
    Test(test::Arguments),
    /// Runs a command with a throwaway PostgreSQL, its address in PODARMOR_TEST_POSTGRES_URL
    Postgres(postgres::Arguments),
    /// Writes the documents in openapi/ from the code
    Openapi(openapi::Arguments),
    /// Imports a folder of real scanner reports and SBOMs and compares what the portal serves with what they say
    Corpus(corpus::Arguments),
    /// Runs schemathesis against a portal of its own; ends with `N passed, N failed`
    FuzzApi(fuzz::Arguments),
    /// Measures speed and memory; prints tables for docs/performance.md
    Bench(bench::Arguments),
    /// Measures sign-ins: a flood of them, what their time tells, what a refusal costs
    BenchLogins(bench::logins::Arguments),
    /// Measures webhooks: how many and how soon, beside receivers that hang, and the memory that a backlog takes
    BenchWebhooks(bench::webhooks::Arguments),
}

fn main() -> ExitCode {
    if let Err(problem) = interrupt::install() {
        eprintln!("xtask: {problem}");
        return ExitCode::FAILURE;
    }
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Outcome<ExitCode> {
    match command {
        Command::Test(arguments) => Ok(test::run(&arguments)?.closing_line()),
        Command::Postgres(arguments) => postgres::run(&arguments),
        Command::Openapi(arguments) => openapi::run(&arguments),
        Command::Corpus(arguments) => Ok(corpus::run(&arguments)?.closing_line()),
        Command::FuzzApi(arguments) => Ok(fuzz::run(&arguments)?.closing_line()),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::BenchLogins(arguments) => bench::logins::run(&arguments),
        Command::BenchWebhooks(arguments) => bench::webhooks::run(&arguments),
    }
}

/// A folder named on the command line, as an absolute path.
fn existing_folder(path: &str) -> Result<PathBuf, String> {
    let folder = std::fs::canonicalize(path).map_err(|e| format!("{path}: {e}"))?;
    if folder.is_dir() { Ok(folder) } else { Err(format!("{path} is not a folder")) }
}

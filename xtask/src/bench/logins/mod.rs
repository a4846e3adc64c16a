//! Sign-ins: how the server bears a flood of them, whether the time of a refusal tells anything, and what a refusal by the
//! limit costs. Everything runs through `X-Forwarded-For` from a trusted loopback address, so that each try has an address of
//! its own.

use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;

use super::table::Table;
use super::{POSTGRES, SQLITE, machine, run_optimised};
use crate::failure::Outcome;
use crate::portal::{Build, Portal, TENANT};
use crate::postgres::{Cluster, Durability};

mod burst;
mod client;
mod cost;
mod flood;
mod ping;
pub(super) mod statistics;
mod timing;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Measure on PostgreSQL too, on a throwaway server
    #[arg(long)]
    postgres: bool,
    /// Only these
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Two hundred sign-ins at once
    Burst,
    /// Half a minute of sign-ins beside readers
    Flood,
    /// What a refusal by the limit costs
    Cost,
    /// Whether the time of a refusal tells what was wrong
    Timing,
}

/// Their own, so that the reader's sessions are not ended by the flood: a user has at most 50.
const EMAIL: &str = "flood@example.com";
const DISABLED: &str = "disabled@example.com";
const SUSPENDED_TENANT: &str = "suspended";
const OTHER_TENANT: &str = "other";
const OTHER_EMAIL: &str = "somebody@other.example";

struct Tables {
    load: Table,
    timing: Table,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    if cfg!(debug_assertions) {
        return run_optimised("bench-logins", &std::env::args().skip(2).collect::<Vec<_>>());
    }
    let program = Build::Release.make()?;
    let mut tables = Tables {
        load: Table::new(&["what", "database", "figure", "bar", "met"]),
        timing: Table::new(&["refused", "database", "median", "of wrong password", "KS distance", "p", "bar", "met"]),
    };
    let parts = if arguments.only.is_empty() { Part::value_variants() } else { &arguments.only };
    let mut software = Vec::new();
    println!("== {SQLITE}");
    measure(&Portal::on_sqlite(&program)?, SQLITE, parts, &mut tables)?;
    if arguments.postgres {
        println!("== {POSTGRES}");
        software.push(on_postgres(&program, parts, &mut tables)?);
    }
    println!("\n## Sign-ins\n\n{}\n\n{}\n\n{}", machine::description(&software), tables.load, tables.timing);
    Ok(ExitCode::SUCCESS)
}

fn on_postgres(program: &Path, parts: &[Part], tables: &mut Tables) -> Outcome<String> {
    let cluster = Cluster::start(Durability::Full)?;
    cluster.create_database("portal")?;
    measure(&Portal::on_postgres(program, cluster.url("portal"))?, POSTGRES, parts, tables)?;
    Ok(cluster.version())
}

fn measure(portal: &Portal, database: &str, parts: &[Part], tables: &mut Tables) -> Outcome {
    fill(portal)?;
    for part in parts {
        // Each on a server of its own: the peak of memory is that of the measurement.
        let server = portal.serve_behind_proxy()?;
        match part {
            Part::Burst => burst::measure(&server, database, &mut tables.load)?,
            Part::Flood => flood::measure(&server, database, &mut tables.load)?,
            Part::Cost => cost::measure(&server, database, &mut tables.load)?,
            Part::Timing => timing::measure(&server, database, &mut tables.timing)?,
        }
    }
    Ok(())
}

fn fill(portal: &Portal) -> Outcome {
    portal.create_tenant()?;
    portal.create_user(TENANT, EMAIL, "viewer")?;
    portal.create_user(TENANT, DISABLED, "viewer")?;
    portal.run(&["user", "disable", "--tenant", TENANT, "--email", DISABLED])?;
    for tenant in [SUSPENDED_TENANT, OTHER_TENANT] {
        portal.run(&["tenant", "create", tenant, "--name", tenant])?;
    }
    portal.create_user(SUSPENDED_TENANT, EMAIL, "viewer")?;
    portal.run(&["tenant", "suspend", SUSPENDED_TENANT])?;
    portal.create_user(OTHER_TENANT, OTHER_EMAIL, "viewer")?;
    for number in 0..20 {
        portal.publish(&format!("image-{number:02}"), "1.0.0-r0", 50_000_000)?;
    }
    Ok(())
}

/// One row of the table of load.
fn row(what: &str, database: &str, figure: String, bar: Option<(&str, bool)>) -> Vec<String> {
    let mut cells = vec![what.to_owned(), database.to_owned(), figure];
    cells.extend(super::table::judged(bar));
    cells
}

//! Webhooks: how many deliveries a second and how soon after the commit of the fact, beside receivers that hang, and the
//! memory that a long backlog takes. The receiver is part of this program and shares the processors with the server.

use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;

use super::table::{Table, judged};
use super::{POSTGRES, SQLITE, machine, run_optimised};
use crate::failure::Outcome;
use crate::portal::Portal;
use crate::postgres::{Cluster, Durability};

mod backlog;
mod facts;
mod hanging;
mod receiver;
mod scene;
mod speed;

use facts::Recorder;
use scene::Scene;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only these
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// Only on this database
    #[arg(long)]
    database: Option<Database>,
    /// Succeed even where a bar is missed
    #[arg(long)]
    lenient: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Deliveries a second, and how soon they come
    Speed,
    /// Receivers that hang beside receivers that work
    Hanging,
    /// Memory with a million deliveries that wait, and with answers without end
    Backlog,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => SQLITE,
            Self::Postgres => POSTGRES,
        }
    }
}

/// What was measured.
struct Results {
    table: Table,
    database: &'static str,
    missed: usize,
}

impl Results {
    fn push(&mut self, what: &str, figure: String, bar: Option<(&str, bool)>) {
        self.missed += usize::from(bar.is_some_and(|(_, met)| !met));
        let mut cells = vec![what.to_owned(), self.database.to_owned(), figure];
        cells.extend(judged(bar));
        self.table.push(cells);
    }
}

pub(crate) fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    if cfg!(debug_assertions) {
        return run_optimised("bench-webhooks", &std::env::args().skip(2).collect::<Vec<_>>());
    }
    let (program, recorder) = Recorder::build()?;
    let table = Table::new(&["what", "database", "figure", "bar", "met"]);
    let mut results = Results { table, database: SQLITE, missed: 0 };
    let parts = if arguments.only.is_empty() { Part::value_variants() } else { &arguments.only };
    let wanted = |database: Database| arguments.database.is_none_or(|only| only == database);
    let mut software = Vec::new();
    for database in [Database::Sqlite, Database::Postgres].into_iter().filter(|database| wanted(*database)) {
        results.database = database.name();
        println!("== {}", results.database);
        let cluster = (database == Database::Postgres).then(|| Cluster::start(Durability::Full)).transpose()?;
        software.extend(cluster.as_ref().map(Cluster::version));
        for part in parts {
            let portal = fresh_portal(&program, cluster.as_ref(), *part)?;
            measure(&portal, &recorder, *part, &mut results)?;
        }
    }
    println!("\n## Webhooks\n\n{}\n\n{}", machine::description(&software), results.table);
    let failed = results.missed > 0 && !arguments.lenient;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Each part has an installation of its own: what one leaves behind does not weigh on the next.
fn fresh_portal(program: &Path, cluster: Option<&Cluster>, part: Part) -> Outcome<Portal> {
    let Some(cluster) = cluster else { return Portal::on_sqlite(program) };
    let name = format!("{part:?}").to_lowercase();
    cluster.create_database(&name)?;
    Portal::on_postgres(program, cluster.url(&name))
}

fn measure(portal: &Portal, recorder: &Recorder, part: Part, results: &mut Results) -> Outcome {
    let mut scene = Scene::set(portal, recorder)?;
    match part {
        Part::Speed => speed::measure(&mut scene, results),
        Part::Hanging => hanging::measure(&mut scene, results),
        Part::Backlog => backlog::measure(&mut scene, results),
    }
}

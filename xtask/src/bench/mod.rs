//! Speed and memory of the release build, measured in one run on one machine and set beside what the machine can do: a bare
//! actix-web handler for answers, nginx for files. Load generator and server share the cores, so ratios say more than figures.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crate::corpus::{Document, Format, read_folder};
use crate::existing_folder;
use crate::failure::Outcome;
use crate::portal::{Build, Portal};
use crate::postgres::{Cluster, Durability};
use crate::workspace;

mod answers;
mod bare;
mod catalogue;
mod documents;
mod imports;
mod load;
pub(crate) mod logins;
mod machine;
mod memory;
mod nginx;
mod startup;
mod table;
pub(crate) mod webhooks;

use table::Table;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The corpus folder; its largest report and SBOM are imported
    #[arg(long, value_parser = existing_folder)]
    corpus: PathBuf,
    /// Seconds that each rate is measured for
    #[arg(long, default_value_t = 8)]
    seconds: u64,
}

/// The two databases, by the names of their columns.
const SQLITE: &str = "SQLite";
const POSTGRES: &str = "PostgreSQL";

pub(crate) fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    if cfg!(debug_assertions) {
        let (corpus, seconds) = (arguments.corpus.display().to_string(), arguments.seconds.to_string());
        return run_optimised("bench", &["--corpus".into(), corpus, "--seconds".into(), seconds]);
    }
    let duration = Duration::from_secs(arguments.seconds);
    let reports = read_folder(&arguments.corpus, "grype")?;
    let sboms = read_folder(&arguments.corpus, "syft/spdx")?;
    let program = Build::Release.make()?;
    let bare = bare::build()?;
    let nginx = nginx::Program::find()?;

    let mut rates = Table::new(&[
        "what",
        "database",
        "requests/s",
        "p50",
        "p99",
        "reference",
        "its requests/s",
        "ratio",
        "bar",
        "met",
    ]);
    let mut costs = Table::new(&["what", "database", "time", "memory", "bar", "met"]);
    let cluster = Cluster::start(Durability::Full)?;
    cluster.create_database("portal")?;
    let portals =
        [(SQLITE, Portal::on_sqlite(&program)?), (POSTGRES, Portal::on_postgres(&program, cluster.url("portal"))?)];
    for (database, portal) in &portals {
        println!("== {database}");
        startup::measure(portal, database, &mut costs)?;
        portal.create_tenant()?;
        catalogue::fill(portal, &reports)?;
        imports::measure(portal, database, largest(&reports)?, largest(&sboms)?, &mut costs)?;
        let measured = documents::import(portal, &sboms)?;
        let server = portal.serve()?;
        answers::measure(&server, database, &bare, duration, &mut rates)?;
        documents::measure(&server, database, &measured, &nginx, duration, &mut rates)?;
    }
    println!("\n{}\n\n{rates}\n\n{costs}", machine::description(&[cluster.version(), nginx.version()]));
    Ok(ExitCode::SUCCESS)
}

/// The load generator must not be what is measured, so the work is done by an optimised build of this program.
fn run_optimised(command: &str, arguments: &[String]) -> Outcome<ExitCode> {
    let mut cargo = workspace::cargo();
    cargo.args(["run", "--quiet", "--release", "--locked", "--package", "xtask", "--", command]).args(arguments);
    workspace::run(&mut cargo).map(|()| ExitCode::SUCCESS)
}

fn largest(documents: &[Document]) -> Outcome<&Document> {
    documents
        .iter()
        .filter(|document| document.format == Format::Grype || document.format.served_as().is_some())
        .max_by_key(|document| document.bytes.len())
        .ok_or_else(|| "the corpus has no document to import".into())
}

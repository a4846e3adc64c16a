//! A folder of real scanner reports and SBOMs, put through the portal: imported by the command line into a fresh database, read
//! back over REST, and compared with figures that are computed here, from the raw files, by other code than the portal's, and
//! with the table in the folder's README.md.

use std::path::Path;

use serde_json::Value;

use crate::existing_folder;
use crate::failure::Outcome;
use crate::portal::{Build, Portal, Session};
use crate::postgres::{Cluster, Durability};
use crate::tally::Tally;

mod documents;
mod readme;
mod refusals;
mod report;
mod sboms;
mod scans;
mod series;

pub(crate) use documents::{Document, Format, read_folder};
pub(crate) use report::figures;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder: grype/, trivy/, syft/, examples/ and README.md
    #[arg(value_parser = existing_folder)]
    folder: std::path::PathBuf,
    /// Run it on PostgreSQL too, on a throwaway server
    #[arg(long)]
    postgres: bool,
    /// Use the release build
    #[arg(long)]
    release: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome<Tally> {
    let documents = read_all(&arguments.folder)?;
    let table = readme::read(&arguments.folder)?;
    if let [missing, ..] = readme::without_file(&table, &documents).as_slice() {
        return Err(format!("README.md lists {missing}, and there is no such file"));
    }
    let build = if arguments.release { Build::Release } else { Build::Debug };
    let program = build.make()?;
    println!("\n== corpus on SQLite");
    let sqlite = Portal::on_sqlite(&program);
    let mut tally = counted(sqlite.and_then(|portal| through(&portal, &documents, &table)));
    if arguments.postgres {
        println!("\n== corpus on PostgreSQL");
        tally += counted(on_postgres(&program, &documents, &table));
    }
    println!();
    Ok(tally)
}

fn on_postgres(program: &Path, documents: &[Document], table: &readme::Table) -> Outcome<Tally> {
    let cluster = Cluster::start(Durability::None)?;
    let portal = Portal::on_postgres(program, cluster.url("postgres"))?;
    through(&portal, documents, table)
}

/// A portal that cannot even be set up is one failed check, and does not hide the figures of the other database.
fn counted(outcome: Outcome<Tally>) -> Tally {
    outcome.unwrap_or_else(|problem| {
        println!("FAIL  {problem}");
        Tally { passed: 0, failed: 1 }
    })
}

/// Reports first, so that the order of the lines is that of the folder's description.
fn read_all(folder: &Path) -> Outcome<Vec<Document>> {
    let mut documents = Vec::new();
    for below in ["grype", "trivy", "syft/spdx", "syft/cyclonedx", "syft/syft-json", "examples"] {
        documents.extend(read_folder(folder, below)?);
    }
    Ok(documents)
}

/// What is imported first and looked at later, once the server runs.
trait Case {
    /// One line says which file.
    fn name(&self) -> String;
    /// By the command line; the first thing that is wrong.
    fn import(&mut self, portal: &Portal) -> Outcome;
    /// Over REST; what is right, in a few words, or the first thing that is wrong.
    fn compare(&self, session: &Session, images: &[Value]) -> Outcome<String>;
}

fn through(portal: &Portal, documents: &[Document], table: &readme::Table) -> Outcome<Tally> {
    let mut cases = scans::cases(documents, table);
    cases.extend(series::cases(documents));
    cases.extend(sboms::cases(documents));
    cases.extend(refusals::cases(documents));

    portal.create_tenant()?;
    let imported: Vec<Outcome> = cases.iter_mut().map(|case| case.import(portal)).collect();

    let server = portal.serve()?;
    let session = Session::sign_in(&server)?;
    let images = session.list("/api/docker-images")?;
    let mut tally = Tally::default();
    for (case, imported) in cases.iter().zip(imported) {
        let outcome = imported.and_then(|()| case.compare(&session, &images));
        tally.count(outcome.is_ok());
        match outcome {
            Ok(right) => println!("ok    {}: {right}", case.name()),
            Err(wrong) => println!("FAIL  {}: {wrong}", case.name()),
        }
    }
    Ok(tally)
}

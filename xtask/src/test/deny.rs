//! Licences, bans, sources and advisories of the dependencies, by cargo-deny and deny.toml. cargo-deny never goes online: the
//! advisory database is a folder that the caller names.

use std::ffi::OsStr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Context, Outcome};
use crate::scratch::Scratch;
use crate::workspace;

/// The version that is built where none is installed.
const VERSION: &str = "0.20.2";
/// A folder that holds the files of the RustSec database, `crates/NAME/RUSTSEC-….md`.
const DATABASE: &str = "PODARMOR_ADVISORY_DB";
/// Read by deny.toml.
const PREPARED: &str = "PODARMOR_DENY_DB";
/// Where cargo-deny looks for the RustSec database under `db-path`: the name, and a hash of its address.
const DATABASE_NAME: &str = "advisory-db-3157b0e258782691";

pub(crate) fn bans_licences_sources() -> Outcome {
    // A wrapper that nothing uses yet is a promise kept, not a mistake.
    let mut command = Command::new(program()?);
    command.args(["--offline", "--locked", "check", "--allow=unused-wrapper"]);
    check(command.args(["bans", "licenses", "sources"]))
}

pub(crate) enum Advisories {
    Checked,
    NoDatabase,
}

pub(crate) fn advisories() -> Outcome<Advisories> {
    let Some(folder) = std::env::var_os(DATABASE).filter(|value| !value.is_empty()) else {
        println!(
            "WARNING: advisories were NOT checked: {DATABASE} does not name a copy of the RustSec database. \
             With a network, `cargo deny check advisories` fetches one"
        );
        return Ok(Advisories::NoDatabase);
    };
    let folder = std::fs::canonicalize(&folder).context(folder.display())?;
    println!("advisory database: newest entry of {}", newest(&folder)?);
    let scratch = prepare(&folder)?;
    let mut command = Command::new(program()?);
    command.args(["--offline", "--locked", "check", "advisories"]).env(PREPARED, scratch.path());
    check(&mut command).map(|()| Advisories::Checked)
}

fn check(command: &mut Command) -> Outcome {
    // Offline it needs every package of the lock file, those for other systems too, which no build has brought.
    workspace::run(workspace::cargo().args(["fetch", "--locked", "--quiet"]))?;
    workspace::run(command.current_dir(workspace::root()))
}

/// cargo-deny wants a checkout with the time of its last fetch; this is as much of one as it reads.
fn prepare(database: &Path) -> Outcome<Scratch> {
    let scratch = Scratch::new("advisories")?;
    let checkout = scratch.join(DATABASE_NAME);
    std::fs::create_dir_all(checkout.join(".git")).context(checkout.display())?;
    std::fs::write(checkout.join(".git/FETCH_HEAD"), "").context(checkout.display())?;
    symlink(database.join("crates"), checkout.join("crates")).context(checkout.display())?;
    Ok(scratch)
}

/// The newest date in the database, for the reader to judge its age; also proof that it is one.
fn newest(database: &Path) -> Outcome<String> {
    let crates = database.join("crates");
    let mut newest = String::new();
    for folder in std::fs::read_dir(&crates).context(crates.display())?.flatten() {
        for file in std::fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            if file.path().extension() == Some(OsStr::new("md")) {
                let text = std::fs::read_to_string(file.path()).context(file.path().display())?;
                newest = newest.max(date(&text).unwrap_or_default().to_owned());
            }
        }
    }
    if newest.is_empty() {
        return Err(format!("{} holds no advisory", crates.display()));
    }
    Ok(newest)
}

/// The line `date = "YYYY-MM-DD"` of an advisory.
fn date(advisory: &str) -> Option<&str> {
    let line = advisory.lines().find(|line| line.starts_with("date"))?;
    line.split('"').nth(1)
}

/// cargo-deny from PATH, or built once into the target folder. Without optimisation: it builds in a minute and checks in two
/// seconds; its release profile takes many minutes.
fn program() -> Outcome<PathBuf> {
    if let Some(installed) = workspace::on_path("cargo-deny") {
        return Ok(installed);
    }
    let tools = workspace::target().join("tools");
    let program = tools.join(format!("cargo-deny-{VERSION}/bin/cargo-deny"));
    if program.is_file() {
        return Ok(program);
    }
    println!("cargo-deny is not here: building it");
    let mut command = workspace::cargo();
    command
        .args(["install", "--locked", "--debug", "--quiet", "cargo-deny", "--version", VERSION])
        .args(["--config", "profile.dev.debug=0"])
        .arg("--root")
        .arg(tools.join(format!("cargo-deny-{VERSION}")))
        .arg("--target-dir")
        .arg(tools.join("build"));
    workspace::run(&mut command)?;
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn the_date_of_an_advisory_is_read() {
        let advisory = "```toml\n[advisory]\nid = \"RUSTSEC-2024-0001\"\ndate = \"2024-02-03\"\n```\n";
        assert_eq!(date(advisory), Some("2024-02-03"));
    }
}

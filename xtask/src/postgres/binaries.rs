//! Finds the programs of a PostgreSQL server, or installs them where that is ours to do.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Outcome;
use crate::workspace;

const OLDEST: u32 = 15;
/// What a cluster is made, started, asked and stopped with; a folder that lacks one (of stray links, say) will not do.
const PROGRAMS: [&str; 5] = ["initdb", "postgres", "pg_ctl", "pg_isready", "createdb"];

/// The folder that holds the programs, version 15 or newer.
pub(crate) fn find() -> Outcome<PathBuf> {
    if let Some(folder) = newest() {
        return Ok(folder);
    }
    if workspace::may_install() {
        println!("PostgreSQL {OLDEST} or newer is not here: installing it");
        workspace::apt_install(&["postgresql"])?;
    }
    newest().ok_or_else(|| {
        format!(
            "the tests need the programs of a PostgreSQL server, version {OLDEST} or newer, and found none. \
             Install them (on Debian and Ubuntu: `sudo apt-get install postgresql`) and run this again"
        )
    })
}

fn newest() -> Option<PathBuf> {
    let candidates = candidates().into_iter();
    candidates
        .filter_map(|folder| Some((version(&folder)?, folder)))
        .filter(|(version, _)| *version >= OLDEST)
        // Of equals the first: what `pg_config` names.
        .rev()
        .max_by_key(|(version, _)| *version)
        .map(|(_, folder)| folder)
}

fn candidates() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Ok(answer) = workspace::output(Command::new("pg_config").arg("--bindir")) {
        folders.push(PathBuf::from(answer.trim()));
    }
    // Debian keeps the server's programs off PATH, one folder a version.
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|entry| entry.path().join("bin")));
    }
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    folders.retain(|folder| PROGRAMS.iter().all(|program| folder.join(program).is_file()));
    folders
}

fn version(folder: &Path) -> Option<u32> {
    let answer = workspace::output(Command::new(folder.join("postgres")).arg("--version")).ok()?;
    major(&answer)
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` → 15
fn major(answer: &str) -> Option<u32> {
    let number = answer.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read_from_what_the_server_says() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major("postgres"), None);
    }
}

//! Where the workspace lies, and how programs are run in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Context, Outcome};

pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The target folder, as cargo sees it.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The cargo that runs this program, with the workspace as its folder.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The file that `cargo build` leaves for a binary or (`examples/NAME`) an example.
pub(crate) fn built(profile: &str, name: &str) -> PathBuf {
    target().join(profile).join(name)
}

/// Runs a program with the terminal's output; an exit code other than 0 is a failure.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let name = described(command);
    let status = command.status().context(format!("cannot run `{name}`"))?;
    if status.success() { Ok(()) } else { Err(format!("`{name}` failed ({status})")) }
}

/// Runs a program and gives its standard output; on failure the error holds what it said.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let name = described(command);
    let output = command.output().context(format!("cannot run `{name}`"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("`{name}` failed ({}): {}", output.status, said.trim()))
    }
}

/// Looks a program up on PATH.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Runs as root, so system packages may be installed and services must not run as us.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// System packages are ours to install: we are root, and apt is here.
pub(crate) fn may_install() -> bool {
    is_root() && on_path("apt-get").is_some()
}

/// Installs Debian packages; only where we [may](may_install).
pub(crate) fn apt_install(packages: &[&str]) -> Outcome {
    let mut update = Command::new("apt-get");
    run(update.args(["update", "--quiet"]))?;
    let mut install = Command::new("apt-get");
    run(install
        .args(["install", "--yes", "--quiet", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

fn described(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![program.file_name().unwrap_or_default().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|a| a.to_string_lossy().into_owned()));
    words.join(" ")
}

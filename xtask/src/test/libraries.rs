//! The stock libraries of Standard Webhooks, which tests let verify deliveries: fixed versions,
//! under the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Outcome;
use crate::python;
use crate::workspace;

/// Tells the tests where they are.
pub(super) const LIBRARIES: &str = "PODARMOR_TEST_STANDARDWEBHOOKS";

const PYTHON: &str = "1.1.0";
const NODE: &str = "1.1.1";

/// Installed at the first use.
pub(super) fn find() -> Outcome<PathBuf> {
    let folder = workspace::target().join(format!("tools/standardwebhooks-{PYTHON}-{NODE}"));
    let done = folder.join("installed");
    if !done.is_file() {
        println!("the stock libraries of Standard Webhooks are not here: installing them");
        in_python(&folder.join("python"))?;
        in_node(&folder.join("node"))?;
        std::fs::write(&done, "").map_err(|error| format!("{}: {error}", done.display()))?;
    }
    Ok(folder)
}

fn in_python(folder: &Path) -> Outcome {
    python::make_environment(folder)?;
    let mut install = Command::new(folder.join("bin/pip"));
    let package = format!("standardwebhooks=={PYTHON}");
    workspace::run(install.args(["install", "--quiet", "--disable-pip-version-check", &package]))
}

fn in_node(folder: &Path) -> Outcome {
    if workspace::on_path("npm").is_none() && workspace::may_install() {
        workspace::apt_install(&["npm"])?;
    }
    let mut install = Command::new("npm");
    let package = format!("standardwebhooks@{NODE}");
    workspace::run(
        install.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(folder).arg(&package),
    )
}

//! Python environments for programs and libraries that are run beside our own.

use std::path::Path;
use std::process::Command;

use crate::failure::Outcome;
use crate::workspace;

/// Debian keeps what this takes in a package of its own.
pub(crate) fn make_environment(folder: &Path) -> Outcome {
    // What an interrupted installation has left is in the way.
    let make = || workspace::output(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder)).map(drop);
    let first = make();
    if first.is_err() && workspace::may_install() {
        println!("Python cannot make environments: installing python3-venv");
        workspace::apt_install(&["python3-venv"])?;
        return make();
    }
    first.map_err(|problem| {
        format!("{problem}. Python 3.10 or newer with venv is needed (on Debian and Ubuntu: `sudo apt-get install python3-venv`)")
    })
}

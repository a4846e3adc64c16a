//! The program: a fixed version of it, in a Python environment of its own under the target folder.

use std::path::PathBuf;
use std::process::Command;

use crate::failure::Outcome;
use crate::python;
use crate::workspace;

const VERSION: &str = "4.32.5";

pub(super) struct Schemathesis {
    program: PathBuf,
}

impl Schemathesis {
    /// Installed at the first use.
    pub(super) fn find() -> Outcome<Self> {
        let folder = workspace::target().join(format!("tools/schemathesis-{VERSION}"));
        let program = folder.join("bin/schemathesis");
        if !program.is_file() {
            println!("schemathesis {VERSION} is not here: installing it");
            python::make_environment(&folder)?;
            let mut install = Command::new(folder.join("bin/pip"));
            let package = format!("schemathesis=={VERSION}");
            workspace::run(install.args(["install", "--quiet", "--disable-pip-version-check", &package]))?;
        }
        Ok(Self { program })
    }

    pub(super) fn name(&self) -> String {
        format!("schemathesis {VERSION}")
    }

    pub(super) fn command(&self) -> Command {
        Command::new(&self.program)
    }
}

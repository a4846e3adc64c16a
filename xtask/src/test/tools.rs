//! Programs that tests run beside our own: those of the shell examples of the documentation.

use crate::failure::Outcome;
use crate::workspace;

/// Also the names of their Debian packages.
const PROGRAMS: [&str; 2] = ["curl", "jq"];

/// Installs what is not there, where that is ours to do.
pub(super) fn ensure() -> Outcome {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if workspace::may_install() {
        println!("not here, and installed now: {names}");
        return workspace::apt_install(&missing);
    }
    Err(format!(
        "the tests run examples/ci-gate.sh, which needs {names}. \
         Install them (on Debian and Ubuntu: `sudo apt-get install {names}`) and run this again"
    ))
}

fn missing() -> Vec<&'static str> {
    PROGRAMS.into_iter().filter(|program| workspace::on_path(program).is_none()).collect()
}

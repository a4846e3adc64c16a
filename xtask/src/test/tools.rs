//! Programs that tests run beside our own: those of the examples of the documentation.

use crate::failure::Outcome;
use crate::workspace;

/// Each with the Debian package that it comes in.
const PROGRAMS: [(&str, &str); 6] =
    [("curl", "curl"), ("jq", "jq"), ("python3", "python3"), ("node", "nodejs"), ("go", "golang-go"), ("ruby", "ruby")];

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
        "the tests run what lies in examples/, which needs {names}. \
         Install them (on Debian and Ubuntu: `sudo apt-get install {names}`) and run this again"
    ))
}

/// The packages of the programs that are not here.
fn missing() -> Vec<&'static str> {
    let absent = PROGRAMS.into_iter().filter(|(program, _)| workspace::on_path(program).is_none());
    absent.map(|(_, package)| package).collect()
}

//! The receivers in all languages, started by check.py and sent deliveries.

use std::process::Command;

#[test]
fn every_receiver_accepts_what_is_right_and_nothing_else() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../check.py");
    let rust = env!("CARGO_BIN_EXE_podarmor-webhook-receiver");
    let options = ["--rust", rust, "--require", "go,node,python,ruby,rust"];
    let output = Command::new("python3").arg(script).args(options).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

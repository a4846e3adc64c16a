//! The reference for answers: actix-web with nothing behind it (examples/bare_server.rs).

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::load::{Load, Rate};
use crate::failure::{Context, Outcome};
use crate::interrupt::Undo;
use crate::portal::http::{Answer, Header, get};
use crate::postgres::free_port;
use crate::scratch::Scratch;
use crate::workspace;

const START_LIMIT: Duration = Duration::from_secs(10);

pub(crate) fn build() -> Outcome<PathBuf> {
    let mut cargo = workspace::cargo();
    workspace::run(cargo.args(["build", "--locked", "--release", "--package", "xtask", "--example", "bare_server"]))?;
    Ok(workspace::built("release", "examples/bare_server"))
}

/// How fast the same bytes go out when nothing has to be done for them, asked for by the same requests.
pub(crate) fn rate(
    program: &Path,
    answer: &Answer,
    headers: &[Header<'_>],
    connections: usize,
    duration: Duration,
) -> Outcome<Rate> {
    let scratch = Scratch::new("bare")?;
    let file = scratch.join("body");
    std::fs::write(&file, &answer.body).context(file.display())?;
    let address = format!("127.0.0.1:{}", free_port()?);
    let mut command = Command::new(program);
    command.arg(&address).arg(&file).arg(answer.head.header("content-type").unwrap_or("application/json"));
    let _running = start(&mut command, &address)?;
    Load { address: &address, path: "/", headers, connections, duration }.measure()
}

/// Starts a server that is there for one measurement, and waits until it answers at all.
pub(super) fn start(command: &mut Command, address: &str) -> Outcome<Undo> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().context(address)?;
    let undo = Undo::new(move || {
        let _ = child.kill();
        let _ = child.wait();
    });
    let started = Instant::now();
    while get(address, "/", &[]).is_err() {
        if started.elapsed() > START_LIMIT {
            return Err(format!("the server at {address} did not come up"));
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(undo)
}

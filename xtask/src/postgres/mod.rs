//! A PostgreSQL of our own: started in a fresh folder on a free port, stopped and deleted when it is dropped. A server that
//! was there before is never touched.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Context, Outcome};
use crate::interrupt::Undo;
use crate::scratch::Scratch;
use crate::workspace;

mod account;
mod binaries;

use account::Account;

/// Tells the tests where to make their databases.
const TEST_URL: &str = "PODARMOR_TEST_POSTGRES_URL";
/// Tells those that restart a server where it is, and with which shell command they do.
const RESTARTED_URL: &str = "PODARMOR_TEST_RESTARTED_POSTGRES_URL";
const RESTART: &str = "PODARMOR_TEST_POSTGRES_RESTART";

const ROLE: &str = "podarmor";
const START_LIMIT: Duration = Duration::from_secs(60);
/// Another program may take the port between our look and the server's.
const START_TRIES: u32 = 3;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The command to run
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// `cargo xtask postgres -- CMD…`
pub(crate) fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    let [program, rest @ ..] = arguments.command.as_slice() else {
        return Err("which command?".into());
    };
    let clusters = TestClusters::start()?;
    let status = Command::new(program).args(rest).envs(clusters.variables()).status().context(program)?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The servers that tests run on: one for all, and one that may be restarted without disturbing the others.
pub(crate) struct TestClusters {
    shared: Cluster,
    restarted: Cluster,
}

impl TestClusters {
    pub(crate) fn start() -> Outcome<Self> {
        Ok(Self { shared: Cluster::start(Durability::None)?, restarted: Cluster::start(Durability::Process)? })
    }

    /// What the tests are told of them, in the environment.
    pub(crate) fn variables(&self) -> [(&'static str, String); 3] {
        [
            (TEST_URL, self.shared.url("postgres")),
            (RESTARTED_URL, self.restarted.url("postgres")),
            (RESTART, self.restarted.restart_command()),
        ]
    }
}

/// What a crash may cost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Everything: the data is thrown away anyway
    None,
    /// Nothing when the server crashes, everything when the machine does
    Process,
    /// Nothing: the settings of a real installation, for measuring
    Full,
}

pub(crate) struct Cluster {
    port: u16,
    password: String,
    binaries: PathBuf,
    account: Account,
    // Dropped in this order: first the server stops, then its folder goes.
    _stop: Undo,
    folder: Scratch,
}

impl Cluster {
    pub(crate) fn start(durability: Durability) -> Outcome<Self> {
        let binaries = binaries::find()?;
        let folder = Scratch::new("postgres")?;
        let account = Account::for_server()?;
        account.own(folder.path())?;
        let password = random_word()?;
        initialise(&binaries, &folder, &account, &password)?;
        let (port, stop) = launch(&binaries, &folder, &account, durability)?;
        Ok(Self { port, password, binaries, account, _stop: stop, folder })
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://{ROLE}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// `PostgreSQL 15.18`, of `postgres (PostgreSQL) 15.18 (Debian …)`
    pub(crate) fn version(&self) -> String {
        let answer = workspace::output(Command::new(self.binaries.join("postgres")).arg("--version"));
        format!("PostgreSQL {}", answer.unwrap_or_default().split_whitespace().nth(2).unwrap_or("?"))
    }

    /// The shell command that restarts the server as after a crash, with the same settings on the same port, and waits until
    /// it is up.
    fn restart_command(&self) -> String {
        let (program, folder) = (self.binaries.join("pg_ctl"), self.folder.path());
        let arguments = format!(
            "{} restart --silent --wait --mode=immediate --pgdata={} --log={}",
            quoted(&program),
            quoted(&folder.join("data")),
            // The first log is ours, not the account's.
            quoted(&folder.join("log-of-restarts"))
        );
        format!("cd {} && {} {arguments}", quoted(folder), self.account.in_shell())
    }

    pub(crate) fn create_database(&self, name: &str) -> Outcome {
        let mut command = Command::new(self.binaries.join("createdb"));
        command.args(["--host=127.0.0.1", "--port", &self.port.to_string(), "--username", ROLE, name]);
        workspace::output(command.env("PGPASSWORD", &self.password)).map(drop)
    }
}

/// Makes the data folder. Text sorts as in a real installation and not by bytes, so that a query which silently relies on
/// byte order is found here and not there.
fn initialise(binaries: &Path, folder: &Scratch, account: &Account, password: &str) -> Outcome {
    let password_file = folder.join("password");
    std::fs::write(&password_file, password).context(password_file.display())?;
    account.own(&password_file)?;
    let mut command = Command::new(binaries.join("initdb"));
    command
        .arg("--pgdata")
        .arg(folder.join("data"))
        .args(["--username", ROLE, "--auth-local=password", "--auth-host=password"])
        .args(["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"])
        .arg("--no-sync")
        .arg("--pwfile")
        .arg(password_file)
        .current_dir(folder.path());
    workspace::output(account.run_as(&mut command)).map(drop)
}

/// Starts the server; it stops when what is given back beside the port is dropped.
fn launch(binaries: &Path, folder: &Scratch, account: &Account, durability: Durability) -> Outcome<(u16, Undo)> {
    let mut problem = String::new();
    for _ in 0..START_TRIES {
        let port = free_port()?;
        let child = Arc::new(Mutex::new(spawn(binaries, folder, account, durability, port)?));
        let stop = stopper(binaries, folder, *account, Arc::clone(&child));
        match wait_until_ready(binaries, &child, port) {
            Ok(()) => return Ok((port, stop)),
            Err(reason) => {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                problem = format!("{reason}\n{log}");
            }
        }
    }
    Err(problem)
}

fn spawn(binaries: &Path, folder: &Scratch, account: &Account, durability: Durability, port: u16) -> Outcome<Child> {
    use std::os::unix::process::CommandExt;
    let log = File::create(folder.join("log")).context("log of PostgreSQL")?;
    let errors = log.try_clone().context("log of PostgreSQL")?;
    let sockets = folder.path().display();
    let mut command = Command::new(binaries.join("postgres"));
    command.arg("-D").arg(folder.join("data")).args(["-p", &port.to_string()]);
    let mut settings = vec![
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={sockets}"),
        "max_connections=200".to_owned(),
    ];
    let careless: &[&str] = match durability {
        Durability::None => &["fsync=off", "synchronous_commit=off", "full_page_writes=off"],
        Durability::Process => &["fsync=off", "full_page_writes=off"],
        Durability::Full => &[],
    };
    settings.extend(careless.iter().map(|setting| (*setting).to_owned()));
    for setting in settings {
        command.args(["-c", &setting]);
    }
    command
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        // Ctrl-C in the terminal is ours to answer: the tests should not see the server vanish under them.
        .process_group(0);
    account.run_as(&mut command).spawn().context("cannot start PostgreSQL")
}

fn wait_until_ready(binaries: &Path, child: &Mutex<Child>, port: u16) -> Outcome {
    let started = Instant::now();
    while started.elapsed() < START_LIMIT {
        if let Some(status) = locked(child).try_wait().context("PostgreSQL")? {
            return Err(format!("PostgreSQL did not start ({status})"));
        }
        let mut command = Command::new(binaries.join("pg_isready"));
        command.args(["--quiet", "--host=127.0.0.1", "--port", &port.to_string()]);
        if command.status().context("pg_isready")?.success() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err(format!("PostgreSQL was not ready within {START_LIMIT:?}"))
}

/// Stops the server without saving anything; kills it if it does not listen.
fn stopper(binaries: &Path, folder: &Scratch, account: Account, child: Arc<Mutex<Child>>) -> Undo {
    let mut command = Command::new(binaries.join("pg_ctl"));
    command
        .args(["stop", "--silent", "--mode=immediate", "--pgdata"])
        .arg(folder.join("data"))
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Undo::new(move || {
        let stopped = account.run_as(&mut command).status();
        let mut child = locked(&child);
        if !stopped.is_ok_and(|status| status.success()) {
            let _ = child.kill();
        }
        let _ = child.wait();
    })
}

/// One word for the shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

fn locked(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> Outcome<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
    Ok(listener.local_addr().context("no free port")?.port())
}

fn random_word() -> Outcome<String> {
    use std::io::Read;
    let mut bytes = [0_u8; 16];
    let mut source = File::open("/dev/urandom").context("/dev/urandom")?;
    source.read_exact(&mut bytes).context("/dev/urandom")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

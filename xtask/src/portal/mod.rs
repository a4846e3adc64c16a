//! The portal as its users have it: the built program with a database of its own, driven by its command line and its REST API.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Context, Outcome};
use crate::interrupt::Undo;
use crate::postgres::free_port;
use crate::scratch::Scratch;
use crate::workspace;

pub(crate) mod http;
mod session;

pub(crate) use session::{EMAIL, PASSWORD, Session, TENANT};

const START_LIMIT: Duration = Duration::from_secs(60);

/// Which build of the program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    Debug,
    Release,
}

impl Build {
    fn profile(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }

    /// The whole workspace in debug, so that after the tests nothing is compiled again (the set of features is theirs); only
    /// what ships in release.
    pub(crate) fn make(self) -> Outcome<PathBuf> {
        let mut cargo = workspace::cargo();
        cargo.args(["build", "--locked", "--bin", "podarmor"]);
        workspace::run(match self {
            Self::Debug => cargo.arg("--workspace"),
            Self::Release => cargo.args(["--release", "--package", "podarmor"]),
        })?;
        Ok(workspace::built(self.profile(), "podarmor"))
    }
}

/// One installation: program, database, data folder.
pub(crate) struct Portal {
    program: PathBuf,
    database: String,
    folder: Scratch,
}

/// How a run of the command line ended.
pub(crate) struct Ran {
    pub(crate) ok: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// What it said, for a message of one line.
    pub(crate) fn said(&self) -> String {
        let text = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        text.trim().lines().collect::<Vec<_>>().join(" / ")
    }
}

impl Portal {
    /// With a fresh SQLite file.
    pub(crate) fn on_sqlite(program: &Path) -> Outcome<Self> {
        let folder = Scratch::new("portal")?;
        let database = format!("sqlite://{}", folder.join("portal.db").display());
        Ok(Self { program: program.to_path_buf(), database, folder })
    }

    pub(crate) fn on_postgres(program: &Path, url: String) -> Outcome<Self> {
        let folder = Scratch::new("portal")?;
        Ok(Self { program: program.to_path_buf(), database: url, folder })
    }

    pub(crate) fn command<S: AsRef<str>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments.iter().map(AsRef::as_ref)).current_dir(self.folder.path());
        // Whatever the caller has set for its own portal is none of ours.
        for (key, _) in std::env::vars_os() {
            if key.to_string_lossy().starts_with("PODARMOR_") {
                command.env_remove(key);
            }
        }
        command.env("PODARMOR_DATABASE_URL", &self.database).env("PODARMOR_DATA_DIR", self.folder.join("data"));
        command
    }

    /// Runs one command of the command line.
    pub(crate) fn try_run<S: AsRef<str>>(&self, arguments: &[S]) -> Outcome<Ran> {
        let mut command = self.command(arguments);
        let output = command.stdin(Stdio::null()).output().context(self.program.display())?;
        Ok(Ran {
            ok: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Runs one that must succeed.
    pub(crate) fn run<S: AsRef<str>>(&self, arguments: &[S]) -> Outcome<Ran> {
        let ran = self.try_run(arguments)?;
        if ran.ok {
            return Ok(ran);
        }
        let words: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        Err(format!("`podarmor {}` failed: {}", words.join(" "), ran.said()))
    }

    /// A tenant and an administrator of it.
    pub(crate) fn create_tenant(&self) -> Outcome {
        self.run(&["tenant", "create", TENANT, "--name", "Example"])?;
        self.create_user(TENANT, EMAIL, "admin")
    }

    /// A user who signs in with [`PASSWORD`].
    pub(crate) fn create_user(&self, tenant: &str, email: &str, role: &str) -> Outcome {
        let mut command = self.command(&["user", "create", "--tenant", tenant]);
        command
            .args(["--email", email, "--role", role, "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().context(self.program.display())?;
        if let Some(mut input) = child.stdin.take() {
            writeln!(input, "{PASSWORD}").context("password")?;
        }
        let output = child.wait_with_output().context("user create")?;
        if output.status.success() {
            Ok(())
        } else {
            Err(format!("`podarmor user create` failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
        }
    }

    /// An image that the tenant may see, with one version.
    pub(crate) fn publish(&self, image: &str, version: &str, size: usize) -> Outcome {
        let digest = format!("sha256:{}", sha256(format!("{image}:{version}").as_bytes()));
        self.run(&["image", "put", image])?;
        self.run(&["license", "grant", session::TENANT, image])?;
        let size = size.max(1).to_string();
        self.run(&["version", "publish", image, version, "--digest", &digest, "--size", &size])?;
        Ok(())
    }

    /// Starts the server and waits until it answers.
    pub(crate) fn serve(&self) -> Outcome<Server> {
        self.serve_with(&[])
    }

    /// Starts it as behind a proxy on this machine: `X-Forwarded-For` says who asks. It makes no webhook deliveries.
    pub(crate) fn serve_behind_proxy(&self) -> Outcome<Server> {
        self.serve_with(&[("PODARMOR_TRUSTED_PROXIES", "127.0.0.1"), ("PODARMOR_WEBHOOK_WORKER", "false")])
    }

    /// Starts it as an installation whose webhooks may lead to receivers on this machine.
    pub(crate) fn serve_with_local_receivers(&self) -> Outcome<Server> {
        self.serve_with(&[("PODARMOR_WEBHOOK_ALLOW_HTTP", "true"), ("PODARMOR_WEBHOOK_ALLOW_NETS", "127.0.0.0/8")])
    }

    /// The database's URL, for a program beside the server.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    fn serve_with(&self, settings: &[(&str, &str)]) -> Outcome<Server> {
        let address = format!("127.0.0.1:{}", free_port()?);
        let log = self.folder.join("server.log");
        let output = File::create(&log).context(log.display())?;
        let errors = output.try_clone().context(log.display())?;
        let mut command = self.command(&["serve"]);
        command.env("PODARMOR_LISTEN", &address).envs(settings.iter().copied());
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let started = Instant::now();
        let mut child = command.spawn().context(self.program.display())?;
        let process = child.id();
        loop {
            if http::get(&address, "/livez", &[]).is_ok_and(|answer| answer.status == 200) {
                break;
            }
            let ended = child.try_wait().context("podarmor serve")?;
            if ended.is_some() || started.elapsed() > START_LIMIT {
                let _ = child.kill();
                let _ = child.wait();
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                return Err(format!("`podarmor serve` did not come up: {said}"));
            }
            thread::sleep(Duration::from_millis(1));
        }
        let ready_after = started.elapsed();
        let stop = Undo::new(move || {
            let _ = child.kill();
            let _ = child.wait();
        });
        Ok(Server { address, process, ready_after, _stop: stop })
    }
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) process: u32,
    /// From the start of the process to the first 200
    pub(crate) ready_after: Duration,
    _stop: Undo,
}

/// In hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name that an image may have, made of a file's.
pub(crate) fn image_name(prefix: &str, file: &str) -> String {
    let stem = file.trim_end_matches(".gz").trim_end_matches(".json");
    let mut name = prefix.to_owned();
    for letter in stem.chars().map(|letter| letter.to_ascii_lowercase()) {
        if letter.is_ascii_alphanumeric() {
            name.push(letter);
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    name.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::image_name;

    #[test]
    fn file_names_become_image_names() {
        assert_eq!(image_name("sbom-", "spdx-2.3-SPDXJSONExample-v2.3.json"), "sbom-spdx-2-3-spdxjsonexample-v2-3");
        assert_eq!(image_name("", "ubi7-7.6-73.json.gz"), "ubi7-7-6-73");
    }
}

//! A running `podarmor serve` with a client for it, and a running `podarmor worker`.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::waiting::until;

/// The password of the one user.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// Longer than any start or stop may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server process.
pub(crate) struct Server {
    child: Child,
    base: String,
    pub(crate) client: reqwest::Client,
    /// From the start of the process to its first answer.
    pub(crate) ready_after: Duration,
}

/// The program with its data in this folder.
pub(crate) fn podarmor(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podarmor"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("PODARMOR_DATA_DIR", folder.join("data")).env("PODARMOR_TRUSTED_PROXIES", "127.0.0.1");
    command.stdin(Stdio::null());
    command
}

/// Runs a command to its end; it must succeed.
pub(crate) fn run(folder: &Path, arguments: &[&str], input: Option<&str>) -> Output {
    run_with(folder, &[], arguments, input)
}

/// The same, with settings.
fn run_with(folder: &Path, settings: &[(&str, &str)], arguments: &[&str], input: Option<&str>) -> Output {
    use std::io::Write as _;
    let mut command = podarmor(folder);
    command.envs(settings.iter().copied());
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.unwrap_or_default().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Makes the tenant `a` with one user.
pub(crate) fn prepare(folder: &Path) {
    prepare_with(folder, &[]);
}

/// The same, with settings.
pub(crate) fn prepare_with(folder: &Path, settings: &[(&str, &str)]) {
    run_with(folder, settings, &["tenant", "create", "a", "--name", "A"], None);
    let user = ["user", "create", "--tenant", "a", "--email", "u@a.example", "--role", "admin", "--password-stdin"];
    run_with(folder, settings, &user, Some(&format!("{PASSWORD}\n")));
}

/// A `podarmor worker` process.
pub(crate) struct Worker(Child);

impl Worker {
    /// Starts one.
    pub(crate) fn start(folder: &Path, settings: &[(&str, &str)], log: Stdio) -> Self {
        let mut command = podarmor(folder);
        command.arg("worker").envs(settings.iter().copied());
        Self(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    /// Kills the process where it stands.
    pub(crate) fn kill(mut self) {
        assert!(self.runs(), "the worker ended by itself");
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Sends it a signal, such as `-STOP`.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Whether it has not ended.
    pub(crate) fn runs(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// Waits for the process to end.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        until("the worker ends", async || self.0.try_wait().unwrap()).await
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _already_gone = self.0.kill();
        let _already_waited = self.0.wait();
    }
}

impl Server {
    /// Starts a server and waits until it answers.
    pub(crate) async fn start(folder: &Path, settings: &[(&str, &str)], log: Stdio) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let listen = format!("127.0.0.1:{port}");
        let begun = Instant::now();
        let mut command = podarmor(folder);
        command.arg("serve").env("PODARMOR_LISTEN", &listen).envs(settings.iter().copied());
        let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        let mut server = Self { child, base: format!("http://{listen}"), client, ready_after: Duration::ZERO };
        while server.client.get(server.url("/readyz")).send().await.is_err() {
            assert!(server.child.try_wait().unwrap().is_none(), "the server ended by itself");
            assert!(begun.elapsed() < PATIENCE, "the server does not answer");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server.ready_after = begun.elapsed();
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Signs in as from an address of its own.
    pub(crate) fn login(&self, number: usize, password: &str) -> reqwest::RequestBuilder {
        let address = format!("198.18.{}.{}", number / 250, number % 250 + 1);
        let request = self.client.post(self.url("/api/auth/login")).header("x-tenant", "a");
        request.header("x-forwarded-for", address).json(&json!({ "email": "u@a.example", "password": password }))
    }

    /// The status of "who am I" with this token.
    pub(crate) async fn me(&self, token: &str) -> u16 {
        let request = self.client.request(Method::GET, self.url("/api/auth/me")).header("x-tenant", "a");
        request.bearer_auth(token).send().await.unwrap().status().as_u16()
    }

    /// Kills the process where it stands.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks the process to stop.
    pub(crate) fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the process to end.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "the server does not stop");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_waited = self.child.wait();
    }
}

/// The access token of a sign-in's answer.
pub(crate) async fn token_of(answer: reqwest::Response) -> Option<String> {
    let body: Value = answer.json().await.ok()?;
    Some(body["accessToken"].as_str()?.to_owned())
}

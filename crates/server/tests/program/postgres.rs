//! Databases on the PostgreSQL servers that `cargo xtask test` starts: the one of all tests, and one that may be restarted.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::ConnectionTrait as _;

/// The server of all tests.
const SHARED: &str = "PODARMOR_TEST_POSTGRES_URL";
/// A server that nobody else uses.
const RESTARTED: &str = "PODARMOR_TEST_RESTARTED_POSTGRES_URL";
/// The shell command that restarts it as after a crash.
const RESTART: &str = "PODARMOR_TEST_POSTGRES_RESTART";

/// A database that goes away with it.
pub(crate) struct Postgres {
    server: String,
    name: String,
}

impl Postgres {
    /// On the server of all tests.
    pub(crate) async fn shared() -> Self {
        Self::on(setting(SHARED)).await
    }

    /// On the server that [`restart`] restarts.
    pub(crate) async fn restarted() -> Self {
        Self::on(setting(RESTARTED)).await
    }

    async fn on(server: String) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("program_{}_{number}", std::process::id());
        execute(&server, &format!("CREATE DATABASE {name}")).await;
        Self { server, name }
    }

    /// The URL to open it by.
    pub(crate) fn url(&self) -> String {
        let (base, _) = self.server.rsplit_once('/').expect("the URL ends in /DATABASE");
        format!("{base}/{}", self.name)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let (server, statement) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        // A thread of its own: the test's runtime cannot be waited for from within.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(execute(&server, &statement));
        });
        assert!(dropping.join().is_ok() || std::thread::panicking(), "the test database could not be dropped");
    }
}

/// Restarts the server as after a crash: no session ends well, and it recovers from its log.
pub(crate) async fn restart() {
    let command = setting(RESTART);
    let restarting = move || Command::new("sh").args(["-c", &command]).output().unwrap();
    let output = tokio::task::spawn_blocking(restarting).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn setting(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run `cargo xtask test`, which starts a PostgreSQL"))
}

async fn execute(server: &str, statement: &str) {
    let admin = sea_orm::Database::connect(server).await.unwrap();
    admin.execute_unprepared(statement).await.unwrap();
    admin.close().await.unwrap();
}

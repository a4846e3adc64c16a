//! A fresh database for one test, gone when the test is.

use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A database of the cluster that `PODARMOR_TEST_POSTGRES_URL` names.
    Postgres,
}

/// A database of one test's own.
pub struct TestDatabase {
    /// Where it is.
    pub url: String,
    folder: TempDir,
    drop_from: Option<(String, String)>,
}

impl TestDatabase {
    /// Makes one.
    ///
    /// # Panics
    /// When there is no PostgreSQL to make it on.
    pub async fn new(backend: Backend) -> Self {
        let folder = TempDir::new().unwrap();
        match backend {
            Backend::Sqlite => {
                let url = format!("sqlite://{}", folder.path().join("test.db").display());
                Self { url, folder, drop_from: None }
            }
            Backend::Postgres => {
                let server = std::env::var("PODARMOR_TEST_POSTGRES_URL")
                    .expect("PODARMOR_TEST_POSTGRES_URL is not set: run `cargo xtask test`, which starts a PostgreSQL");
                let name = fresh_name();
                execute(&server, &format!("CREATE DATABASE {name}")).await;
                let (base, _) = server.rsplit_once('/').expect("a URL that names a database");
                Self { url: format!("{base}/{name}"), folder, drop_from: Some((server, name)) }
            }
        }
    }

    /// Runs a statement beside the server, as a test that plays fate; answers how many rows it
    /// changed.
    pub async fn execute(&self, statement: &str) -> u64 {
        execute(&self.url, statement).await
    }

    /// A folder that lives as long as the database.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some((server, name)) = self.drop_from.take() else { return };
        // The test's own runtime is busy ending; the statement gets one of its own.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            let _nothing = runtime.block_on(execute(&server, &statement));
        });
        let _unfinished = dropping.join();
    }
}

fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("it_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

async fn execute(server: &str, statement: &str) -> u64 {
    let connection = sea_orm::Database::connect(server).await.expect("the test cluster answers");
    let changed = connection.execute_unprepared(statement).await.expect(statement).rows_affected();
    connection.close().await.unwrap();
    changed
}

//! Databases for tests: a SQLite file in a temporary folder, or a PostgreSQL database of its
//! own on the server that `PODARMOR_TEST_POSTGRES_URL` names.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use podarmor_domain::ports::Clock;
use podarmor_domain::sbom::SbomContent;
use podarmor_domain::store::Store;
use podarmor_domain::testing::fixtures::FixedClock;
use podarmor_persistence::{Database, DatabaseOptions, connect};
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use tempfile::TempDir;

/// Which of the two.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// A database that goes away with it.
pub(crate) enum Scratch {
    Sqlite(TempDir),
    Postgres { server: String, name: String },
}

impl Scratch {
    /// A new, empty database, without a schema.
    pub(crate) async fn new(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::Sqlite(tempfile::tempdir().unwrap()),
            Kind::Postgres => {
                static NEXT: AtomicU32 = AtomicU32::new(1);
                let server = std::env::var("PODARMOR_TEST_POSTGRES_URL").expect(
                    "PODARMOR_TEST_POSTGRES_URL must name a PostgreSQL server to test on: run `cargo xtask test`",
                );
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                let name = format!("podarmor_test_{}_{number}", std::process::id());
                let admin = sea_orm::Database::connect(&server).await.unwrap();
                admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
                admin.close().await.unwrap();
                Self::Postgres { server, name }
            }
        }
    }

    /// The URL to open it by.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite://{}", folder.path().join("portal.db").display()),
            Self::Postgres { server, name } => {
                let (base, _) = server.rsplit_once('/').expect("the URL ends in /DATABASE");
                format!("{base}/{name}")
            }
        }
    }

    /// Options for it, with a clock that stands still.
    pub(crate) fn options(&self) -> DatabaseOptions {
        DatabaseOptions::new(self.url(), Arc::<FixedClock>::default() as Arc<dyn Clock>)
    }

    /// Opens it.
    pub(crate) async fn open(&self) -> Database {
        connect(&self.options()).await.unwrap()
    }

    /// Opens it and brings the schema up to date.
    pub(crate) async fn migrated(&self) -> Database {
        let database = self.open().await;
        database.migrate().await.unwrap();
        database
    }

    /// A bare connection, past the store, to look at or to spoil what is there.
    pub(crate) async fn bare(&self) -> DatabaseConnection {
        sea_orm::Database::connect(self.url()).await.unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let Self::Postgres { server, name } = self else { return };
        let (server, name) = (server.clone(), name.clone());
        // A thread of its own: the test's runtime cannot be waited for from within.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let admin = sea_orm::Database::connect(&server).await.unwrap();
                admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
            });
        });
        assert!(dropping.join().is_ok() || std::thread::panicking(), "the test database could not be dropped");
    }
}

/// A store with the current schema, as the contract suite takes it.
pub(crate) async fn fresh(kind: Kind) -> (Scratch, Arc<dyn Store>) {
    let scratch = Scratch::new(kind).await;
    let database = scratch.migrated().await;
    (scratch, Arc::new(database))
}

/// Unpacks what the store hands out.
pub(crate) fn unpacked(content: SbomContent) -> Vec<u8> {
    match content {
        SbomContent::Identity(bytes) => bytes,
        SbomContent::Zstd(frame) => zstd::decode_all(frame.as_slice()).unwrap(),
    }
}

/// A test of both databases.
macro_rules! on_both {
    ($(#[$doc:meta])* async fn $name:ident($kind:ident: Kind) $body:block) => {
        mod $name {
            use super::*;

            $(#[$doc])*
            async fn check($kind: Kind) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                check(Kind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                check(Kind::Postgres).await;
            }
        }
    };
}
pub(crate) use on_both;

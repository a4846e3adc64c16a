//! The harness: a real server on a real port over a database of its own, and a small world of
//! tenants and images in it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot set itself up should say so and stop")]

mod answer;
mod app;
mod database;
mod receiver;
mod waiting;
mod world;

pub use answer::Answer;
pub use app::{App, config, fresh_address};
pub use database::{Backend, TestDatabase};
pub use receiver::{Received, Receiver};
pub use waiting::{all_at_once, wait_until};
pub use world::{CYCLONEDX, SPDX, SignedIn, TestWorld, findings, last_scan};

/// One test on every database: `on_both_databases!(name, |world| async move { … })` makes a module
/// with a test for each.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$doc:meta])* async fn $name:ident($world:ident: TestWorld) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all of it")]
            use super::*;

            async fn run($world: $crate::TestWorld) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run($crate::TestWorld::new($crate::Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                run($crate::TestWorld::new($crate::Backend::Postgres).await).await;
            }
        }
    )*};
}

//! Tests of the store on real databases. They need a PostgreSQL server, named by
//! `PODARMOR_TEST_POSTGRES_URL`; `cargo xtask test` starts one.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]

mod concurrency;
mod contract;
mod failures;
mod migrations;
mod opening;
mod statements;
mod support;

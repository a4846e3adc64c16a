//! The domain's store on sea-orm: one code path for SQLite and PostgreSQL.
//!
//! [`connect`] opens a database, [`Database::migrate`] brings it to the current schema, and
//! [`Database`] is a [`podarmor_domain::store::Store`]. Rows never leave this crate; what they
//! mean is the domain's business.
//!
//! Every statement on a table starts in `scoped.rs`, which is the only file that may begin one.
#![deny(missing_docs)]

mod advisory;
mod connect;
mod counts;
mod database;
mod entity;
mod error;
mod finding_json;
mod lists;
mod reads;
mod repo;
mod request_json;
mod row;
mod scoped;
mod signal;
mod tx;

pub use connect::{ConnectError, DatabaseOptions, StatementObserver, connect};
pub use database::Database;
pub use podarmor_migrations::MigrateError;
pub use signal::OutboxSignal;

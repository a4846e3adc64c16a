//! The database schema: one file a subject, each written once for SQLite and PostgreSQL, and
//! the one way to bring a database to it.
//!
//! [`migrate`] runs everything that is pending in a single transaction behind a lock, so a
//! process that is killed half-way leaves no trace, and of two that start at once one migrates
//! while the other waits. What the tables mean is the persistence crate's business.
#![deny(missing_docs)]

mod columns;
mod m0001_tenants;
mod m0002_sessions;
mod m0003_catalogue;
mod m0004_scans;
mod m0005_sboms;
mod m0006_baselines;
mod m0007_members;
mod m0008_api_keys;
mod m0009_watches;
mod m0010_requests;
mod m0011_outbox;
mod run;

pub use run::{MigrateError, migrate, roll_back};

use sea_orm_migration::MigrationTrait;
pub use sea_orm_migration::MigratorTrait;

/// The list of migrations, oldest first. Append only: what was released is never edited.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_tenants::Migration),
            Box::new(m0002_sessions::Migration),
            Box::new(m0003_catalogue::Migration),
            Box::new(m0004_scans::Migration),
            Box::new(m0005_sboms::Migration),
            Box::new(m0006_baselines::Migration),
            Box::new(m0007_members::Migration),
            Box::new(m0008_api_keys::Migration),
            Box::new(m0009_watches::Migration),
            Box::new(m0010_requests::Migration),
            Box::new(m0011_outbox::Migration),
        ]
    }
}

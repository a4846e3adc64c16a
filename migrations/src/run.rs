//! Bringing a database to the schema of this program, and back. Opening the database is not
//! done here.

use std::collections::BTreeSet;

use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager};

use crate::Migrator;

/// Marks a SQLite file as ours (`PRAGMA application_id`): the letters `PodA`.
const APPLICATION_ID: i32 = 0x506f_6441;

/// The key of PostgreSQL's advisory lock around a migration: the letters `PodArmor`.
const LOCK: i64 = 0x506f_6441_726d_6f72;

/// Why the database was left as it was.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A newer program has been here.
    #[error(
        "the database has a newer schema than this program knows ({0}): use the newer program, or restore a backup"
    )]
    Newer(String),
    /// The SQLite file belongs to another program.
    #[error("the file is a SQLite database of another program (application_id {0:#x})")]
    Foreign(i32),
    /// The database refused.
    #[error("the schema could not be brought up to date: {0}")]
    Database(#[from] DbErr),
}

/// Brings the database to the current schema: all of what is pending, or nothing. Safe to call
/// from several processes at once.
///
/// # Errors
/// [`MigrateError`]; the database is then as it was.
pub async fn migrate(db: &DatabaseConnection) -> Result<(), MigrateError> {
    let tx = locked(db).await?;
    claim_file(&tx).await?;
    refuse_newer(&tx).await?;
    Migrator::up(&tx, None).await?;
    Ok(tx.commit().await?)
}

/// Takes the last `steps` migrations back, with the data that their tables hold.
///
/// # Errors
/// [`MigrateError`]; the database is then as it was.
pub async fn roll_back(db: &DatabaseConnection, steps: u32) -> Result<(), MigrateError> {
    let tx = locked(db).await?;
    refuse_newer(&tx).await?;
    Migrator::down(&tx, Some(steps)).await?;
    Ok(tx.commit().await?)
}

/// A transaction that no other migration runs beside.
async fn locked(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let immediate = Some(SqliteTransactionMode::Immediate);
    let tx =
        db.begin_with_options(TransactionOptions { sqlite_transaction_mode: immediate, ..Default::default() }).await?;
    if tx.get_database_backend() == DbBackend::Postgres {
        // Another process may be busy migrating for longer than requests would wait for a lock.
        tx.execute_unprepared("SET LOCAL lock_timeout = '10min'").await?;
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    }
    Ok(tx)
}

/// Puts our mark on a new SQLite file, and refuses one with somebody else's.
async fn claim_file(tx: &DatabaseTransaction) -> Result<(), MigrateError> {
    if tx.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let statement = sea_orm_migration::sea_orm::Statement::from_string(DbBackend::Sqlite, "PRAGMA application_id");
    let row = tx.query_one_raw(statement).await?;
    match row.map(|row| row.try_get_by_index::<i32>(0)).transpose()?.unwrap_or_default() {
        APPLICATION_ID => Ok(()),
        0 => {
            tx.execute_unprepared(&format!("PRAGMA application_id = {APPLICATION_ID}")).await?;
            Ok(())
        }
        other => Err(MigrateError::Foreign(other)),
    }
}

/// An older program must not touch what a newer one has made.
async fn refuse_newer(tx: &DatabaseTransaction) -> Result<(), MigrateError> {
    if !SchemaManager::new(tx).has_table("seaql_migrations").await? {
        return Ok(());
    }
    let known: BTreeSet<String> = Migrator::migrations().iter().map(|one| name_of(&**one)).collect();
    let applied = Migrator::get_migration_models(tx).await?;
    let unknown: Vec<String> =
        applied.into_iter().map(|one| one.version).filter(|version| !known.contains(version)).collect();
    if unknown.is_empty() { Ok(()) } else { Err(MigrateError::Newer(unknown.join(", "))) }
}

fn name_of(migration: &dyn MigrationTrait) -> String {
    migration.name().to_owned()
}

//! The schema: there, back and there again; two at once; and what must not be touched.

use podarmor_domain::store::Store as _;
use podarmor_migrations::Migrator;
use podarmor_persistence::MigrateError;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use tokio::task::JoinSet;

use crate::support::{Kind, Scratch, on_both};

fn steps() -> u32 {
    use podarmor_migrations::MigratorTrait as _;
    u32::try_from(Migrator::migrations().len()).unwrap()
}

/// How many migrations there are from the seventh on, which made a password optional.
fn later() -> u32 {
    steps() - 6
}

/// What the database says its schema is: tables, columns and indexes, a line each.
async fn schema(db: &DatabaseConnection) -> Vec<String> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, collation_name) \
             FROM information_schema.columns WHERE table_schema = 'public' UNION ALL \
             SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL \
             SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint \
             WHERE connamespace = 'public'::regnamespace ORDER BY 1"
        }
        _ => "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY 1",
    };
    lines(db, sql).await
}

async fn columns(db: &DatabaseConnection) -> Vec<String> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT name FROM (SELECT (table_name || '.' || column_name) COLLATE \"C\" AS name \
             FROM information_schema.columns WHERE table_schema = 'public') AS listed ORDER BY name"
        }
        _ => {
            "SELECT t.name || '.' || c.name FROM sqlite_master t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY 1"
        }
    };
    lines(db, sql).await
}

async fn lines(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

on_both! {
    /// All at once, and one at a time.
    async fn the_schema_goes_up_down_and_up_again(kind: Kind) {
        let scratch = Scratch::new(kind).await;
        let database = scratch.migrated().await;
        let bare = scratch.bare().await;
        let there = schema(&bare).await;
        database.roll_back(steps()).await.unwrap();
        let left: Vec<String> = columns(&bare).await;
        assert_eq!(left, ["seaql_migrations.applied_at", "seaql_migrations.version"]);
        database.migrate().await.unwrap();
        assert_eq!(schema(&bare).await, there);
        for _ in 0..steps() {
            database.roll_back(1).await.unwrap();
        }
        assert_eq!(columns(&bare).await, left);
        database.migrate().await.unwrap();
        database.migrate().await.unwrap();
        assert_eq!(schema(&bare).await, there);
        database.ping().await.unwrap();
    }
}

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let (sqlite, postgres) = (Scratch::new(Kind::Sqlite).await, Scratch::new(Kind::Postgres).await);
    sqlite.migrated().await;
    postgres.migrated().await;
    assert_eq!(columns(&sqlite.bare().await).await, columns(&postgres.bare().await).await);
}

on_both! {
    /// Users, their sessions and refresh tokens outlive the column that is replaced under them;
    /// on the way back only those go who never had a password.
    async fn users_survive_that_a_password_became_optional(kind: Kind) {
        let scratch = Scratch::new(kind).await;
        let database = scratch.migrated().await;
        database.roll_back(later()).await.unwrap();
        let bare = scratch.bare().await;
        let (id, invited) = match kind {
            Kind::Sqlite => ("x'01'", "x'02'"),
            Kind::Postgres => ("'00000000-0000-0000-0000-000000000001'", "'00000000-0000-0000-0000-000000000002'"),
        };
        let user = "INSERT INTO user_account (id, tenant_id, email, name, role, disabled, created_at, updated_at";
        for sql in [
            format!("INSERT INTO tenant VALUES ({id}, 'acme', 'Acme', false, 1)"),
            format!("{user}, password_hash) VALUES ({id}, {id}, 'a@b', 'Ada', 'admin', false, 2, 3, 'secret')"),
            format!("INSERT INTO session VALUES ({id}, {id}, {id}, 4, 5, NULL)"),
            format!("INSERT INTO refresh_token VALUES ('h', {id}, 4, 5, NULL)"),
        ] {
            bare.execute_unprepared(&sql).await.unwrap();
        }
        // On a new connection each time: PostgreSQL will not run again what it planned before.
        let kept = "SELECT u.email || ' ' || u.password_hash || ' ' || t.hash FROM user_account u \
                    JOIN session s ON s.user_id = u.id JOIN refresh_token t ON t.session_id = s.id";
        database.migrate().await.unwrap();
        assert_eq!(lines(&scratch.bare().await, kept).await, ["a@b secret h"]);
        let without = format!("{user}) VALUES ({invited}, {id}, 'b@b', 'Grace', 'user', false, 2, 3)");
        bare.execute_unprepared(&without).await.unwrap();
        database.roll_back(later()).await.unwrap();
        assert_eq!(lines(&scratch.bare().await, kept).await, ["a@b secret h"]);
        assert_eq!(lines(&bare, "SELECT email FROM user_account").await, ["a@b"]);
        let without = bare.execute_unprepared("UPDATE user_account SET password_hash = NULL").await;
        assert!(without.is_err(), "nobody is without a password any more");
        database.migrate().await.unwrap();
        assert_eq!(lines(&scratch.bare().await, kept).await, ["a@b secret h"]);
    }
}

on_both! {
    /// Each with its own connections, as processes have: one migrates, the others wait.
    async fn eight_start_at_once_on_an_empty_database(kind: Kind) {
        let scratch = Scratch::new(kind).await;
        let mut starting = JoinSet::new();
        for _ in 0..8 {
            let options = scratch.options();
            starting.spawn(async move {
                let database = podarmor_persistence::connect(&options).await.unwrap();
                database.migrate().await.unwrap();
                database.ping().await.unwrap();
                database.close().await;
            });
        }
        while let Some(started) = starting.join_next().await {
            started.unwrap();
        }
        let applied = lines(&scratch.bare().await, "SELECT version FROM seaql_migrations ORDER BY 1").await;
        assert_eq!(applied.len(), steps() as usize);
    }
}

on_both! {
    /// An older program refuses, names what it does not know, and changes nothing.
    async fn a_newer_schema_is_refused(kind: Kind) {
        let scratch = Scratch::new(kind).await;
        let database = scratch.migrated().await;
        database.roll_back(1).await.unwrap();
        let bare = scratch.bare().await;
        bare.execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)")
            .await
            .unwrap();
        let before = schema(&bare).await;
        for refused in [database.migrate().await, database.roll_back(1).await] {
            let refused = refused.unwrap_err();
            assert!(matches!(&refused, MigrateError::Newer(names) if names == "m9999_later"), "{refused}");
            assert!(refused.to_string().contains("newer"), "{refused}");
        }
        assert_eq!(schema(&bare).await, before);
    }
}

on_both! {
    /// A migration that fails in the middle leaves nothing behind, and the next one completes.
    async fn a_migration_that_fails_leaves_nothing_behind(kind: Kind) {
        let scratch = Scratch::new(kind).await;
        let database = scratch.open().await;
        let bare = scratch.bare().await;
        bare.execute_unprepared("CREATE TABLE baseline (in_the_way INTEGER)").await.unwrap();
        let refused = database.migrate().await.unwrap_err();
        assert!(matches!(refused, MigrateError::Database(_)), "{refused}");
        assert_eq!(columns(&bare).await, ["baseline.in_the_way"]);
        bare.execute_unprepared("DROP TABLE baseline").await.unwrap();
        database.migrate().await.unwrap();
        database.ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_sqlite_file_of_another_program_is_refused() {
    let scratch = Scratch::new(Kind::Sqlite).await;
    let database = scratch.open().await;
    let bare = scratch.bare().await;
    bare.execute_unprepared("PRAGMA application_id = 42").await.unwrap();
    let refused = database.migrate().await.unwrap_err();
    assert!(matches!(refused, MigrateError::Foreign(42)), "{refused}");
    assert_eq!(schema(&bare).await, [""; 0]);
}

#[tokio::test]
async fn a_sqlite_file_bears_our_mark() {
    let scratch = Scratch::new(Kind::Sqlite).await;
    scratch.migrated().await;
    let bare = scratch.bare().await;
    let row = bare.query_one_raw(Statement::from_string(DbBackend::Sqlite, "PRAGMA application_id")).await.unwrap();
    assert_eq!(row.unwrap().try_get_by_index::<i32>(0).unwrap().to_be_bytes(), *b"PodA");
    assert_eq!(lines(&bare, "PRAGMA journal_mode").await, ["wal"]);
}

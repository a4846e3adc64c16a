//! Members manage themselves: sessions that are kept alive, users without a password until they
//! have accepted their invitation, and lists of users in the order of their addresses.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{belongs_to, id, index, number, number_or_null, text, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sessions(manager).await?;
        users(manager).await?;
        invitations(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("invitation").take()).await?;
        users_back(manager).await?;
        for name in ["session_ended", "session_expiry", "session_live"] {
            manager.drop_index(gone(name)).await?;
        }
        manager.create_index(index("session_user", "session", &["user_id"])).await?;
        manager.alter_table(Table::alter().table("session").drop_column("refreshed_at").take()).await
    }
}

/// The end of an index on sessions.
fn gone(name: &str) -> IndexDropStatement {
    let mut index = Index::drop();
    index.name(name).table("session");
    index
}

async fn sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // Null until the first refresh.
    let refreshed = Table::alter().table("session").add_column(number_or_null("refreshed_at")).take();
    manager.alter_table(refreshed).await?;
    manager.drop_index(gone("session_user")).await?;
    manager.create_index(index("session_live", "session", &["user_id", "ended_at"])).await?;
    manager.create_index(index("session_expiry", "session", &["expires_at"])).await?;
    manager.create_index(index("session_ended", "session", &["ended_at"])).await
}

/// A user may be without a password, and addresses are ordered by bytes.
async fn users(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = manager.get_connection();
    if manager.get_database_backend() == DbBackend::Postgres {
        let alter = "ALTER TABLE user_account ALTER COLUMN password_hash DROP NOT NULL, \
                     ALTER COLUMN email TYPE text COLLATE \"C\"";
        return db.execute_unprepared(alter).await.map(drop);
    }
    replace_password(manager, ColumnDef::new("replacement").text().null().take()).await
}

/// Whoever has no password goes: nobody without one can be kept by the older schema, and the
/// invitation is gone as well.
async fn users_back(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = manager.get_connection();
    db.execute_unprepared("DELETE FROM user_account WHERE password_hash IS NULL").await?;
    if manager.get_database_backend() == DbBackend::Postgres {
        let alter = "ALTER TABLE user_account ALTER COLUMN password_hash SET NOT NULL, \
                     ALTER COLUMN email TYPE text COLLATE \"default\"";
        return db.execute_unprepared(alter).await.map(drop);
    }
    replace_password(manager, ColumnDef::new("replacement").text().not_null().default("").take()).await
}

/// SQLite cannot change whether a column may be null. Another column takes the place of the old
/// one; making the table anew would take everything along that refers to a user.
async fn replace_password(manager: &SchemaManager<'_>, mut replacement: ColumnDef) -> Result<(), DbErr> {
    let table = || Table::alter().table("user_account").take();
    manager.alter_table(table().add_column(&mut replacement).take()).await?;
    manager.get_connection().execute_unprepared("UPDATE user_account SET replacement = password_hash").await?;
    manager.alter_table(table().drop_column("password_hash").take()).await?;
    manager.alter_table(table().rename_column("replacement", "password_hash").take()).await
}

/// At most one for each user: a newer one replaces it, and a used one is gone.
async fn invitations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let invitation = Table::create()
        .table("invitation")
        .col(id("user_id").primary_key())
        .col(id("tenant_id"))
        .col(text("hash"))
        .col(number("created_at"))
        .col(number("expires_at"))
        .foreign_key(&mut belongs_to("invitation", "user_id", "user_account"))
        .foreign_key(&mut belongs_to("invitation", "tenant_id", "tenant"))
        .take();
    manager.create_table(invitation).await?;
    manager.create_index(unique("invitation_hash", "invitation", &["hash"])).await?;
    manager.create_index(index("invitation_tenant", "invitation", &["tenant_id"])).await?;
    manager.create_index(index("invitation_expiry", "invitation", &["expires_at"])).await
}

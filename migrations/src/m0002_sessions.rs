//! What signing in leaves behind: sessions, refresh tokens, and the attempts that the login
//! limit counts.

use sea_orm_migration::prelude::*;

use crate::columns::{belongs_to, id, index, number, number_or_null, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sessions(manager).await?;
        refresh_tokens(manager).await?;
        let attempt = Table::create()
            .table("login_attempt")
            .col(number("id").primary_key().auto_increment())
            .col(text("address"))
            .col(number("attempted_at"))
            .take();
        manager.create_table(attempt).await?;
        manager.create_index(index("login_attempt_address", "login_attempt", &["address", "attempted_at"])).await?;
        manager.create_index(index("login_attempt_age", "login_attempt", &["attempted_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["login_attempt", "refresh_token", "session"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}

async fn sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let session = Table::create()
        .table("session")
        .col(id("id").primary_key())
        .col(id("tenant_id"))
        .col(id("user_id"))
        .col(number("created_at"))
        .col(number("expires_at"))
        .col(number_or_null("ended_at"))
        .foreign_key(&mut belongs_to("session", "tenant_id", "tenant"))
        .foreign_key(&mut belongs_to("session", "user_id", "user_account"))
        .take();
    manager.create_table(session).await?;
    manager.create_index(index("session_tenant", "session", &["tenant_id"])).await?;
    manager.create_index(index("session_user", "session", &["user_id"])).await
}

async fn refresh_tokens(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let token = Table::create()
        .table("refresh_token")
        .col(text("hash").primary_key())
        .col(id("session_id"))
        .col(number("created_at"))
        .col(number("expires_at"))
        .col(number_or_null("used_at"))
        .foreign_key(&mut belongs_to("refresh_token", "session_id", "session"))
        .take();
    manager.create_table(token).await?;
    manager.create_index(index("refresh_token_session", "refresh_token", &["session_id"])).await
}

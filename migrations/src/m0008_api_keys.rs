//! API keys, each of one tenant, found by the hash of their secret.

use sea_orm_migration::prelude::*;

use crate::columns::{belongs_to, id, index, number, number_or_null, text, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = Table::create()
            .table("api_key")
            .col(id("id").primary_key())
            .col(id("tenant_id"))
            .col(text("name"))
            .col(text("prefix"))
            .col(text("hash"))
            // Separated by commas.
            .col(text("scopes"))
            .col(number("created_at"))
            .col(number_or_null("expires_at"))
            .col(number_or_null("last_used_at"))
            .foreign_key(&mut belongs_to("api_key", "tenant_id", "tenant"))
            .take();
        manager.create_table(key).await?;
        manager.create_index(unique("api_key_hash", "api_key", &["hash"])).await?;
        manager.create_index(index("api_key_tenant", "api_key", &["tenant_id", "created_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("api_key").take()).await
    }
}

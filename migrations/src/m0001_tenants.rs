//! Tenants and their users.

use sea_orm_migration::prelude::*;

use crate::columns::{belongs_to, flag, id, number, sorted_text, text, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tenant = Table::create()
            .table("tenant")
            .col(id("id").primary_key())
            .col(sorted_text(manager, "slug"))
            .col(text("name"))
            .col(flag("suspended"))
            .col(number("created_at"))
            .take();
        manager.create_table(tenant).await?;
        manager.create_index(unique("tenant_slug", "tenant", &["slug"])).await?;
        let user = Table::create()
            .table("user_account")
            .col(id("id").primary_key())
            .col(id("tenant_id"))
            .col(text("email"))
            .col(text("name"))
            .col(text("role"))
            .col(text("password_hash"))
            .col(flag("disabled"))
            .col(number("created_at"))
            .col(number("updated_at"))
            .foreign_key(&mut belongs_to("user_account", "tenant_id", "tenant"))
            .take();
        manager.create_table(user).await?;
        manager.create_index(unique("user_email", "user_account", &["tenant_id", "email"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("user_account").take()).await?;
        manager.drop_table(Table::drop().table("tenant").take()).await
    }
}

//! Feature requests of tenants, and the answers of requests that are done once.

use sea_orm_migration::prelude::*;

use crate::columns::{belongs_to, bytes, id, id_or_null, index, number, text, text_or_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        answers(manager).await?;
        feature_requests(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["feature_request", "kept_answer"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}

async fn answers(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let answer = Table::create()
        .table("kept_answer")
        .col(id("tenant_id"))
        // Of user, operation and the client's key.
        .col(text("slot"))
        .col(id("user_id"))
        // The hash of the request that it answers.
        .col(text("request"))
        .col(number("given_at"))
        .col(bytes("sealed"))
        .primary_key(Index::create().name("kept_answer_pkey").col("tenant_id").col("slot"))
        .foreign_key(&mut belongs_to("kept_answer", "tenant_id", "tenant"))
        .foreign_key(&mut belongs_to("kept_answer", "user_id", "user_account"))
        .take();
    manager.create_table(answer).await?;
    manager.create_index(index("kept_answer_user", "kept_answer", &["user_id"])).await?;
    manager.create_index(index("kept_answer_age", "kept_answer", &["given_at"])).await
}

async fn feature_requests(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let request = Table::create()
        .table("feature_request")
        .col(id("id").primary_key())
        .col(id("tenant_id"))
        .col(text("kind"))
        .col(text("status"))
        .col(number("created_at"))
        .col(number("updated_at"))
        // No reference: the request outlives its author.
        .col(id("created_by"))
        .col(id_or_null("image_id"))
        .col(text_or_null("package_name"))
        .col(text_or_null("package_version"))
        .col(text_or_null("package_ecosystem"))
        .col(text("title"))
        .col(text("description"))
        .col(text_or_null("reply"))
        // A JSON array, oldest first.
        .col(text("history"))
        .foreign_key(&mut belongs_to("feature_request", "tenant_id", "tenant"))
        .take();
    manager.create_table(request).await?;
    let newest = index("feature_request_tenant", "feature_request", &["tenant_id", "created_at", "id"]);
    manager.create_index(newest).await?;
    manager.create_index(index("feature_request_age", "feature_request", &["created_at", "id"])).await
}

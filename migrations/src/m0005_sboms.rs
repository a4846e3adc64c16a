//! SBOM documents, compressed. Of each format the one imported last is current.

use sea_orm_migration::prelude::*;

use crate::columns::{belongs_to, bytes, id, index, number, text, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sbom = Table::create()
            .table("sbom")
            .col(id("id").primary_key())
            .col(id("version_id"))
            .col(text("format"))
            .col(text("content_sha256"))
            .col(number("size_bytes"))
            .col(number("imported_at"))
            // Counts the documents of a version and format: the clock may be set back.
            .col(number("ordinal"))
            .col(bytes("document"))
            .foreign_key(&mut belongs_to("sbom", "version_id", "image_version"))
            .take();
        manager.create_table(sbom).await?;
        manager.create_index(unique("sbom_identity", "sbom", &["version_id", "format", "content_sha256"])).await?;
        manager.create_index(index("sbom_order", "sbom", &["version_id", "format", "ordinal"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("sbom").take()).await
    }
}

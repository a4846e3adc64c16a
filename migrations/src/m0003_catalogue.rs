//! Images, the licences that decide who sees them, and their versions.
//!
//! `image.latest_*` and `image_version.latest_scan_id` are summaries, written together with
//! what they summarise. They are no foreign keys: those would run in a circle.

use sea_orm_migration::prelude::*;

use crate::columns::{belongs_to, id, index, number, number_or_null, sorted_text, text, text_or_null, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        images(manager).await?;
        licenses(manager).await?;
        versions(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["image_version", "license", "image"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}

async fn images(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let image = Table::create()
        .table("image")
        .col(id("id").primary_key())
        .col(sorted_text(manager, "name"))
        .col(text("display_name"))
        .col(text("description"))
        .col(text("repository"))
        .col(text("base_os"))
        .col(text("kind"))
        .col(text("hardening"))
        .col(text_or_null("upstream_image"))
        .col(number("version_count"))
        .col(ColumnDef::new("latest_version_id").uuid().null())
        .col(number_or_null("latest_published_at"))
        .col(number_or_null("latest_outstanding"))
        .col(number("created_at"))
        .col(number("updated_at"))
        // Last, and only ever searched: a list does not have to read past it.
        .col(text("search_text"))
        .take();
    manager.create_table(image).await?;
    manager.create_index(unique("image_name", "image", &["name"])).await
}

async fn licenses(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let license = Table::create()
        .table("license")
        .col(id("tenant_id"))
        .col(id("image_id"))
        .col(number("granted_at"))
        .primary_key(Index::create().name("license_pkey").col("tenant_id").col("image_id"))
        .foreign_key(&mut belongs_to("license", "tenant_id", "tenant"))
        .foreign_key(&mut belongs_to("license", "image_id", "image"))
        .take();
    manager.create_table(license).await?;
    manager.create_index(index("license_image", "license", &["image_id"])).await
}

async fn versions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let version = Table::create()
        .table("image_version")
        .col(id("id").primary_key())
        .col(id("image_id"))
        .col(text("name"))
        .col(text("digest"))
        .col(number("size_bytes"))
        .col(text("platforms"))
        .col(number("published_at"))
        .col(text_or_null("deprecated_reason"))
        .col(number_or_null("deprecated_at"))
        .col(ColumnDef::new("latest_scan_id").uuid().null())
        .col(number("created_at"))
        .foreign_key(&mut belongs_to("image_version", "image_id", "image"))
        .take();
    manager.create_table(version).await?;
    manager.create_index(unique("version_name", "image_version", &["image_id", "name"])).await?;
    manager.create_index(index("version_order", "image_version", &["image_id", "published_at", "id"])).await
}

//! Scans of the upstream images that ours replace.

use sea_orm_migration::prelude::*;

use crate::columns::{COUNTS, COUNTS_TEXT, belongs_to, id, index, number, number_or_null, text, text_or_null, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut baseline = Table::create()
            .table("baseline")
            .col(id("id").primary_key())
            .col(id("image_id"))
            .col(text("upstream_image"))
            .col(text_or_null("digest"))
            .col(number("scanned_at"))
            .col(text("scanner_name"))
            .col(text("scanner_version"))
            .col(number_or_null("db_built_at"))
            .col(text("content_sha256"))
            .foreign_key(&mut belongs_to("baseline", "image_id", "image"))
            .take();
        for count in COUNTS {
            baseline.col(number(count));
        }
        baseline.col(text(COUNTS_TEXT));
        baseline.col(number("size_bytes")).col(number("recorded_at"));
        manager.create_table(baseline).await?;
        manager.create_index(unique("baseline_identity", "baseline", &["image_id", "content_sha256"])).await?;
        manager.create_index(index("baseline_order", "baseline", &["image_id", "scanned_at", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("baseline").take()).await
    }
}

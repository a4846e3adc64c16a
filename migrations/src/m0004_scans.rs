//! Scans with their counts and compressed findings, and the findings of each version's latest
//! scan as rows.

use sea_orm_migration::prelude::*;

use crate::columns::{COUNTS, COUNTS_TEXT, belongs_to, bytes, id, index, number, number_or_null, text, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        scans(manager).await?;
        findings(manager).await?;
        aliases(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["finding_alias", "finding", "scan"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}

async fn scans(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut scan = Table::create()
        .table("scan")
        .col(id("id").primary_key())
        .col(id("version_id"))
        .col(number("scanned_at"))
        .col(text("content_sha256"))
        .col(text("scanner_name"))
        .col(text("scanner_version"))
        .col(number_or_null("db_built_at"))
        .foreign_key(&mut belongs_to("scan", "version_id", "image_version"))
        .take();
    for count in COUNTS {
        scan.col(number(count));
    }
    scan.col(text(COUNTS_TEXT));
    // The blob is last, so that reading the counts does not have to walk over it.
    scan.col(number("appeared")).col(number("resolved")).col(number("recorded_at")).col(bytes("findings"));
    manager.create_table(scan).await?;
    manager.create_index(unique("scan_identity", "scan", &["version_id", "scanned_at", "content_sha256"])).await?;
    manager.create_index(index("scan_history", "scan", &["version_id", "scanned_at", "id"])).await
}

async fn findings(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let finding = Table::create()
        .table("finding")
        .col(id("version_id"))
        .col(number("position"))
        .col(text("vulnerability_id"))
        .col(text("package_name"))
        .col(text("package_version"))
        .col(text("package_type"))
        .col(text("fix_state"))
        .col(number("severity"))
        .col(number("occurrences"))
        .col(text("detail"))
        .primary_key(Index::create().name("finding_pkey").col("version_id").col("position"))
        .foreign_key(&mut belongs_to("finding", "version_id", "image_version"))
        .take();
    manager.create_table(finding).await?;
    manager.create_index(index("finding_vulnerability", "finding", &["vulnerability_id", "version_id"])).await?;
    manager.create_index(index("finding_package", "finding", &["version_id", "package_name"])).await
}

async fn aliases(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let alias = Table::create()
        .table("finding_alias")
        .col(id("version_id"))
        .col(number("position"))
        .col(text("alias"))
        .primary_key(Index::create().name("finding_alias_pkey").col("version_id").col("position").col("alias"))
        .foreign_key(
            ForeignKey::create()
                .name("finding_alias_finding_fkey")
                .from("finding_alias", ("version_id", "position"))
                .to("finding", ("version_id", "position"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .take();
    manager.create_table(alias).await?;
    manager.create_index(index("finding_alias_alias", "finding_alias", &["alias", "version_id"])).await
}

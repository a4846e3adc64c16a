//! Watches on vulnerabilities, and since when each current finding stands.

use sea_orm_migration::prelude::*;

use crate::columns::{belongs_to, id, index, number, text, text_or_null, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        standing(manager).await?;
        let watch = Table::create()
            .table("cve_watch")
            .col(id("id").primary_key())
            .col(id("tenant_id"))
            .col(text("vulnerability"))
            .col(text_or_null("note"))
            .col(number("created_at"))
            .col(ColumnDef::new("created_by").uuid().null())
            // The newest fact when it was made: it concerns those behind.
            .col(number("after_fact"))
            .foreign_key(&mut belongs_to("cve_watch", "tenant_id", "tenant"))
            .foreign_key(belongs_to("cve_watch", "created_by", "user_account").on_delete(ForeignKeyAction::SetNull))
            .take();
        manager.create_table(watch).await?;
        manager.create_index(unique("watch_identity", "cve_watch", &["tenant_id", "vulnerability"])).await?;
        manager.create_index(index("cve_watch_vulnerability", "cve_watch", &["vulnerability"])).await?;
        manager.create_index(index("cve_watch_user", "cve_watch", &["created_by"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("cve_watch").take()).await?;
        manager.alter_table(Table::alter().table("finding").drop_column("since").take()).await
    }
}

/// What is there stands since the latest scan: the findings of the older ones are packed.
async fn standing(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let since = Table::alter().table("finding").add_column(number("since").default(0)).take();
    manager.alter_table(since).await?;
    let fill = "UPDATE finding SET since = (SELECT scan.scanned_at FROM image_version \
                JOIN scan ON scan.id = image_version.latest_scan_id WHERE image_version.id = finding.version_id) \
                WHERE EXISTS (SELECT 1 FROM image_version JOIN scan ON scan.id = image_version.latest_scan_id \
                WHERE image_version.id = finding.version_id)";
    manager.get_connection().execute_unprepared(fill).await.map(drop)
}

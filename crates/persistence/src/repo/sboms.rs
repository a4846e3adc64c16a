//! SBOM documents: as a tenant reads them, and as the publisher records them.

use async_trait::async_trait;
use podarmor_domain::Sha256;
use podarmor_domain::id::{ImageId, SbomId, VersionId};
use podarmor_domain::image::{Image, Version};
use podarmor_domain::sbom::{SbomContent, SbomFormat, SbomImports, SbomRecord, Sboms};
use podarmor_domain::store::StoreError;
use sea_orm::{
    ColumnTrait as _, EntityTrait, JoinType, QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationTrait as _,
    Select, Set,
};

use crate::counts::signed;
use crate::entity::image_version;
use crate::entity::sbom::{ActiveModel, Column, Entity};
use crate::error::other;
use crate::reads::{self, Tenant};
use crate::repo::{images, versions};
use crate::row::Row;
use crate::scoped::{insert, licensed, platform};
use crate::tx::Tx;

/// Documents are read far more often than written, so they are worth some work.
const LEVEL: i32 = 6;

const COLUMNS: [Column; 6] =
    [Column::Id, Column::VersionId, Column::Format, Column::ContentSha256, Column::SizeBytes, Column::ImportedAt];

fn columns<E: EntityTrait>(select: Select<E>) -> Select<E> {
    select.columns(COLUMNS)
}

fn read(row: &mut Row<'_>) -> Result<SbomRecord, StoreError> {
    Ok(SbomRecord {
        id: SbomId::from_uuid(row.begin("sbom")?),
        version: VersionId::from_uuid(row.get()?),
        format: row.parsed(SbomFormat::parse)?,
        content: row.hash()?,
        size_bytes: row.number()?,
        imported_at: row.time()?,
    })
}

#[async_trait]
impl Sboms for Tenant {
    async fn find_sbom(
        &self,
        image: ImageId,
        version: VersionId,
        format: SbomFormat,
        content: Option<Sha256>,
    ) -> Result<Option<(Image, Version, SbomRecord)>, StoreError> {
        let mut select = licensed::<Entity>(self.scope)
            .filter(Column::VersionId.eq(version.uuid()))
            .filter(image_version::Column::ImageId.eq(image.uuid()))
            .filter(Column::Format.eq(format.as_str()))
            .join(JoinType::InnerJoin, image_version::Relation::Image.def());
        if let Some(content) = content {
            select = select.filter(Column::ContentSha256.eq(content.to_string()));
        }
        let select = columns(versions::columns(images::columns(select)));
        let current = select.order_by_desc(Column::Ordinal).limit(1);
        reads::one(current, &self.db, |row| Ok((images::read(row)?, versions::read(row)?, read(row)?))).await
    }

    async fn sbom_content(&self, id: SbomId) -> Result<Option<SbomContent>, StoreError> {
        let select = licensed::<Entity>(self.scope).filter(Column::Id.eq(id.uuid())).column(Column::Document);
        reads::one(select, &self.db, |row| Ok(SbomContent::Zstd(row.get()?))).await
    }
}

impl Tx {
    /// One more than the last document of this version and format has. The caller holds the
    /// version's lock.
    async fn next_ordinal(&self, record: &SbomRecord) -> Result<i64, StoreError> {
        let last = platform::<Entity>(self.scope)
            .filter(Column::VersionId.eq(record.version.uuid()))
            .filter(Column::Format.eq(record.format.as_str()))
            .column(Column::Ordinal)
            .order_by_desc(Column::Ordinal)
            .limit(1);
        Ok(reads::one(last, &self.db, |row| row.get::<i64>()).await?.map_or(1, |last| last + 1))
    }
}

#[async_trait]
impl SbomImports for Tx {
    async fn find_imported(
        &self,
        version: VersionId,
        format: SbomFormat,
        content: Sha256,
    ) -> Result<Option<SbomRecord>, StoreError> {
        let select = platform::<Entity>(self.scope)
            .filter(Column::VersionId.eq(version.uuid()))
            .filter(Column::Format.eq(format.as_str()))
            .filter(Column::ContentSha256.eq(content.to_string()));
        reads::one(columns(select), &self.db, read).await
    }

    async fn insert_sbom(&self, record: &SbomRecord, bytes: &[u8]) -> Result<(), StoreError> {
        let bytes = bytes.to_vec();
        let document = tokio::task::spawn_blocking(move || zstd::bulk::compress(&bytes, LEVEL)).await;
        let row = ActiveModel {
            id: Set(record.id.uuid()),
            version_id: Set(record.version.uuid()),
            format: Set(record.format.as_str().to_owned()),
            content_sha256: Set(record.content.to_string()),
            size_bytes: Set(signed(record.size_bytes)?),
            imported_at: Set(record.imported_at.micros()),
            ordinal: Set(self.next_ordinal(record).await?),
            document: Set(document.map_err(other)?.map_err(other)?),
        };
        insert(self.scope, row, &self.db).await
    }
}

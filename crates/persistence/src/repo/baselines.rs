//! Baselines: recorded by the publisher, read by a tenant together with the image.

use async_trait::async_trait;
use podarmor_domain::baseline::{Baseline, RecordedBaselines};
use podarmor_domain::id::{BaselineId, ImageId};
use podarmor_domain::image::{Digest, ImageReference};
use podarmor_domain::store::StoreError;
use podarmor_domain::{Sha256, Timestamp};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Order, Query};
use sea_orm::{ColumnTrait as _, EntityTrait, JoinType, QueryFilter as _, QuerySelect, Select, Set};
use uuid::Uuid;

use crate::counts::{self, signed};
use crate::entity::baseline::{ActiveModel, COUNTS, Column, Entity};
use crate::entity::image;
use crate::reads;
use crate::repo::scans;
use crate::row::Row;
use crate::scoped::{insert, platform};
use crate::tx::Tx;

const COLUMNS: [Column; 11] = [
    Column::Id,
    Column::ImageId,
    Column::UpstreamImage,
    Column::Digest,
    Column::ScannedAt,
    Column::ScannerName,
    Column::ScannerVersion,
    Column::DbBuiltAt,
    Column::ContentSha256,
    Column::Counts,
    Column::SizeBytes,
];

fn columns<E: EntityTrait>(select: Select<E>) -> Select<E> {
    select.columns(COLUMNS)
}

/// Joins the newest baseline of the image, if it has one, and adds its columns.
pub(super) fn join_newest(mut select: Select<image::Entity>) -> Select<image::Entity> {
    let other = Alias::new("other");
    let newest = Query::select()
        .column((other.clone(), Column::Id))
        .from_as(Entity, other.clone())
        .and_where(Expr::col((other.clone(), Column::ImageId)).equals((image::Entity, image::Column::Id)))
        .order_by((other.clone(), Column::ScannedAt), Order::Desc)
        .order_by((other, Column::Id), Order::Desc)
        .limit(1)
        .take();
    let is_newest = Expr::col((Entity, Column::Id)).eq(Expr::from(newest));
    QuerySelect::query(&mut select).join(JoinType::LeftJoin, Entity, is_newest);
    columns(select)
}

/// Reads what [`join_newest`] added.
pub(super) fn read_optional(row: &mut Row<'_>) -> Result<Option<Baseline>, StoreError> {
    row.begin_optional("baseline")?.map(|id| read_rest(id, row)).transpose()
}

fn read_rest(id: Uuid, row: &mut Row<'_>) -> Result<Baseline, StoreError> {
    Ok(Baseline {
        id: BaselineId::from_uuid(id),
        image: ImageId::from_uuid(row.get()?),
        upstream_image: row.parsed(ImageReference::parse)?,
        digest: row.parsed_optional(Digest::parse)?,
        scanned_at: row.time()?,
        scanner: scans::scanner(row)?,
        content: row.hash()?,
        counts: counts::read(row)?,
        size_bytes: row.number()?,
    })
}

#[async_trait]
impl RecordedBaselines for Tx {
    async fn find_baseline(&self, image: ImageId, content: Sha256) -> Result<Option<Baseline>, StoreError> {
        let select = platform::<Entity>(self.scope)
            .filter(Column::ImageId.eq(image.uuid()))
            .filter(Column::ContentSha256.eq(content.to_string()));
        Ok(reads::one(columns(select), &self.db, read_optional).await?.flatten())
    }

    async fn insert_baseline(&self, baseline: &Baseline) -> Result<(), StoreError> {
        let mut row = ActiveModel {
            id: Set(baseline.id.uuid()),
            image_id: Set(baseline.image.uuid()),
            upstream_image: Set(baseline.upstream_image.to_string()),
            digest: Set(baseline.digest.as_ref().map(ToString::to_string)),
            scanned_at: Set(baseline.scanned_at.micros()),
            scanner_name: Set(baseline.scanner.name.clone()),
            scanner_version: Set(baseline.scanner.version.clone()),
            db_built_at: Set(baseline.scanner.db_built_at.map(Timestamp::micros)),
            content_sha256: Set(baseline.content.to_string()),
            size_bytes: Set(signed(baseline.size_bytes)?),
            recorded_at: Set(self.clock.now().micros()),
            ..Default::default()
        };
        row.counts = Set(counts::set(&mut row, COUNTS, &baseline.counts)?);
        insert(self.scope, row, &self.db).await
    }
}

//! Versions as a tenant reads them, each with its latest scan.

use async_trait::async_trait;
use podarmor_domain::id::{ImageId, ScanId, VersionId};
use podarmor_domain::image::{
    Digest, Image, LastScan, Platform, Version, VersionName, VersionPosition, VersionStatus, Versions,
};
use podarmor_domain::paging::PageRequest;
use podarmor_domain::store::StoreError;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, EntityTrait, JoinType, QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationTrait as _,
    Select,
};

use crate::counts;
use crate::entity::image_version::{Column, Entity, Relation};
use crate::entity::scan;
use crate::reads::{self, Tenant};
use crate::repo::images;
use crate::row::Row;
use crate::scoped::licensed;

const COLUMNS: [Column; 9] = [
    Column::Id,
    Column::ImageId,
    Column::Name,
    Column::Digest,
    Column::SizeBytes,
    Column::Platforms,
    Column::PublishedAt,
    Column::DeprecatedReason,
    Column::DeprecatedAt,
];

const SCAN: [scan::Column; 3] = [scan::Column::Id, scan::Column::ScannedAt, scan::Column::Counts];

/// Joins the latest scan to a select that has the version, and adds the columns of both.
pub(super) fn columns<E: EntityTrait>(select: Select<E>) -> Select<E> {
    let select = select.join(JoinType::LeftJoin, Relation::LatestScan.def());
    select.columns(COLUMNS).columns(SCAN)
}

/// Reads what [`columns`] added.
pub(super) fn read(row: &mut Row<'_>) -> Result<Version, StoreError> {
    let id = row.begin("image_version")?;
    read_rest(VersionId::from_uuid(id), row)
}

/// Reads what [`columns`] added, where the version may be missing.
pub(super) fn read_optional(row: &mut Row<'_>) -> Result<Option<Version>, StoreError> {
    match row.begin_optional("image_version")? {
        Some(id) => read_rest(VersionId::from_uuid(id), row).map(Some),
        None => {
            row.skip(COLUMNS.len() - 1 + SCAN.len());
            Ok(None)
        }
    }
}

fn read_rest(id: VersionId, row: &mut Row<'_>) -> Result<Version, StoreError> {
    Ok(Version {
        id,
        image: ImageId::from_uuid(row.get()?),
        name: row.parsed(VersionName::parse)?,
        digest: row.parsed(Digest::parse)?,
        size_bytes: row.number()?,
        platforms: row.list(Platform::parse)?,
        published_at: row.time()?,
        status: status(row)?,
        last_scan: last_scan(row)?,
    })
}

fn status(row: &mut Row<'_>) -> Result<VersionStatus, StoreError> {
    let reason: Option<String> = row.get()?;
    Ok(match (reason, row.time_optional()?) {
        (Some(reason), Some(since)) => VersionStatus::Deprecated { reason, since },
        _ => VersionStatus::Active,
    })
}

fn last_scan(row: &mut Row<'_>) -> Result<Option<LastScan>, StoreError> {
    let Some(id) = row.begin_optional("scan")? else {
        row.skip(SCAN.len() - 1);
        return Ok(None);
    };
    Ok(Some(LastScan { id: ScanId::from_uuid(id), scanned_at: row.time()?, counts: counts::read(row)? }))
}

/// The newest versions of an image. One statement.
pub(super) async fn newest(reads: &Tenant, image: ImageId, limit: u64) -> Result<Vec<Version>, StoreError> {
    reads::all(newest_first(of_image(reads, image)).limit(limit), &reads.db, read).await
}

fn of_image(reads: &Tenant, image: ImageId) -> Select<Entity> {
    licensed::<Entity>(reads.scope).filter(Column::ImageId.eq(image.uuid()))
}

fn newest_first(select: Select<Entity>) -> Select<Entity> {
    columns(select).order_by_desc(Column::PublishedAt).order_by_desc(Column::Id)
}

#[async_trait]
impl Versions for Tenant {
    async fn list_versions(
        &self,
        image: ImageId,
        page: &PageRequest<VersionPosition>,
    ) -> Result<Option<Vec<Version>>, StoreError> {
        let mut select = newest_first(of_image(self, image));
        if let Some(place) = page.after {
            let here = Expr::tuple([Expr::col((Entity, Column::PublishedAt)), Expr::col((Entity, Column::Id))]);
            let there = Expr::tuple([place.published_at.micros().into(), place.id.uuid().into()]);
            select = select.filter(here.lt(there));
        }
        let found = reads::all(select.limit(u64::from(page.limit.get()) + 1), &self.db, read).await?;
        if found.is_empty() {
            // No (more) versions, or no such image?
            use crate::entity::image;
            let image = licensed::<image::Entity>(self.scope).filter(image::Column::Id.eq(image.uuid()));
            return Ok(reads::exists(image, &self.db).await?.then_some(found));
        }
        Ok(Some(found))
    }

    async fn count_versions(&self, image: ImageId, stop_at: u64) -> Result<u64, StoreError> {
        reads::count(of_image(self, image), stop_at, &self.db).await
    }

    async fn find_version(&self, image: ImageId, version: VersionId) -> Result<Option<(Image, Version)>, StoreError> {
        let select = of_image(self, image).filter(Column::Id.eq(version.uuid()));
        let select = images::columns(select.join(JoinType::InnerJoin, Relation::Image.def()));
        reads::one(columns(select), &self.db, |row| Ok((images::read(row)?, read(row)?))).await
    }
}

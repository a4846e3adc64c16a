//! Images, versions and licences, as the publisher records them, and the summary of its
//! versions that each image carries.

use async_trait::async_trait;
use podarmor_domain::Timestamp;
use podarmor_domain::id::{ImageId, TenantId, VersionId};
use podarmor_domain::image::{Image, ImageName, Platform, Publications, Version, VersionName, VersionStatus};
use podarmor_domain::store::StoreError;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait as _, LockType, OnConflict, Order, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, JoinType, QueryFilter as _, QuerySelect as _, RelationTrait as _, Set, TryInsertResult,
};

use crate::counts::signed;
use crate::entity::{image, image_version, license, scan};
use crate::error::fault;
use crate::reads;
use crate::repo::{images, versions};
use crate::row::Row;
use crate::scoped::{delete, insert, new_row, platform, update};
use crate::tx::Tx;

#[async_trait]
impl Publications for Tx {
    async fn find_image_by_name(&self, name: &ImageName) -> Result<Option<Image>, StoreError> {
        let select = platform::<image::Entity>(self.scope).filter(image::Column::Name.eq(name.as_str()));
        reads::one(images::columns(select), &self.db, images::read).await
    }

    async fn insert_image(&self, image: &Image, at: Timestamp) -> Result<(), StoreError> {
        let row = image::ActiveModel {
            id: Set(image.id.uuid()),
            name: Set(image.name.to_string()),
            version_count: Set(0),
            latest_version_id: Set(None),
            latest_published_at: Set(None),
            latest_outstanding: Set(None),
            created_at: Set(at.micros()),
            ..attributes(image, at)
        };
        insert(self.scope, row, &self.db).await
    }

    async fn update_image(&self, image: &Image, at: Timestamp) -> Result<(), StoreError> {
        let statement = update::<image::Entity>(self.scope)
            .set(attributes(image, at))
            .filter(image::Column::Id.eq(image.id.uuid()));
        statement.exec(&self.db).await.map(drop).map_err(fault)
    }

    async fn lock_version(&self, image: ImageId, name: &VersionName) -> Result<Option<Version>, StoreError> {
        use image_version::{Column, Entity};
        let this = Column::ImageId.eq(image.uuid()).and(Column::Name.eq(name.as_str()));
        // Lock first, read then: a statement that had to wait for the lock would join the scan
        // as it was before the wait. Nothing refers to what may change, hence no stronger lock.
        let lock = platform::<Entity>(self.scope).filter(this.clone()).column(Column::Id).lock(LockType::NoKeyUpdate);
        if reads::one(lock, &self.db, |_| Ok(())).await?.is_none() {
            return Ok(None);
        }
        let select = versions::columns(platform::<Entity>(self.scope).filter(this));
        reads::one(select, &self.db, versions::read).await
    }

    async fn insert_version(&self, version: &Version) -> Result<(), StoreError> {
        self.lock_image(version.image).await?;
        let (reason, since) = match &version.status {
            VersionStatus::Active => (None, None),
            VersionStatus::Deprecated { reason, since } => (Some(reason.clone()), Some(since.micros())),
        };
        let platforms: Vec<&str> = version.platforms.iter().map(Platform::as_str).collect();
        let row = image_version::ActiveModel {
            id: Set(version.id.uuid()),
            image_id: Set(version.image.uuid()),
            name: Set(version.name.to_string()),
            digest: Set(version.digest.to_string()),
            size_bytes: Set(signed(version.size_bytes)?),
            platforms: Set(platforms.join(",")),
            published_at: Set(version.published_at.micros()),
            deprecated_reason: Set(reason),
            deprecated_at: Set(since),
            latest_scan_id: Set(None),
            created_at: Set(self.clock.now().micros()),
        };
        insert(self.scope, row, &self.db).await?;
        self.summarise(version.image).await
    }

    async fn deprecate_version(&self, version: &Version, reason: &str, since: Timestamp) -> Result<(), StoreError> {
        use image_version::Column;
        self.lock_image(version.image).await?;
        let statement = update::<image_version::Entity>(self.scope)
            .col_expr(Column::DeprecatedReason, Expr::val(reason))
            .col_expr(Column::DeprecatedAt, Expr::val(since.micros()))
            .filter(Column::Id.eq(version.id.uuid()));
        statement.exec(&self.db).await.map_err(fault)?;
        self.summarise(version.image).await
    }

    async fn grant_license(&self, tenant: TenantId, image: ImageId, at: Timestamp) -> Result<bool, StoreError> {
        let row = license::ActiveModel {
            tenant_id: Set(tenant.uuid()),
            image_id: Set(image.uuid()),
            granted_at: Set(at.micros()),
        };
        let statement = new_row(self.scope, row).on_conflict(OnConflict::new().do_nothing().to_owned()).try_insert();
        let outcome = statement.exec_without_returning(&self.db).await.map_err(fault)?;
        Ok(matches!(outcome, TryInsertResult::Inserted(1..)))
    }

    async fn revoke_license(&self, tenant: TenantId, image: ImageId) -> Result<bool, StoreError> {
        let statement = delete::<license::Entity>(self.scope)
            .filter(license::Column::TenantId.eq(tenant.uuid()))
            .filter(license::Column::ImageId.eq(image.uuid()));
        Ok(statement.exec(&self.db).await.map_err(fault)?.rows_affected > 0)
    }
}

/// The columns that `image put` sets; the others are left alone.
fn attributes(image: &Image, at: Timestamp) -> image::ActiveModel {
    image::ActiveModel {
        display_name: Set(image.display_name.to_string()),
        description: Set(image.description.clone()),
        repository: Set(image.repository.to_string()),
        base_os: Set(image.base_os.to_string()),
        kind: Set(image.kind.as_str().to_owned()),
        hardening: Set(images::labels(image)),
        upstream_image: Set(image.upstream_image.as_ref().map(ToString::to_string)),
        updated_at: Set(at.micros()),
        search_text: Set(images::search_text(image)),
        ..Default::default()
    }
}

impl Tx {
    /// Locks an image's row, so that of two units of work that change its versions the second
    /// summarises what the first has committed.
    pub(super) async fn lock_image(&self, image: ImageId) -> Result<(), StoreError> {
        let lock = platform::<image::Entity>(self.scope)
            .filter(image::Column::Id.eq(image.uuid()))
            .column(image::Column::Id)
            .lock(LockType::NoKeyUpdate);
        reads::one(lock, &self.db, |_| Ok(())).await.map(drop)
    }

    /// Locks the image of a version; answers which it is.
    pub(super) async fn lock_image_of(&self, version: VersionId) -> Result<Option<ImageId>, StoreError> {
        let select = platform::<image_version::Entity>(self.scope)
            .filter(image_version::Column::Id.eq(version.uuid()))
            .column(image_version::Column::ImageId);
        let read = |row: &mut Row<'_>| Ok(ImageId::from_uuid(row.get()?));
        let Some(image) = reads::one(select, &self.db, read).await? else { return Ok(None) };
        self.lock_image(image).await?;
        Ok(Some(image))
    }

    /// Records anew how many versions an image has, which is the latest, and what is
    /// outstanding in it. One statement; the caller holds the image's lock.
    pub(super) async fn summarise(&self, image: ImageId) -> Result<(), StoreError> {
        use image::Column;
        let of_latest = |what: Expr| Expr::from(latest(image).expr(what).take());
        let version = |column| Expr::col((image_version::Entity, column));
        let number = Query::select()
            .expr(Expr::col(Asterisk).count())
            .from(image_version::Entity)
            .and_where(version(image_version::Column::ImageId).eq(image.uuid()))
            .take();
        let statement = update::<image::Entity>(self.scope)
            .col_expr(Column::VersionCount, Expr::from(number))
            .col_expr(Column::LatestVersionId, of_latest(version(image_version::Column::Id)))
            .col_expr(Column::LatestPublishedAt, of_latest(version(image_version::Column::PublishedAt)))
            .col_expr(Column::LatestOutstanding, of_latest(outstanding()))
            .filter(Column::Id.eq(image.uuid()));
        statement.exec(&self.db).await.map(drop).map_err(fault)
    }
}

/// The latest version of an image with its latest scan: active before deprecated, then the one
/// published last, then the greatest id.
fn latest(image: ImageId) -> SelectStatement {
    use image_version::{Column, Entity};
    let version = |column| Expr::col((Entity, column));
    Query::select()
        .from(Entity)
        .join(JoinType::LeftJoin, scan::Entity, image_version::Relation::LatestScan.def())
        .and_where(version(Column::ImageId).eq(image.uuid()))
        .order_by_expr(version(Column::DeprecatedAt).is_not_null(), Order::Asc)
        .order_by((Entity, Column::PublishedAt), Order::Desc)
        .order_by((Entity, Column::Id), Order::Desc)
        .limit(1)
        .take()
}

/// The outstanding matches of a scan; nothing without one.
fn outstanding() -> Expr {
    let [_, _, _, _, _, _, first, rest @ .., _, _, _, _] = scan::COUNTS;
    let column = |column| Expr::col((scan::Entity, column));
    rest.into_iter().fold(column(first), |sum, next| sum.add(column(next)))
}

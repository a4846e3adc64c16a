//! Feature requests: as their tenant files and reads them.

use async_trait::async_trait;
use podarmor_domain::access::UserName;
use podarmor_domain::id::{FeatureRequestId, ImageId, UserId};
use podarmor_domain::paging::PageRequest;
use podarmor_domain::request::{
    Author, Description, FeatureRequest, PackageEcosystem, PackageName, PackageVersion, Reply, RequestFilter,
    RequestKind, RequestPosition, RequestService, RequestStatus, RequestWrites, Requests, Title, WantedPackage, Wish,
};
use podarmor_domain::store::StoreError;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, JoinType, QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationTrait as _, Select, Set,
};
use uuid::Uuid;

use crate::entity::feature_request::{ActiveModel, Column, Entity, Relation};
use crate::entity::{image, user_account};
use crate::reads::{self, Tenant};
use crate::request_json;
use crate::row::Row;
use crate::scoped::{insert_owned, licensed, owned};
use crate::tx::TenantUnit;

/// Adds a request's columns, its author's name among them, to a select that has the table.
pub(super) fn columns(select: Select<Entity>) -> Select<Entity> {
    select
        .join(JoinType::LeftJoin, Relation::Author.def())
        .columns([Column::Id, Column::Kind, Column::Title, Column::Description, Column::ImageId])
        .columns([Column::PackageName, Column::PackageVersion, Column::PackageEcosystem])
        .columns([Column::Status, Column::Reply, Column::History, Column::CreatedBy])
        .column(user_account::Column::Name)
        .columns([Column::CreatedAt, Column::UpdatedAt])
}

/// Reads what [`columns`] added.
pub(super) fn read(row: &mut Row<'_>) -> Result<FeatureRequest, StoreError> {
    let id = FeatureRequestId::from_uuid(row.begin("feature_request")?);
    let wish = Wish {
        kind: row.parsed(RequestKind::parse)?,
        title: row.parsed(Title::parse)?,
        description: row.parsed(Description::parse)?,
        image: row.get::<Option<Uuid>>()?.map(ImageId::from_uuid),
        package: package(row)?,
    };
    let (status, reply) = (row.parsed(RequestStatus::parse)?, row.parsed_optional(Reply::parse)?);
    let history = request_json::read_history(&row.get::<String>()?);
    Ok(FeatureRequest {
        id,
        wish,
        status,
        reply,
        history: row.checked(history)?,
        author: Author { id: UserId::from_uuid(row.get()?), name: row.parsed_optional(UserName::parse)? },
        created_at: row.time()?,
        updated_at: row.time()?,
    })
}

fn package(row: &mut Row<'_>) -> Result<Option<WantedPackage>, StoreError> {
    let name = row.parsed_optional(PackageName::parse)?;
    let version = row.parsed_optional(PackageVersion::parse)?;
    let ecosystem = row.parsed_optional(PackageEcosystem::parse)?;
    Ok(name.map(|name| WantedPackage { name, version, ecosystem }))
}

/// Those that pass.
pub(super) fn passing(mut select: Select<Entity>, filter: &RequestFilter) -> Select<Entity> {
    if let Some(kind) = filter.kind {
        select = select.filter(Column::Kind.eq(kind.as_str()));
    }
    if let Some(status) = filter.status {
        select = select.filter(Column::Status.eq(status.as_str()));
    }
    select
}

/// A page, newest first, and one entry more.
pub(super) fn paged(mut select: Select<Entity>, page: &PageRequest<RequestPosition>) -> Select<Entity> {
    if let Some(after) = page.after {
        let place = Expr::tuple([Expr::col((Entity, Column::CreatedAt)), Expr::col((Entity, Column::Id))]);
        select = select.filter(place.lt(Expr::tuple([after.created_at.micros().into(), after.id.uuid().into()])));
    }
    select.order_by_desc(Column::CreatedAt).order_by_desc(Column::Id).limit(u64::from(page.limit.get()) + 1)
}

#[async_trait]
impl Requests for Tenant {
    async fn list_requests(
        &self,
        filter: &RequestFilter,
        page: &PageRequest<RequestPosition>,
    ) -> Result<Vec<FeatureRequest>, StoreError> {
        let select = paged(passing(columns(owned::<Entity>(self.scope)), filter), page);
        reads::all(select, &self.db, read).await
    }

    async fn count_requests(&self, filter: &RequestFilter, stop_at: u64) -> Result<u64, StoreError> {
        reads::count(passing(owned::<Entity>(self.scope), filter), stop_at, &self.db).await
    }

    async fn find_request(&self, id: FeatureRequestId) -> Result<Option<FeatureRequest>, StoreError> {
        let select = columns(owned::<Entity>(self.scope)).filter(Column::Id.eq(id.uuid()));
        reads::one(select, &self.db, read).await
    }
}

#[async_trait]
impl RequestWrites for TenantUnit {
    async fn lock_requests(&self) -> Result<u64, StoreError> {
        self.lock_tenant().await?;
        reads::count(owned::<Entity>(self.scope), RequestService::MOST, &self.db).await
    }

    async fn may_see_image(&self, image: ImageId) -> Result<bool, StoreError> {
        let select = licensed::<image::Entity>(self.scope).filter(image::Column::Id.eq(image.uuid()));
        reads::exists(select, &self.db).await
    }

    async fn insert_request(&self, request: &FeatureRequest) -> Result<(), StoreError> {
        let Wish { kind, title, description, image, package } = &request.wish;
        let package = package.as_ref();
        let row = ActiveModel {
            id: Set(request.id.uuid()),
            kind: Set(kind.as_str().to_owned()),
            status: Set(request.status.as_str().to_owned()),
            created_at: Set(request.created_at.micros()),
            updated_at: Set(request.updated_at.micros()),
            created_by: Set(request.author.id.uuid()),
            image_id: Set(image.map(ImageId::uuid)),
            package_name: Set(package.map(|it| it.name.to_string())),
            package_version: Set(package.and_then(|it| it.version.as_ref()).map(ToString::to_string)),
            package_ecosystem: Set(package.and_then(|it| it.ecosystem.as_ref()).map(ToString::to_string)),
            title: Set(title.to_string()),
            description: Set(description.to_string()),
            reply: Set(request.reply.as_ref().map(ToString::to_string)),
            history: Set(request_json::write_history(&request.history)?),
            ..Default::default()
        };
        insert_owned(self.scope, row, &self.db).await
    }
}

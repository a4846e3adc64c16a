//! Feature requests: as the operator reads them and decides over them.

use async_trait::async_trait;
use podarmor_domain::id::FeatureRequestId;
use podarmor_domain::paging::PageRequest;
use podarmor_domain::request::{AllRequests, FeatureRequest, RequestFilter, RequestPosition, RequestTriage};
use podarmor_domain::store::StoreError;
use podarmor_domain::tenant::TenantSlug;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait as _, JoinType, QueryFilter as _, QuerySelect as _, RelationTrait as _, Select};

use crate::entity::feature_request::{Column, Entity, Relation};
use crate::entity::tenant;
use crate::error::fault;
use crate::reads::{self, System};
use crate::repo::requests::{columns, paged, passing, read};
use crate::request_json;
use crate::row::Row;
use crate::scoped::{platform, update};
use crate::tx::Tx;

fn named(select: Select<Entity>) -> Select<Entity> {
    columns(select).join(JoinType::InnerJoin, Relation::Tenant.def()).column(tenant::Column::Slug)
}

fn read_named(row: &mut Row<'_>) -> Result<(TenantSlug, FeatureRequest), StoreError> {
    let request = read(row)?;
    Ok((row.parsed(TenantSlug::parse)?, request))
}

#[async_trait]
impl AllRequests for System {
    async fn list_all_requests(
        &self,
        tenant: Option<TenantSlug>,
        filter: &RequestFilter,
        page: &PageRequest<RequestPosition>,
    ) -> Result<Vec<(TenantSlug, FeatureRequest)>, StoreError> {
        let mut select = paged(passing(named(platform::<Entity>(self.scope)), filter), page);
        if let Some(slug) = tenant {
            select = select.filter(tenant::Column::Slug.eq(slug.as_str()));
        }
        reads::all(select, &self.db, read_named).await
    }

    async fn find_any_request(&self, id: FeatureRequestId) -> Result<Option<(TenantSlug, FeatureRequest)>, StoreError> {
        let select = named(platform::<Entity>(self.scope)).filter(Column::Id.eq(id.uuid()));
        reads::one(select, &self.db, read_named).await
    }
}

#[async_trait]
impl RequestTriage for Tx {
    async fn lock_request(&self, id: FeatureRequestId) -> Result<Option<FeatureRequest>, StoreError> {
        // By itself: PostgreSQL locks no row that an outer join may not find.
        let lock = platform::<Entity>(self.scope).column(Column::Id).lock(LockType::Update);
        reads::one(lock.filter(Column::Id.eq(id.uuid())), &self.db, |_| Ok(())).await?;
        let select = columns(platform::<Entity>(self.scope)).filter(Column::Id.eq(id.uuid()));
        reads::one(select, &self.db, read).await
    }

    async fn update_request(&self, request: &FeatureRequest) -> Result<(), StoreError> {
        let reply = request.reply.as_ref().map(ToString::to_string);
        let statement = update::<Entity>(self.scope)
            .col_expr(Column::Status, Expr::val(request.status.as_str()))
            .col_expr(Column::Reply, Expr::val(reply))
            .col_expr(Column::History, Expr::val(request_json::write_history(&request.history)?))
            .col_expr(Column::UpdatedAt, Expr::val(request.updated_at.micros()))
            .filter(Column::Id.eq(request.id.uuid()));
        statement.exec(&self.db).await.map(drop).map_err(fault)
    }
}

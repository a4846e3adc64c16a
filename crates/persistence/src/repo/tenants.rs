//! Tenants and their users, as the publisher manages them.

use async_trait::async_trait;
use podarmor_domain::access::NewUser;
use podarmor_domain::id::TenantId;
use podarmor_domain::store::StoreError;
use podarmor_domain::tenant::{Tenant, TenantList, TenantName, TenantSlug, Tenants};
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select, Set};

use crate::entity::license;
use crate::entity::tenant::{ActiveModel, Column, Entity};
use crate::error::fault;
use crate::reads::{self, System};
use crate::repo::users;
use crate::row::Row;
use crate::scoped::{insert, platform, update};
use crate::tx::Tx;

fn columns(select: Select<Entity>) -> Select<Entity> {
    select.columns([Column::Id, Column::Slug, Column::Name, Column::Suspended, Column::CreatedAt])
}

fn read(row: &mut Row<'_>) -> Result<Tenant, StoreError> {
    Ok(Tenant {
        id: TenantId::from_uuid(row.begin("tenant")?),
        slug: row.parsed(TenantSlug::parse)?,
        name: row.parsed(TenantName::parse)?,
        suspended: row.get()?,
        created_at: row.time()?,
    })
}

#[async_trait]
impl Tenants for Tx {
    async fn insert_tenant(&self, tenant: &Tenant) -> Result<(), StoreError> {
        let row = ActiveModel {
            id: Set(tenant.id.uuid()),
            slug: Set(tenant.slug.to_string()),
            name: Set(tenant.name.to_string()),
            suspended: Set(tenant.suspended),
            created_at: Set(tenant.created_at.micros()),
        };
        insert(self.scope, row, &self.db).await
    }

    async fn find_tenant(&self, slug: &TenantSlug) -> Result<Option<Tenant>, StoreError> {
        let select = columns(platform::<Entity>(self.scope)).filter(Column::Slug.eq(slug.as_str()));
        reads::one(select, &self.db, read).await
    }

    async fn set_suspended(&self, tenant: TenantId, suspended: bool) -> Result<bool, StoreError> {
        let statement = update::<Entity>(self.scope)
            .col_expr(Column::Suspended, Expr::val(suspended))
            .filter(Column::Id.eq(tenant.uuid()))
            .filter(Column::Suspended.ne(suspended));
        let changed = statement.exec(&self.db).await.map_err(fault)?.rows_affected > 0;
        if changed && !suspended {
            // What waited may go on.
            self.db.wake();
        }
        Ok(changed)
    }

    async fn insert_user(&self, new: &NewUser) -> Result<(), StoreError> {
        insert(self.scope, users::new_row(new), &self.db).await
    }
}

#[async_trait]
impl TenantList for System {
    async fn list_tenants(&self) -> Result<Vec<(Tenant, u64)>, StoreError> {
        let licenses = Query::select()
            .expr(Expr::col(Asterisk).count())
            .from(license::Entity)
            .and_where(Expr::col((license::Entity, license::Column::TenantId)).equals((Entity, Column::Id)))
            .take();
        let select = columns(platform::<Entity>(self.scope)).expr(Expr::from(licenses)).order_by_asc(Column::Slug);
        reads::all(select, &self.db, |row| Ok((read(row)?, row.number()?))).await
    }
}

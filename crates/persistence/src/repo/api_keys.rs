//! API keys: as a tenant manages them, and as whoever presents one is looked up.

use async_trait::async_trait;
use podarmor_domain::access::{
    ApiKey, ApiKeyHash, ApiKeyLookup, ApiKeyName, ApiKeyService, ApiKeyState, ApiKeyUse, ApiKeyWrites, ApiKeys,
    NewApiKey, Scope,
};
use podarmor_domain::id::{ApiKeyId, TenantId};
use podarmor_domain::store::StoreError;
use podarmor_domain::tenant::TenantSlug;
use podarmor_domain::{Sha256, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, JoinType, QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationTrait as _, Select, Set,
};

use crate::entity::api_key::{ActiveModel, Column, Entity, Relation};
use crate::entity::tenant;
use crate::error::fault;
use crate::reads::{self, System, Tenant};
use crate::row::Row;
use crate::scoped::{delete, delete_owned, insert_owned, owned, platform, update};
use crate::tx::{TenantUnit, Tx};

/// Newest first, with a key's columns.
fn listed(select: Select<Entity>) -> Select<Entity> {
    select
        .columns([Column::Id, Column::Name, Column::Prefix, Column::Scopes, Column::CreatedAt])
        .columns([Column::ExpiresAt, Column::LastUsedAt])
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
}

fn read(row: &mut Row<'_>) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: ApiKeyId::from_uuid(row.begin("api_key")?),
        name: row.parsed(ApiKeyName::parse)?,
        prefix: row.get()?,
        scopes: row.list(Scope::parse)?,
        created_at: row.time()?,
        expires_at: row.time_optional()?,
        last_used_at: row.time_optional()?,
    })
}

/// A hash as it is stored: in hexadecimal.
fn hex(hash: &ApiKeyHash) -> String {
    Sha256::from_bytes(hash.0).to_string()
}

#[async_trait]
impl ApiKeys for Tenant {
    async fn list_api_keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        reads::all(listed(owned::<Entity>(self.scope)).limit(ApiKeyService::MOST), &self.db, read).await
    }
}

#[async_trait]
impl ApiKeyWrites for TenantUnit {
    async fn lock_api_keys(&self) -> Result<u64, StoreError> {
        self.lock_tenant().await?;
        reads::count(owned::<Entity>(self.scope), ApiKeyService::MOST, &self.db).await
    }

    async fn insert_api_key(&self, new: &NewApiKey) -> Result<(), StoreError> {
        let NewApiKey { key, hash } = new;
        let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        let row = ActiveModel {
            id: Set(key.id.uuid()),
            name: Set(key.name.to_string()),
            prefix: Set(key.prefix.clone()),
            hash: Set(hex(hash)),
            scopes: Set(scopes.join(",")),
            created_at: Set(key.created_at.micros()),
            expires_at: Set(key.expires_at.map(Timestamp::micros)),
            last_used_at: Set(key.last_used_at.map(Timestamp::micros)),
            ..Default::default()
        };
        insert_owned(self.scope, row, &self.db).await
    }

    async fn delete_api_key(&self, id: ApiKeyId) -> Result<bool, StoreError> {
        let statement = delete_owned::<Entity>(self.scope).filter(Column::Id.eq(id.uuid()));
        Ok(statement.exec(&self.db).await.map_err(fault)?.rows_affected > 0)
    }
}

fn read_state(row: &mut Row<'_>) -> Result<ApiKeyState, StoreError> {
    Ok(ApiKeyState {
        id: ApiKeyId::from_uuid(row.begin("api_key")?),
        hash: ApiKeyHash(*row.hash()?.as_bytes()),
        tenant: TenantId::from_uuid(row.get()?),
        slug: row.parsed(TenantSlug::parse)?,
        scopes: row.list(Scope::parse)?,
        expires_at: row.time_optional()?,
        last_used_at: row.time_optional()?,
        suspended: row.get()?,
    })
}

#[async_trait]
impl ApiKeyLookup for System {
    async fn api_key_state(&self, hash: &ApiKeyHash) -> Result<Option<ApiKeyState>, StoreError> {
        let select = platform::<Entity>(self.scope)
            .filter(Column::Hash.eq(hex(hash)))
            .join(JoinType::InnerJoin, Relation::Tenant.def())
            .columns([Column::Id, Column::Hash, Column::TenantId])
            .column(tenant::Column::Slug)
            .columns([Column::Scopes, Column::ExpiresAt, Column::LastUsedAt])
            .column(tenant::Column::Suspended);
        reads::one(select, &self.db, read_state).await
    }
}

#[async_trait]
impl ApiKeyUse for Tx {
    async fn touch_api_key(&self, id: ApiKeyId, at: Timestamp, unless_since: Timestamp) -> Result<(), StoreError> {
        let stale = Column::LastUsedAt.is_null().or(Column::LastUsedAt.lte(unless_since.micros()));
        let statement = update::<Entity>(self.scope)
            .col_expr(Column::LastUsedAt, Expr::val(at.micros()))
            .filter(Column::Id.eq(id.uuid()))
            .filter(stale);
        statement.exec(&self.db).await.map(drop).map_err(fault)
    }

    async fn api_keys_of(&self, tenant: &TenantSlug) -> Result<Vec<ApiKey>, StoreError> {
        let select = platform::<Entity>(self.scope)
            .join(JoinType::InnerJoin, Relation::Tenant.def())
            .filter(tenant::Column::Slug.eq(tenant.as_str()));
        reads::all(listed(select), &self.db, read).await
    }

    async fn delete_any_api_key(&self, id: ApiKeyId) -> Result<bool, StoreError> {
        let statement = delete::<Entity>(self.scope).filter(Column::Id.eq(id.uuid()));
        Ok(statement.exec(&self.db).await.map_err(fault)?.rows_affected > 0)
    }
}

//! Keeping tenants.

use async_trait::async_trait;

use crate::access::NewUser;
use crate::id::TenantId;
use crate::store::StoreError;
use crate::tenant::{Tenant, TenantSlug};

/// Tenants and their users, as the publisher manages them.
#[async_trait]
pub trait Tenants: Send + Sync {
    /// Records a tenant. [`StoreError::Conflict`] when the slug is taken.
    async fn insert_tenant(&self, tenant: &Tenant) -> Result<(), StoreError>;

    /// The tenant of this slug.
    async fn find_tenant(&self, slug: &TenantSlug) -> Result<Option<Tenant>, StoreError>;

    /// Suspends a tenant or lets it go on; `false` when it is so already.
    async fn set_suspended(&self, tenant: TenantId, suspended: bool) -> Result<bool, StoreError>;

    /// Records a user. [`StoreError::Conflict`] when the address is taken in that tenant.
    async fn insert_user(&self, user: &NewUser) -> Result<(), StoreError>;
}

/// The list of tenants.
#[async_trait]
pub trait TenantList: Send + Sync {
    /// All tenants, by slug, with the number of their licences.
    async fn list_tenants(&self) -> Result<Vec<(Tenant, u64)>, StoreError>;
}

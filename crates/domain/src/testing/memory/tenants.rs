//! Tenants, and users as the publisher makes them.

use async_trait::async_trait;

use super::AllReads;
use super::unit::Unit;
use crate::access::NewUser;
use crate::id::TenantId;
use crate::store::{Constraint, StoreError};
use crate::tenant::{Tenant, TenantList, TenantSlug, Tenants};

#[async_trait]
impl Tenants for Unit {
    async fn insert_tenant(&self, tenant: &Tenant) -> Result<(), StoreError> {
        if self.find_tenant(&tenant.slug).await?.is_some() {
            return Err(StoreError::Conflict(Constraint::TenantSlug));
        }
        self.change(|state| state.tenants.insert(tenant.id, tenant.clone()));
        Ok(())
    }

    async fn find_tenant(&self, slug: &TenantSlug) -> Result<Option<Tenant>, StoreError> {
        Ok(self.look().tenants.values().find(|tenant| tenant.slug == *slug).cloned())
    }

    async fn set_suspended(&self, tenant: TenantId, suspended: bool) -> Result<bool, StoreError> {
        Ok(self.change(|state| {
            let found = state.tenants.get_mut(&tenant).filter(|tenant| tenant.suspended != suspended);
            found.map(|tenant| tenant.suspended = suspended).is_some()
        }))
    }

    async fn insert_user(&self, user: &NewUser) -> Result<(), StoreError> {
        self.add_user(user)
    }
}

#[async_trait]
impl TenantList for AllReads {
    async fn list_tenants(&self) -> Result<Vec<(Tenant, u64)>, StoreError> {
        let state = self.shared.snapshot();
        let licenses = |tenant: &Tenant| state.licenses.iter().filter(|(owner, _)| *owner == tenant.id).count() as u64;
        let mut list: Vec<_> = state.tenants.values().map(|tenant| (tenant.clone(), licenses(tenant))).collect();
        list.sort_by(|(one, _), (other, _)| one.slug.cmp(&other.slug));
        Ok(list)
    }
}

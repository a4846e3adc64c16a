//! What the publisher does with tenants.

use std::sync::Arc;

use crate::access::SystemScope;
use crate::error::Error;
use crate::id::{self, TenantId};
use crate::ports::{Clock, Random};
use crate::store::{Constraint, Store, StoreError};
use crate::tenant::{Tenant, TenantName, TenantSlug};

/// Makes and lists tenants.
#[derive(Clone)]
pub struct TenantService {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl TenantService {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { store, clock, random }
    }

    /// Makes a tenant.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the slug is taken.
    pub async fn create(&self, scope: SystemScope, slug: TenantSlug, name: TenantName) -> Result<Tenant, Error> {
        let tenant = Tenant {
            id: TenantId::from_uuid(id::fresh(&*self.clock, &*self.random)),
            slug,
            name,
            suspended: false,
            created_at: self.clock.now(),
        };
        let tx = self.store.system(scope).await?;
        tx.insert_tenant(&tenant).await.map_err(|error| match error {
            StoreError::Conflict(Constraint::TenantSlug) => {
                Error::Conflict(format!("there is already a tenant {}", tenant.slug))
            }
            other => other.into(),
        })?;
        tx.commit().await?;
        Ok(tenant)
    }

    /// All tenants, by slug, with the number of their licences.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(&self, scope: SystemScope) -> Result<Vec<(Tenant, u64)>, Error> {
        Ok(self.store.system_read(scope).list_tenants().await?)
    }
}

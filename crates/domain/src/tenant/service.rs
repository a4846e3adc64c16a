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

    /// Suspends a tenant, or lets it go on; `false` when it is so already. A suspended tenant
    /// cannot sign in, and its tokens and keys stop working.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a tenant; [`Error::Store`].
    pub async fn set_suspended(&self, scope: SystemScope, slug: &TenantSlug, suspended: bool) -> Result<bool, Error> {
        let tx = self.store.system(scope).await?;
        let tenant = tx.find_tenant(slug).await?.ok_or_else(|| Error::NotFound(format!("tenant {slug}")))?;
        let changed = tx.set_suspended(tenant.id, suspended).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// All tenants, by slug, with the number of their licences.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(&self, scope: SystemScope) -> Result<Vec<(Tenant, u64)>, Error> {
        Ok(self.store.system_read(scope).list_tenants().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKey;
    use crate::testing::fixtures::slug;
    use crate::testing::mocks::{MockStore, MockSystemReads, away};
    use crate::testing::{World, publisher};

    #[tokio::test]
    async fn a_slug_is_taken_whatever_its_case() {
        let world = World::in_memory();
        world.tenant("acme").await;
        let name = TenantName::parse("name", "Another").unwrap();
        let taken = world.tenants().create(publisher(), slug("ACME"), name).await.unwrap_err();
        assert_eq!((taken.key(), taken.to_string().as_str()), (ErrorKey::Conflict, "there is already a tenant acme"));
    }

    #[tokio::test]
    async fn a_store_that_is_away_makes_the_service_unavailable() {
        let world = World::in_memory();
        let service = |store| TenantService::new(Arc::new(store), world.clock.clone(), world.random.clone());
        let name = TenantName::parse("name", "Acme").unwrap();
        let failed = service(MockStore::away()).create(publisher(), slug("acme"), name).await.unwrap_err();
        assert_eq!(failed.key(), ErrorKey::ServiceUnavailable);
        let mut reads = MockSystemReads::new();
        reads.expect_list_tenants().return_once(|| Err(away()));
        let mut store = MockStore::new();
        store.expect_system_read().return_once(move |_| Box::new(reads));
        assert_eq!(service(store).list(publisher()).await.unwrap_err().key(), ErrorKey::ServiceUnavailable);
    }
}

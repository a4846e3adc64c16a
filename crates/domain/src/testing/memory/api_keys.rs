//! API keys.

use async_trait::async_trait;

use super::state::State;
use super::unit::{TenantUnit, Unit};
use super::{AllReads, Reads};
use crate::Timestamp;
use crate::access::{
    ApiKey, ApiKeyHash, ApiKeyLookup, ApiKeyService, ApiKeyState, ApiKeyUse, ApiKeyWrites, ApiKeys, NewApiKey,
};
use crate::id::{ApiKeyId, TenantId};
use crate::store::StoreError;
use crate::tenant::TenantSlug;

impl State {
    fn api_keys_of(&self, tenant: TenantId) -> Vec<ApiKey> {
        let theirs = self.api_keys.iter().filter(|(owner, _)| *owner == tenant);
        let mut keys: Vec<_> = theirs.map(|(_, stored)| stored.key.clone()).collect();
        keys.sort_unstable_by_key(|key| std::cmp::Reverse((key.created_at, key.id)));
        keys
    }

    fn delete_api_keys(&mut self, these: impl Fn(TenantId, ApiKeyId) -> bool) -> bool {
        let before = self.api_keys.len();
        self.api_keys.retain(|(owner, stored)| !these(*owner, stored.key.id));
        self.api_keys.len() < before
    }
}

#[async_trait]
impl ApiKeys for Reads {
    async fn list_api_keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        let keys = self.shared.snapshot().api_keys_of(self.tenant).into_iter();
        Ok(keys.take(usize::try_from(ApiKeyService::MOST).unwrap_or(usize::MAX)).collect())
    }
}

#[async_trait]
impl ApiKeyWrites for TenantUnit {
    async fn lock_api_keys(&self) -> Result<u64, StoreError> {
        Ok(self.unit.look().api_keys_of(self.tenant).len() as u64)
    }

    async fn insert_api_key(&self, key: &NewApiKey) -> Result<(), StoreError> {
        self.unit.change(|state| state.api_keys.push((self.tenant, key.clone())));
        Ok(())
    }

    async fn delete_api_key(&self, id: ApiKeyId) -> Result<bool, StoreError> {
        Ok(self.unit.change(|state| state.delete_api_keys(|owner, key| owner == self.tenant && key == id)))
    }
}

#[async_trait]
impl ApiKeyLookup for AllReads {
    async fn api_key_state(&self, hash: &ApiKeyHash) -> Result<Option<ApiKeyState>, StoreError> {
        let state = self.shared.snapshot();
        let Some((owner, stored)) = state.api_keys.iter().find(|(_, stored)| stored.hash == *hash) else {
            return Ok(None);
        };
        Ok(state.tenants.get(owner).map(|tenant| ApiKeyState {
            id: stored.key.id,
            hash: stored.hash,
            tenant: tenant.id,
            slug: tenant.slug.clone(),
            scopes: stored.key.scopes.clone(),
            expires_at: stored.key.expires_at,
            last_used_at: stored.key.last_used_at,
            suspended: tenant.suspended,
        }))
    }
}

#[async_trait]
impl ApiKeyUse for Unit {
    async fn touch_api_key(&self, id: ApiKeyId, at: Timestamp, unless_since: Timestamp) -> Result<(), StoreError> {
        self.change(|state| {
            let stale = |stored: &NewApiKey| stored.key.last_used_at.is_none_or(|last| last <= unless_since);
            let mut keys = state.api_keys.iter_mut().map(|(_, stored)| stored);
            if let Some(stored) = keys.find(|stored| stored.key.id == id && stale(stored)) {
                stored.key.last_used_at = Some(at);
            }
        });
        Ok(())
    }

    async fn api_keys_of(&self, tenant: &TenantSlug) -> Result<Vec<ApiKey>, StoreError> {
        let state = self.look();
        let found = state.tenants.values().find(|stored| stored.slug == *tenant);
        Ok(found.map_or_else(Vec::new, |tenant| state.api_keys_of(tenant.id)))
    }

    async fn delete_any_api_key(&self, id: ApiKeyId) -> Result<bool, StoreError> {
        Ok(self.change(|state| state.delete_api_keys(|_, key| key == id)))
    }
}

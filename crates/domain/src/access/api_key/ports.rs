//! Keeping API keys.

use async_trait::async_trait;

use crate::Timestamp;
use crate::access::api_key::{ApiKey, ApiKeyHash, ApiKeySecret, ApiKeyState, NewApiKey};
use crate::id::ApiKeyId;
use crate::store::StoreError;
use crate::tenant::TenantSlug;

/// Hashes secrets under a key of the installation. A fast hash is right for 256 random bits.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait ApiKeyHasher: Send + Sync {
    /// The hash of a secret.
    fn hash(&self, secret: &ApiKeySecret) -> ApiKeyHash;

    /// Whether two hashes are equal, in constant time.
    fn equal(&self, one: &ApiKeyHash, other: &ApiKeyHash) -> bool;
}

/// The keys of the tenant of the handle.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ApiKeys: Send + Sync {
    /// All keys of this tenant, newest first, at most [`ApiKeyService::MOST`](super::ApiKeyService::MOST).
    async fn list_api_keys(&self) -> Result<Vec<ApiKey>, StoreError>;
}

/// Changing the keys of the tenant of the unit of work.
#[async_trait]
pub trait ApiKeyWrites: Send + Sync {
    /// Serialises key changes of this tenant, and answers how many keys it has.
    async fn lock_api_keys(&self) -> Result<u64, StoreError>;

    /// Records a key.
    async fn insert_api_key(&self, key: &NewApiKey) -> Result<(), StoreError>;

    /// Deletes a key of this tenant; `false` when there is none.
    async fn delete_api_key(&self, id: ApiKeyId) -> Result<bool, StoreError>;
}

/// Looking up keys before a tenant is known.
#[async_trait]
pub trait ApiKeyLookup: Send + Sync {
    /// The key of this hash, if there is such. One statement.
    async fn api_key_state(&self, hash: &ApiKeyHash) -> Result<Option<ApiKeyState>, StoreError>;
}

/// Noting the use of keys, and the operator's view.
#[async_trait]
pub trait ApiKeyUse: Send + Sync {
    /// Notes that a key was used, unless a use after `unless_since` is noted already.
    async fn touch_api_key(&self, id: ApiKeyId, at: Timestamp, unless_since: Timestamp) -> Result<(), StoreError>;

    /// The keys of a tenant, newest first.
    async fn api_keys_of(&self, tenant: &TenantSlug) -> Result<Vec<ApiKey>, StoreError>;

    /// Deletes a key of any tenant; `false` when there is none.
    async fn delete_any_api_key(&self, id: ApiKeyId) -> Result<bool, StoreError>;
}

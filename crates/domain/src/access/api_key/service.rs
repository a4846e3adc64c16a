//! Making, listing, revoking and using API keys.

use std::sync::Arc;
use std::time::Duration;

use crate::access::api_key::{ApiKey, ApiKeyHasher, ApiKeyName, ApiKeySecret, NewApiKey, Scope};
use crate::access::{ApiKeysRead, ApiKeysWrite, Authorized, KeyActor, SystemScope};
use crate::error::Error;
use crate::id::{self, ApiKeyId};
use crate::idempotency::{Once, Outcome};
use crate::ports::{Clock, Random};
use crate::store::Store;
use crate::tenant::TenantSlug;
use crate::{FieldError, Timestamp};

/// A key that was just made, with the secret that is shown this once.
#[derive(Clone, Debug)]
pub struct CreatedApiKey {
    /// The key.
    pub key: ApiKey,
    /// Its secret.
    pub secret: ApiKeySecret,
}

/// Manages the keys of a tenant.
#[derive(Clone)]
pub struct ApiKeyService {
    store: Arc<dyn Store>,
    hasher: Arc<dyn ApiKeyHasher>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl ApiKeyService {
    /// A tenant has at most so many keys.
    pub const MOST: u64 = 100;

    /// Over a store.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        hasher: Arc<dyn ApiKeyHasher>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, hasher, clock, random }
    }

    /// All keys of the tenant, newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(&self, who: &Authorized<ApiKeysRead>) -> Result<Vec<ApiKey>, Error> {
        Ok(self.store.read(who.scope()).list_api_keys().await?)
    }

    /// Makes a key, once.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a scope or with an expiry that is past; [`Error::Conflict`]
    /// when the tenant has [`ApiKeyService::MOST`] keys; as [`Once::replay`]; [`Error::Store`].
    pub async fn create(
        &self,
        who: &Authorized<ApiKeysWrite>,
        name: ApiKeyName,
        mut scopes: Vec<Scope>,
        expires_at: Option<Timestamp>,
        once: Option<&Once<'_, CreatedApiKey>>,
    ) -> Result<Outcome<CreatedApiKey>, Error> {
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(FieldError::new("scopes", "must name at least one scope").into());
        }
        let now = self.clock.now();
        let tx = self.store.write(who.scope()).await?;
        if let Some(answer) = Once::replay(once, who, &*tx, now).await? {
            return Ok(Outcome::Replayed(answer));
        }
        if expires_at.is_some_and(|at| at <= now) {
            return Err(FieldError::new("expiresAt", "must be in the future").into());
        }
        let secret = ApiKeySecret::fresh(&*self.random);
        let key = ApiKey {
            id: ApiKeyId::from_uuid(id::fresh(&*self.clock, &*self.random)),
            name,
            prefix: secret.prefix().to_owned(),
            scopes,
            created_at: now,
            expires_at,
            last_used_at: None,
        };
        if tx.lock_api_keys().await? >= Self::MOST {
            return Err(Error::Conflict(format!("A tenant has at most {} API keys.", Self::MOST)));
        }
        tx.insert_api_key(&NewApiKey { key: key.clone(), hash: self.hasher.hash(&secret) }).await?;
        let made = CreatedApiKey { key, secret };
        Once::record(once, who, &*tx, now, &made).await?;
        tx.commit().await?;
        Ok(Outcome::Done(made))
    }

    /// Revokes a key, at once.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a key of this tenant; [`Error::Store`].
    pub async fn revoke(&self, who: &Authorized<ApiKeysWrite>, id: ApiKeyId) -> Result<(), Error> {
        let tx = self.store.write(who.scope()).await?;
        if !tx.delete_api_key(id).await? {
            return Err(Error::NotFound("API key".into()));
        }
        Ok(tx.commit().await?)
    }

    /// The keys of a tenant, for the operator.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a tenant; [`Error::Store`].
    pub async fn list_of(&self, scope: SystemScope, tenant: &TenantSlug) -> Result<Vec<ApiKey>, Error> {
        let tx = self.store.system(scope).await?;
        tx.find_tenant(tenant).await?.ok_or_else(|| Error::NotFound(format!("tenant {tenant}")))?;
        Ok(tx.api_keys_of(tenant).await?)
    }

    /// Revokes a key of any tenant, for the operator.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a key; [`Error::Store`].
    pub async fn revoke_any(&self, scope: SystemScope, id: ApiKeyId) -> Result<(), Error> {
        let tx = self.store.system(scope).await?;
        if !tx.delete_any_api_key(id).await? {
            return Err(Error::NotFound(format!("API key {id}")));
        }
        Ok(tx.commit().await?)
    }
}

/// Turns secrets into actors. Nothing is remembered: a revoked key stops with the next request.
#[derive(Clone)]
pub struct KeyActors {
    store: Arc<dyn Store>,
    hasher: Arc<dyn ApiKeyHasher>,
    clock: Arc<dyn Clock>,
}

/// A use is noted at most this often.
const NOTED_EVERY: Duration = Duration::from_secs(60);

#[expect(clippy::disallowed_methods, reason = "a key names its tenant, not the other way round")]
const SCOPE: SystemScope = SystemScope::assume("a key names its tenant, not the other way round");

impl KeyActors {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, hasher: Arc<dyn ApiKeyHasher>, clock: Arc<dyn Clock>) -> Self {
        Self { store, hasher, clock }
    }

    /// Who presents this secret, and whether the use is worth noting.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] whatever is wrong with it; [`Error::Store`].
    pub async fn resolve(&self, secret: &str) -> Result<(KeyActor, bool), Error> {
        let secret = ApiKeySecret::parse(secret).ok_or(Error::Unauthenticated)?;
        let hash = self.hasher.hash(&secret);
        let state = self.store.system_read(SCOPE).api_key_state(&hash).await?.ok_or(Error::Unauthenticated)?;
        let now = self.clock.now();
        let usable =
            self.hasher.equal(&state.hash, &hash) && !state.suspended && state.expires_at.is_none_or(|at| now < at);
        if !usable {
            return Err(Error::Unauthenticated);
        }
        let stale = state.last_used_at.is_none_or(|at| now.since(at) >= NOTED_EVERY);
        Ok((KeyActor::of(&state), stale))
    }

    /// Notes a use.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn note_use(&self, actor: &KeyActor) -> Result<(), Error> {
        let now = self.clock.now();
        let since = Timestamp::from_micros(now.micros() - i64::try_from(NOTED_EVERY.as_micros()).unwrap_or(0));
        let tx = self.store.system(SCOPE).await?;
        tx.touch_api_key(actor.key(), now, since).await?;
        Ok(tx.commit().await?)
    }
}

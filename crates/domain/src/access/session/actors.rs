//! How an access token becomes an [`Actor`].

use std::sync::Arc;
use std::time::Duration;

use crate::Timestamp;
use crate::access::{AccessClaims, Actor, SessionState, SystemScope};
use crate::error::Error;
use crate::ports::TokenSigner;
use crate::store::Store;
use crate::tenant::TenantSlug;

/// Turns access tokens into actors.
#[derive(Clone)]
pub struct SessionActors {
    store: Arc<dyn Store>,
    signer: Arc<dyn TokenSigner>,
}

impl SessionActors {
    /// Over a store and the keys.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, signer: Arc<dyn TokenSigner>) -> Self {
        Self { store, signer }
    }

    /// Who presents this token, and until when the token itself is good. One look into the
    /// store; callers may remember the answer for at most [`SessionActors::MEMORY`].
    ///
    /// # Errors
    /// [`Error::TokenExpired`] or [`Error::Unauthenticated`] as the token deserves;
    /// [`Error::Store`] when the store fails.
    pub async fn resolve(&self, token: &str) -> Result<(Actor, Timestamp), Error> {
        let (claims, state) = self.look(token).await?;
        if !state.alive {
            return Err(Error::Unauthenticated);
        }
        Ok((Actor::of(&state), claims.expires_at.min(state.expires_at)))
    }

    /// Whether this is a good token, at this tenant, of a session that was ended: whoever presents
    /// it has signed out already.
    ///
    /// # Errors
    /// As [`SessionActors::resolve`].
    pub async fn has_ended(&self, token: &str, tenant: &TenantSlug) -> Result<bool, Error> {
        let (_, state) = self.look(token).await?;
        Ok(state.ended && state.slug == *tenant)
    }

    /// What a token says, and the session that it names.
    async fn look(&self, token: &str) -> Result<(AccessClaims, SessionState), Error> {
        let claims = self.signer.verify(token)?;
        #[expect(clippy::disallowed_methods, reason = "nobody's tenant is known yet")]
        let scope = SystemScope::assume("a token names its session before its actor is known");
        let state = self.store.system_read(scope).session_state(claims.session).await?;
        let state = state.ok_or(Error::Unauthenticated)?;
        if state.user != claims.user || state.tenant != claims.tenant {
            return Err(Error::Unauthenticated);
        }
        Ok((claims, state))
    }

    /// How long a resolved actor may be remembered: a disabled user, a changed role, a suspended
    /// tenant or an ended session takes effect within five seconds.
    pub const MEMORY: Duration = Duration::from_secs(4);
}

//! Sessions: what a sign-in leaves behind, and how a token becomes an [`Actor`].

use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::access::{Actor, LoginAccount, PasswordHash, Role, SystemScope};
use crate::error::Error;
use crate::id::{SessionId, TenantId, TokenId, UserId};
use crate::ports::{Random, TokenSigner};
use crate::store::{Store, StoreError};
use crate::tenant::TenantSlug;
use crate::{Sha256, Timestamp};

/// What an access token says (RFC 7519, RFC 9068). Issuer and audience belong to the signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// `sub`: the user.
    pub user: UserId,
    /// `tenant`.
    pub tenant: TenantId,
    /// `sid`.
    pub session: SessionId,
    /// `jti`.
    pub token: TokenId,
    /// `iat` and `nbf`, whole seconds.
    pub issued_at: Timestamp,
    /// `exp`, whole seconds.
    pub expires_at: Timestamp,
}

impl AccessClaims {
    /// How long an access token is good for.
    pub const LIFETIME: Duration = Duration::from_secs(15 * 60);
    /// How far two clocks may be apart.
    pub const LEEWAY: Duration = Duration::from_secs(30);
}

/// A refresh token: 256 random bits, shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken([u8; 32]);

impl RefreshToken {
    /// How long a session can be kept alive with it.
    pub const LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

    /// A new one.
    #[must_use]
    pub fn fresh(random: &dyn Random) -> Self {
        let mut bytes = [0u8; 32];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// The bytes, for the one answer that shows them.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// What is stored. A plain hash suffices: 256 random bits cannot be guessed.
    #[must_use]
    pub fn hash(&self) -> RefreshTokenHash {
        RefreshTokenHash(Sha256::of(&self.0))
    }
}

impl Debug for RefreshToken {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("RefreshToken(…)")
    }
}

/// The stored hash of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RefreshTokenHash(pub Sha256);

/// A session about to be recorded.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// The user's tenant.
    pub tenant: TenantId,
    /// Signed in at.
    pub created_at: Timestamp,
    /// Ends by itself at.
    pub expires_at: Timestamp,
    /// The first refresh token's hash.
    pub refresh: RefreshTokenHash,
}

/// What decides whether a session may act, read in one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// The session.
    pub session: SessionId,
    /// Its user.
    pub user: UserId,
    /// The user's tenant.
    pub tenant: TenantId,
    /// The tenant's slug.
    pub slug: TenantSlug,
    /// The user's role now.
    pub role: Role,
    /// Whether session, user and tenant are all alive.
    pub alive: bool,
    /// Ends by itself at.
    pub expires_at: Timestamp,
}

/// Recording sessions, and what sign-in needs to know of users.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Records a session with its first refresh token.
    async fn insert_session(&self, session: &NewSession) -> Result<(), StoreError>;

    /// Stores a hash with today's parameters in place of an outdated one; does nothing when the
    /// password was changed meanwhile.
    async fn upgrade_password(&self, user: UserId, old: &PasswordHash, new: &PasswordHash) -> Result<(), StoreError>;
}

/// Looking up sessions and accounts before anybody is known.
#[async_trait]
pub trait SessionStates: Send + Sync {
    /// The state of a session, if there is such.
    async fn session_state(&self, session: SessionId) -> Result<Option<SessionState>, StoreError>;

    /// The account that signs in with this e-mail address at this tenant. Costs the same
    /// whether or not there is one.
    async fn login_account(&self, slug: &str, email: &str) -> Result<Option<LoginAccount>, StoreError>;
}

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
        let claims = self.signer.verify(token)?;
        #[expect(clippy::disallowed_methods, reason = "nobody's tenant is known yet")]
        let scope = SystemScope::assume("a token names its session before its actor is known");
        let state = self.store.system_read(scope).session_state(claims.session).await?;
        let state = state.ok_or(Error::Unauthenticated)?;
        let theirs = state.user == claims.user && state.tenant == claims.tenant;
        if !(theirs && state.alive) {
            return Err(Error::Unauthenticated);
        }
        Ok((Actor::of(&state), claims.expires_at.min(state.expires_at)))
    }

    /// How long a resolved actor may be remembered: a disabled user, a changed role, a suspended
    /// tenant or an ended session takes effect within five seconds.
    pub const MEMORY: Duration = Duration::from_secs(4);
}

#[cfg(test)]
mod tests;

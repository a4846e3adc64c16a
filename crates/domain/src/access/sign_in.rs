//! Signing in: the same answer and the same work whatever was wrong.

use std::sync::Arc;

use crate::access::login_limit::{self, LoginLimit, LoginLimitState};
use crate::access::session::access_token;
use crate::access::{
    AttemptKey, LoginAccount, NewSession, Password, PasswordHash, RefreshToken, SessionService, SessionState,
    SystemScope, User,
};
use crate::error::Error;
use crate::id::{self, SessionId, TokenId, UserId};
use crate::ports::{Clock, PasswordHasher, Random, TokenSigner, Verification};
use crate::store::Store;
use crate::{Timestamp, tenant::TenantSlug};

/// A successful sign-in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The access token (a bearer token).
    pub access_token: String,
    /// The refresh token, shown this once.
    pub refresh_token: RefreshToken,
    /// Who.
    pub user: User,
    /// At which tenant.
    pub tenant: TenantSlug,
}

/// The sign-in service.
#[derive(Clone)]
pub struct SignIn {
    store: Arc<dyn Store>,
    hasher: Arc<dyn PasswordHasher>,
    signer: Arc<dyn TokenSigner>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    limit: LoginLimit,
}

#[expect(clippy::disallowed_methods, reason = "nobody's tenant is known yet")]
const SCOPE: SystemScope = SystemScope::assume("nobody is known before sign-in");

impl SignIn {
    /// Over a store, the password hasher and the keys.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        hasher: Arc<dyn PasswordHasher>,
        signer: Arc<dyn TokenSigner>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, hasher, signer, clock, random, limit: LoginLimit::DOCUMENTED }
    }

    /// Counts one attempt under this key, before anything is parsed or hashed.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when the window is full; [`Error::Store`].
    pub async fn admit(&self, key: &AttemptKey) -> Result<LoginLimitState, Error> {
        let tx = self.store.system(SCOPE).await?;
        login_limit::admit(tx, key, self.limit).await?.map_err(Error::RateLimited)
    }

    /// Forgets the attempts under a key; answers how many there were.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn clear(&self, scope: SystemScope, key: &AttemptKey) -> Result<u64, Error> {
        let tx = self.store.system(scope).await?;
        let cleared = tx.clear_attempts(key).await?;
        tx.commit().await?;
        Ok(cleared)
    }

    /// Deletes attempts that no longer count for anybody.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn purge(&self, scope: SystemScope) -> Result<u64, Error> {
        let before = Timestamp::from_micros(
            self.clock.now().micros() - i64::try_from(2 * self.limit.window.as_micros()).unwrap_or(i64::MAX),
        );
        let tx = self.store.system(scope).await?;
        let purged = tx.purge_attempts(before).await?;
        tx.commit().await?;
        Ok(purged)
    }

    /// Signs in. `tenant` and `email` are taken as sent: whether they have the right shape must
    /// not be told apart from whether they exist.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`] whatever was wrong; [`Error::Unavailable`] when too many
    /// are signing in at once; [`Error::Store`].
    pub async fn login(&self, tenant: &TenantSlug, email: &str, password: Password) -> Result<SignedIn, Error> {
        let email = crate::access::Email::parse("email", email).map_or_else(|_| String::new(), |e| e.to_string());
        let account = self.store.system_read(SCOPE).login_account(tenant.as_str(), &email).await?;
        let hash = account.as_ref().and_then(|account| account.password.clone());
        let verification = self.hasher.verify(password.clone(), hash).await?;
        let account = account.filter(|account| account.enabled && verification != Verification::Wrong);
        let account = account.ok_or(Error::InvalidCredentials)?;
        let mut verified = account.password.clone().ok_or(Error::InvalidCredentials)?;
        if verification == Verification::RightButOutdated {
            verified = self.upgrade(account.user.id, &verified, password).await?;
        }
        self.begin_session(account, &verified, tenant).await
    }

    async fn upgrade(&self, user: UserId, old: &PasswordHash, password: Password) -> Result<PasswordHash, Error> {
        let new = self.hasher.hash(password).await?;
        let tx = self.store.system(SCOPE).await?;
        tx.upgrade_password(user, old, &new).await?;
        tx.commit().await?;
        Ok(new)
    }

    /// Begins a session, unless the password that was verified was changed, or the user disabled,
    /// while it was being verified: whoever changes a password ends all sessions, this one too.
    async fn begin_session(
        &self,
        account: LoginAccount,
        verified: &PasswordHash,
        tenant: &TenantSlug,
    ) -> Result<SignedIn, Error> {
        let now = self.clock.now();
        let refresh_token = RefreshToken::fresh(&*self.random);
        let session = NewSession {
            id: SessionId::from_uuid(id::fresh(&*self.clock, &*self.random)),
            user: account.user.id,
            tenant: account.tenant,
            created_at: now,
            expires_at: now.plus(RefreshToken::LIFETIME),
            refresh: refresh_token.hash(),
        };
        let state = SessionState {
            session: session.id,
            user: account.user.id,
            tenant: account.tenant,
            slug: tenant.clone(),
            role: account.user.role,
            account: account.user,
            alive: true,
            ended: false,
            expires_at: session.expires_at,
        };
        let token = TokenId::from_uuid(id::fresh(&*self.clock, &*self.random));
        let access_token = access_token(&state, now, &*self.signer, token)?;
        let tx = self.store.system(SCOPE).await?;
        if !tx.password_stands(state.user, verified).await? {
            return Err(Error::InvalidCredentials);
        }
        tx.end_oldest_sessions(state.user, SessionService::MOST - 1, now).await?;
        tx.insert_session(&session).await?;
        tx.commit().await?;
        Ok(SignedIn { access_token, refresh_token, user: state.account, tenant: state.slug })
    }
}

#[cfg(test)]
mod tests;

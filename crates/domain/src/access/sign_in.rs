//! Signing in: the same answer and the same work whatever was wrong.

use std::sync::Arc;

use crate::access::login_limit::{self, LoginLimit, LoginLimitState};
use crate::access::{AccessClaims, AddressKey, LoginAccount, NewSession, Password, RefreshToken, SystemScope, User};
use crate::error::Error;
use crate::id::{self, SessionId, TokenId};
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

    /// Counts one attempt from this address, before anything is parsed or hashed.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when the window is full; [`Error::Store`].
    pub async fn admit(&self, address: &AddressKey) -> Result<LoginLimitState, Error> {
        let tx = self.store.system(SCOPE).await?;
        login_limit::admit(tx, address, self.limit).await?.map_err(Error::RateLimited)
    }

    /// Forgets the attempts of an address; answers how many there were.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn clear(&self, scope: SystemScope, address: &AddressKey) -> Result<u64, Error> {
        let tx = self.store.system(scope).await?;
        let cleared = tx.clear_attempts(address).await?;
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
        let hash = account.as_ref().map(|account| account.password.clone());
        let verification = self.hasher.verify(password.clone(), hash).await?;
        let account = account.filter(|account| account.enabled && verification != Verification::Wrong);
        let account = account.ok_or(Error::InvalidCredentials)?;
        if verification == Verification::RightButOutdated {
            self.upgrade(&account, password).await?;
        }
        self.begin_session(account, tenant).await
    }

    async fn upgrade(&self, account: &LoginAccount, password: Password) -> Result<(), Error> {
        let new = self.hasher.hash(password).await?;
        let tx = self.store.system(SCOPE).await?;
        tx.upgrade_password(account.user.id, &account.password, &new).await?;
        Ok(tx.commit().await?)
    }

    async fn begin_session(&self, account: LoginAccount, tenant: &TenantSlug) -> Result<SignedIn, Error> {
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
        let issued_at = Timestamp::from_micros(now.seconds() * 1_000_000);
        let access_token = self.signer.sign(&AccessClaims {
            user: account.user.id,
            tenant: account.tenant,
            session: session.id,
            token: TokenId::from_uuid(id::fresh(&*self.clock, &*self.random)),
            issued_at,
            expires_at: issued_at.plus(AccessClaims::LIFETIME),
        })?;
        let tx = self.store.system(SCOPE).await?;
        tx.insert_session(&session).await?;
        tx.commit().await?;
        Ok(SignedIn { access_token, refresh_token, user: account.user, tenant: tenant.clone() })
    }
}

#[cfg(test)]
mod tests;

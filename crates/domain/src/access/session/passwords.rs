//! Changing one's own password, and setting the first one by invitation.

use std::sync::Arc;

use crate::access::login_limit::{self, AttemptKey, LoginLimit};
use crate::access::session::InvitationToken;
use crate::access::{Authorized, NewPassword, Password, SessionOwn, SystemScope};
use crate::error::Error;
use crate::ports::{Clock, PasswordHasher, Verification};
use crate::store::Store;
use crate::tenant::TenantSlug;

/// Changes passwords: at most five tries a user in any fifteen minutes.
#[derive(Clone)]
pub struct PasswordService {
    store: Arc<dyn Store>,
    hasher: Arc<dyn PasswordHasher>,
    clock: Arc<dyn Clock>,
}

#[expect(clippy::disallowed_methods, reason = "an invitation names its user before anybody is known")]
const SCOPE: SystemScope = SystemScope::assume("an invitation names its user before anybody is known");

impl PasswordService {
    /// Over a store and the hasher.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, hasher: Arc<dyn PasswordHasher>, clock: Arc<dyn Clock>) -> Self {
        Self { store, hasher, clock }
    }

    /// Changes one's own password, and ends all of one's other sessions.
    ///
    /// # Errors
    /// [`Error::RateLimited`] after five tries; [`Error::InvalidCredentials`] when `current` is
    /// wrong; [`Error::Unavailable`] when too many passwords are being hashed; [`Error::Store`].
    pub async fn change(&self, who: &Authorized<SessionOwn>, current: Password, new: NewPassword) -> Result<(), Error> {
        let member = who.member()?;
        self.admit(&AttemptKey::user(member.user())).await?;
        let stored = self.store.read(who.scope()).password_of(member.user()).await?;
        if self.hasher.verify(current, stored.clone()).await? == Verification::Wrong {
            return Err(Error::InvalidCredentials);
        }
        let stored = stored.ok_or(Error::InvalidCredentials)?;
        let hash = self.hasher.hash(new.into_password()).await?;
        let now = self.clock.now();
        let tx = self.store.write(who.scope()).await?;
        if !tx.change_password(member.user(), &stored, &hash, now).await? {
            return Err(Error::InvalidCredentials);
        }
        tx.end_sessions(member.user(), Some(member.session()), now).await?;
        Ok(tx.commit().await?)
    }

    /// Sets the password of whoever the token invites. The token works once.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`] when the token is not good at this tenant;
    /// [`Error::RateLimited`] after five tries; [`Error::Unavailable`]; [`Error::Store`].
    pub async fn set(&self, tenant: &TenantSlug, token: &InvitationToken, new: NewPassword) -> Result<(), Error> {
        let hash = token.hash();
        let now = self.clock.now();
        let tx = self.store.system(SCOPE).await?;
        let suspended = tx.find_tenant(tenant).await?.is_none_or(|tenant| tenant.suspended);
        let invitation = tx.invitation(hash, now).await?;
        let invitation = invitation.filter(|invitation| invitation.slug == *tenant && !suspended);
        drop(tx);
        let user = invitation.ok_or(Error::InvalidCredentials)?.user;
        self.admit(&AttemptKey::user(user)).await?;
        let password = self.hasher.hash(new.into_password()).await?;
        let tx = self.store.system(SCOPE).await?;
        if !tx.use_invitation(hash, now).await? {
            return Err(Error::InvalidCredentials);
        }
        tx.reset_password(user, &password, now).await?;
        Ok(tx.commit().await?)
    }

    async fn admit(&self, key: &AttemptKey) -> Result<(), Error> {
        let tx = self.store.system(SCOPE).await?;
        login_limit::admit(tx, key, LoginLimit::DOCUMENTED).await?.map_err(Error::RateLimited)?;
        Ok(())
    }
}

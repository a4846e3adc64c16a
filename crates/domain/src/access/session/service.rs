//! Keeping a session alive, and ending it.

use std::sync::Arc;
use std::time::Duration;

use crate::Timestamp;
use crate::access::session::{AccessClaims, RefreshToken, Session, SessionState};
use crate::access::{Authorized, SessionOwn, SignedIn, SystemScope};
use crate::error::Error;
use crate::id::{self, SessionId, TokenId};
use crate::ports::{Clock, Random, TokenSigner};
use crate::store::Store;
use crate::tenant::TenantSlug;

/// Sessions of a signed-in user.
#[derive(Clone)]
pub struct SessionService {
    store: Arc<dyn Store>,
    signer: Arc<dyn TokenSigner>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// A used refresh token that comes again within this time is a race of two tabs or a retry; later
/// it is somebody who should not have it (RFC 9700 section 4.14.2).
const RACE: Duration = Duration::from_secs(5);

#[expect(clippy::disallowed_methods, reason = "a refresh token names its session before anybody is known")]
const SCOPE: SystemScope = SystemScope::assume("a refresh token names its session before anybody is known");

/// Signs an access token for a session.
pub(crate) fn access_token(
    session: &SessionState,
    now: Timestamp,
    signer: &dyn TokenSigner,
    token: TokenId,
) -> Result<String, Error> {
    let issued_at = Timestamp::from_micros(now.seconds() * 1_000_000);
    signer.sign(&AccessClaims {
        user: session.user,
        tenant: session.tenant,
        session: session.session,
        token,
        issued_at,
        expires_at: issued_at.plus(AccessClaims::LIFETIME),
    })
}

impl SessionService {
    /// A user has at most so many live sessions; beginning another ends the oldest.
    pub const MOST: u32 = 50;

    /// Over a store and the keys.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        signer: Arc<dyn TokenSigner>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, signer, clock, random }
    }

    /// Exchanges a refresh token for a new pair. Each works once: of two that come at once, one
    /// is served and the other refused. A used one that comes again later than five seconds after
    /// its use ends the session.
    ///
    /// # Errors
    /// [`Error::TenantMismatch`] when the token is another tenant's, and is left as it was;
    /// [`Error::Unauthenticated`] when it is not good; [`Error::Store`].
    pub async fn refresh(&self, tenant: &TenantSlug, token: &RefreshToken) -> Result<SignedIn, Error> {
        let hash = token.hash();
        let tx = self.store.system(SCOPE).await?;
        let state = tx.refresh_token_state(hash).await?.ok_or(Error::Unauthenticated)?;
        if state.slug != *tenant {
            return Err(Error::TenantMismatch);
        }
        let now = tx.store_time().await?;
        let Some(session) = tx.claim_refresh_token(hash, now).await? else {
            // Read again: whoever won the race may have committed since.
            let used_at = tx.refresh_token_state(hash).await?.and_then(|state| state.used_at);
            if used_at.is_some_and(|used_at| now.since(used_at) > RACE) && tx.end_session(state.session, now).await? {
                // Committed although the answer is a refusal: a rollback would undo the ending.
                tx.commit().await?;
            }
            return Err(Error::Unauthenticated);
        };
        let state = tx.session_state_now(session).await?.filter(|state| state.alive).ok_or(Error::Unauthenticated)?;
        let refresh_token = RefreshToken::fresh(&*self.random);
        tx.insert_refresh_token(session, refresh_token.hash(), now).await?;
        let token = TokenId::from_uuid(id::fresh(&*self.clock, &*self.random));
        let access_token = access_token(&state, self.clock.now(), &*self.signer, token)?;
        tx.commit().await?;
        Ok(SignedIn { access_token, refresh_token, user: state.account, tenant: state.slug })
    }

    /// Ends the session that is signed in.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn logout(&self, who: &Authorized<SessionOwn>) -> Result<(), Error> {
        let member = who.member()?;
        let tx = self.store.write(who.scope()).await?;
        tx.end_own_session(member.user(), member.session(), self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// One's own live sessions, newest first, each with whether it is the one that asks.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(&self, who: &Authorized<SessionOwn>) -> Result<Vec<(Session, bool)>, Error> {
        let member = who.member()?;
        let sessions = self.store.read(who.scope()).list_sessions(member.user()).await?;
        Ok(sessions
            .into_iter()
            .map(|session| (session.id == member.session(), session))
            .map(|(own, it)| (it, own))
            .collect())
    }

    /// Ends a session of one's own.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a session of one's own; [`Error::Store`].
    pub async fn end(&self, who: &Authorized<SessionOwn>, session: SessionId) -> Result<(), Error> {
        let tx = self.store.write(who.scope()).await?;
        if !tx.end_own_session(who.member()?.user(), session, self.clock.now()).await? {
            return Err(Error::NotFound("session".into()));
        }
        Ok(tx.commit().await?)
    }

    /// Deletes sessions that ended or expired more than a day ago.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn purge(&self, scope: SystemScope) -> Result<u64, Error> {
        let tx = self.store.system(scope).await?;
        let day = 24 * 3600 * 1_000_000;
        let before = Timestamp::from_micros(self.clock.now().micros() - day);
        let purged = tx.purge_sessions(before).await?;
        tx.commit().await?;
        Ok(purged)
    }
}

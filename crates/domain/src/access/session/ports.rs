//! Keeping sessions.

use async_trait::async_trait;

use crate::access::session::{InvitationState, NewSession, RefreshTokenHash, RefreshTokenState, Session, SessionState};
use crate::access::{LoginAccount, PasswordHash};
use crate::id::{SessionId, UserId};
use crate::store::StoreError;
use crate::{Sha256, Timestamp};

/// Sessions before anybody is known: beginning, keeping alive, ending.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The store's clock, the same for all servers.
    async fn store_time(&self) -> Result<Timestamp, StoreError>;

    /// Records a session with its first refresh token.
    async fn insert_session(&self, session: &NewSession) -> Result<(), StoreError>;

    /// Ends the user's oldest live sessions, so that at most `keep` are left.
    async fn end_oldest_sessions(&self, user: UserId, keep: u32, at: Timestamp) -> Result<(), StoreError>;

    /// Marks a refresh token used and answers its session, if the token was never used and is in
    /// its time and the session is alive. One statement decides: of any number of callers at
    /// once, one gets the session.
    async fn claim_refresh_token(
        &self,
        token: RefreshTokenHash,
        at: Timestamp,
    ) -> Result<Option<SessionId>, StoreError>;

    /// What is known of a refresh token, used or not.
    async fn refresh_token_state(&self, token: RefreshTokenHash) -> Result<Option<RefreshTokenState>, StoreError>;

    /// Adds a refresh token to a session.
    async fn insert_refresh_token(
        &self,
        session: SessionId,
        token: RefreshTokenHash,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Ends a session; `false` when it has ended already.
    async fn end_session(&self, session: SessionId, at: Timestamp) -> Result<bool, StoreError>;

    /// The state of a session, inside the unit of work.
    async fn session_state_now(&self, session: SessionId) -> Result<Option<SessionState>, StoreError>;

    /// Deletes sessions that ended or expired before `before`, their refresh tokens with them,
    /// and invitations that expired before.
    async fn purge_sessions(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// Whether the user may still sign in and still has this very hash. Holds the user's row
    /// until the unit of work ends, so that a change of the password waits, or has been seen.
    async fn password_stands(&self, user: UserId, password: &PasswordHash) -> Result<bool, StoreError>;

    /// Stores a hash with today's parameters in place of an outdated one; does nothing when the
    /// password was changed meanwhile.
    async fn upgrade_password(&self, user: UserId, old: &PasswordHash, new: &PasswordHash) -> Result<(), StoreError>;

    /// The invitation of this token, if it was not used and is in its time.
    async fn invitation(&self, token: Sha256, at: Timestamp) -> Result<Option<InvitationState>, StoreError>;

    /// Uses up an invitation. One statement decides: `false` when somebody else was first.
    async fn use_invitation(&self, token: Sha256, at: Timestamp) -> Result<bool, StoreError>;

    /// Sets a user's password, uses up all invitations of the user, and ends all sessions of the
    /// user.
    async fn reset_password(&self, user: UserId, password: &PasswordHash, at: Timestamp) -> Result<(), StoreError>;
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

/// The sessions of one user of the tenant of the handle.
#[async_trait]
pub trait SessionList: Send + Sync {
    /// The live sessions of a user of this tenant, newest first.
    async fn list_sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError>;

    /// The stored hash of a user's password; `None` while there is none.
    async fn password_of(&self, user: UserId) -> Result<Option<PasswordHash>, StoreError>;
}

/// Ending sessions and changing the password of one user of the tenant of the unit of work.
#[async_trait]
pub trait OwnSessions: Send + Sync {
    /// Ends one live session of a user of this tenant; `false` when there is none.
    async fn end_own_session(&self, user: UserId, session: SessionId, at: Timestamp) -> Result<bool, StoreError>;

    /// Ends all sessions of a user of this tenant but `except`.
    async fn end_sessions(&self, user: UserId, except: Option<SessionId>, at: Timestamp) -> Result<(), StoreError>;

    /// Sets the password of a user of this tenant, when it still is `old`, and uses up the user's
    /// invitation; `false` when it is not.
    async fn change_password(
        &self,
        user: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
        at: Timestamp,
    ) -> Result<bool, StoreError>;
}

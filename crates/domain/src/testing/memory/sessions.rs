//! Sessions and the accounts that sign in.

use async_trait::async_trait;

use super::AllReads;
use super::state::{State, StoredSession, StoredToken};
use super::unit::Unit;
use crate::access::{
    InvitationState, LoginAccount, NewSession, PasswordHash, RefreshTokenHash, RefreshTokenState, SessionState,
    SessionStates, Sessions,
};
use crate::id::{SessionId, UserId};
use crate::store::StoreError;
use crate::{Sha256, Timestamp};

#[async_trait]
impl Sessions for Unit {
    async fn store_time(&self) -> Result<Timestamp, StoreError> {
        Ok(self.shared.clock.now())
    }

    async fn insert_session(&self, session: &NewSession) -> Result<(), StoreError> {
        self.change(|state| {
            let stored = StoredSession { session: session.clone(), refreshed_at: session.created_at, ended_at: None };
            state.sessions.insert(session.id, stored);
            state.refresh_tokens.insert(session.refresh, StoredToken { session: session.id, used_at: None });
        });
        Ok(())
    }

    async fn end_oldest_sessions(&self, user: UserId, keep: u32, at: Timestamp) -> Result<(), StoreError> {
        self.change(|state| {
            let theirs = state.sessions.values_mut().filter(|stored| stored.session.user == user && stored.is_live(at));
            let mut live: Vec<_> = theirs.collect();
            live.sort_unstable_by_key(|stored| std::cmp::Reverse((stored.session.created_at, stored.session.id)));
            for stored in live.into_iter().skip(keep as usize) {
                stored.ended_at = Some(at);
            }
        });
        Ok(())
    }

    async fn claim_refresh_token(
        &self,
        token: RefreshTokenHash,
        at: Timestamp,
    ) -> Result<Option<SessionId>, StoreError> {
        Ok(self.change(|state| {
            let stored = state.refresh_tokens.get_mut(&token).filter(|stored| stored.used_at.is_none())?;
            state.sessions.get(&stored.session).filter(|session| session.is_live(at))?;
            stored.used_at = Some(at);
            Some(stored.session)
        }))
    }

    async fn refresh_token_state(&self, token: RefreshTokenHash) -> Result<Option<RefreshTokenState>, StoreError> {
        let state = self.look();
        let found = state.refresh_tokens.get(&token).and_then(|stored| {
            let tenant = state.tenants.get(&state.sessions.get(&stored.session)?.session.tenant)?;
            let (session, slug) = (stored.session, tenant.slug.clone());
            Some(RefreshTokenState { session, slug, used_at: stored.used_at })
        });
        Ok(found)
    }

    async fn insert_refresh_token(
        &self,
        session: SessionId,
        token: RefreshTokenHash,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.change(|state| {
            if let Some(stored) = state.sessions.get_mut(&session) {
                stored.refreshed_at = at;
                state.refresh_tokens.insert(token, StoredToken { session, used_at: None });
            }
        });
        Ok(())
    }

    async fn end_session(&self, session: SessionId, at: Timestamp) -> Result<bool, StoreError> {
        Ok(self.change(|state| {
            let found = state.sessions.get_mut(&session).filter(|stored| stored.ended_at.is_none());
            found.map(|stored| stored.ended_at = Some(at)).is_some()
        }))
    }

    async fn session_state_now(&self, session: SessionId) -> Result<Option<SessionState>, StoreError> {
        Ok(session_state(&self.look(), session, self.shared.clock.now()))
    }

    async fn purge_sessions(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(self.change(|state| {
            state.invitations.retain(|_, invitation| invitation.expires_at >= before);
            state.retain_sessions(|stored| {
                stored.session.expires_at >= before && stored.ended_at.is_none_or(|at| at >= before)
            })
        }))
    }

    async fn password_stands(&self, user: UserId, password: &PasswordHash) -> Result<bool, StoreError> {
        let state = self.look();
        let same = state.users.get(&user).is_some_and(|stored| stored.password.as_ref() == Some(password));
        Ok(same && !state.disabled.contains(&user))
    }

    async fn upgrade_password(&self, user: UserId, old: &PasswordHash, new: &PasswordHash) -> Result<(), StoreError> {
        self.change(|state| {
            if let Some(stored) = state.users.get_mut(&user).filter(|stored| stored.password.as_ref() == Some(old)) {
                stored.password = Some(new.clone());
            }
        });
        Ok(())
    }

    async fn invitation(&self, token: Sha256, at: Timestamp) -> Result<Option<InvitationState>, StoreError> {
        let state = self.look();
        let found = state.invitations.values().find(|stored| stored.hash == token && at < stored.expires_at);
        Ok(found.and_then(|stored| {
            let tenant = state.tenants.get(&state.users.get(&stored.user)?.tenant)?;
            Some(InvitationState { user: stored.user, slug: tenant.slug.clone() })
        }))
    }

    async fn use_invitation(&self, token: Sha256, at: Timestamp) -> Result<bool, StoreError> {
        let found = self.invitation(token, at).await?;
        Ok(found.is_some_and(|found| self.change(|state| state.invitations.remove(&found.user)).is_some()))
    }

    async fn reset_password(&self, user: UserId, password: &PasswordHash, at: Timestamp) -> Result<(), StoreError> {
        self.change(|state| {
            if let Some(stored) = state.users.get_mut(&user) {
                stored.password = Some(password.clone());
            }
            state.invitations.remove(&user);
            state.end_sessions(user, None, at);
        });
        Ok(())
    }
}

fn session_state(state: &State, session: SessionId, now: Timestamp) -> Option<SessionState> {
    let stored = state.sessions.get(&session)?;
    let session = &stored.session;
    let (user, tenant) = (state.users.get(&session.user)?, state.tenants.get(&session.tenant)?);
    let enabled = !tenant.suspended && !state.disabled.contains(&session.user);
    Some(SessionState {
        session: session.id,
        user: session.user,
        tenant: session.tenant,
        slug: tenant.slug.clone(),
        role: user.user.role,
        account: user.user.clone(),
        alive: enabled && stored.is_live(now),
        ended: stored.ended_at.is_some(),
        expires_at: session.expires_at,
    })
}

#[async_trait]
impl SessionStates for AllReads {
    async fn session_state(&self, session: SessionId) -> Result<Option<SessionState>, StoreError> {
        Ok(session_state(&self.shared.snapshot(), session, self.shared.clock.now()))
    }

    async fn login_account(&self, slug: &str, email: &str) -> Result<Option<LoginAccount>, StoreError> {
        let state = self.shared.snapshot();
        let Some(tenant) = state.tenants.values().find(|tenant| tenant.slug.as_str() == slug) else { return Ok(None) };
        let mut theirs = state.users.values().filter(|stored| stored.tenant == tenant.id);
        Ok(theirs.find(|stored| stored.user.email.as_str() == email).map(|stored| LoginAccount {
            user: stored.user.clone(),
            tenant: tenant.id,
            password: stored.password.clone(),
            enabled: !tenant.suspended && !state.disabled.contains(&stored.user.id),
        }))
    }
}

//! Sessions and the accounts that sign in.

use async_trait::async_trait;

use super::AllReads;
use super::unit::Unit;
use crate::access::{LoginAccount, NewSession, PasswordHash, SessionState, SessionStates, Sessions};
use crate::id::{SessionId, UserId};
use crate::store::StoreError;

#[async_trait]
impl Sessions for Unit {
    async fn insert_session(&self, session: &NewSession) -> Result<(), StoreError> {
        self.change(|state| state.sessions.push(session.clone()));
        Ok(())
    }

    async fn upgrade_password(&self, user: UserId, old: &PasswordHash, new: &PasswordHash) -> Result<(), StoreError> {
        self.change(|state| {
            if let Some(stored) = state.users.get_mut(&user).filter(|stored| stored.password == *old) {
                stored.password = new.clone();
            }
        });
        Ok(())
    }
}

#[async_trait]
impl SessionStates for AllReads {
    async fn session_state(&self, session: SessionId) -> Result<Option<SessionState>, StoreError> {
        let state = self.shared.snapshot();
        let Some(session) = state.sessions.iter().find(|stored| stored.id == session) else { return Ok(None) };
        let (Some(user), Some(tenant)) = (state.users.get(&session.user), state.tenants.get(&session.tenant)) else {
            return Ok(None);
        };
        let enabled = !tenant.suspended && !state.disabled.contains(&session.user);
        Ok(Some(SessionState {
            session: session.id,
            user: session.user,
            tenant: session.tenant,
            slug: tenant.slug.clone(),
            role: user.user.role,
            alive: enabled && self.shared.clock.now() < session.expires_at,
            expires_at: session.expires_at,
        }))
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

//! The sessions of one user, as that user manages them.

use async_trait::async_trait;

use super::Reads;
use super::unit::TenantUnit;
use crate::Timestamp;
use crate::access::{OwnSessions, PasswordHash, Session, SessionList};
use crate::id::{SessionId, UserId};
use crate::store::StoreError;

#[async_trait]
impl SessionList for Reads {
    async fn list_sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let (state, now) = (self.shared.snapshot(), self.shared.clock.now());
        let theirs = state.sessions.values().filter(|stored| {
            stored.session.user == user && stored.session.tenant == self.tenant && stored.is_live(now)
        });
        let mut sessions: Vec<_> = theirs
            .map(|stored| Session {
                id: stored.session.id,
                created_at: stored.session.created_at,
                refreshed_at: stored.refreshed_at,
                expires_at: stored.session.expires_at,
            })
            .collect();
        sessions.sort_unstable_by_key(|session| std::cmp::Reverse((session.created_at, session.id)));
        Ok(sessions)
    }

    async fn password_of(&self, user: UserId) -> Result<Option<PasswordHash>, StoreError> {
        Ok(self.shared.snapshot().user_of(self.tenant, user).and_then(|stored| stored.password.clone()))
    }
}

#[async_trait]
impl OwnSessions for TenantUnit {
    async fn end_own_session(&self, user: UserId, session: SessionId, at: Timestamp) -> Result<bool, StoreError> {
        Ok(self.unit.change(|state| {
            let theirs = state.sessions.get_mut(&session).filter(|stored| {
                stored.session.user == user && stored.session.tenant == self.tenant && stored.is_live(at)
            });
            theirs.map(|stored| stored.ended_at = Some(at)).is_some()
        }))
    }

    async fn end_sessions(&self, user: UserId, except: Option<SessionId>, at: Timestamp) -> Result<(), StoreError> {
        self.unit.change(|state| {
            if state.user_of(self.tenant, user).is_some() {
                state.end_sessions(user, except, at);
            }
        });
        Ok(())
    }

    async fn change_password(
        &self,
        user: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
        _at: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.unit.change(|state| {
            let theirs = state.users.get_mut(&user).filter(|stored| stored.tenant == self.tenant);
            let same = theirs.filter(|stored| stored.password.as_ref() == Some(old));
            let changed = same.map(|stored| stored.password = Some(new.clone())).is_some();
            if changed {
                state.invitations.remove(&user);
            }
            changed
        }))
    }
}

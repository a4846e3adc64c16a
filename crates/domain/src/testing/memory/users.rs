//! The users of one tenant.

use async_trait::async_trait;

use super::unit::{TenantUnit, Unit};
use super::{Reads, capped};
use crate::Timestamp;
use crate::access::{NewInvitation, NewUser, Role, User, UserPosition, UserRecord, UserState, UserWrites, Users};
use crate::id::UserId;
use crate::paging::PageRequest;
use crate::store::{Constraint, StoreError};

#[async_trait]
impl Users for Reads {
    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.shared.snapshot().user_of(self.tenant, id).map(|stored| stored.user.clone()))
    }

    async fn find_user_record(&self, id: UserId) -> Result<Option<UserRecord>, StoreError> {
        let state = self.shared.snapshot();
        Ok(state.user_of(self.tenant, id).map(|stored| state.record(stored)))
    }

    async fn list_users(&self, page: &PageRequest<UserPosition>) -> Result<Vec<UserRecord>, StoreError> {
        let state = self.shared.snapshot();
        let behind = |stored: &&NewUser| {
            page.after.as_ref().is_none_or(|UserPosition(after)| stored.user.email.as_str() > after.as_str())
        };
        let users = state.users_of(self.tenant).into_iter().filter(behind);
        Ok(users.take(page.limit.get() as usize + 1).map(|stored| state.record(stored)).collect())
    }

    async fn count_users(&self, stop_at: u64) -> Result<u64, StoreError> {
        Ok(capped(self.shared.snapshot().users_of(self.tenant).len(), stop_at))
    }
}

impl Unit {
    pub(super) fn add_user(&self, user: &NewUser) -> Result<(), StoreError> {
        if self.look().users_of(user.tenant).iter().any(|old| old.user.email == user.user.email) {
            return Err(StoreError::Conflict(Constraint::UserEmail));
        }
        self.change(|state| state.users.insert(user.user.id, user.clone()));
        Ok(())
    }
}

impl TenantUnit {
    /// Changes a user of this tenant; does nothing when there is none.
    fn change_user(&self, id: UserId, change: impl FnOnce(&mut NewUser)) {
        self.unit.change(|state| {
            if let Some(stored) = state.users.get_mut(&id).filter(|stored| stored.tenant == self.tenant) {
                change(stored);
            }
        });
    }
}

#[async_trait]
impl UserWrites for TenantUnit {
    async fn lock_users(&self) -> Result<u64, StoreError> {
        let state = self.unit.look();
        let records = state.users_of(self.tenant).into_iter().map(|stored| state.record(stored));
        let active_admins =
            records.filter(|record| record.state == UserState::Active && record.user.role == Role::Admin);
        Ok(active_admins.count() as u64)
    }

    async fn user_record(&self, id: UserId) -> Result<Option<UserRecord>, StoreError> {
        let state = self.unit.look();
        Ok(state.user_of(self.tenant, id).map(|stored| state.record(stored)))
    }

    async fn insert_tenant_user(&self, user: &NewUser) -> Result<(), StoreError> {
        self.unit.add_user(&NewUser { tenant: self.tenant, ..user.clone() })
    }

    async fn update_user(&self, record: &UserRecord, _at: Timestamp) -> Result<(), StoreError> {
        let (id, disabled) = (record.user.id, record.state == UserState::Disabled);
        self.change_user(id, |stored| {
            stored.user.name = record.user.name.clone();
            stored.user.role = record.user.role;
        });
        self.unit.change(|state| match state.user_of(self.tenant, id) {
            Some(_) if disabled => {
                state.invitations.remove(&id);
                state.disabled.insert(id)
            }
            Some(_) => state.disabled.remove(&id),
            None => false,
        });
        Ok(())
    }

    async fn delete_user(&self, id: UserId) -> Result<bool, StoreError> {
        Ok(self.unit.change(|state| {
            if state.user_of(self.tenant, id).is_none() {
                return false;
            }
            state.retain_sessions(|stored| stored.session.user != id);
            state.invitations.remove(&id);
            state.answers.retain(|(_, slot), _| slot.user != id);
            state.disabled.remove(&id);
            let theirs = state.watches.iter_mut().filter(|stored| stored.watch.created_by == Some(id));
            theirs.for_each(|stored| stored.watch.created_by = None);
            state.users.remove(&id).is_some()
        }))
    }

    async fn insert_invitation(&self, invitation: &NewInvitation) -> Result<(), StoreError> {
        self.unit.change(|state| state.invitations.insert(invitation.user, invitation.clone()));
        Ok(())
    }
}

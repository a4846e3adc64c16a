//! Keeping users.

use async_trait::async_trait;

use crate::Timestamp;
use crate::access::user::{NewInvitation, NewUser, User, UserPosition, UserRecord};
use crate::id::UserId;
use crate::paging::PageRequest;
use crate::store::StoreError;

/// Users of the tenant of the handle.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Users: Send + Sync {
    /// One user of this tenant.
    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// One user of this tenant, as an admin sees it.
    async fn find_user_record(&self, id: UserId) -> Result<Option<UserRecord>, StoreError>;

    /// Up to `limit + 1` users behind the position, by e-mail address (byte order).
    async fn list_users(&self, page: &PageRequest<UserPosition>) -> Result<Vec<UserRecord>, StoreError>;

    /// How many users this tenant has, counting to `stop_at`.
    async fn count_users(&self, stop_at: u64) -> Result<u64, StoreError>;
}

/// Changing users of the tenant of the unit of work.
#[async_trait]
pub trait UserWrites: Send + Sync {
    /// Serialises changes of this tenant's users until the unit of work ends, and answers how
    /// many active admins there are.
    async fn lock_users(&self) -> Result<u64, StoreError>;

    /// One user, inside the unit of work.
    async fn user_record(&self, id: UserId) -> Result<Option<UserRecord>, StoreError>;

    /// Records a user of this tenant. [`StoreError::Conflict`] when the address is taken.
    async fn insert_tenant_user(&self, user: &NewUser) -> Result<(), StoreError>;

    /// Overwrites name, role and whether the user is disabled; the invitation of a disabled user
    /// stops working.
    async fn update_user(&self, record: &UserRecord, at: Timestamp) -> Result<(), StoreError>;

    /// Deletes a user with all sessions and invitations; `false` when there is none.
    async fn delete_user(&self, id: UserId) -> Result<bool, StoreError>;

    /// Records an invitation; earlier ones of the same user stop working.
    async fn insert_invitation(&self, invitation: &NewInvitation) -> Result<(), StoreError>;
}

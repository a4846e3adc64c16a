//! The users of one tenant.

use async_trait::async_trait;

use super::Reads;
use crate::access::{User, Users};
use crate::id::UserId;
use crate::store::StoreError;

#[async_trait]
impl Users for Reads {
    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let state = self.shared.snapshot();
        let found = state.users.get(&id).filter(|stored| stored.tenant == self.tenant);
        Ok(found.map(|stored| stored.user.clone()))
    }
}

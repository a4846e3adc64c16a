//! What no port does yet, and a test needs: suspending, disabling, ending.

use std::sync::Arc;

use super::{MemoryStore, State};
use crate::access::{Email, Role};
use crate::id::SessionId;
use crate::tenant::TenantSlug;

impl MemoryStore {
    /// Suspends a tenant, or lets it in again.
    pub async fn suspend_tenant(&self, slug: &TenantSlug, suspended: bool) {
        self.set(|state| {
            for tenant in state.tenants.values_mut().filter(|tenant| tenant.slug == *slug) {
                tenant.suspended = suspended;
            }
        })
        .await;
    }

    /// Disables the users with this address.
    pub async fn disable_user(&self, email: &Email) {
        self.set(|state| {
            let theirs = state.users.values().filter(|stored| stored.user.email == *email);
            let ids: Vec<_> = theirs.map(|stored| stored.user.id).collect();
            state.disabled.extend(ids);
        })
        .await;
    }

    /// Gives the users with this address another role.
    pub async fn set_role(&self, email: &Email, role: Role) {
        self.set(|state| {
            for stored in state.users.values_mut().filter(|stored| stored.user.email == *email) {
                stored.user.role = role;
            }
        })
        .await;
    }

    /// Ends a session.
    pub async fn end_session(&self, session: SessionId) {
        self.set(|state| state.sessions.retain(|stored| stored.id != session)).await;
    }

    async fn set(&self, change: impl FnOnce(&mut State)) {
        let _writer = self.0.writer.lock().await;
        let mut state = self.0.snapshot();
        change(Arc::make_mut(&mut state));
        self.0.replace(state);
    }
}

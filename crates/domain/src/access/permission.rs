//! The permission table. It exists here and nowhere else: the HTTP layer refuses by it and the
//! OpenAPI document prints it.

use crate::access::Role;
use crate::macros::words;

/// A permission as a type, so that a signature can demand it.
pub trait Permit: Send + Sync + 'static {
    /// The permission that this type stands for.
    const PERMISSION: Permission;
}

/// Makes [`Permission`], its stable words, one marker type each, and the policy `match`.
macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $word:literal: $($role:ident)|+),* $(,)?) => {
        words! {
            /// Something that a role may or may not allow.
            Permission { $($(#[$doc])* $name = $word),* }
        }

        impl Permission {
            /// The roles that have it.
            #[must_use]
            pub const fn roles(self) -> &'static [Role] {
                match self { $(Self::$name => &[$(Role::$role),+]),* }
            }
        }

        $($(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Permit for $name {
            const PERMISSION: Permission = Permission::$name;
        })*
    };
}

permissions! {
    /// Read images and their versions.
    ImagesRead = "images:read": Viewer | User | Admin,
    /// Read scans and their findings.
    ScansRead = "scans:read": Viewer | User | Admin,
    /// Download SBOMs.
    SbomsRead = "sboms:read": Viewer | User | Admin,
    /// See the tenant's CVE watches.
    WatchesRead = "watches:read": Viewer | User | Admin,
    /// Add and remove CVE watches.
    WatchesWrite = "watches:write": Admin,
    /// See webhook subscriptions, their deliveries, and the feed of events.
    WebhooksRead = "webhooks:read": Viewer | User | Admin,
    /// Make, change, test and delete webhook subscriptions.
    WebhooksWrite = "webhooks:write": Admin,
    /// See and manage one's own session.
    SessionOwn = "session:own": Viewer | User | Admin,
    /// See the tenant's users.
    UsersRead = "users:read": Admin,
    /// Invite, change and remove users.
    UsersWrite = "users:write": Admin,
    /// See the tenant's API keys.
    ApiKeysRead = "api-keys:read": Admin,
    /// Make and revoke API keys.
    ApiKeysWrite = "api-keys:write": Admin,
    /// See the tenant's feature requests.
    RequestsRead = "requests:read": Viewer | User | Admin,
    /// File feature requests.
    RequestsWrite = "requests:write": User | Admin,
}

impl Permission {
    /// Whether `role` has it.
    #[must_use]
    pub fn allows(self, role: Role) -> bool {
        self.roles().contains(&role)
    }
}

impl Role {
    /// Everything that this role may do, in the order of the table.
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| permission.allows(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table as it is documented: who may what.
    #[test]
    fn the_table_is_the_documented_one() {
        let table = |role: Role| role.permissions().map(Permission::as_str).collect::<Vec<_>>().join(" ");
        let reads = "images:read scans:read sboms:read watches:read webhooks:read session:own";
        assert_eq!(table(Role::Viewer), format!("{reads} requests:read"));
        let files = "requests:read requests:write";
        assert_eq!(table(Role::User), format!("{reads} {files}"));
        let all = "images:read scans:read sboms:read watches:read watches:write webhooks:read webhooks:write \
                   session:own users:read users:write api-keys:read api-keys:write";
        assert_eq!(table(Role::Admin), format!("{all} {files}"));
    }

    #[test]
    fn an_administrator_may_whatever_anybody_may() {
        for permission in Permission::ALL {
            assert!(permission.allows(Role::Admin), "{permission}");
        }
    }
}

//! The roles of a tenant's users.

use crate::macros::words;

words! {
    /// What a user is in the tenant.
    Role {
        /// Reads only.
        Viewer = "viewer",
        /// An ordinary member.
        User = "user",
        /// Runs the tenant.
        Admin = "admin",
    }
}

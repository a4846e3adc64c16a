//! What an API key may do.

use crate::access::{ImagesRead, Permission, Permit, SbomsRead, ScansRead};
use crate::macros::words;

/// A scope as a type, with the permission that it grants.
pub trait KeyPermit: Send + Sync + 'static {
    /// The scope.
    const SCOPE: Scope;
    /// The permission that the domain's services ask for.
    type Grants: Permit;
}

/// Makes [`Scope`], its stable words and one marker type each.
macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $word:literal grants $permit:ident),* $(,)?) => {
        words! {
            /// What an API key may do.
            Scope { $($(#[$doc])* $name = $word),* }
        }

        impl Scope {
            /// The permission that it grants.
            #[must_use]
            pub const fn permission(self) -> Permission {
                match self { $(Self::$name => $permit::PERMISSION),* }
            }
        }

        $($(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl KeyPermit for $name {
            const SCOPE: Scope = Scope::$name;
            type Grants = $permit;
        })*
    };
}

scopes! {
    /// Read images and their latest versions.
    ReadCatalog = "read:catalog" grants ImagesRead,
    /// Download SBOMs.
    ReadSbom = "read:sbom" grants SbomsRead,
    /// Read findings.
    ReadVulns = "read:vulns" grants ScansRead,
}

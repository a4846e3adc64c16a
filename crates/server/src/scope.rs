//! The one place of this crate where the right to act outside any tenant is taken.

use podarmor_domain::access::SystemScope;

/// The right of whoever may run this program on the publisher's database, and of the server's
/// own background work.
#[expect(clippy::disallowed_methods, reason = "the command line and the workers act for the publisher, not a tenant")]
pub(crate) const fn publisher() -> SystemScope {
    SystemScope::assume("the publisher's command line and background work")
}

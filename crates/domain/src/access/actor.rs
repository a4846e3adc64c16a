//! The chain of proof: `Actor` → `Authorized<P>` → `TenantScope` → the store. No step can be
//! skipped, because every constructor is private to the step before it.

use std::marker::PhantomData;

use crate::access::session::SessionState;
use crate::access::{Permit, Role};
use crate::error::Error;
use crate::id::{SessionId, TenantId, UserId};
use crate::tenant::TenantSlug;

/// Somebody who is signed in: a user of a tenant, in a session that was alive when looked up.
#[derive(Clone, Debug)]
pub struct Actor {
    tenant: TenantId,
    slug: TenantSlug,
    user: UserId,
    session: SessionId,
    role: Role,
}

impl Actor {
    /// The actor of a live session.
    pub(crate) fn of(state: &SessionState) -> Self {
        Self {
            tenant: state.tenant,
            slug: state.slug.clone(),
            user: state.user,
            session: state.session,
            role: state.role,
        }
    }

    /// Checks that the tenant named in the request is this actor's.
    ///
    /// # Errors
    /// [`Error::TenantMismatch`] when it is another.
    pub fn belongs_to(&self, slug: &TenantSlug) -> Result<(), Error> {
        if self.slug == *slug { Ok(()) } else { Err(Error::TenantMismatch) }
    }

    /// Proof that this actor may do `P`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the role does not have the permission.
    pub fn authorize<P: Permit>(&self) -> Result<Authorized<P>, Error> {
        if P::PERMISSION.allows(self.role) {
            Ok(Authorized { actor: self.clone(), permission: PhantomData })
        } else {
            Err(Error::Forbidden)
        }
    }

    /// The role, for display.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The tenant's slug, for display and logs.
    #[must_use]
    pub const fn slug(&self) -> &TenantSlug {
        &self.slug
    }
}

/// Proof that an actor may do `P`. Only [`Actor::authorize`] makes one.
#[derive(Clone, Debug)]
pub struct Authorized<P> {
    actor: Actor,
    permission: PhantomData<P>,
}

impl<P: Permit> Authorized<P> {
    /// The tenant that this proof is good for.
    #[must_use]
    pub const fn scope(&self) -> TenantScope {
        TenantScope(self.actor.tenant)
    }

    /// The user.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.actor.user
    }

    /// The session.
    #[must_use]
    pub const fn session(&self) -> SessionId {
        self.actor.session
    }

    /// The actor.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }
}

/// The one tenant whose data may be touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TenantScope(TenantId);

impl TenantScope {
    /// The tenant, for a store's filters.
    #[must_use]
    pub const fn tenant(self) -> TenantId {
        self.0
    }
}

/// The right to see across tenants: the publisher's command line, sign-in before anybody is
/// known, background work. Where it is assumed is a short list that a lint guards.
#[derive(Clone, Copy, Debug)]
pub struct SystemScope(());

impl SystemScope {
    /// Assumes the right, for a stated reason.
    #[must_use]
    pub const fn assume(_reason: &'static str) -> Self {
        Self(())
    }
}

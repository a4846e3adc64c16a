//! The chain of proof: `Actor` or `KeyActor` → `Authorized<P>` → `TenantScope` → the store. No
//! step can be skipped, because every constructor is private to the step before it.

use std::marker::PhantomData;

use crate::access::api_key::{ApiKeyState, KeyPermit, Scope};
use crate::access::session::SessionState;
use crate::access::{Permit, Role};
use crate::error::Error;
use crate::id::{ApiKeyId, SessionId, TenantId, UserId};
use crate::tenant::{Tenant, TenantSlug};

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
            Ok(Authorized { tenant: self.tenant, caller: Caller::Member(self.clone()), permission: PhantomData })
        } else {
            Err(Error::Forbidden)
        }
    }

    /// The user.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// The session.
    #[must_use]
    pub const fn session(&self) -> SessionId {
        self.session
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

/// An API key of a tenant that was usable when looked up.
#[derive(Clone, Debug)]
pub struct KeyActor {
    key: ApiKeyId,
    tenant: TenantId,
    slug: TenantSlug,
    scopes: Vec<Scope>,
}

impl KeyActor {
    /// The actor of a usable key.
    pub(crate) fn of(state: &ApiKeyState) -> Self {
        Self { key: state.id, tenant: state.tenant, slug: state.slug.clone(), scopes: state.scopes.clone() }
    }

    /// Checks that the tenant named in the request is this key's.
    ///
    /// # Errors
    /// [`Error::TenantMismatch`] when it is another.
    pub fn belongs_to(&self, slug: &TenantSlug) -> Result<(), Error> {
        if self.slug == *slug { Ok(()) } else { Err(Error::TenantMismatch) }
    }

    /// Proof that this key may do what the scope `S` grants.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the key does not have the scope.
    pub fn authorize<S: KeyPermit>(&self) -> Result<Authorized<S::Grants>, Error> {
        if self.scopes.contains(&S::SCOPE) {
            Ok(Authorized { tenant: self.tenant, caller: Caller::Key, permission: PhantomData })
        } else {
            Err(Error::Forbidden)
        }
    }

    /// The key, by which it is limited and logged.
    #[must_use]
    pub const fn key(&self) -> ApiKeyId {
        self.key
    }

    /// The tenant's slug, for logs.
    #[must_use]
    pub const fn slug(&self) -> &TenantSlug {
        &self.slug
    }
}

/// Who is behind a proof.
#[derive(Clone, Debug)]
enum Caller {
    Member(Actor),
    Key,
}

/// Proof that somebody may do `P`. Only [`Actor::authorize`] and [`KeyActor::authorize`] make one.
#[derive(Clone, Debug)]
pub struct Authorized<P> {
    tenant: TenantId,
    caller: Caller,
    permission: PhantomData<P>,
}

impl<P: Permit> Authorized<P> {
    /// The tenant that this proof is good for.
    #[must_use]
    pub const fn scope(&self) -> TenantScope {
        TenantScope(self.tenant)
    }

    /// The signed-in user behind it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when an API key is behind it: keys have no session and no user.
    pub const fn member(&self) -> Result<&Actor, Error> {
        match &self.caller {
            Caller::Member(actor) => Ok(actor),
            Caller::Key => Err(Error::Forbidden),
        }
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

    /// Acts for one tenant, as the operator does on the command line.
    #[must_use]
    pub const fn tenant(self, tenant: &Tenant) -> TenantScope {
        TenantScope(tenant.id)
    }
}

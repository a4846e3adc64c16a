//! Access rules as handler arguments. The first argument of every handler is one of these; it
//! is resolved before anything else of the request is looked at.

use actix_web::{HttpMessage as _, HttpRequest};
use podarmor_domain::Error;
use podarmor_domain::access::{
    AttemptKey, Authorized, KeyActor, KeyPermit, LoginLimitState, Permission, Permit, Scope, SessionOwn,
};
use podarmor_domain::tenant::TenantSlug;

use crate::error::ApiError;
use crate::identity::{address_of, bearer, named_tenant, optional_tenant};
use crate::operation::state;
use crate::request::LoggedTenant;

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Everybody who names a tenant.
    NamesTenant,
    /// Everybody who names a tenant, within the login limit.
    SignIn,
    /// Signed-in users whose role has this permission.
    Needs(Permission),
    /// API keys with this scope.
    NeedsScope(Scope),
}

/// An access rule.
pub(crate) trait Guard: Sized {
    /// The rule, for the router, the tests and the document.
    const ACCESS: Access;

    /// Lets the request pass or refuses it.
    async fn admit(request: &HttpRequest) -> Result<Self, ApiError>;
}

/// No rule.
pub(crate) struct Public;

impl Guard for Public {
    const ACCESS: Access = Access::Public;

    async fn admit(_: &HttpRequest) -> Result<Self, ApiError> {
        Ok(Self)
    }
}

/// Nobody in particular, at a tenant.
pub(crate) struct AtTenant(pub(crate) TenantSlug);

impl Guard for AtTenant {
    const ACCESS: Access = Access::NamesTenant;

    async fn admit(request: &HttpRequest) -> Result<Self, ApiError> {
        Ok(Self(named_tenant(request.headers(), &state(request)?.settings)?))
    }
}

/// A signed-in user with permission `P`, acting for the tenant the request names.
pub(crate) struct Auth<P>(pub(crate) Authorized<P>);

impl<P: Permit> Guard for Auth<P> {
    const ACCESS: Access = Access::Needs(P::PERMISSION);

    async fn admit(request: &HttpRequest) -> Result<Self, ApiError> {
        let state = state(request)?;
        let actor = state.actors.resolve(bearer(request.headers())?).await?;
        request.extensions_mut().insert(LoggedTenant(actor.slug().to_string()));
        actor.belongs_to(&named_tenant(request.headers(), &state.settings)?)?;
        Ok(Self(actor.authorize()?))
    }
}

/// Somebody who signs out, or has done so already: the second time there is nothing left to do.
pub(crate) struct SigningOut(pub(crate) Option<Authorized<SessionOwn>>);

impl Guard for SigningOut {
    const ACCESS: Access = Auth::<SessionOwn>::ACCESS;

    async fn admit(request: &HttpRequest) -> Result<Self, ApiError> {
        let refusal = match Auth::<SessionOwn>::admit(request).await {
            Ok(Auth(who)) => return Ok(Self(Some(who))),
            Err(refusal) => refusal,
        };
        let (state, headers) = (state(request)?, request.headers());
        let (Ok(token), Ok(tenant)) = (bearer(headers), named_tenant(headers, &state.settings)) else {
            return Err(refusal);
        };
        match state.services.actors.has_ended(token, &tenant).await {
            Ok(true) => Ok(Self(None)),
            _ => Err(refusal),
        }
    }
}

/// A sign-in attempt that names a tenant and was admitted by the login limit.
pub(crate) struct SignInAttempt {
    pub(crate) tenant: TenantSlug,
}

impl Guard for SignInAttempt {
    const ACCESS: Access = Access::SignIn;

    async fn admit(request: &HttpRequest) -> Result<Self, ApiError> {
        let state = state(request)?;
        let tenant = named_tenant(request.headers(), &state.settings)?;
        let key = AttemptKey::address(address_of(request, state));
        let limit = match state.services.sign_in.admit(&key).await {
            Ok(limit) => limit,
            Err(Error::RateLimited(limit)) => {
                request.extensions_mut().insert(limit);
                return Err(Error::RateLimited(limit).into());
            }
            Err(other) => return Err(other.into()),
        };
        // Every answer from here on tells what is left of the limit.
        request.extensions_mut().insert::<LoginLimitState>(limit);
        Ok(Self { tenant })
    }
}

/// An API key with scope `S`. The key was resolved, and its use counted, by
/// [`crate::limits`] in front of the handler.
pub(crate) struct Key<S: KeyPermit>(pub(crate) Authorized<S::Grants>);

impl<S: KeyPermit> Guard for Key<S> {
    const ACCESS: Access = Access::NeedsScope(S::SCOPE);

    async fn admit(request: &HttpRequest) -> Result<Self, ApiError> {
        let actor = request.extensions().get::<KeyActor>().cloned().ok_or(Error::Unauthenticated)?;
        if let Some(named) = optional_tenant(request.headers(), &state(request)?.settings)? {
            actor.belongs_to(&named)?;
        }
        Ok(Self(actor.authorize::<S>()?))
    }
}

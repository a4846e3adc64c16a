//! Access rules as handler arguments. The first argument of every handler is one of these; it
//! is resolved before anything else of the request is looked at.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::{HttpMessage as _, HttpRequest};
use podarmor_domain::access::{
    AddressKey, Authorized, Forwarding, LoginLimitState, Permission, Permit, client_address,
};
use podarmor_domain::tenant::TenantSlug;
use podarmor_domain::{Error, ErrorKey};

use crate::error::ApiError;
use crate::operation::state;
use crate::request::LoggedTenant;
use crate::services::State;

pub(crate) const X_TENANT: HeaderName = HeaderName::from_static("x-tenant");

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Everybody who names a tenant, within the login limit.
    SignIn,
    /// Signed-in users whose role has this permission.
    Needs(Permission),
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

/// A signed-in user with permission `P`, acting for the tenant the request names.
pub(crate) struct Auth<P>(pub(crate) Authorized<P>);

impl<P: Permit> Guard for Auth<P> {
    const ACCESS: Access = Access::Needs(P::PERMISSION);

    async fn admit(request: &HttpRequest) -> Result<Self, ApiError> {
        let token = bearer(request.headers())?;
        let actor = state(request)?.actors.resolve(token).await?;
        request.extensions_mut().insert(LoggedTenant(actor.slug().to_string()));
        actor.belongs_to(&named_tenant(request.headers())?)?;
        Ok(Self(actor.authorize()?))
    }
}

/// The one bearer token of the request.
fn bearer(headers: &HeaderMap) -> Result<&str, ApiError> {
    let refused = || ApiError::from(Error::Unauthenticated);
    let mut values = headers.get_all(header::AUTHORIZATION);
    let value = values.next().ok_or_else(refused)?;
    if values.next().is_some() {
        return Err(refused());
    }
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(refused)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim_start()) } else { Err(refused()) }
}

/// The one tenant the request names.
fn named_tenant(headers: &HeaderMap) -> Result<TenantSlug, ApiError> {
    let mut values = headers.get_all(&X_TENANT);
    let missing = || ApiError::new(ErrorKey::TenantRequired, "Name the tenant in the X-Tenant header.");
    let value = values.next().ok_or_else(missing)?;
    if values.next().is_some() {
        return Err(ApiError::field("X-Tenant", "must be sent once"));
    }
    if value.is_empty() {
        return Err(missing());
    }
    let text = value.to_str().map_err(|_| ApiError::field("X-Tenant", "must be plain ASCII"))?;
    Ok(TenantSlug::parse("X-Tenant", text)?)
}

/// A sign-in attempt that names a tenant and was admitted by the login limit.
pub(crate) struct SignInAttempt {
    pub(crate) tenant: TenantSlug,
}

impl Guard for SignInAttempt {
    const ACCESS: Access = Access::SignIn;

    async fn admit(request: &HttpRequest) -> Result<Self, ApiError> {
        let tenant = named_tenant(request.headers())?;
        let state = state(request)?;
        let address = AddressKey::of(address_of(request, state));
        let limit = match state.services.sign_in.admit(&address).await {
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

fn address_of(request: &HttpRequest, state: &State) -> IpAddr {
    // A request without a peer address comes from a test of actix itself or a Unix socket: one
    // address for all of them, so that they are limited rather than not.
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let lines = |name: &str| -> Vec<&str> {
        // A line that is no text is kept as an unreadable one: it must not simply vanish.
        request.headers().get_all(name).map(|value| value.to_str().unwrap_or("?")).collect()
    };
    let (x_forwarded_for, forwarded) = (lines("x-forwarded-for"), lines("forwarded"));
    let headers = Forwarding { x_forwarded_for: &x_forwarded_for, forwarded: &forwarded };
    client_address(peer, &state.settings.trusted_proxies, headers)
}

//! Which tenant a request names, by whom it says it is sent, and from where it comes.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use podarmor_domain::access::{Forwarding, client_address};
use podarmor_domain::tenant::TenantSlug;
use podarmor_domain::{Error, ErrorKey};

use crate::error::ApiError;
use crate::services::{Settings, State};

pub(crate) const X_TENANT: HeaderName = HeaderName::from_static("x-tenant");
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The one bearer token of the request.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, ApiError> {
    authorization(headers)?.ok_or_else(|| Error::Unauthenticated.into())
}

fn authorization(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let refused = || ApiError::from(Error::Unauthenticated);
    let mut values = headers.get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(refused());
    }
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(refused)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(Some(token.trim_start())) } else { Err(refused()) }
}

/// The one API key of the request, in `Authorization` or `X-API-Key`; in both, they must agree.
pub(crate) fn api_key(headers: &HeaderMap) -> Result<&str, ApiError> {
    let mut values = headers.get_all(&X_API_KEY);
    let own = values.next().map(|value| value.to_str().unwrap_or_default());
    if values.next().is_some() {
        return Err(ApiError::field("X-API-Key", "must be sent once"));
    }
    match (authorization(headers)?, own) {
        (Some(one), Some(other)) if one != other => Err(ApiError::field("X-API-Key", "must agree with Authorization")),
        (Some(key), _) | (None, Some(key)) => Ok(key),
        (None, None) => Err(Error::Unauthenticated.into()),
    }
}

/// The tenant that the request names: in `X-Tenant`, or as the subdomain of `Host` under the base
/// domain. Named in both, they must agree.
pub(crate) fn named_tenant(headers: &HeaderMap, settings: &Settings) -> Result<TenantSlug, ApiError> {
    let missing = || ApiError::new(ErrorKey::TenantRequired, "Name the tenant in the X-Tenant header.");
    optional_tenant(headers, settings)?.ok_or_else(missing)
}

/// The tenant that the request names, if it names one.
pub(crate) fn optional_tenant(headers: &HeaderMap, settings: &Settings) -> Result<Option<TenantSlug>, ApiError> {
    let by_host = tenant_of_host(headers, settings);
    match (tenant_of_header(headers)?, by_host) {
        (Some(one), Some(other)) if one != other => Err(Error::TenantMismatch.into()),
        (Some(tenant), _) | (None, Some(tenant)) => Ok(Some(tenant)),
        (None, None) => Ok(None),
    }
}

fn tenant_of_header(headers: &HeaderMap) -> Result<Option<TenantSlug>, ApiError> {
    let mut values = headers.get_all(&X_TENANT);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(ApiError::field("X-Tenant", "must be sent once"));
    }
    if value.is_empty() {
        return Ok(None);
    }
    let text = value.to_str().map_err(|_| ApiError::field("X-Tenant", "must be plain ASCII"))?;
    Ok(Some(TenantSlug::parse("X-Tenant", text)?))
}

/// `Host: acme.portal.example` names `acme` under the base domain `portal.example`. What a proxy
/// claims the host to be (`X-Forwarded-Host`) does not count.
fn tenant_of_host(headers: &HeaderMap, settings: &Settings) -> Option<TenantSlug> {
    let base = settings.base_domain.as_deref()?;
    let host = headers.get(header::HOST)?.to_str().ok()?.to_ascii_lowercase();
    let host = host.rsplit_once(':').map_or(host.as_str(), |(name, _port)| name).trim_end_matches('.');
    let label = host.strip_suffix(&base.to_ascii_lowercase())?.strip_suffix('.')?;
    TenantSlug::parse("Host", label).ok()
}

/// The address that the request comes from.
pub(crate) fn address_of(request: &HttpRequest, state: &State) -> IpAddr {
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

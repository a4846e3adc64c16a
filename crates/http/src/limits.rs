//! Token-bucket limits: of the public API by resolved key, and, where the operator wants it, of
//! everything by address. The login limit is another thing: it is exact, and the domain's.

use std::net::IpAddr;

use actix_governor::governor::NotUntil;
use actix_governor::governor::clock::QuantaInstant;
use actix_governor::governor::middleware::StateInformationMiddleware;
use actix_governor::{GovernorConfig, GovernorConfigBuilder, KeyExtractor};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpResponse, HttpResponseBuilder, ResponseError, web};
use podarmor_domain::ErrorKey;
use podarmor_domain::access::{AttemptKey, KeyActor, LoginLimitState};
use podarmor_domain::id::ApiKeyId;

use crate::error::ApiError;
use crate::identity::{address_of, api_key};
use crate::operation::state;
use crate::request::LoggedTenant;
use crate::services::State;

/// Requests a minute of one API key.
const PER_MINUTE: u32 = 600;

/// The limit of the public API.
pub(crate) type KeyLimit = GovernorConfig<ByKey, StateInformationMiddleware>;
/// The limit of an address.
pub(crate) type Shield = GovernorConfig<ByAddress, StateInformationMiddleware>;

/// Counts by the id of the key that was resolved, never by a header that anybody can send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByKey;

/// Counts by the client's address, as the login limit does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByAddress;

/// A limit that cannot tell whom to count.
#[derive(Debug, thiserror::Error)]
#[error("a limited route without anybody to count")]
pub(crate) struct Nobody;

impl ResponseError for Nobody {
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(StatusCode::UNAUTHORIZED)
    }
}

impl KeyExtractor for ByKey {
    type Key = ApiKeyId;
    type KeyExtractionError = Nobody;

    fn extract(&self, request: &ServiceRequest) -> Result<ApiKeyId, Nobody> {
        request.extensions().get::<KeyActor>().map(KeyActor::key).ok_or(Nobody)
    }

    fn exceed_rate_limit_response(
        &self,
        _: &NotUntil<QuantaInstant>,
        mut response: HttpResponseBuilder,
    ) -> HttpResponse {
        response.finish()
    }
}

impl KeyExtractor for ByAddress {
    type Key = String;
    type KeyExtractionError = Nobody;

    fn extract(&self, request: &ServiceRequest) -> Result<String, Nobody> {
        let state = request.app_data::<web::Data<State>>().ok_or(Nobody)?;
        let address: IpAddr = address_of(request.request(), state);
        Ok(AttemptKey::address(address).as_str().to_owned())
    }

    fn exceed_rate_limit_response(
        &self,
        _: &NotUntil<QuantaInstant>,
        mut response: HttpResponseBuilder,
    ) -> HttpResponse {
        response.finish()
    }
}

/// The limit of the public API, one for all workers.
pub(crate) fn key_limit() -> Option<KeyLimit> {
    let mut builder = GovernorConfigBuilder::default().key_extractor(ByKey);
    builder.requests_per_minute(u64::from(PER_MINUTE)).burst_size(PER_MINUTE).use_headers().finish()
}

/// The shield of `per_second` requests an address, one for all workers.
pub(crate) fn shield(per_second: u32) -> Option<Shield> {
    let mut builder = GovernorConfigBuilder::default().key_extractor(ByAddress);
    builder.requests_per_second(u64::from(per_second)).burst_size(per_second).use_headers().finish()
}

/// In front of the limit of a public route: resolves the key, so that only keys are counted; and
/// behind it: says in our words what the limit decided.
pub(crate) async fn resolve_key(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match key_actor(&request).await {
        Ok(actor) => {
            request.extensions_mut().insert(LoggedTenant(actor.slug().to_string()));
            request.extensions_mut().insert(actor);
        }
        Err(refusal) => {
            let answer = refusal.respond(request.request());
            return Ok(request.into_response(answer));
        }
    }
    let mut response = in_our_words(next.call(request).await?);
    describe_limit(&mut response);
    Ok(response)
}

/// Outside of the shield: says in our words that it refused.
pub(crate) async fn speak<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    Ok(in_our_words(next.call(request).await?.map_into_boxed_body()))
}

async fn key_actor(request: &ServiceRequest) -> Result<KeyActor, ApiError> {
    let state = state(request.request())?;
    let (actor, note) = state.services.key_actors.resolve(api_key(request.headers())?).await?;
    if note {
        // Nobody waits for the note, and a request is not refused because it failed.
        let (actors, actor) = (state.services.key_actors.clone(), actor.clone());
        actix_web::rt::spawn(async move {
            if let Err(error) = actors.note_use(&actor).await {
                tracing::warn!(cause = %error, "the use of an API key was not noted");
            }
        });
    }
    Ok(actor)
}

/// A refusal of the limiter has no body; it gets the one of every refusal.
fn in_our_words(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let by_limiter =
        response.status() == StatusCode::TOO_MANY_REQUESTS && !response.headers().contains_key(header::CONTENT_TYPE);
    if !by_limiter {
        return response;
    }
    let wait = number(&response, "retry-after").unwrap_or(1).max(1);
    let refusal = ApiError::new(ErrorKey::RateLimited, format!("Too many requests; try again in {wait} s."))
        .with(header::RETRY_AFTER, &wait.to_string());
    let mut answer = refusal.respond(response.request());
    for (name, value) in response.headers() {
        if name.as_str().starts_with("x-ratelimit-") {
            answer.headers_mut().insert(name.clone(), value.clone());
        }
    }
    response.into_response(answer)
}

fn number(response: &ServiceResponse<BoxBody>, name: &str) -> Option<u64> {
    response.headers().get(name)?.to_str().ok()?.parse().ok()
}

/// What is left of the bucket, and the seconds until it is full again.
fn describe_limit(response: &mut ServiceResponse<BoxBody>) {
    let left = number(response, "x-ratelimit-remaining").unwrap_or(0).min(u64::from(PER_MINUTE));
    let full_in = (u64::from(PER_MINUTE) - left).div_ceil(u64::from(PER_MINUTE / 60));
    for (name, value) in limit_headers("key", u64::from(PER_MINUTE), 60, left, full_in) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
}

/// The headers of the limits of sign-in and of passwords.
pub(crate) fn login_limit_headers(state: &LoginLimitState) -> [(&'static str, String); 5] {
    let (attempts, window) = (u64::from(state.limit.attempts), state.limit.window.as_secs());
    limit_headers("login", attempts, window, u64::from(state.remaining), state.retry_after_seconds())
}

/// `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10) and the older
/// `X-RateLimit-*`.
fn limit_headers(policy: &str, limit: u64, window: u64, left: u64, reset: u64) -> [(&'static str, String); 5] {
    [
        ("ratelimit-policy", format!("\"{policy}\";q={limit};w={window}")),
        ("ratelimit", format!("\"{policy}\";r={left};t={reset}")),
        ("x-ratelimit-limit", limit.to_string()),
        ("x-ratelimit-remaining", left.to_string()),
        ("x-ratelimit-reset", reset.to_string()),
    ]
}

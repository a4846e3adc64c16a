//! What every request passes through: its id, the headers every answer carries, one log line.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpRequest, web};
use podarmor_domain::id;

use crate::connection::Turn;
use crate::services::State;
use crate::unread::{Answered, Reader};

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id under which this request stands in the log.
#[derive(Clone)]
struct RequestId(String);

/// The tenant whose data was asked for, for the log line.
#[derive(Clone)]
pub(crate) struct LoggedTenant(pub(crate) String);

/// The request's id.
pub(crate) fn id_of(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

/// The caller's id when it is a token of at most 128 characters that cannot break a log line.
fn sane(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?;
    let fits = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.' | b':' | b'/' | b'+' | b'=' | b'@');
    ((1..=128).contains(&text.len()) && text.bytes().all(fits)).then(|| text.to_owned())
}

/// The outermost layer.
pub(crate) async fn observe<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<Answered>, actix_web::Error> {
    let started = Instant::now();
    let reader = Reader::keep(&mut request);
    let busy = request.conn_data::<Turn>().map(Turn::begin);
    let request_id = request.headers().get(&X_REQUEST_ID).and_then(sane).unwrap_or_else(|| fresh_id(&request));
    request.extensions_mut().insert(RequestId(request_id.clone()));
    let mut response = next.call(request).await?;
    add_headers(response.headers_mut(), &request_id);
    log(&response, &request_id, started);
    Ok(response.map_into_boxed_body().map_body(|_, body| Answered::new(body, reader, busy)))
}

fn fresh_id(request: &ServiceRequest) -> String {
    request.app_data::<web::Data<State>>().map_or_else(String::new, |state| {
        id::fresh(&*state.services.clock, &*state.services.random).as_hyphenated().to_string()
    })
}

fn add_headers(headers: &mut HeaderMap, request_id: &str) {
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(X_REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// One line a request: the path without its query, which may hold what nobody should log.
fn log<B>(response: &ServiceResponse<B>, request_id: &str, started: Instant) {
    let request = response.request();
    let tenant = request.extensions().get::<LoggedTenant>().map(|tenant| tenant.0.clone());
    tracing::info!(
        target: "access",
        request_id,
        method = request.method().as_str(),
        path = request.path(),
        status = response.status().as_u16(),
        tenant,
        micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
    );
}

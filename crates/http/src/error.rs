//! From a refusal to an answer: the one mapping of keys to status codes, and the one shape.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use podarmor_domain::store::StoreError;
use podarmor_domain::{Error, ErrorKey, FieldError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::accepts_problem_json;
use crate::limits::login_limit_headers;
use crate::request;

/// The status code of a key. Exhaustive: a new key does not compile until it has one.
#[must_use]
pub const fn status_of(key: ErrorKey) -> StatusCode {
    match key {
        ErrorKey::ValidationError | ErrorKey::TenantRequired => StatusCode::BAD_REQUEST,
        ErrorKey::Unauthenticated | ErrorKey::InvalidCredentials | ErrorKey::TokenExpired => StatusCode::UNAUTHORIZED,
        ErrorKey::Forbidden | ErrorKey::TenantMismatch => StatusCode::FORBIDDEN,
        ErrorKey::NotFound => StatusCode::NOT_FOUND,
        ErrorKey::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorKey::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        ErrorKey::Conflict => StatusCode::CONFLICT,
        ErrorKey::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKey::RangeNotSatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
        ErrorKey::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKey::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKey::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorKey::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Every refusal has this shape.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorBody {
    /// The stable key.
    #[schema(value_type = ErrorKeySchema)]
    error: &'static str,
    /// For humans; may change between releases.
    message: String,
    /// Which fields do not fit; only where it helps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Option<Vec<FieldErrorBody>>)]
    details: Vec<FieldErrorBody>,
    /// The id of the request, as in `X-Request-Id` and in the server's log.
    request_id: String,
}

/// One field that does not fit.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct FieldErrorBody {
    /// A field name, a query parameter, a header, or a place in a document.
    path: String,
    /// Why, for humans.
    message: String,
}

/// Stands in the document for the closed set of keys; filled from [`ErrorKey::ALL`].
#[derive(ToSchema)]
#[schema(as = ErrorKey)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct ErrorKeySchema(String);

/// The same refusal as RFC 9457 problem details, for clients that ask for it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemBody {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    instance: String,
    error: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<FieldErrorBody>,
    request_id: String,
}

/// A refusal on its way out.
#[derive(Debug)]
pub(crate) struct ApiError {
    key: ErrorKey,
    message: String,
    details: Vec<FieldError>,
    headers: Vec<(header::HeaderName, HeaderValue)>,
    /// For the log, never for the client.
    cause: Option<String>,
}

impl ApiError {
    pub(crate) fn new(key: ErrorKey, message: impl Into<String>) -> Self {
        Self { key, message: message.into(), details: Vec::new(), headers: Vec::new(), cause: None }
    }

    pub(crate) fn invalid(details: Vec<FieldError>) -> Self {
        Self { details, ..Self::new(ErrorKey::ValidationError, "The request does not fit; see details.") }
    }

    pub(crate) fn field(path: &str, message: &str) -> Self {
        Self::invalid(vec![FieldError::new(path, message)])
    }

    pub(crate) fn internal(cause: impl std::fmt::Display) -> Self {
        let message = "Something went wrong on our side; the request id leads us to the cause.";
        Self { cause: Some(cause.to_string()), ..Self::new(ErrorKey::InternalError, message) }
    }

    pub(crate) fn unavailable(seconds: u64, cause: impl std::fmt::Display) -> Self {
        let message = "The service is unavailable for the moment; try again later.";
        Self { cause: Some(cause.to_string()), ..Self::new(ErrorKey::ServiceUnavailable, message) }
            .with(header::RETRY_AFTER, &seconds.max(1).to_string())
    }

    pub(crate) fn not_found() -> Self {
        Self::new(ErrorKey::NotFound, "There is no such thing here.")
    }

    pub(crate) fn with(mut self, name: header::HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// The answer, in the shape that the client asked for.
    pub(crate) fn respond(self, request: &HttpRequest) -> HttpResponse {
        let request_id = request::id_of(request);
        let status = status_of(self.key);
        self.log(&request_id, status);
        let mut response = HttpResponse::build(status);
        // No refusal is worth keeping, and some concern secrets.
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        for (name, value) in self.headers {
            response.insert_header((name, value));
        }
        let error = self.key.as_str();
        let details = self.details.into_iter().map(|field| FieldErrorBody { path: field.path, message: field.message });
        let details = details.collect();
        if accepts_problem_json(request) {
            let problem = ProblemBody {
                r#type: "about:blank",
                title: status.canonical_reason().unwrap_or("Error"),
                status: status.as_u16(),
                detail: self.message,
                instance: request.path().to_owned(),
                error,
                details,
                request_id,
            };
            let body = serde_json::to_vec(&problem).unwrap_or_default();
            return response.content_type("application/problem+json").body(body);
        }
        response.json(ErrorBody { error, message: self.message, details, request_id })
    }

    fn log(&self, request_id: &str, status: StatusCode) {
        let cause = self.cause.as_deref().unwrap_or_default();
        if self.key == ErrorKey::InternalError {
            tracing::error!(request_id, error = self.key.as_str(), cause, "request failed");
        } else if status.is_server_error() {
            tracing::warn!(request_id, error = self.key.as_str(), cause, "request refused");
        } else {
            tracing::debug!(request_id, error = self.key.as_str(), "request refused");
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let key = error.key();
        match error {
            Error::Invalid(details) => Self::invalid(details),
            Error::Unauthenticated => Self::new(key, "No usable credentials were sent."),
            Error::InvalidCredentials => Self::new(key, "Tenant, e-mail address or password is wrong."),
            Error::TokenExpired => Self::new(key, "The access token has expired; refresh it or sign in again."),
            Error::Forbidden => Self::new(key, "Your role or API key does not allow this."),
            Error::TenantMismatch => Self::new(key, "The credentials belong to another tenant than the one named."),
            // One text for everything that is not there, so that nothing can be told apart by it.
            Error::NotFound(_) => Self::not_found(),
            Error::Conflict(message) => Self::new(key, message),
            Error::RateLimited(state) => {
                let seconds = state.retry_after_seconds();
                let refusal = Self::new(key, format!("Too many attempts; try again in {seconds} s."))
                    .with(header::RETRY_AFTER, &seconds.to_string());
                let headers = login_limit_headers(&state).into_iter();
                headers.fold(refusal, |refusal, (name, value)| refusal.with(HeaderName::from_static(name), &value))
            }
            Error::Unavailable(wait) => Self::unavailable(wait.as_secs(), "overloaded"),
            Error::Store(StoreError::Conflict(constraint)) => {
                Self { cause: Some(constraint.to_string()), ..Self::new(key, "This is already there.") }
            }
            Error::Store(StoreError::Unavailable(cause)) => Self::unavailable(1, cause),
            Error::Store(StoreError::Other(cause)) | Error::Internal(cause) => Self::internal(chain(&*cause)),
        }
    }
}

impl From<FieldError> for ApiError {
    fn from(field: FieldError) -> Self {
        Self::invalid(vec![field])
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clients program against these lines: add to the list, never change one.
    #[test]
    fn keys_and_statuses_only_grow() {
        let table: Vec<String> =
            ErrorKey::ALL.iter().map(|key| format!("{key} {}", status_of(*key).as_u16())).collect();
        assert_eq!(
            table,
            [
                "VALIDATION_ERROR 400",
                "TENANT_REQUIRED 400",
                "UNAUTHENTICATED 401",
                "INVALID_CREDENTIALS 401",
                "TOKEN_EXPIRED 401",
                "FORBIDDEN 403",
                "TENANT_MISMATCH 403",
                "NOT_FOUND 404",
                "METHOD_NOT_ALLOWED 405",
                "NOT_ACCEPTABLE 406",
                "CONFLICT 409",
                "PAYLOAD_TOO_LARGE 413",
                "UNSUPPORTED_MEDIA_TYPE 415",
                "RATE_LIMITED 429",
                "INTERNAL_ERROR 500",
                "SERVICE_UNAVAILABLE 503",
                "RANGE_NOT_SATISFIABLE 416",
            ]
        );
    }
}

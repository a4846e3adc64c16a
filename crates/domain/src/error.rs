//! What can go wrong, under stable keys. How a key becomes a status code is the HTTP layer's
//! business.

use std::time::Duration;

use crate::access::LoginLimitState;
use crate::macros::words;
use crate::store::StoreError;

words! {
    /// The machine-readable `error` key of every refusal. Adding one is compatible; changing or
    /// removing one breaks integrations.
    ErrorKey {
        /// Body, path, query or header does not fit.
        ValidationError = "VALIDATION_ERROR",
        /// The request names no tenant.
        TenantRequired = "TENANT_REQUIRED",
        /// No credentials, or unusable ones.
        Unauthenticated = "UNAUTHENTICATED",
        /// Sign-in failed; deliberately silent about why.
        InvalidCredentials = "INVALID_CREDENTIALS",
        /// The access token was valid and is past its time.
        TokenExpired = "TOKEN_EXPIRED",
        /// The role does not allow it.
        Forbidden = "FORBIDDEN",
        /// The credentials belong to another tenant than the one named.
        TenantMismatch = "TENANT_MISMATCH",
        /// No such thing for this tenant.
        NotFound = "NOT_FOUND",
        /// The route exists, the method does not.
        MethodNotAllowed = "METHOD_NOT_ALLOWED",
        /// No representation fits `Accept`.
        NotAcceptable = "NOT_ACCEPTABLE",
        /// The request contradicts what is stored.
        Conflict = "CONFLICT",
        /// Larger than that endpoint takes.
        PayloadTooLarge = "PAYLOAD_TOO_LARGE",
        /// The body has a type or coding that the endpoint does not read.
        UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE",
        /// Too many attempts.
        RateLimited = "RATE_LIMITED",
        /// A fault of ours; the log has the cause under the request id.
        InternalError = "INTERNAL_ERROR",
        /// The database is away, or the server is overloaded or draining.
        ServiceUnavailable = "SERVICE_UNAVAILABLE",
        /// No byte of the document is in the range asked for.
        RangeNotSatisfiable = "RANGE_NOT_SATISFIABLE",
    }
}

/// One field that does not fit, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct FieldError {
    /// Where: a field name, a query parameter, a header, or a place inside a document.
    pub path: String,
    /// Why, for a human.
    pub message: String,
}

impl FieldError {
    /// A complaint about `path`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

/// Everything a service can answer instead of a result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Some fields do not fit.
    #[error("{}", list(.0))]
    Invalid(Vec<FieldError>),
    /// No usable credentials.
    #[error("sign in first: no usable credentials")]
    Unauthenticated,
    /// Sign-in failed.
    #[error("the credentials are not valid")]
    InvalidCredentials,
    /// The access token is past its time.
    #[error("the access token has expired")]
    TokenExpired,
    /// The role does not allow it.
    #[error("the role does not allow this")]
    Forbidden,
    /// Credentials of another tenant.
    #[error("the credentials belong to another tenant")]
    TenantMismatch,
    /// No such thing for this caller; says what was looked for only where nobody can be told
    /// apart by it (the command line).
    #[error("{0} not found")]
    NotFound(String),
    /// Contradicts what is stored.
    #[error("{0}")]
    Conflict(String),
    /// Too many sign-in attempts from one address.
    #[error("too many sign-in attempts; try again in {} s", .0.retry_after_seconds())]
    RateLimited(LoginLimitState),
    /// Try again later.
    #[error("busy, try again in {} s", .0.as_secs())]
    Unavailable(Duration),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A fault of ours in an adapter.
    #[error("internal fault: {0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// A failure of adapters that nobody but us can mend.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// The stable key.
    #[must_use]
    pub const fn key(&self) -> ErrorKey {
        match self {
            Self::Invalid(_) => ErrorKey::ValidationError,
            Self::Unauthenticated => ErrorKey::Unauthenticated,
            Self::InvalidCredentials => ErrorKey::InvalidCredentials,
            Self::TokenExpired => ErrorKey::TokenExpired,
            Self::Forbidden => ErrorKey::Forbidden,
            Self::TenantMismatch => ErrorKey::TenantMismatch,
            Self::NotFound(_) => ErrorKey::NotFound,
            Self::Conflict(_) | Self::Store(StoreError::Conflict(_)) => ErrorKey::Conflict,
            Self::RateLimited(_) => ErrorKey::RateLimited,
            Self::Unavailable(_) | Self::Store(StoreError::Unavailable(_)) => ErrorKey::ServiceUnavailable,
            Self::Store(StoreError::Other(_)) | Self::Internal(_) => ErrorKey::InternalError,
        }
    }
}

impl From<FieldError> for Error {
    fn from(field: FieldError) -> Self {
        Self::Invalid(vec![field])
    }
}

fn list(fields: &[FieldError]) -> String {
    fields.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Constraint;

    #[test]
    fn every_error_has_its_key() {
        for (error, key) in [
            (Error::from(FieldError::new("a", "b")), ErrorKey::ValidationError),
            (Error::Unauthenticated, ErrorKey::Unauthenticated),
            (Error::InvalidCredentials, ErrorKey::InvalidCredentials),
            (Error::TokenExpired, ErrorKey::TokenExpired),
            (Error::Forbidden, ErrorKey::Forbidden),
            (Error::TenantMismatch, ErrorKey::TenantMismatch),
            (Error::NotFound("image".into()), ErrorKey::NotFound),
            (Error::Conflict("there".into()), ErrorKey::Conflict),
            (StoreError::Conflict(Constraint::ImageName).into(), ErrorKey::Conflict),
            (Error::Unavailable(Duration::from_secs(1)), ErrorKey::ServiceUnavailable),
            (StoreError::Unavailable("away".into()).into(), ErrorKey::ServiceUnavailable),
            (StoreError::Other("broken".into()).into(), ErrorKey::InternalError),
            (Error::internal("broken"), ErrorKey::InternalError),
        ] {
            assert_eq!(error.key(), key, "{error}");
        }
    }

    #[test]
    fn all_fields_that_do_not_fit_are_told() {
        let error = Error::Invalid(vec![FieldError::new("limit", "must be 1 to 200"), FieldError::new("sort", "no")]);
        assert_eq!(error.to_string(), "limit: must be 1 to 200; sort: no");
    }
}

//! Query parameters.

use actix_web::{HttpRequest, web};
use garde::Validate;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::ApiError;
use crate::input::{Input, complaint, report};

/// The parameters of the query, all of them known, each at most once, in their bounds.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned + Validate<Context = ()>> Input for Query<T> {
    const READS_QUERY: bool = true;

    async fn read(request: &HttpRequest, _: &mut web::Payload) -> Result<Self, ApiError> {
        parse(request).map(Self)
    }
}

/// The query of an operation that takes no parameter.
#[derive(Deserialize, garde::Validate)]
#[serde(deny_unknown_fields)]
struct NoParameters {}

/// Refuses every parameter: one that is ignored lets its sender believe that it did something.
pub(crate) fn refuse_parameters(request: &HttpRequest) -> Result<(), ApiError> {
    parse::<NoParameters>(request).map(drop)
}

fn parse<T: DeserializeOwned + Validate<Context = ()>>(request: &HttpRequest) -> Result<T, ApiError> {
    let text = request.query_string();
    // The decoder would replace what is no UTF-8; such a request is refused instead.
    if decoded(text).is_none_or(|bytes| std::str::from_utf8(&bytes).is_err() || bytes.contains(&0)) {
        return Err(ApiError::field("query", "must be percent-encoded UTF-8 without NUL"));
    }
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    let parameters: T = serde_path_to_error::deserialize(pairs)
        .map_err(|error| complaint(&error.path().to_string(), &error.inner().to_string(), "query"))?;
    parameters.validate().map_err(|found| report(&found))?;
    Ok(parameters)
}

/// The bytes behind the percent-encoding; `None` when a `%` is not followed by two digits.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || rest.next().and_then(|c| (c as char).to_digit(16)).and_then(|d| u8::try_from(d).ok());
            let high = digit()?;
            bytes.push(high * 16 + digit()?);
        } else {
            bytes.push(byte);
        }
    }
    Some(bytes)
}

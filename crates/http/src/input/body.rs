//! JSON bodies: of the right type, small, complete in time, and without a field nobody asked for.

use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, web};
use futures_util::StreamExt as _;
use garde::Validate;
use podarmor_domain::ErrorKey;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};

use crate::error::ApiError;
use crate::input::{Input, complaint, report};

/// The largest body outside of imports.
pub(crate) const LIMIT: usize = 64 * 1024;
/// A body of that size must have arrived within this; the server itself only times the head.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned + Validate<Context = ()>> Input for Body<T> {
    async fn read(request: &HttpRequest, payload: &mut web::Payload) -> Result<Self, ApiError> {
        Ok(Self(read_json(request, payload).await?.0))
    }
}

/// A JSON body, and its bytes.
pub(crate) async fn read_json<T>(request: &HttpRequest, payload: &mut web::Payload) -> Result<(T, Vec<u8>), ApiError>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    require_plain_json(request)?;
    let bytes = match tokio::time::timeout(TIMEOUT, collect(request, payload)).await {
        Ok(bytes) => bytes?,
        Err(_) => return Err(ApiError::field("body", "must arrive within 10 s")),
    };
    // An array in the order of the fields would pass for the object, too.
    if bytes.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
        return Err(ApiError::field("body", "must be a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_slice(&bytes);
    let body: T = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| complaint(&error.path().to_string(), &error.inner().to_string(), "body"))?;
    json.end().map_err(|_| ApiError::field("body", "must be one JSON document"))?;
    body.validate().map_err(|found| report(&found))?;
    Ok((body, bytes))
}

/// For a member that may be left out but says what it is: null is refused, not taken for absence.
/// Goes with `default`.
pub(crate) fn no_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn require_plain_json(request: &HttpRequest) -> Result<(), ApiError> {
    let refuse = |what: &str| Err(ApiError::new(ErrorKey::UnsupportedMediaType, what));
    let mut types = request.headers().get_all(header::CONTENT_TYPE);
    let essence = types.next().and_then(|value| value.to_str().ok()).and_then(|text| text.split(';').next());
    if types.next().is_some() || !essence.is_some_and(|text| text.trim().eq_ignore_ascii_case("application/json")) {
        return refuse("Send the body as application/json.");
    }
    // Decoding would cost memory before any limit applies: nothing is decoded here.
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return refuse("Send the body without Content-Encoding.");
    }
    Ok(())
}

async fn collect(request: &HttpRequest, payload: &mut web::Payload) -> Result<Vec<u8>, ApiError> {
    let too_large = || ApiError::new(ErrorKey::PayloadTooLarge, format!("The body may have at most {LIMIT} bytes."));
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if declared.and_then(|text| text.parse::<u64>().ok()).is_some_and(|length| length > LIMIT as u64) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::field("body", "was cut off"))?;
        if bytes.len() + chunk.len() > LIMIT {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

//! What handlers take from a request besides their guard, each parsed into a type that fits or
//! refused with the field that does not.

mod body;
mod path;
mod query;

use actix_web::{HttpRequest, web};
use podarmor_domain::FieldError;

pub(crate) use body::{Body, no_null, read_json};
pub(crate) use path::{
    ApiKeyPath, CvePath, DeliveryPath, FeatureRequestPath, ImagePath, ScanPath, SessionPath, UserPath, VersionPath,
    WatchPath, WebhookPath,
};
pub(crate) use query::{Query, refuse_parameters};

use crate::error::ApiError;

/// An argument that is read from the request, after the guard has let it pass.
pub(crate) trait Input: Sized {
    /// Whether it reads an `Idempotency-Key`, for the document.
    const DONE_ONCE: bool = false;
    /// Whether it reads the query. An operation without such an input takes no parameter.
    const READS_QUERY: bool = false;

    async fn read(request: &HttpRequest, payload: &mut web::Payload) -> Result<Self, ApiError>;
}

impl Input for HttpRequest {
    async fn read(request: &HttpRequest, _: &mut web::Payload) -> Result<Self, ApiError> {
        Ok(request.clone())
    }
}

/// A deserialiser's complaint, with the field it is about. What was sent is not repeated: it
/// may be a password in the wrong place.
fn complaint(path: &str, message: &str, whole: &str) -> FieldError {
    let message = without_position(message);
    let path = if path.is_empty() || path == "." { whole } else { path };
    let quoted = |message: &str| message.split('`').nth(1).map(str::to_owned);
    let told = ["unknown field", "missing field", "duplicate field"];
    match told.iter().find(|start| message.starts_with(**start)) {
        Some(start) => {
            let name = quoted(message).unwrap_or_else(|| path.to_owned());
            let parent = path.strip_suffix(&name).unwrap_or(path).trim_end_matches('.');
            let place = if parent.is_empty() || parent == whole { name } else { format!("{parent}.{name}") };
            FieldError::new(place, (*start).to_owned())
        }
        None if message.starts_with("unknown variant") => {
            let expected = message.split_once("expected ").map_or("", |(_, expected)| expected);
            FieldError::new(path, format!("must be {}", expected.replace('`', "")))
        }
        None if message.starts_with("must be ") => FieldError::new(path, message),
        None => FieldError::new(path, "has the wrong type or form"),
    }
}

/// The message without the place in the text that the JSON reader adds: the path says it better.
fn without_position(message: &str) -> &str {
    match message.rsplit_once(" at line ") {
        Some((message, place)) if place.bytes().all(|c| c.is_ascii_digit() || b" column".contains(&c)) => message,
        _ => message,
    }
}

/// All complaints of a garde report.
fn report(report: &garde::Report) -> ApiError {
    let fields = report.iter().map(|(path, error)| FieldError::new(camel_case(&path.to_string()), error.message()));
    ApiError::invalid(fields.collect())
}

/// Field names as the API spells them.
fn camel_case(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut chars = word.chars();
        let head: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
        name + &head + chars.as_str()
    })
}

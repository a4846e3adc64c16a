//! Requests that are done once: from the `Idempotency-Key` header to the domain's [`Once`], and
//! from its [`Outcome`] to the answer.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use garde::Validate;
use podarmor_domain::idempotency::{IdempotencyKey, Once, Outcome, StoredAnswer};
use podarmor_domain::{Error, Sha256};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::error::ApiError;
use crate::input::{Input, read_json};
use crate::operation::state;

/// The key of a request, if it has one, and what is asked under it.
pub(crate) struct Keyed(Option<(IdempotencyKey, Sha256)>);

impl Keyed {
    /// Of a request with this JSON body, or none. The hash is that of the path and the body, however
    /// the body is spaced and ordered.
    fn of(request: &HttpRequest, body: &[u8]) -> Result<Self, ApiError> {
        let mut values = request.headers().get_all(IdempotencyKey::HEADER);
        let Some(value) = values.next() else { return Ok(Self(None)) };
        if values.next().is_some() {
            return Err(ApiError::field(IdempotencyKey::HEADER, "must be sent once"));
        }
        let key = IdempotencyKey::parse(value.as_bytes())?;
        let mut content = request.path().as_bytes().to_vec();
        if !body.is_empty() {
            let body: serde_json::Value = serde_json::from_slice(body).map_err(ApiError::internal)?;
            content.push(b'\n');
            serde_json::to_writer(&mut content, &body).map_err(ApiError::internal)?;
        }
        Ok(Self(Some((key, Sha256::of(&content)))))
    }

    /// Lets `make` do what is asked, unless it was done before, and answers as `render` has it:
    /// the same bytes both times.
    pub(crate) async fn answer<T>(
        self,
        request: &HttpRequest,
        render: impl Fn(&T) -> Result<Answer, ApiError> + Send + Sync,
        make: impl AsyncFnOnce(Option<&Once<'_, T>>) -> Result<Outcome<T>, Error>,
    ) -> Result<Answer, ApiError> {
        let operation = format!("{}:{}", request.method(), request.match_pattern().unwrap_or_default());
        let store = |made: &T| render(made).ok().and_then(written).ok_or_else(|| Error::internal(Unwritable));
        let seal = &*state(request)?.services.seal;
        let once = self.0.map(|(key, content)| Once::new(&operation, key, content, seal, &store));
        match make(once.as_ref()).await? {
            Outcome::Done(made) => render(&made),
            Outcome::Replayed(answer) => read(&answer),
        }
    }
}

/// Only answers that are JSON can be kept.
#[derive(Debug, thiserror::Error)]
#[error("an answer cannot be kept")]
struct Unwritable;

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    location: Option<String>,
    body: String,
}

fn written(answer: Answer) -> Option<StoredAnswer> {
    let (status, location, body) = answer.into_json_parts()?;
    let kept = Kept { status: status.as_u16(), location, body: String::from_utf8(body.to_vec()).ok()? };
    serde_json::to_vec(&kept).ok().map(StoredAnswer)
}

fn read(answer: &StoredAnswer) -> Result<Answer, ApiError> {
    let Kept { status, location, body } = serde_json::from_slice(&answer.0).map_err(ApiError::internal)?;
    let status = StatusCode::from_u16(status).map_err(ApiError::internal)?;
    Ok(Answer::replayed(status, location, body.into()))
}

/// A request that is done once and has no body.
impl Input for Keyed {
    const DONE_ONCE: bool = true;

    async fn read(request: &HttpRequest, _: &mut web::Payload) -> Result<Self, ApiError> {
        Self::of(request, b"")
    }
}

/// The JSON body of a request that is done once.
pub(crate) struct KeyedBody<T> {
    pub(crate) body: T,
    pub(crate) keyed: Keyed,
}

impl<T: DeserializeOwned + Validate<Context = ()>> Input for KeyedBody<T> {
    const DONE_ONCE: bool = true;

    async fn read(request: &HttpRequest, payload: &mut web::Payload) -> Result<Self, ApiError> {
        let (body, bytes) = read_json(request, payload).await?;
        Ok(Self { body, keyed: Keyed::of(request, &bytes)? })
    }
}

//! Sessions: keeping one alive, ending one, seeing one's own.

use actix_web::HttpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use podarmor_domain::Error;
use podarmor_domain::access::{RefreshToken, Session, SessionOwn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::{Answer, Keep};
use crate::error::ApiError;
use crate::guard::{AtTenant, Auth, SigningOut};
use crate::identity::bearer;
use crate::input::{Body, SessionPath};
use crate::operation::state;
use crate::resources::auth::TokensBody;

/// A refresh token.
#[derive(Deserialize, ToSchema, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct RefreshBody {
    /// The `refreshToken` of the sign-in or of the last refresh.
    #[garde(length(bytes, min = 1, max = 256), custom(fits_token))]
    #[schema(min_length = 1, max_length = 256)]
    refresh_token: String,
}

/// A session of one's own.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionBody {
    /// The session's id.
    #[schema(format = "uuid")]
    id: String,
    /// Signed in at.
    #[schema(format = "date-time")]
    created_at: String,
    /// Last kept alive at.
    #[schema(format = "date-time")]
    refreshed_at: String,
    /// Ends by itself at.
    #[schema(format = "date-time")]
    expires_at: String,
    /// Whether it is the one that asks.
    current: bool,
}

/// One's own live sessions, newest first, at most 50.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionListBody {
    items: Vec<SessionBody>,
    /// Always null: there is one page.
    next_cursor: Option<String>,
}

impl From<(Session, bool)> for SessionBody {
    fn from((session, current): (Session, bool)) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: session.created_at.to_string(),
            refreshed_at: session.refreshed_at.to_string(),
            expires_at: session.expires_at.to_string(),
            current,
        }
    }
}

/// What cannot be part of any token is a mistake in the body, not a wrong token.
pub(crate) fn fits_token(text: &str, (): &()) -> garde::Result {
    if text.chars().any(char::is_control) {
        return Err(garde::Error::new("must not contain control characters"));
    }
    Ok(())
}

/// The 32 bytes behind a token that was handed out in base64url.
pub(crate) fn token_bytes(text: &str) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// Refresh a session
///
/// Exchanges a refresh token for a new pair of tokens. Each works once. A used token that comes
/// again within 5 seconds is refused and nothing else happens; later than that, the session ends.
#[utoipa::path(
    post, path = "/api/auth/refresh", tag = "Auth", request_body = RefreshBody,
    responses((status = 200, description = "A new pair.", body = TokensBody))
)]
pub(crate) async fn refresh_session(
    AtTenant(tenant): AtTenant,
    request: HttpRequest,
    Body(body): Body<RefreshBody>,
) -> Result<Answer, ApiError> {
    let bytes = token_bytes(&body.refresh_token).ok_or(Error::Unauthenticated)?;
    let signed_in = state(&request)?.services.sessions.refresh(&tenant, &RefreshToken::from_bytes(bytes)).await?;
    Answer::json(Keep::Never, &TokensBody::from(signed_in))
}

/// Sign out
///
/// Ends this session: its access tokens and its refresh token stop working. Saying it once more
/// changes nothing.
#[utoipa::path(
    post, path = "/api/auth/logout", tag = "Auth",
    responses((status = 204, description = "Signed out."))
)]
pub(crate) async fn logout(SigningOut(who): SigningOut, request: HttpRequest) -> Result<Answer, ApiError> {
    let Some(who) = who else { return Ok(Answer::Done) };
    let state = state(&request)?;
    state.services.sessions.logout(&who).await?;
    state.actors.forget(bearer(request.headers())?);
    Ok(Answer::Done)
}

/// List my sessions
///
/// One's own live sessions, newest first.
#[utoipa::path(
    get, path = "/api/auth/sessions", tag = "Auth",
    responses((status = 200, description = "The sessions.", body = SessionListBody))
)]
pub(crate) async fn list_sessions(Auth(who): Auth<SessionOwn>, request: HttpRequest) -> Result<Answer, ApiError> {
    let sessions = state(&request)?.services.sessions.list(&who).await?;
    let items = sessions.into_iter().map(SessionBody::from).collect();
    Answer::json(Keep::Private, &SessionListBody { items, next_cursor: None })
}

/// End one of my sessions
///
/// Its access tokens stop working within 5 seconds.
#[utoipa::path(
    delete, path = "/api/auth/sessions/{id}", tag = "Auth",
    params(("id" = String, Path, format = "uuid", description = "The session's id.")),
    responses((status = 204, description = "Ended."))
)]
pub(crate) async fn end_session(
    Auth(who): Auth<SessionOwn>,
    request: HttpRequest,
    SessionPath(session): SessionPath,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    state.services.sessions.end(&who, session).await?;
    if who.member()?.session() == session {
        state.actors.forget(bearer(request.headers())?);
    }
    Ok(Answer::Done)
}

//! Changing one's password, and setting the first one by invitation.

use actix_web::HttpRequest;
use podarmor_domain::Error;
use podarmor_domain::access::{InvitationToken, NewPassword, Password, SessionOwn};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::error::ApiError;
use crate::guard::{AtTenant, Auth};
use crate::input::Body;
use crate::operation::state;
use crate::resources::auth::fits_password;
use crate::resources::sessions::{fits_token, token_bytes};

/// The old password and the new one.
#[derive(Deserialize, ToSchema, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ChangePasswordBody {
    /// The password in force.
    #[garde(custom(fits_password))]
    #[schema(format = "password", min_length = 1, max_length = 1024)]
    current_password: String,
    /// The one to be: 12 to 128 characters, none of the most common ones.
    #[garde(custom(fits_new_password))]
    #[schema(format = "password", min_length = 12, max_length = 128)]
    new_password: String,
}

/// An invitation's token and the password to set.
#[derive(Deserialize, ToSchema, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct SetPasswordBody {
    /// The token of the invitation.
    #[garde(length(bytes, min = 1, max = 256), custom(fits_token))]
    #[schema(min_length = 1, max_length = 256)]
    token: String,
    /// The password to set: 12 to 128 characters, none of the most common ones.
    #[garde(custom(fits_new_password))]
    #[schema(format = "password", min_length = 12, max_length = 128)]
    new_password: String,
}

fn fits_new_password(text: &str, (): &()) -> garde::Result {
    NewPassword::parse("newPassword", text).map(drop).map_err(|field| garde::Error::new(field.message))
}

/// Change my password
///
/// Ends all of one's other sessions; an invitation stops working. At most 5 tries in any 15 minutes.
#[utoipa::path(
    put, path = "/api/auth/password", tag = "Auth", request_body = ChangePasswordBody,
    responses((status = 204, description = "Changed."))
)]
pub(crate) async fn change_password(
    Auth(who): Auth<SessionOwn>,
    request: HttpRequest,
    Body(body): Body<ChangePasswordBody>,
) -> Result<Answer, ApiError> {
    let current = Password::parse("currentPassword", &body.current_password)?;
    let new = NewPassword::parse("newPassword", &body.new_password)?;
    state(&request)?.services.passwords.change(&who, current, new).await?;
    Ok(Answer::Done)
}

/// Set a password by invitation
///
/// The token of an invitation works once, for 7 days. All earlier sessions of the user end.
#[utoipa::path(
    post, path = "/api/auth/set-password", tag = "Auth", request_body = SetPasswordBody,
    responses((status = 204, description = "Set: sign in with it."))
)]
pub(crate) async fn set_password(
    AtTenant(tenant): AtTenant,
    request: HttpRequest,
    Body(body): Body<SetPasswordBody>,
) -> Result<Answer, ApiError> {
    let token = token_bytes(&body.token).map(InvitationToken::from_bytes).ok_or(Error::InvalidCredentials)?;
    let new = NewPassword::parse("newPassword", &body.new_password)?;
    state(&request)?.services.passwords.set(&tenant, &token, new).await?;
    Ok(Answer::Done)
}

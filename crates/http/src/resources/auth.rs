//! Signing in, and who one is.

use actix_web::HttpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use podarmor_domain::access::{AccessClaims, Email, Password, SessionOwn, SignedIn, User};
use podarmor_domain::tenant::TenantSlug;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::{Answer, Keep};
use crate::error::ApiError;
use crate::guard::{Auth, SignInAttempt};
use crate::input::Body;
use crate::operation::state;

/// Credentials.
#[derive(Deserialize, ToSchema, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct LoginBody {
    /// The e-mail address.
    #[garde(custom(fits_email))]
    #[schema(format = "email", max_length = 254, example = "viewer@acme.example")]
    email: String,
    /// The password, at most 1,024 bytes.
    #[garde(custom(fits_password))]
    #[schema(format = "password", min_length = 1, max_length = 1024)]
    password: String,
}

pub(crate) fn fits_email(text: &str, (): &()) -> garde::Result {
    Email::parse("email", text).map(drop).map_err(|field| garde::Error::new(field.message))
}

pub(crate) fn fits_password(text: &str, (): &()) -> garde::Result {
    Password::parse("password", text).map(drop).map_err(|field| garde::Error::new(field.message))
}

/// Tokens, and whose they are.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokensBody {
    /// The bearer token for `Authorization`.
    access_token: String,
    /// Keeps the session alive; shown this once.
    refresh_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token expires.
    expires_in: u64,
    /// Who signed in.
    user: UserBody,
}

/// A user of the tenant.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserBody {
    /// The user's id.
    #[schema(format = "uuid")]
    id: String,
    /// The e-mail address.
    email: String,
    /// The name.
    name: String,
    /// The role.
    #[schema(value_type = RoleSchema)]
    role: &'static str,
    /// The tenant's slug.
    tenant: String,
}

/// What a user is in the tenant.
#[derive(ToSchema)]
#[schema(as = Role, rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum RoleSchema {
    Viewer,
    User,
    Admin,
}

/// Who one is, and what one may do.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeBody {
    #[serde(flatten)]
    user: UserBody,
    /// What the role allows.
    permissions: Vec<&'static str>,
}

impl UserBody {
    fn of(user: &User, tenant: &TenantSlug) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.to_string(),
            name: user.name.to_string(),
            role: user.role.as_str(),
            tenant: tenant.to_string(),
        }
    }
}

impl From<SignedIn> for TokensBody {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            user: UserBody::of(&signed_in.user, &signed_in.tenant),
            access_token: signed_in.access_token,
            refresh_token: URL_SAFE_NO_PAD.encode(signed_in.refresh_token.expose()),
            token_type: "Bearer",
            expires_in: AccessClaims::LIFETIME.as_secs(),
        }
    }
}

/// Sign in
///
/// Exchanges an e-mail address and a password for tokens. At most 5 attempts per address in any
/// 15 minutes, successful ones included. Whatever was wrong, the answer is the same.
#[utoipa::path(
    post, path = "/api/auth/login", tag = "Auth", request_body = LoginBody,
    responses((status = 200, description = "Signed in.", body = TokensBody))
)]
pub(crate) async fn login(
    attempt: SignInAttempt,
    request: HttpRequest,
    Body(body): Body<LoginBody>,
) -> Result<Answer, ApiError> {
    let password = Password::parse("password", &body.password)?;
    let signed_in = state(&request)?.services.sign_in.login(&attempt.tenant, &body.email, password).await?;
    Answer::json(Keep::Never, &TokensBody::from(signed_in))
}

/// Who am I
///
/// The signed-in user, the tenant, and what the role allows.
#[utoipa::path(
    get, path = "/api/auth/me", tag = "Auth",
    responses((status = 200, description = "The signed-in user.", body = MeBody))
)]
pub(crate) async fn get_me(Auth(who): Auth<SessionOwn>, request: HttpRequest) -> Result<Answer, ApiError> {
    let account = state(&request)?.services.users.me(&who).await?;
    let user = UserBody::of(&account.user, &account.tenant);
    let permissions = account.user.role.permissions().map(podarmor_domain::access::Permission::as_str).collect();
    Answer::json(Keep::Private, &MeBody { user, permissions })
}

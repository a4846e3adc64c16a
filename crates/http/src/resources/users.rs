//! Users of the tenant, for its admins.

use actix_web::HttpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use podarmor_domain::access::{
    Email, Invitation, Role, UserChange, UserName, UserRecord, UserState, UsersRead, UsersWrite,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Answer, Keep};
use crate::error::ApiError;
use crate::guard::Auth;
use crate::idempotency::{Keyed, KeyedBody};
use crate::input::{Body, Query, UserPath};
use crate::operation::state;
use crate::paging::{Listing, TotalBody};
use crate::resources::auth::fits_email;
use crate::services::State;

/// Which page.
#[derive(Deserialize, IntoParams, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ListUsers {
    /// Entries a page.
    #[garde(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// Where to go on: the `nextCursor` of the page before.
    #[garde(skip)]
    #[param(max_length = 2048)]
    cursor: Option<String>,
    /// Whether to count all users.
    #[garde(skip)]
    #[param(default = false)]
    count: Option<bool>,
}

/// What a user is in the tenant.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
// By the word alone: a derived reader would take `{"admin": null}` for it as well.
#[serde(rename_all = "lowercase", try_from = "String")]
#[schema(as = Role)]
pub(crate) enum RoleBody {
    Viewer,
    User,
    Admin,
}

impl TryFrom<String> for RoleBody {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        Role::parse("role", &word).map(Self::from).map_err(|field| field.message)
    }
}

impl From<RoleBody> for Role {
    fn from(role: RoleBody) -> Self {
        match role {
            RoleBody::Viewer => Self::Viewer,
            RoleBody::User => Self::User,
            RoleBody::Admin => Self::Admin,
        }
    }
}

impl From<Role> for RoleBody {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => Self::Viewer,
            Role::User => Self::User,
            Role::Admin => Self::Admin,
        }
    }
}

/// Whether a user can sign in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = UserStatus)]
pub(crate) enum UserStatusBody {
    /// Can sign in.
    Active,
    /// Has not set a password yet.
    Invited,
    /// Must not sign in.
    Disabled,
}

/// A user, as an admin sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserRecordBody {
    /// The user's id.
    #[schema(format = "uuid")]
    id: String,
    /// The e-mail address.
    email: String,
    /// The name.
    name: String,
    /// The role.
    role: RoleBody,
    /// Whether the user can sign in.
    status: UserStatusBody,
    /// Since when.
    #[schema(format = "date-time")]
    created_at: String,
}

impl From<&UserRecord> for UserRecordBody {
    fn from(record: &UserRecord) -> Self {
        Self {
            id: record.user.id.to_string(),
            email: record.user.email.to_string(),
            name: record.user.name.to_string(),
            role: record.user.role.into(),
            status: match record.state {
                UserState::Active => UserStatusBody::Active,
                UserState::Invited => UserStatusBody::Invited,
                UserState::Disabled => UserStatusBody::Disabled,
            },
            created_at: record.created_at.to_string(),
        }
    }
}

/// A page of users.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserList {
    items: Vec<UserRecordBody>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
    /// All users; only when `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<TotalBody>,
}

/// Somebody to invite.
#[derive(Deserialize, ToSchema, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct InviteUserBody {
    /// The e-mail address, unique within the tenant.
    #[garde(custom(fits_email))]
    #[schema(format = "email", max_length = 254)]
    email: String,
    /// The name, 1 to 100 characters.
    #[garde(custom(fits_name))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// The role.
    #[garde(skip)]
    role: RoleBody,
}

/// What changes of a user; whatever is left out stays.
#[derive(Deserialize, ToSchema, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct UpdateUserBody {
    /// The name, 1 to 100 characters.
    #[garde(inner(custom(fits_name)))]
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// The role.
    #[garde(skip)]
    role: Option<RoleBody>,
    /// Whether the user is kept from signing in.
    #[garde(skip)]
    disabled: Option<bool>,
}

fn fits_name(text: &str, (): &()) -> garde::Result {
    UserName::parse("name", text).map(drop).map_err(|field| garde::Error::new(field.message))
}

/// An invited user, and how the password is set.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvitationBody {
    /// The user.
    user: UserRecordBody,
    /// How the password is set; shown this once.
    invitation: InvitationLinkBody,
}

/// How a password is set.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvitationLinkBody {
    /// For `POST /api/auth/set-password`. Works once.
    token: String,
    /// A link to hand on. The token is behind the `#`, which browsers do not send.
    link: String,
    /// Until when it is good.
    #[schema(format = "date-time")]
    expires_at: String,
}

impl InvitationBody {
    fn of(invitation: &Invitation, tenant: &str, state: &State) -> Self {
        let token = URL_SAFE_NO_PAD.encode(invitation.token.expose());
        let base = state.settings.public_url.trim_end_matches('/');
        Self {
            user: (&invitation.record).into(),
            invitation: InvitationLinkBody {
                link: format!("{base}/set-password?tenant={tenant}#{token}"),
                token,
                expires_at: invitation.expires_at.to_string(),
            },
        }
    }
}

fn invited(invitation: &Invitation, tenant: &str, state: &State) -> Result<Answer, ApiError> {
    let location = format!("/api/users/{}", invitation.record.user.id);
    Answer::created(location, &InvitationBody::of(invitation, tenant, state))
}

/// List users
///
/// The tenant's users, by e-mail address.
#[utoipa::path(
    get, path = "/api/users", tag = "Users", params(ListUsers),
    responses((status = 200, description = "A page of users.", body = UserList))
)]
pub(crate) async fn list_users(
    Auth(who): Auth<UsersRead>,
    request: HttpRequest,
    Query(parameters): Query<ListUsers>,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    let listing = Listing { seal: &state.cursors, scope: who.scope(), query: "users".to_owned() };
    let page = listing.page(parameters.limit, parameters.cursor.as_deref(), parameters.count)?;
    let found = state.services.users.list(&who, &page).await?;
    let next_cursor = listing.next(&found);
    let items = found.items.iter().map(UserRecordBody::from).collect();
    let body = UserList { items, next_cursor, total: found.total.map(Into::into) };
    Answer::page(&request, body.next_cursor.as_deref(), &body)
}

/// Invite a user
///
/// Makes a user without a password, and a one-time invitation to set one. No mail is sent: hand
/// the link on yourself.
#[utoipa::path(
    post, path = "/api/users", tag = "Users", request_body = InviteUserBody,
    responses((status = 201, description = "Invited.", body = InvitationBody))
)]
pub(crate) async fn invite_user(
    Auth(who): Auth<UsersWrite>,
    request: HttpRequest,
    KeyedBody { body, keyed }: KeyedBody<InviteUserBody>,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    let (email, name) = (Email::parse("email", &body.email)?, UserName::parse("name", &body.name)?);
    let tenant = who.member()?.slug().as_str();
    let (users, role) = (&state.services.users, body.role.into());
    let render = |made: &_| invited(made, tenant, state);
    keyed.answer(&request, render, async |once| users.invite(&who, email, name, role, once).await).await
}

/// Show a user
///
/// One user of the tenant.
#[utoipa::path(
    get, path = "/api/users/{id}", tag = "Users",
    params(("id" = String, Path, format = "uuid", description = "The user's id.")),
    responses((status = 200, description = "The user.", body = UserRecordBody))
)]
pub(crate) async fn get_user(
    Auth(who): Auth<UsersRead>,
    request: HttpRequest,
    UserPath(user): UserPath,
) -> Result<Answer, ApiError> {
    let record = state(&request)?.services.users.get(&who, user).await?;
    Answer::json(Keep::Private, &UserRecordBody::from(&record))
}

/// Change a user
///
/// Name, role, or whether the user is kept from signing in. The last active admin of a tenant
/// can be neither demoted nor disabled. A disabled user's sessions end, and its invitation stops
/// working.
#[utoipa::path(
    put, path = "/api/users/{id}", tag = "Users", request_body = UpdateUserBody,
    params(("id" = String, Path, format = "uuid", description = "The user's id.")),
    responses((status = 200, description = "The user as it is now.", body = UserRecordBody))
)]
pub(crate) async fn update_user(
    Auth(who): Auth<UsersWrite>,
    request: HttpRequest,
    UserPath(user): UserPath,
    Body(body): Body<UpdateUserBody>,
) -> Result<Answer, ApiError> {
    let name = body.name.as_deref().map(|name| UserName::parse("name", name)).transpose()?;
    let change = UserChange { name, role: body.role.map(Into::into), disabled: body.disabled };
    let record = state(&request)?.services.users.update(&who, user, change).await?;
    Answer::json(Keep::Never, &UserRecordBody::from(&record))
}

/// Remove a user
///
/// With all sessions. The last active admin of a tenant cannot be removed.
#[utoipa::path(
    delete, path = "/api/users/{id}", tag = "Users",
    params(("id" = String, Path, format = "uuid", description = "The user's id.")),
    responses((status = 204, description = "Removed."))
)]
pub(crate) async fn delete_user(
    Auth(who): Auth<UsersWrite>,
    request: HttpRequest,
    UserPath(user): UserPath,
) -> Result<Answer, ApiError> {
    state(&request)?.services.users.delete(&who, user).await?;
    Ok(Answer::Done)
}

/// Invite a user again
///
/// A fresh invitation; earlier ones stop working. Also for somebody who forgot the password, but
/// not for a disabled user.
#[utoipa::path(
    post, path = "/api/users/{id}/invitation", tag = "Users",
    params(("id" = String, Path, format = "uuid", description = "The user's id.")),
    responses((status = 201, description = "Invited.", body = InvitationBody))
)]
pub(crate) async fn invite_user_again(
    Auth(who): Auth<UsersWrite>,
    request: HttpRequest,
    UserPath(user): UserPath,
    keyed: Keyed,
) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    let tenant = who.member()?.slug().as_str();
    let (users, render) = (&state.services.users, |made: &_| invited(made, tenant, state));
    keyed.answer(&request, render, async |once| users.invite_again(&who, user, once).await).await
}

//! Who may do what: roles and permissions, signed-in actors and API keys, sessions, passwords,
//! and the login limit.

mod actor;
mod api_key;
mod client_address;
mod login_limit;
mod password;
mod permission;
mod role;
mod session;
mod sign_in;
mod user;

pub use actor::{Actor, Authorized, KeyActor, SystemScope, TenantScope};
pub use api_key::{
    ApiKey, ApiKeyHash, ApiKeyHasher, ApiKeyLookup, ApiKeyName, ApiKeySecret, ApiKeyService, ApiKeyState, ApiKeyUse,
    ApiKeyWrites, ApiKeys, CreatedApiKey, KeyActors, KeyPermit, NewApiKey, ReadCatalog, ReadSbom, ReadVulns, Scope,
};
pub use client_address::{Forwarding, TrustedProxies, client_address};
pub use login_limit::{AttemptKey, LoginAttempts, LoginLimit, LoginLimitState, Window};
pub use password::{NewPassword, Password, PasswordHash};
pub use permission::{
    ApiKeysRead, ApiKeysWrite, ImagesRead, Permission, Permit, RequestsRead, RequestsWrite, SbomsRead, ScansRead,
    SessionOwn, UsersRead, UsersWrite, WatchesRead, WatchesWrite, WebhooksRead, WebhooksWrite,
};
pub use role::Role;
pub use session::{
    AccessClaims, InvitationState, InvitationToken, NewSession, OwnSessions, PasswordService, RefreshToken,
    RefreshTokenHash, RefreshTokenState, Session, SessionActors, SessionList, SessionService, SessionState,
    SessionStates, Sessions,
};
pub use sign_in::{SignIn, SignedIn};
pub use user::{
    Account, Email, Invitation, LoginAccount, NewInvitation, NewUser, User, UserChange, UserName, UserPosition,
    UserRecord, UserService, UserState, UserWrites, Users,
};

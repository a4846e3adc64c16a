//! Who may do what: roles and permissions, signed-in actors, sessions, and the login limit.

mod actor;
mod client_address;
mod login_limit;
mod password;
mod permission;
mod role;
mod session;
mod sign_in;
mod user;

pub use actor::{Actor, Authorized, SystemScope, TenantScope};
pub use client_address::{AddressKey, Forwarding, TrustedProxies, client_address};
pub use login_limit::{LoginAttempts, LoginLimit, LoginLimitState, Window};
pub use password::{NewPassword, Password, PasswordHash};
pub use permission::{ImagesRead, Permission, Permit, SbomsRead, ScansRead, SessionOwn};
pub use role::Role;
pub use session::{
    AccessClaims, NewSession, RefreshToken, RefreshTokenHash, SessionActors, SessionState, SessionStates, Sessions,
};
pub use sign_in::{SignIn, SignedIn};
pub use user::{Account, Email, LoginAccount, NewUser, User, UserName, UserService, Users};

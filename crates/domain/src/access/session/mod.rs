//! Sessions: what a sign-in leaves behind, how a token becomes an actor, how a session is kept
//! alive and ended.

mod actors;
mod model;
mod passwords;
mod ports;
mod service;
#[cfg(test)]
mod tests;

pub use actors::SessionActors;
pub use model::{
    AccessClaims, InvitationState, InvitationToken, NewSession, RefreshToken, RefreshTokenHash, RefreshTokenState,
    Session, SessionState,
};
pub use passwords::PasswordService;
pub use ports::{OwnSessions, SessionList, SessionStates, Sessions};
pub use service::SessionService;
pub(crate) use service::access_token;

//! Users of a tenant, and what its admins do with them.

mod model;
mod ports;
mod service;
#[cfg(test)]
mod tests;

pub use model::{
    Account, Email, Invitation, LoginAccount, NewInvitation, NewUser, User, UserChange, UserName, UserPosition,
    UserRecord, UserState,
};
pub use ports::{UserWrites, Users};
pub use service::UserService;

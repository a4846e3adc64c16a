//! The portal's REST API on actix-web, and its OpenAPI document.
//!
//! [`operations`] lists every endpoint on one screen; each lives in a file of [`resources`],
//! request and answer bodies on top, handlers below. The access rule of a handler is its first
//! argument ([`guard`]). Nothing here knows a database.

mod actors;
mod answer;
mod app;
mod connection;
mod docs;
mod error;
mod guard;
mod idempotency;
mod identity;
mod input;
mod limits;
pub mod openapi;
mod operation;
mod operations;
mod paging;
mod request;
mod resources;
mod services;
mod set_password;
mod unread;

pub use app::serve;
pub use error::status_of;
pub use guard::Access;
pub use operation::Operation;
pub use operations::{portal_operations, public_v1_operations};
pub use services::{PublicKeys, Services, Settings};

//! The portal's REST API on actix-web, and its OpenAPI document.
//!
//! [`operations`] lists every endpoint on one screen; each lives in a file of [`resources`],
//! request and answer bodies on top, handlers below. The access rule of a handler is its first
//! argument ([`guard`]). Nothing here knows a database.

mod actors;
mod answer;
mod app;
mod docs;
mod error;
mod guard;
mod input;
pub mod openapi;
mod operation;
mod operations;
mod paging;
mod request;
mod resources;
mod services;

pub use app::serve;
pub use error::status_of;
pub use guard::Access;
pub use operation::Operation;
pub use operations::operations;
pub use services::{Services, Settings};

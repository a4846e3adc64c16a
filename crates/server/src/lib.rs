//! The portal put together: configuration, the command line, the server's start and stop, and
//! the demo. What the portal *does* is in the domain; what it talks to is in the adapters.

pub mod cli;
pub mod config;
mod console;
mod demo;
mod documents;
mod logging;
mod publisher;
mod scope;
mod services;
mod webhooks;
pub mod wire;
mod workers;

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

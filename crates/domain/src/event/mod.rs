//! What happened, as it is told to tenants: the kinds of events, their data, and the feed.
//!
//! The types in [`data`] and [`message`] are the wire format of webhooks. They are the only types
//! of this crate that serialise, so that a receiver written in Rust can read deliveries with them.

pub mod data;
mod feed;
mod kind;
pub mod message;
mod timestamps;

pub use feed::{EventFeed, EventPosition, Events, FeedEvent, FeedPage};
pub use kind::EventKind;

//! For tests and first steps: an in-memory store, fixtures, and the contract that every store
//! must keep.
//!
//! - [`MemoryStore`] keeps everything in memory and behaves as the ports say.
//! - [`fixtures`] has a clock that stands still, countable randomness, a hasher that costs
//!   nothing, and builders for findings, reports and images.
//! - [`World`] wires every service over a store with those fixtures.
//! - [`mocks`] are for failures: stores that are away, units of work that break.
//! - [`contract`] is the list of promises of a [`Store`](crate::store::Store);
//!   [`contract_suite!`](crate::contract_suite) makes one test of each.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "test support: a failed expectation is a failed test"
)]

pub mod contract;
pub mod fixtures;
mod memory;
pub mod mocks;
mod world;

pub use memory::MemoryStore;
pub use world::{Member, World};

use crate::access::SystemScope;

/// The publisher's right to see everything, for tests.
#[must_use]
pub const fn publisher() -> SystemScope {
    #[expect(clippy::disallowed_methods, reason = "a test acts as the publisher")]
    SystemScope::assume("a test acts as the publisher")
}

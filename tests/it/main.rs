//! Tests of the portal through a real server on a real port, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed step is a failed test")]

mod access;
mod api_keys;
mod ci_gate;
mod connections;
mod cursors;
mod cve_watches;
mod documentation;
mod errors;
mod events;
mod feature_requests;
mod headers;
mod idempotency;
mod images;
mod isolation;
mod login_limit;
mod passwords;
mod public_v1;
mod sboms;
mod scans;
mod sessions;
mod sign_in;
mod status;
mod tenants;
mod users;
mod webhooks;

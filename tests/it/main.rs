//! Tests of the portal through a real server on a real port, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed step is a failed test")]

mod access;
mod cursors;
mod documentation;
mod errors;
mod headers;
mod images;
mod isolation;
mod login_limit;
mod sboms;
mod scans;
mod sign_in;
mod status;

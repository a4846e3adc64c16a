//! The program itself, as a process: killed, asked to stop, listened to, and heard by receivers of webhooks.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed step is a failed test")]

mod deliveries;
mod killed;
mod log;
mod postgres;
mod process;
mod publisher;
mod receiver;
mod stopped;
mod waiting;

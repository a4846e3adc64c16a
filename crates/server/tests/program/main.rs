//! The program itself, as a process: killed, asked to stop, and listened to.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed step is a failed test")]

mod killed;
mod log;
mod process;
mod stopped;

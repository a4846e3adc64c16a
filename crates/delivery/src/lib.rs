//! Sends webhook attempts: the adapter behind the domain's [`WebhookSender`] and [`Destinations`].
//!
//! - [`HttpSender`] signs an attempt and sends it once over HTTP/1.1.
//! - [`ResolvedDestinations`] judges a URL when a subscription is made or changed.
//! - [`SystemResolver`] asks the system for addresses; [`Resolve`] is what both need of it.
//!
//! # What holds
//!
//! **No connection to an address that was not judged.** An address in the URL is judged with the
//! URL before every attempt. A name is resolved for every attempt, by the only resolver that the
//! client has, and that one hands out judged addresses alone. Redirects and proxies (those of the
//! environment too) do not exist for the client.
//!
//! **At most one request for an attempt.** Every attempt has a connection of its own: there is no
//! idle connection that can turn out to be dead, so nothing that would have to be sent again, and
//! no connection that outlives its judgement. The client's own retries are off. Sessions of TLS
//! are resumed, so the second attempt to a host costs no second full handshake.
//!
//! **An end.** One deadline spans resolving, connecting, TLS, the request, and the answer. The
//! answer's head is bounded (100 fields, 408 KiB), its body is read for a second and 64 KiB at
//! most, and never decompressed. The head decides the status: a body that hangs or breaks off
//! takes nothing back.
//!
//! **Nothing to read inside.** An excerpt of the answer is kept only if the address that was
//! connected to is public, not when only the operator's list let it in.
//!
//! # Whom it trusts
//!
//! The certificates of the system (on Linux: the usual folders, or `SSL_CERT_FILE` and
//! `SSL_CERT_DIR`), and those handed to [`HttpSender::new`]. A system without any is no obstacle
//! to starting; attempts over `https` then fail with `TLS failed`.
//!
//! [`WebhookSender`]: podarmor_domain::webhook::WebhookSender
//! [`Destinations`]: podarmor_domain::webhook::Destinations
#![deny(missing_docs)]

mod admission;
mod answer;
mod error;
mod failure;
mod judging;
mod resolve;
mod retry_after;
mod sender;
mod signing;
#[cfg(test)]
mod tests;

pub use error::DeliveryError;
pub use judging::ResolvedDestinations;
pub use resolve::{Resolve, SystemResolver};
pub use sender::{HttpSender, SenderSettings};
pub use signing::{USER_AGENT, signed_headers};

//! Sending one attempt: what goes out, what comes back, and the ports that do it.

use std::time::Duration;

use async_trait::async_trait;

use crate::event::EventKind;
use crate::id::DeliveryId;
use crate::macros::words;
use crate::webhook::{WebhookSecret, WebhookUrl};
use crate::{FieldError, Timestamp};

/// One attempt, ready to be signed and sent.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Where to.
    pub url: WebhookUrl,
    /// `X-PodArmor-Event`.
    pub event: EventKind,
    /// `X-PodArmor-Delivery` and `webhook-id`.
    pub delivery: DeliveryId,
    /// `webhook-timestamp`, in whole seconds.
    pub sent_at: Timestamp,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The exact bytes that are signed and sent.
    pub body: Vec<u8>,
    /// The secrets that sign, newest first: two while the older one of a rotation still does.
    pub secrets: Vec<WebhookSecret>,
}

words! {
    /// Why an attempt got no answer.
    SendFailure {
        /// The URL or an address of its host is not allowed.
        DestinationNotAllowed = "destination not allowed",
        /// The host's name does not resolve.
        NameNotResolved = "name not resolved",
        /// No connection.
        ConnectionFailed = "connection failed",
        /// No TLS session: the certificate is not trusted, say.
        TlsFailed = "TLS failed",
        /// No answer in time.
        TimedOut = "timed out",
        /// The connection ended before the answer did, or the answer is no HTTP.
        ConnectionLost = "connection lost",
        /// Something failed on this side.
        NotSent = "not sent",
    }
}

/// What `Retry-After` asks for (RFC 9110 section 10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// So long from now.
    Delay(Duration),
    /// Then.
    At(Timestamp),
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The receiver answered.
    Answered {
        /// The status code.
        status: u16,
        /// When it wants the next attempt.
        retry_after: Option<RetryAfter>,
        /// The start of its answer: printable, at most [`EXCERPT`] bytes, and only from public
        /// addresses.
        excerpt: Option<String>,
    },
    /// There was no answer.
    Failed(SendFailure),
}

/// The longest excerpt of an answer that is kept, in bytes.
pub const EXCERPT: usize = 1_024;

/// Sends attempts: signs the exact bytes, judges the address it connects to, follows no redirect,
/// and ends within its deadline.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait WebhookSender: Send + Sync {
    /// Sends it once.
    async fn send(&self, outgoing: &Outgoing) -> Sent;

    /// How long [`WebhookSender::send`] takes at most.
    fn deadline(&self) -> Duration;
}

/// Judges where a URL leads today.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Destinations: Send + Sync {
    /// Reads a URL and resolves its host. A name that does not resolve is let in: it is judged
    /// again whenever something is sent.
    ///
    /// # Errors
    /// A [`FieldError`] at `path` when it leads, or also leads, where nothing may be sent.
    async fn judge(&self, path: &str, url: &str) -> Result<WebhookUrl, FieldError>;
}

//! What the client's errors mean.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter::successors;

use podarmor_domain::webhook::SendFailure;

use crate::admission::NoAddress;

/// Why there was no answer.
pub(crate) fn failure(error: &reqwest::Error) -> SendFailure {
    if let Some(NoAddress(why)) = sources(error).find_map(|source| source.downcast_ref::<NoAddress>()) {
        return *why;
    }
    if error.is_builder() {
        return SendFailure::NotSent;
    }
    if error.is_timeout() {
        return SendFailure::TimedOut;
    }
    let io = sources(error).find_map(|source| source.downcast_ref::<io::Error>());
    match io {
        Some(io) if exhausted(io) => SendFailure::NotSent,
        // rustls says so of a peer that breaks the protocol or refuses, after the handshake too.
        Some(io) if innermost(io).kind() == ErrorKind::InvalidData => SendFailure::TlsFailed,
        // The network's own errors wrap nothing; the handshake wraps what went wrong in it.
        Some(io) if error.is_connect() && io.get_ref().is_some() => SendFailure::TlsFailed,
        _ if error.is_connect() => SendFailure::ConnectionFailed,
        _ => SendFailure::ConnectionLost,
    }
}

/// What is at the bottom of it. It never holds the URL.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    sources(error).skip(1).last().map_or_else(|| "unknown".to_owned(), ToString::to_string)
}

fn sources<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    successors(Some(error), |error: &&'e (dyn Error + 'static)| (*error).source())
}

/// `io::Error::source` skips an error that is wrapped directly.
fn innermost(error: &io::Error) -> &io::Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>());
    inner.map_or(error, innermost)
}

/// No port, file descriptor or memory left here: nothing the receiver can do about.
fn exhausted(error: &io::Error) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    const ENOBUFS: i32 = 105;
    matches!(error.kind(), ErrorKind::AddrNotAvailable | ErrorKind::OutOfMemory)
        || matches!(error.raw_os_error(), Some(ENFILE | EMFILE | ENOBUFS))
}

//! One sign-in, from an address that nobody has used before.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::failure::{Context, Outcome};
use crate::portal::http::Head;
use crate::portal::{PASSWORD, TENANT};

use super::EMAIL;

const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Who tries to sign in, and where.
#[derive(Clone, Copy)]
pub(super) struct Try<'a> {
    pub(super) tenant: &'a str,
    pub(super) email: &'a str,
    pub(super) password: &'a str,
}

impl Try<'_> {
    /// Succeeds.
    pub(super) const RIGHT: Try<'static> = Try { tenant: TENANT, email: EMAIL, password: PASSWORD };
    /// As long as the right one.
    pub(super) const WRONG: Try<'static> = Try { password: "correct horse battery staple 43", ..Self::RIGHT };
}

pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) retry_after: bool,
    pub(super) wait: Duration,
}

/// In a /64 of its own: the limit counts by these.
pub(super) fn fresh_address() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("2001:db8:{:x}:{:x}::1", number >> 16, number & 0xffff)
}

/// On a connection of its own.
pub(super) async fn sign_in(address: &str, from: &str, who: Try<'_>) -> Outcome<Answered> {
    let body = json!({ "email": who.email, "password": who.password }).to_string();
    let request = format!(
        "POST /api/auth/login HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nx-tenant: {}\r\nx-forwarded-for: {from}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        who.tenant,
        body.len(),
    );
    let started = Instant::now();
    let head = tokio::time::timeout(TIME_LIMIT, exchange(address, &request)).await.context("sign-in")??;
    let retry_after = head.header("retry-after").is_some();
    Ok(Answered { status: head.status, retry_after, wait: started.elapsed() })
}

/// Sends one request and reads its answer to the end; gives the head.
pub(super) async fn exchange(address: &str, request: &str) -> Outcome<Head> {
    let mut stream = TcpStream::connect(address).await.context(address)?;
    stream.set_nodelay(true).context(address)?;
    stream.write_all(request.as_bytes()).await.context(address)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.context(address)?;
    Head::parse(&answer)?.ok_or_else(|| "the answer has no end of its head".into())
}

pub(super) fn runtime() -> Outcome<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("load generator")
}

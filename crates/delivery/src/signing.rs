//! The headers of an attempt: two signature schemes over the same bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use podarmor_domain::webhook::{Outgoing, WebhookSecret};
use reqwest::header::{self, HeaderMap, HeaderValue};
use sha2::Sha256;

use crate::DeliveryError;

/// `User-Agent` of every attempt.
pub const USER_AGENT: &str = concat!("PodArmor-Webhooks/", env!("CARGO_PKG_VERSION"));

/// Every header that an attempt carries beyond those of HTTP itself. With two secrets both
/// schemes list a signature for each, newest first.
///
/// - `X-PodArmor-Signature`: `sha256=` and the hex HMAC-SHA256 of the body under the UTF-8 bytes
///   of the whole secret, comma-separated.
/// - `webhook-signature` (Standard Webhooks): `v1,` and the base64 HMAC-SHA256 of
///   `{id}.{timestamp}.{body}` under the decoded secret, space-separated.
///
/// # Errors
/// [`DeliveryError::Unsigned`] without a secret, [`DeliveryError::Header`] when a value does not
/// fit into a header.
pub fn signed_headers(outgoing: &Outgoing) -> Result<HeaderMap, DeliveryError> {
    if outgoing.secrets.is_empty() {
        return Err(DeliveryError::Unsigned);
    }
    let id = outgoing.delivery.to_string();
    let timestamp = outgoing.sent_at.seconds().to_string();
    let own = signatures(outgoing, ",", |secret| own_signature(secret, &outgoing.body));
    let standard = signatures(outgoing, " ", |secret| standard_signature(secret, &id, &timestamp, &outgoing.body));

    let mut headers = HeaderMap::with_capacity(10);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(outgoing.content_type)?);
    headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    headers.insert("x-podarmor-signature", HeaderValue::try_from(own)?);
    headers.insert("x-podarmor-event", HeaderValue::from_static(outgoing.event.as_str()));
    headers.insert("x-podarmor-delivery", HeaderValue::from_str(&id)?);
    headers.insert("webhook-id", HeaderValue::try_from(id)?);
    headers.insert("webhook-timestamp", HeaderValue::try_from(timestamp)?);
    headers.insert("webhook-signature", HeaderValue::try_from(standard)?);
    Ok(headers)
}

fn signatures(outgoing: &Outgoing, between: &str, sign: impl Fn(&WebhookSecret) -> String) -> String {
    outgoing.secrets.iter().map(sign).collect::<Vec<_>>().join(between)
}

fn own_signature(secret: &WebhookSecret, body: &[u8]) -> String {
    let mac = keyed(secret.expose().as_bytes()).chain_update(body).finalize().into_bytes();
    let mut text = String::with_capacity(7 + 64);
    text.push_str("sha256=");
    for byte in mac {
        text.push(char::from(HEX[usize::from(byte >> 4)]));
        text.push(char::from(HEX[usize::from(byte & 0xf)]));
    }
    text
}

const HEX: &[u8; 16] = b"0123456789abcdef";

fn standard_signature(secret: &WebhookSecret, id: &str, timestamp: &str, body: &[u8]) -> String {
    let mac = keyed(&secret.key())
        .chain_update(id)
        .chain_update(".")
        .chain_update(timestamp)
        .chain_update(".")
        .chain_update(body)
        .finalize()
        .into_bytes();
    format!("v1,{}", STANDARD.encode(mac))
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of any length")
}

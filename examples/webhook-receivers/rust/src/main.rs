//! Receives PodArmor webhooks.
//!
//! ```text
//! PODARMOR_WEBHOOK_SECRET=whsec_… PORT=8787 cargo run -p podarmor-webhook-receiver
//! ```

mod seen;

use std::env;
use std::io::{self, Write as _};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::web::{Bytes, Data, PayloadConfig, post};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use hmac::{Hmac, KeyInit as _, Mac as _};
use podarmor_domain::Timestamp;
use podarmor_domain::event::EventKind;
use podarmor_domain::event::data::{CveActionable, ImageScanned};
use podarmor_domain::event::message::Message;
use serde_json::{Value, json};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::seen::Seen;

const LONGEST_BODY: usize = 1_024 * 1_024;
const LONGEST_AGE: Duration = Duration::from_secs(5 * 60);

fn verified(secret: &str, header: &str, body: &[u8]) -> bool {
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
    let mac = mac.chain_update(body).finalize().into_bytes();
    let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = format!("sha256={hex}");
    header.split(',').any(|one| one.trim().as_bytes().ct_eq(expected.as_bytes()).into())
}

/// What the requests share.
struct Receiver {
    secret: String,
    seen: Seen,
}

async fn receive(request: HttpRequest, body: Bytes, receiver: Data<Receiver>) -> io::Result<HttpResponse> {
    let header = request.headers().get("x-podarmor-signature").and_then(|value| value.to_str().ok());
    if !verified(&receiver.secret, header.unwrap_or_default(), &body) {
        return Ok(HttpResponse::Unauthorized().finish());
    }
    let Some(message) = read_message(&body) else {
        return Ok(HttpResponse::BadRequest().finish());
    };
    if receiver.seen.add(&message.delivery_id) {
        // Whatever takes long belongs into a queue: the portal waits 15 seconds for the answer.
        say(&Accepted::from(&message))?;
        act_on(&message)?;
    } else {
        say(&json!({ "duplicate": message.delivery_id }))?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// The message, unless it is none or was not sent just now.
fn read_message(body: &[u8]) -> Option<Message<Value>> {
    let message: Message<Value> = serde_json::from_slice(body).ok()?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp::EPOCH.plus(since);
    let age = now.since(message.delivered_at).max(message.delivered_at.since(now));
    (age <= LONGEST_AGE).then_some(message)
}

/// The line of an accepted event.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Accepted<'a> {
    event: &'a str,
    delivery_id: &'a str,
    attempt_number: u32,
}

impl<'a> From<&'a Message<Value>> for Accepted<'a> {
    fn from(message: &'a Message<Value>) -> Self {
        Self { event: &message.event, delivery_id: &message.delivery_id, attempt_number: message.attempt_number }
    }
}

/// Here the kinds of events become types. Kinds that are not known are no fault: there may be more
/// of them one day.
fn act_on(message: &Message<Value>) -> io::Result<()> {
    let data = message.data.clone();
    let told = match EventKind::parse("event", &message.event) {
        Ok(EventKind::ImageScanned) => serde_json::from_value(data).map(|scan: ImageScanned| {
            format!("{} {}: {} outstanding", scan.image_name, scan.version, scan.outstanding_count)
        }),
        Ok(EventKind::CveActionable) => serde_json::from_value(data).map(|fix: CveActionable| {
            format!("{} {}: {} has a fix: {}", fix.image_name, fix.version, fix.cve_id, fix.fixed_in.join(", "))
        }),
        _ => return Ok(()),
    };
    writeln!(io::stderr(), "{}", told?)
}

fn say(value: &impl serde::Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    io::stdout().write_all(&line)
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let secret = env::var("PODARMOR_WEBHOOK_SECRET").unwrap_or_default();
    if secret.is_empty() {
        return Err(io::Error::other("PODARMOR_WEBHOOK_SECRET is not set"));
    }
    let port = env::var("PORT").unwrap_or_else(|_| "8787".to_owned()).parse().map_err(io::Error::other)?;
    let receiver = Data::new(Receiver { secret, seen: Seen::default() });
    let app = move || {
        let bound = PayloadConfig::new(LONGEST_BODY);
        App::new().app_data(receiver.clone()).app_data(bound).route("/hook", post().to(receive))
    };
    let server = HttpServer::new(app).workers(1).bind(("127.0.0.1", port))?;
    for address in server.addrs() {
        writeln!(io::stdout(), "listening on http://{address}/hook")?;
    }
    server.run().await
}

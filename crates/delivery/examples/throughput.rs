//! How many attempts a second one process sends to a receiver on the loopback interface:
//! `cargo run --release -p podarmor-delivery --example throughput [ATTEMPTS] [AT_ONCE] [HOST]`.
//! The receiver shares the processors with the sender.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program for the terminal, which ends where it fails")]

use std::env::args;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use podarmor_delivery::{HttpSender, SenderSettings, SystemResolver};
use podarmor_domain::Timestamp;
use podarmor_domain::event::EventKind;
use podarmor_domain::id::DeliveryId;
use podarmor_domain::webhook::{DestinationPolicy, Outgoing, Sent, WebhookSecret, WebhookSender as _, WebhookUrl};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const BODY: usize = 512;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = args().skip(1);
    let attempts: usize = arguments.next().map_or(Ok(50_000), |text| text.parse())?;
    let at_once: usize = arguments.next().map_or(Ok(64), |text| text.parse())?;
    let host = arguments.next().unwrap_or_else(|| "127.0.0.1".to_owned());

    let policy = DestinationPolicy { allow_nets: vec!["127.0.0.0/8".parse()?], allow_http: true };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let url = WebhookUrl::parse("url", &format!("http://{host}:{port}/hook"), &policy).expect("a URL");
    tokio::spawn(receive(listener));
    let settings = SenderSettings { policy, ..SenderSettings::default() };
    let sender = HttpSender::new(settings, Arc::new(SystemResolver::new()), None)?;
    let (outgoing, left) = (Arc::new(outgoing(url)), Arc::new(AtomicUsize::new(attempts)));

    let start = Instant::now();
    let mut workers: JoinSet<Vec<Duration>> =
        (0..at_once).map(|_| work(sender.clone(), Arc::clone(&outgoing), Arc::clone(&left))).collect();
    let mut took = Vec::with_capacity(attempts);
    while let Some(worker) = workers.join_next().await {
        took.extend(worker?);
    }
    let elapsed = start.elapsed();
    took.sort_unstable();
    let percentile = |hundredth: usize| took[(took.len() - 1) * hundredth / 100];
    println!(
        "{} attempts, {at_once} at once: {:.0}/s, p50 {:?}, p99 {:?}",
        took.len(),
        took.len() as f64 / elapsed.as_secs_f64(),
        percentile(50),
        percentile(99)
    );
    Ok(())
}

async fn work(sender: HttpSender, outgoing: Arc<Outgoing>, left: Arc<AtomicUsize>) -> Vec<Duration> {
    let mut took = Vec::new();
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
        let start = Instant::now();
        let sent = sender.send(&outgoing).await;
        assert!(matches!(sent, Sent::Answered { status: 200, .. }), "{sent:?}");
        took.push(start.elapsed());
    }
    took
}

fn outgoing(url: WebhookUrl) -> Outgoing {
    Outgoing {
        url,
        event: EventKind::ImageScanned,
        delivery: DeliveryId::parse("id", "0195b7c4-7c5a-7000-8000-000000000001").expect("an id"),
        sent_at: Timestamp::EPOCH,
        content_type: "application/json",
        body: vec![b'x'; BODY],
        secrets: vec![WebhookSecret::parse("secret", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX").expect("a secret")],
    }
}

async fn receive(listener: TcpListener) {
    while let Ok((connection, _)) = listener.accept().await {
        tokio::spawn(answer(connection));
    }
}

/// Takes a request for whole once its body's length has come after an empty line.
async fn answer(mut connection: TcpStream) -> Option<()> {
    let mut read = Vec::with_capacity(4_096);
    loop {
        connection.read_buf(&mut read).await.ok().filter(|count| *count > 0)?;
        let head = read.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        if head.is_some_and(|head| read.len() >= head + 4 + BODY) {
            connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.ok()?;
            read.clear();
        }
    }
}

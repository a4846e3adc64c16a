//! A receiver of webhooks that writes down what it gets and plays a script for each request.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::waiting::until;

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    /// `deliveryId` and `attemptNumber`.
    pub(crate) attempt: (String, u64),
    /// `versionId`.
    pub(crate) version: Option<String>,
    /// When all of it had arrived.
    pub(crate) at: Instant,
}

/// A listening socket and what came in by it.
pub(crate) struct Receiver {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    /// Plays the script after each request.
    pub(crate) async fn playing<F>(script: impl Fn(TcpStream, Received) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::listening(TcpListener::bind("127.0.0.1:0").await.unwrap(), script)
    }

    /// Answers 204 after a while, so that there are requests that are not answered yet.
    pub(crate) async fn accepting(after: Duration) -> Self {
        Self::playing(move |connection, _| async move {
            tokio::time::sleep(after).await;
            answer(connection, NO_CONTENT).await;
        })
        .await
    }

    /// The same on a socket that listens already.
    pub(crate) fn listening<F>(
        listener: TcpListener,
        script: impl Fn(TcpStream, Received) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let address = listener.local_addr().unwrap();
        let receiver = Self { address, connections: Arc::default(), received: Arc::default() };
        let (connections, received) = (Arc::clone(&receiver.connections), Arc::clone(&receiver.received));
        let script = Arc::new(script);
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (received, script) = (Arc::clone(&received), Arc::clone(&script));
                tokio::spawn(async move {
                    let Some(request) = read_request(&mut connection).await else {
                        return answer(connection, BAD_REQUEST).await;
                    };
                    received.lock().unwrap().push(request.clone());
                    script(connection, request).await;
                });
            }
        });
        receiver
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The same with TLS, which this receiver does not speak.
    pub(crate) fn tls_url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Everything so far, in the order of its arrival.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// What came in by this path.
    pub(crate) fn of(&self, path: &str) -> Vec<Received> {
        let mut received = self.received();
        received.retain(|one| one.path == path);
        received
    }

    /// Waits for so many requests by this path.
    pub(crate) async fn wait_for(&self, path: &str, count: usize) -> Vec<Received> {
        until(&format!("{count} requests at {path}"), async || {
            Some(self.of(path)).filter(|received| received.len() >= count)
        })
        .await
    }
}

pub(crate) const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const BAD_REQUEST: &str = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

/// Writes an answer; the sender may be gone.
pub(crate) async fn answer(mut connection: TcpStream, text: &str) {
    let _ = connection.write_all(text.as_bytes()).await;
    let _ = connection.shutdown().await;
    until_closed(&mut connection).await;
}

/// Writes a body without end until nobody takes it any more.
pub(crate) async fn answer_endlessly(mut connection: TcpStream) {
    let _ = connection.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
    while connection.write_all(&[b'x'; 4_096]).await.is_ok() {}
}

/// Writes the start of an answer, and then nothing.
pub(crate) async fn hang_after(mut connection: TcpStream, start: &str) {
    let _ = connection.write_all(start.as_bytes()).await;
    until_closed(&mut connection).await;
}

/// Reads until the sender has closed its side.
async fn until_closed(connection: &mut TcpStream) {
    let mut rest = [0; 1_024];
    while connection.read(&mut rest).await.is_ok_and(|count| count > 0) {}
}

/// One request of HTTP; `None` for anything else, and for one that is cut off.
async fn read_request(connection: &mut TcpStream) -> Option<Received> {
    let mut read = Vec::new();
    loop {
        if connection.read_buf(&mut read).await.ok()? == 0 || !read.starts_with(b"P") {
            return None;
        }
        if let Some(request) = whole(&read) {
            return Some(request);
        }
    }
}

fn whole(read: &[u8]) -> Option<Received> {
    let end = read.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&read[..end]).unwrap();
    let lower = head.to_ascii_lowercase();
    let length: usize = lower.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
    let body = read.get(end + 4..end + 4 + length)?;
    let body: Value = serde_json::from_slice(body).unwrap();
    Some(Received {
        path: head.split(' ').nth(1).unwrap().to_owned(),
        attempt: (body["deliveryId"].as_str().unwrap().to_owned(), body["attemptNumber"].as_u64().unwrap()),
        version: body["versionId"].as_str().map(str::to_owned),
        at: Instant::now(),
    })
}

//! A receiver that plays a script on every connection.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long anything in a test may take.
pub(super) const BOUND: Duration = Duration::from_secs(60);

pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
    ended: Arc<Semaphore>,
}

impl Receiver {
    /// Reads one request of every connection, then plays the script.
    pub(super) async fn playing<F>(script: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::start("127.0.0.1:0", true, script).await
    }

    /// Plays the script on every connection as soon as it is there.
    pub(super) async fn at_once<F>(script: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::start("127.0.0.1:0", false, script).await
    }

    pub(super) async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        Self::answering_at("127.0.0.1:0", answer).await
    }

    pub(super) async fn answering_at(address: &str, answer: impl Into<Vec<u8>>) -> Self {
        let answer = Arc::new(answer.into());
        Self::start(address, true, move |mut connection| {
            let answer = Arc::clone(&answer);
            async move {
                // The sender may have what it needs before all is written.
                let _ = connection.write_all(&answer).await;
                let _ = connection.shutdown().await;
                until_closed(&mut connection).await;
            }
        })
        .await
    }

    /// Answers 200 and is not supposed to be asked.
    pub(super) async fn tripwire() -> Self {
        Self::answering(OK).await
    }

    async fn start<F>(address: &str, reads: bool, script: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await.unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            connections: Arc::default(),
            requests: Arc::default(),
            ended: Arc::new(Semaphore::new(0)),
        };
        let (connections, requests) = (Arc::clone(&receiver.connections), Arc::clone(&receiver.requests));
        let (ended, script) = (Arc::clone(&receiver.ended), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (requests, ended, script) = (Arc::clone(&requests), Arc::clone(&ended), Arc::clone(&script));
                tokio::spawn(async move {
                    if reads {
                        let request = read_request(&mut connection).await;
                        requests.lock().unwrap().push(request);
                    }
                    script(connection).await;
                    ended.add_permits(1);
                });
            }
        });
        receiver
    }

    /// How many connections there were. One that a sender has seen answered is counted.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Waits until `count` scripts have ended: those that write or read until they cannot any
    /// more end with the connection.
    pub(super) async fn ended(&self, count: u32) {
        timeout(BOUND, self.ended.acquire_many(count)).await.expect("the connection is still open").unwrap().forget();
    }

    /// Lets whatever was connected before be accepted, by a connection behind it.
    pub(super) async fn settled(&self) -> usize {
        let before = self.connections();
        let _last = TcpStream::connect(self.address).await.unwrap();
        timeout(BOUND, async {
            while self.connections() == before {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap();
        self.connections() - 1
    }
}

pub(super) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Reads until the sender has closed its side.
pub(super) async fn until_closed(connection: &mut TcpStream) {
    let mut rest = [0; 1_024];
    while connection.read(&mut rest).await.is_ok_and(|count| count > 0) {}
}

/// Writes the same bytes until nobody takes them any more, and says how many were taken.
pub(super) async fn endlessly(connection: &mut TcpStream, bytes: &[u8]) -> usize {
    let mut taken = 0;
    while connection.write_all(bytes).await.is_ok() {
        taken += bytes.len();
    }
    taken
}

/// One request: its head and as much body as it announces.
async fn read_request(connection: &mut TcpStream) -> String {
    let mut read = Vec::new();
    while !whole(&read) {
        if connection.read_buf(&mut read).await.unwrap_or(0) == 0 {
            break;
        }
    }
    String::from_utf8(read).unwrap()
}

fn whole(read: &[u8]) -> bool {
    let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return false };
    let head = std::str::from_utf8(&read[..end]).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
    read.len() >= end + 4 + length.parse::<usize>().unwrap()
}

//! The receiver: takes deliveries on a thread of its own, one a connection, and notes when each came.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::failure::{Context, Outcome};

/// Where the path of a request begins so, there is no answer.
pub(super) const HANGING: &str = "/hanging";

const LOOK_EVERY: Duration = Duration::from_millis(10);
const REFUSE_AFTER: Duration = Duration::from_secs(1);
const PIECE: usize = 64 * 1024;

/// How requests are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Conduct {
    Accept,
    /// With 503, after a second
    Refuse,
    /// With 200 and a body without end
    AnswerForEver,
}

/// A delivery that came whole.
pub(super) struct Receipt {
    /// When, in microseconds since 1970
    pub(super) at: u64,
    /// Which fact it tells of; none for a test delivery
    pub(super) number: Option<u64>,
    pub(super) delivery: String,
}

pub(super) struct Receiver {
    pub(super) address: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    conduct: AtomicU8,
    came: AtomicUsize,
    receipts: Mutex<Vec<Receipt>>,
}

impl Receiver {
    /// It goes on until this program ends.
    pub(super) fn start() -> Outcome<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).context("receiver")?;
        listener.set_nonblocking(true).context("receiver")?;
        let address = listener.local_addr().context("receiver")?.to_string();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("receiver")?;
        let shared = Arc::new(Shared::default());
        let receiving = Arc::clone(&shared);
        thread::spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                loop {
                    if let Ok((connection, _)) = listener.accept().await {
                        tokio::spawn(receive(connection, Arc::clone(&receiving)));
                    }
                }
            });
        });
        Ok(Self { address, shared })
    }

    pub(super) fn behave(&self, conduct: Conduct) {
        self.shared.conduct.store(conduct as u8, Ordering::Relaxed);
    }

    /// How many have come since they were last taken.
    pub(super) fn count(&self) -> usize {
        self.shared.came.load(Ordering::Relaxed)
    }

    /// Waits until so many have come, and takes them, in the order in which they came.
    pub(super) fn take(&self, count: usize, limit: Duration) -> Outcome<Vec<Receipt>> {
        let started = Instant::now();
        while self.count() < count {
            if started.elapsed() > limit {
                return Err(format!("{} of {count} deliveries came within {limit:?}", self.count()));
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(self.take_all())
    }

    /// Takes what has come.
    pub(super) fn take_all(&self) -> Vec<Receipt> {
        let mut receipts = self.shared.receipts.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.came.store(0, Ordering::Relaxed);
        std::mem::take(&mut *receipts)
    }
}

async fn receive(mut connection: TcpStream, shared: Arc<Shared>) -> Option<()> {
    let request = read_request(&mut connection).await?;
    if request.starts_with(&format!("POST {HANGING}")) {
        // Until the sender has had enough.
        let _ = connection.read_u8().await;
        return None;
    }
    let conduct = shared.conduct.load(Ordering::Relaxed);
    if conduct == Conduct::Refuse as u8 {
        tokio::time::sleep(REFUSE_AFTER).await;
        let answer = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        return connection.write_all(answer.as_bytes()).await.ok();
    }
    let receipt = Receipt { at: now(), number: number(&request), delivery: delivery(&request) };
    {
        let mut receipts = shared.receipts.lock().unwrap_or_else(PoisonError::into_inner);
        receipts.push(receipt);
        shared.came.store(receipts.len(), Ordering::Relaxed);
    }
    if conduct == Conduct::AnswerForEver as u8 {
        return answer_for_ever(&mut connection).await;
    }
    connection.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await.ok()
}

async fn answer_for_ever(connection: &mut TcpStream) -> Option<()> {
    connection.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await.ok()?;
    let piece = vec![b'x'; PIECE];
    loop {
        connection.write_all(&piece).await.ok()?;
    }
}

async fn read_request(connection: &mut TcpStream) -> Option<String> {
    let mut read = Vec::with_capacity(4_096);
    loop {
        connection.read_buf(&mut read).await.ok().filter(|count| *count > 0)?;
        let text = std::str::from_utf8(&read).ok()?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length: usize = field(head, "\r\ncontent-length: ", "\r\n")?.parse().ok()?;
        if body.len() >= length {
            return String::from_utf8(read).ok();
        }
    }
}

/// What stands between a beginning and an end.
fn field<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(begin)?;
    Some(rest.split_once(end).map_or(rest, |(value, _)| value))
}

/// The version's name is the number of the fact.
fn number(request: &str) -> Option<u64> {
    field(request, "\"version\":\"", "\"")?.parse().ok()
}

fn delivery(request: &str) -> String {
    field(request, "\r\nwebhook-id: ", "\r\n").unwrap_or_default().to_owned()
}

/// In microseconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_tells_its_delivery_and_its_fact() {
        let request = "POST /3 HTTP/1.1\r\nwebhook-id: 0195\r\ncontent-length: 9\r\n\r\n\
                       {\"versionId\":\"7\",\"data\":{\"imageName\":\"a\",\"version\":\"42\"}}";
        assert_eq!((delivery(request).as_str(), number(request)), ("0195", Some(42)));
        assert_eq!(number(&request.replace("42", "1.0.0-r0")), None);
    }
}

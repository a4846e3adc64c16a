//! The load generator: connections that are kept open, each sending the next request when the last answer is complete. Written
//! here so that figures from different machines come from the same client.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::failure::{Context, Outcome};
use crate::portal::http::{BodyLength, Head, Header};

const READ: usize = 64 * 1024;

/// What to ask for, and how hard.
pub(crate) struct Load<'a> {
    pub(crate) address: &'a str,
    pub(crate) path: &'a str,
    pub(crate) headers: &'a [Header<'a>],
    pub(crate) connections: usize,
    pub(crate) duration: Duration,
}

pub(crate) struct Rate {
    pub(crate) per_second: f64,
    pub(crate) median: Duration,
    pub(crate) p99: Duration,
}

impl Load<'_> {
    /// Warms up for a quarter of the time, then measures.
    pub(crate) fn measure(&self) -> Outcome<Rate> {
        self.run(self.duration / 4)?;
        let started = Instant::now();
        let mut times = self.run(self.duration)?;
        let elapsed = started.elapsed();
        times.sort_unstable();
        let at = |share: f64| -> Duration {
            let place = (times.len() as f64 * share) as usize;
            times.get(place.min(times.len().saturating_sub(1))).copied().unwrap_or_default()
        };
        if times.is_empty() {
            return Err(format!("{}: no answer within {:?}", self.path, self.duration));
        }
        let per_second = times.len() as f64 / elapsed.as_secs_f64();
        Ok(Rate { per_second, median: at(0.5), p99: at(0.99) })
    }

    /// The time that each answer took.
    fn run(&self, duration: Duration) -> Outcome<Vec<Duration>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("load generator")?;
        runtime.block_on(async {
            let end = Instant::now() + duration;
            let mut connections = JoinSet::new();
            for _ in 0..self.connections {
                connections.spawn(connection(self.address.to_owned(), self.request(), end));
            }
            let mut times = Vec::new();
            while let Some(finished) = connections.join_next().await {
                times.extend(finished.context("load generator")??);
            }
            Ok(times)
        })
    }

    fn request(&self) -> String {
        let mut text = format!("GET {} HTTP/1.1\r\nhost: {}\r\n", self.path, self.address);
        for (name, value) in self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text + "\r\n"
    }
}

async fn connection(address: String, request: String, end: Instant) -> Outcome<Vec<Duration>> {
    let mut stream = TcpStream::connect(&address).await.context(&address)?;
    stream.set_nodelay(true).context(&address)?;
    let mut buffer = vec![0; READ];
    let mut times = Vec::new();
    loop {
        let started = Instant::now();
        if started >= end {
            return Ok(times);
        }
        stream.write_all(request.as_bytes()).await.context(&address)?;
        read_answer(&mut stream, &mut buffer).await?;
        times.push(started.elapsed());
    }
}

/// Reads one answer to its last byte and forgets it.
async fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Outcome {
    let mut filled = 0;
    let head = loop {
        let space = buffer.get_mut(filled..).unwrap_or_default();
        let read = stream.read(space).await.context("answer")?;
        if read == 0 {
            return Err("the server closed the connection".into());
        }
        filled += read;
        if let Some(head) = Head::parse(buffer.get(..filled).unwrap_or_default())? {
            break head;
        }
    };
    if head.status != 200 {
        return Err(format!("an answer with status {}", head.status));
    }
    let BodyLength::Known(length) = head.body else {
        return Err("an answer without a length".into());
    };
    let mut left = (head.length + length).saturating_sub(filled);
    while left > 0 {
        let read = stream.read(buffer).await.context("answer")?;
        if read == 0 {
            return Err("the server closed the connection".into());
        }
        left = left.saturating_sub(read);
    }
    Ok(())
}

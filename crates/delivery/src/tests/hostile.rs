//! Receivers that mean harm: every attempt ends, and little is read.

use std::time::Duration;

use podarmor_domain::webhook::{SendFailure, WebhookSender as _};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval};

use super::fixtures::{at, deadline, nameless, status, why};
use super::receiver::{Receiver, endlessly, until_closed};

const SHORT: Duration = Duration::from_millis(300);
/// Later than anything ends by itself on a busy machine, and long before [`FAR`].
const LONG_AFTER: Duration = Duration::from_secs(20);
const FAR: Duration = Duration::from_secs(120);

#[tokio::test]
async fn silence_ends_with_the_deadline() {
    let receiver = Receiver::playing(|mut connection| async move { until_closed(&mut connection).await }).await;
    let start = Instant::now();
    assert_eq!(why(&nameless(deadline(SHORT)).send(&at(receiver.address)).await), SendFailure::TimedOut);
    assert!((SHORT..LONG_AFTER).contains(&start.elapsed()), "{:?}", start.elapsed());
    receiver.ended(1).await;
}

#[tokio::test]
async fn a_head_that_trickles_ends_with_the_deadline() {
    let receiver = Receiver::playing(|mut connection| async move {
        let mut tick = interval(Duration::from_millis(20));
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nX: ").await;
        while connection.write_all(b"x").await.is_ok() {
            tick.tick().await;
        }
    })
    .await;
    assert_eq!(why(&nameless(deadline(SHORT)).send(&at(receiver.address)).await), SendFailure::TimedOut);
    receiver.ended(1).await;
}

#[tokio::test]
async fn heads_without_end_are_given_up() {
    for (start, again) in [
        ("HTTP/1.1 200 OK\r\nX: ", "x".repeat(4_096)),
        ("HTTP/1.1 200 OK\r\n", "X: y\r\n".repeat(1_000)),
        ("HTTP/1.1 200 ", "x".repeat(4_096)),
        ("", "x".repeat(4_096)),
    ] {
        let (taken, receiver) = flood(start, again).await;
        let start_of_attempt = Instant::now();
        assert_eq!(
            why(&nameless(deadline(FAR)).send(&at(receiver.address)).await),
            SendFailure::ConnectionLost,
            "{start}"
        );
        assert!(start_of_attempt.elapsed() < LONG_AFTER, "{start}");
        receiver.ended(1).await;
        assert!(few(taken).await, "{start}");
    }
}

#[tokio::test]
async fn a_million_header_lines_are_given_up() {
    let mut answer = b"HTTP/1.1 200 OK\r\n".to_vec();
    (0..1_000_000).for_each(|line| answer.extend_from_slice(format!("X-{line}: y\r\n").as_bytes()));
    answer.extend_from_slice(b"Content-Length: 0\r\n\r\n");
    let receiver = Receiver::answering(answer).await;
    assert_eq!(why(&nameless(deadline(FAR)).send(&at(receiver.address)).await), SendFailure::ConnectionLost);
    receiver.ended(1).await;
}

#[tokio::test]
async fn interim_answers_without_end_end_with_the_deadline() {
    for again in ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"] {
        let (_, receiver) = flood("", again.repeat(100)).await;
        let start = Instant::now();
        assert_eq!(why(&nameless(deadline(SHORT)).send(&at(receiver.address)).await), SendFailure::TimedOut, "{again}");
        assert!(start.elapsed() < LONG_AFTER, "{:?}", start.elapsed());
        receiver.ended(1).await;
    }
}

#[tokio::test]
async fn bodies_without_end_are_cut() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (start, again) in [
        ("HTTP/1.1 200 OK\r\n\r\n".to_owned(), "x".repeat(65_536)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n".to_owned(), "x".repeat(65_536)),
        (chunked.to_owned(), "1\r\nx\r\n".repeat(10_000)),
        // A chunk's extension, its size, and trailers.
        (format!("{chunked}1;"), "x".repeat(65_536)),
        (format!("{chunked}0"), "0".repeat(65_536)),
        (format!("{chunked}0\r\nX: "), "x".repeat(65_536)),
        (format!("{chunked}0\r\n"), "X: y\r\n".repeat(10_000)),
        (chunked.to_owned(), "1;ext=value\r\nx\r\n".repeat(4_000)),
    ] {
        let (taken, receiver) = flood(&start, again).await;
        let begun = Instant::now();
        assert_eq!(status(&nameless(deadline(FAR)).send(&at(receiver.address)).await), 200, "{start}");
        assert!(begun.elapsed() < LONG_AFTER, "{start}");
        receiver.ended(1).await;
        assert!(few(taken).await, "{start}");
    }
}

#[tokio::test]
async fn a_body_that_trickles_is_cut_by_time() {
    let receiver = Receiver::playing(|mut connection| async move {
        let mut tick = interval(Duration::from_millis(20));
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while connection.write_all(b"x").await.is_ok() {
            tick.tick().await;
        }
    })
    .await;
    let start = Instant::now();
    assert_eq!(status(&nameless(deadline(FAR)).send(&at(receiver.address)).await), 200);
    assert!(start.elapsed() < LONG_AFTER, "{:?}", start.elapsed());
    receiver.ended(1).await;
}

#[tokio::test]
async fn memory_stays_flat_over_many_endless_answers() {
    let (_taken, receiver) = flood("HTTP/1.1 200 OK\r\n\r\n", "x".repeat(65_536)).await;
    let sender = nameless(deadline(FAR));
    assert_eq!(status(&sender.send(&at(receiver.address)).await), 200);
    let before = resident();
    for _ in 0..50 {
        assert_eq!(status(&sender.send(&at(receiver.address)).await), 200);
    }
    receiver.ended(51).await;
    // Other tests run in this process; fifty answers held would be far more.
    assert!(resident() < before + 64 * 1_024 * 1_024, "{before} -> {}", resident());
}

/// A receiver that writes `again` for ever, and how many bytes were taken of it.
async fn flood(start: &str, again: String) -> (mpsc::UnboundedReceiver<usize>, Receiver) {
    let (say, taken) = mpsc::unbounded_channel();
    let start = start.to_owned();
    let receiver = Receiver::playing(move |mut connection| {
        let (start, again, say) = (start.clone(), again.clone(), say.clone());
        async move {
            let _ = connection.write_all(start.as_bytes()).await;
            let _ = say.send(endlessly(&mut connection, again.as_bytes()).await);
        }
    })
    .await;
    (taken, receiver)
}

/// Whether no more was taken than the sender's bound and the system's buffers on both sides.
async fn few(mut taken: mpsc::UnboundedReceiver<usize>) -> bool {
    taken.recv().await.unwrap() < 64 * 1_024 * 1_024
}

fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1_024
}

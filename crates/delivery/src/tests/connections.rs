//! Connections that do not come about, or do not last.

use std::sync::Arc;
use std::time::Duration;

use podarmor_domain::webhook::{SendFailure, WebhookSender as _};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::fixtures::{Names, Silence, at, nameless, outgoing, sender, settings, status, why};
use super::receiver::{OK, Receiver, until_closed};
use crate::SenderSettings;

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(why(&nameless(settings()).send(&at(address)).await), SendFailure::ConnectionFailed);
}

#[tokio::test]
async fn a_name_that_does_not_resolve() {
    let sender = sender(settings(), Names::of(&[&[]]));
    assert_eq!(why(&sender.send(&outgoing("http://host.example/")).await), SendFailure::NameNotResolved);
}

#[tokio::test]
async fn a_name_that_is_never_answered_ends_within_the_connect_timeout() {
    let settings = SenderSettings { connect_timeout: Duration::from_millis(200), ..settings() };
    let start = Instant::now();
    let sent = sender(settings, Arc::new(Silence)).send(&outgoing("http://host.example/")).await;
    assert_eq!(why(&sent), SendFailure::TimedOut);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[tokio::test]
async fn an_answer_that_breaks_off_in_its_head_is_lost_and_not_asked_for_again() {
    for answer in
        ["", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\nContent-", "+OK ready\r\n", "SSH-2.0-x\r\n", "\0\0\0\0\0\0"]
    {
        let receiver = Receiver::answering(answer).await;
        assert_eq!(why(&nameless(settings()).send(&at(receiver.address)).await), SendFailure::ConnectionLost);
        assert_eq!(receiver.settled().await, 1, "{answer:?}");
    }
}

#[tokio::test]
async fn a_reset_is_lost_and_not_asked_for_again() {
    let receiver = Receiver::playing(|connection| async move { connection.set_zero_linger().unwrap() }).await;
    assert_eq!(why(&nameless(settings()).send(&at(receiver.address)).await), SendFailure::ConnectionLost);
    assert_eq!(receiver.settled().await, 1);
}

#[tokio::test]
async fn every_attempt_has_a_connection_of_its_own() {
    let receiver = Receiver::playing(|mut connection| async move {
        connection.write_all(OK.as_bytes()).await.unwrap();
        until_closed(&mut connection).await;
    })
    .await;
    let sender = nameless(settings());
    for _ in 0..5 {
        assert_eq!(status(&sender.send(&at(receiver.address)).await), 200);
    }
    receiver.ended(5).await;
    assert_eq!((receiver.connections(), receiver.requests().len()), (5, 5));
}

#[tokio::test]
async fn an_attempt_without_a_secret_is_not_sent() {
    let receiver = Receiver::tripwire().await;
    let mut attempt = at(receiver.address);
    attempt.secrets.clear();
    assert_eq!(why(&nameless(settings()).send(&attempt).await), SendFailure::NotSent);
    assert_eq!(receiver.settled().await, 0);
}

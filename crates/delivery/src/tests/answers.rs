//! What an answer says: status, `Retry-After`, excerpt.

use std::time::Duration;

use podarmor_domain::webhook::{RetryAfter, Sent, WebhookSender as _};
use reqwest::Client;
use tokio::io::AsyncWriteExt as _;
use tokio::time::Instant;

use super::fixtures::{BODY, DELIVERY, at, deadline, nameless, settings, status};
use super::receiver::{BOUND, OK, Receiver, until_closed};

#[tokio::test]
async fn the_request_is_the_signed_body_with_its_headers() {
    let receiver = Receiver::answering(OK).await;
    assert_eq!(status(&nameless(settings()).send(&at(receiver.address)).await), 200);
    let requests = receiver.requests();
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    assert_eq!(body, BODY);
    let mut lines: Vec<&str> = head.lines().collect();
    assert_eq!(lines.remove(0), "POST /hook HTTP/1.1");
    lines.sort_unstable();
    let agent = format!("user-agent: PodArmor-Webhooks/{}", env!("CARGO_PKG_VERSION"));
    let (host, id) = (format!("host: {}", receiver.address), format!("webhook-id: {DELIVERY}"));
    let delivery = format!("x-podarmor-delivery: {DELIVERY}");
    assert_eq!(
        lines,
        [
            "accept: */*",
            "content-length: 43",
            "content-type: application/json",
            &host,
            &agent,
            &id,
            "webhook-signature: v1,C6RMA5NJyUJ7DU8yzkcDCO4u6+xHSiX8jtJ0axxh7Eg=",
            "webhook-timestamp: 1772352000",
            &delivery,
            "x-podarmor-event: image.scanned",
            "x-podarmor-signature: sha256=2cf4781a7627757f3f44b8f84a737d7861537966824064c0c63ae8cd68528852",
        ]
    );
}

#[tokio::test]
async fn the_head_decides_the_status_and_no_redirect_is_followed() {
    let hop = Receiver::tripwire().await;
    let sender = nameless(settings());
    for code in [200, 201, 204, 300, 301, 302, 303, 307, 308, 400, 401, 404, 410, 429, 500, 502, 503, 504, 599] {
        let answer = format!("HTTP/1.1 {code} x\r\nLocation: http://{}/\r\nContent-Length: 0\r\n\r\n", hop.address);
        let receiver = Receiver::answering(answer).await;
        let sent = sender.send(&at(receiver.address)).await;
        assert_eq!(sent, Sent::Answered { status: code, retry_after: None, excerpt: None });
        assert_eq!(receiver.connections(), 1, "{code}");
    }
    assert_eq!(hop.settled().await, 0);
}

#[tokio::test]
async fn a_redirect_to_itself_or_to_a_file_is_one_request() {
    for target in ["/hook", "file:///etc/passwd", "http://169.254.169.254/", "//127.0.0.2/"] {
        let answer = format!("HTTP/1.1 307 x\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n");
        let receiver = Receiver::answering(answer).await;
        assert_eq!(status(&nameless(settings()).send(&at(receiver.address)).await), 307);
        assert_eq!(receiver.settled().await, 1, "{target}");
    }
}

#[tokio::test]
async fn retry_after_is_handed_on() {
    for (text, asked) in [("7", Some(RetryAfter::Delay(Duration::from_secs(7)))), ("-1", None), ("soon", None)] {
        let answer = format!("HTTP/1.1 429 x\r\nRetry-After: {text}\r\nContent-Length: 0\r\n\r\n");
        let receiver = Receiver::answering(answer).await;
        let sent = nameless(settings()).send(&at(receiver.address)).await;
        assert_eq!(sent, Sent::Answered { status: 429, retry_after: asked, excerpt: None });
    }
}

#[tokio::test]
async fn only_a_public_receivers_answer_is_kept() {
    let receiver = Receiver::answering(OK).await;
    let sender = nameless(settings());
    for (from, excerpt) in [
        (Some("8.8.8.8:443"), Some("ok".to_owned())),
        (Some("127.0.0.1:443"), None),
        (Some("10.0.0.1:443"), None),
        (None, None),
    ] {
        let response = Client::new().get(format!("http://{}/", receiver.address)).send().await.unwrap();
        let from = from.map(|text| text.parse().unwrap());
        let sent = sender.answered(response, from, Instant::now() + BOUND).await;
        assert_eq!(sent, Sent::Answered { status: 200, retry_after: None, excerpt });
    }
}

#[tokio::test]
async fn a_compressed_body_stays_compressed() {
    // 1f 8b starts a gzip stream; what follows is none, which a decoder would complain about.
    let mut answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 6\r\n\r\n".to_vec();
    answer.extend_from_slice(b"\x1f\x8babcd");
    let receiver = Receiver::answering(answer).await;
    let sender = nameless(settings());
    let response = sender.client.get(format!("http://{}/", receiver.address)).send().await.unwrap();
    let sent = sender.answered(response, Some("8.8.8.8:443".parse().unwrap()), Instant::now() + BOUND).await;
    let excerpt = Some("\u{fffd}\u{fffd}abcd".to_owned());
    assert_eq!(sent, Sent::Answered { status: 200, retry_after: None, excerpt });
    let request = receiver.requests()[0].to_ascii_lowercase();
    assert!(!request.contains("accept-encoding"), "{request}");
}

#[tokio::test]
async fn a_body_that_hangs_or_breaks_off_takes_no_status_back() {
    let hanging = Receiver::playing(|mut connection| async move {
        connection.write_all(b"HTTP/1.1 201 x\r\nContent-Length: 10\r\n\r\nabc").await.unwrap();
        until_closed(&mut connection).await;
    })
    .await;
    let start = Instant::now();
    let sender = nameless(deadline(Duration::from_secs(60)));
    assert_eq!(status(&sender.send(&at(hanging.address)).await), 201);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    hanging.ended(1).await;

    let broken = Receiver::answering("HTTP/1.1 202 x\r\nContent-Length: 10\r\n\r\nabc").await;
    assert_eq!(status(&sender.send(&at(broken.address)).await), 202);
}

#[tokio::test]
async fn a_body_that_hangs_ends_with_the_deadline() {
    let hanging = Receiver::playing(|mut connection| async move {
        connection.write_all(b"HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\nabc").await.unwrap();
        until_closed(&mut connection).await;
    })
    .await;
    let start = Instant::now();
    assert_eq!(status(&nameless(deadline(Duration::from_millis(300))).send(&at(hanging.address)).await), 200);
    assert!(start.elapsed() < Duration::from_millis(900), "{:?}", start.elapsed());
    hanging.ended(1).await;
}

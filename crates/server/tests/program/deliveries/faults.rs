//! What receivers do wrong, through the whole program: what it tells of it, and what the receiver saw.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::portal::{Api, Portal, story};
use crate::process::Server;
use crate::publisher::Publisher;
use crate::receiver::{NO_CONTENT, Received, Receiver, answer, answer_endlessly, hang_after};
use crate::waiting::until;

const TIMEOUT: Duration = Duration::from_secs(2);
const SETTINGS: [(&str, &str); 3] = [
    ("PODARMOR_WEBHOOK_TIMEOUT", "2s"),
    ("PODARMOR_WEBHOOK_LEASE", "3s"),
    ("PODARMOR_WEBHOOK_SCHEDULE", "250ms,250ms,250ms,250ms,250ms,250ms"),
];

/// A server with its publisher and a user.
struct Setting {
    server: Server,
    api: Api,
    publisher: Publisher,
    _portal: Portal,
}

impl Setting {
    async fn new() -> Self {
        let portal = Portal::on_sqlite(&SETTINGS);
        let server = portal.serve().await;
        let (api, publisher) = (Api::sign_in(&server).await, portal.publisher().await);
        Self { server, api, publisher, _portal: portal }
    }

    async fn subscribe(&self, url: &str) -> String {
        self.api.subscribe(&self.server, url).await
    }

    /// Waits for so many deliveries that stand so; answers what there is to tell of all deliveries.
    async fn stories(&self, subscription: &str, status: &str, count: usize) -> Vec<(String, Vec<String>)> {
        self.api.wait_until(&self.server, subscription, status, count).await;
        self.api.deliveries(&self.server, subscription).await.iter().map(story).collect()
    }

    /// The attempts of a subscription's one delivery, when it stands so.
    async fn attempts(&self, subscription: &str, status: &str) -> Vec<String> {
        let mut stories = self.stories(subscription, status, 1).await;
        assert_eq!(stories.len(), 1);
        stories.remove(0).1
    }

    /// The feed's events of a kind, once there is one.
    async fn fed(&self, kind: &str) -> Vec<Value> {
        until(&format!("{kind} is in the feed"), async || {
            let page = self.api.get(&self.server, "/api/events?limit=200").await;
            let of_kind = page["items"].as_array().unwrap().iter().filter(|one| one["event"] == kind);
            Some(of_kind.cloned().collect::<Vec<_>>()).filter(|events| !events.is_empty())
        })
        .await
    }
}

/// What is wrong at first, by path; the second attempt is accepted.
async fn misbehave(connection: TcpStream, request: Received, elsewhere: String) {
    let again = request.attempt.1 > 1;
    match request.path.as_str() {
        "/hangs-after-the-head" => hang_after(connection, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n").await,
        "/endless" => answer_endlessly(connection).await,
        _ if again => answer(connection, NO_CONTENT).await,
        "/hangs" => hang_after(connection, "").await,
        "/hangs-in-the-head" => hang_after(connection, "HTTP/1.1 200 OK\r\nContent-").await,
        "/slow" => {
            tokio::time::sleep(TIMEOUT + Duration::from_millis(300)).await;
            answer(connection, NO_CONTENT).await;
        }
        "/redirects" => {
            let head = format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n");
            answer(connection, &head).await;
        }
        "/busy" => answer(connection, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\n\r\n").await,
        _ => answer(connection, "HTTP/1.1 500 Internal Server Error\r\n\r\n").await,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_receiver_does_wrong_is_told_and_tried_again() {
    let tripwire = Receiver::accepting(Duration::ZERO).await;
    let elsewhere = tripwire.url("/");
    let receiver =
        Receiver::playing(move |connection, request| misbehave(connection, request, elsewhere.clone())).await;
    let setting = Setting::new().await;
    // The path, and how its first attempt ends; where that is well there is no second.
    let expected = [
        ("/hangs", "1 failed - timed out"),
        ("/hangs-in-the-head", "1 failed - timed out"),
        ("/slow", "1 failed - timed out"),
        ("/redirects", "1 failed 307 answered 307"),
        ("/busy", "1 failed 429 answered 429"),
        ("/errs", "1 failed 500 answered 500"),
        ("/hangs-after-the-head", "1 delivered 200 -"),
        ("/endless", "1 delivered 200 -"),
    ];
    let mut subscriptions = Vec::new();
    for (path, _) in expected {
        subscriptions.push(setting.subscribe(&receiver.url(path)).await);
    }
    setting.publisher.publish().await;
    for ((path, first), subscription) in expected.iter().zip(&subscriptions) {
        let attempts = setting.attempts(subscription, "delivered").await;
        let second = first.contains("failed").then_some("2 delivered 204 -");
        assert_eq!(attempts, std::iter::once(*first).chain(second).collect::<Vec<_>>(), "{path}");
        assert_eq!(receiver.of(path).len(), attempts.len(), "{path}");
    }
    let busy = receiver.of("/busy");
    let waited = busy[1].at - busy[0].at;
    assert!(waited >= Duration::from_secs(1), "{waited:?} after Retry-After: 1");
    let errs = receiver.of("/errs");
    let waited = errs[1].at - errs[0].at;
    assert!(waited < Duration::from_secs(1), "{waited:?} after 250 ms ± 20 %");
    assert_eq!(tripwire.connections(), 0, "a redirect was followed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_was_not_there_gets_what_it_missed_and_one_without_tls_nothing() {
    // Bound and not listening: nobody else gets the port, and connections are refused.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let plain = Receiver::accepting(Duration::ZERO).await;
    let setting = Setting::new().await;
    let late = setting.subscribe(&format!("http://{}/", socket.local_addr().unwrap())).await;
    let without_tls = setting.subscribe(&plain.tls_url("/")).await;
    setting.publisher.publish().await;
    let refused = until("an attempt was refused", async || {
        let deliveries = setting.api.deliveries(&setting.server, &late).await;
        deliveries.first().map(story).filter(|(status, attempts)| status == "pending" && !attempts.is_empty())
    })
    .await;
    assert_eq!(refused.1[0], "1 failed - connection failed");
    let receiver = Receiver::listening(socket.listen(16).unwrap(), |connection, _| answer(connection, NO_CONTENT));
    let attempts = setting.attempts(&late, "delivered").await;
    assert_eq!(attempts.last().unwrap(), &format!("{} delivered 204 -", attempts.len()));
    assert_eq!(receiver.received().len(), 1);
    let attempts = setting.attempts(&without_tls, "failed").await;
    let expected: Vec<String> = (1..=7).map(|number| format!("{number} failed - TLS failed")).collect();
    assert_eq!(attempts, expected, "each wait of the schedule is used once");
    assert_eq!((plain.received().len(), plain.connections()), (0, 7));
    let exhausted = setting.fed("webhook.exhausted").await;
    assert_eq!((exhausted.len(), &exhausted[0]["data"]["attempts"]), (1, &7.into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d3_a_receiver_that_is_gone_is_left_alone_and_the_others_hear_of_it() {
    const GONE: &str = "the receiver answered 410 Gone";
    let may_answer = Arc::new(Semaphore::new(0));
    let gate = Arc::clone(&may_answer);
    let receiver = Receiver::playing(move |connection, _| {
        let gate = Arc::clone(&gate);
        async move {
            let _open = gate.acquire().await.unwrap();
            answer(connection, "HTTP/1.1 410 Gone\r\n\r\n").await;
        }
    })
    .await;
    let others = Receiver::accepting(Duration::ZERO).await;
    let setting = Setting::new().await;
    let gone = setting.subscribe(&receiver.url("/")).await;
    let healthy = setting.subscribe(&others.url("/rebuilt")).await;
    setting.api.subscribe_to(&setting.server, "webhook.disabled", &others.url("/disabled")).await;
    setting.publisher.publish_many(5).await;
    setting.stories(&gone, "pending", 4).await;
    receiver.wait_for("/", 1).await;
    may_answer.add_permits(1);
    let stories = setting.stories(&gone, "failed", 5).await;
    let attempted: Vec<_> = stories.iter().filter(|(_, attempts)| !attempts.is_empty()).collect();
    assert_eq!(attempted, [&("failed".to_owned(), vec!["1 failed 410 answered 410".to_owned()])]);
    let subscription = setting.api.get(&setting.server, &format!("/api/webhooks/{gone}")).await;
    assert_eq!((&subscription["active"], &subscription["disabledReason"]), (&false.into(), &GONE.into()));
    let told = setting.fed("webhook.disabled").await;
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["data"]["subscriptionId"], &told[0]["data"]["reason"]), (&gone.as_str().into(), &GONE.into()));
    others.wait_for("/disabled", 1).await;
    // What happens from now on goes past it.
    setting.publisher.publish().await;
    setting.stories(&healthy, "delivered", 6).await;
    assert_eq!(setting.stories(&gone, "failed", 5).await.len(), 5);
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d6_ten_receivers_that_hang_hold_up_nobody_else() {
    let receiver = Receiver::playing(|connection, request| async move {
        if request.path == "/healthy" {
            answer(connection, NO_CONTENT).await;
        } else {
            hang_after(connection, "").await;
        }
    })
    .await;
    let setting = Setting::new().await;
    for number in 0..10 {
        setting.subscribe(&receiver.url(&format!("/hangs/{number}"))).await;
    }
    let healthy = setting.subscribe(&receiver.url("/healthy")).await;
    setting.publisher.publish().await;
    for number in 0..10 {
        receiver.wait_for(&format!("/hangs/{number}"), 1).await;
    }
    // They hang, and will until their time is up.
    let begun = Instant::now();
    setting.publisher.publish_many(10).await;
    let received = receiver.wait_for("/healthy", 11).await;
    let took = received[10].at - begun;
    assert!(took < TIMEOUT, "{took:?}");
    assert!(setting.stories(&healthy, "delivered", 11).await.iter().all(|(_, attempts)| attempts.len() == 1));
}

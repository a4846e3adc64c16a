//! Attempts, senders and resolvers for tests.

use std::collections::VecDeque;
use std::future::pending;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use podarmor_domain::Timestamp;
use podarmor_domain::event::EventKind;
use podarmor_domain::id::DeliveryId;
use podarmor_domain::webhook::{DestinationPolicy, Outgoing, SendFailure, Sent, WebhookSecret, WebhookUrl};

use crate::{HttpSender, Resolve, SenderSettings};

pub(super) const BODY: &str = r#"{"event":"image.scanned","attemptNumber":1}"#;
pub(super) const DELIVERY: &str = "0195b7c4-7c5a-7000-8000-000000000001";
pub(super) const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

/// An attempt at `url`, as a row of the database would make it.
pub(super) fn outgoing(url: &str) -> Outgoing {
    Outgoing {
        url: WebhookUrl::from_stored(url).unwrap(),
        event: EventKind::ImageScanned,
        delivery: DeliveryId::parse("id", DELIVERY).unwrap(),
        sent_at: Timestamp::parse("at", "2026-03-01T08:00:00Z").unwrap(),
        content_type: "application/json",
        body: BODY.into(),
        secrets: vec![WebhookSecret::parse("secret", SECRET).unwrap()],
    }
}

pub(super) fn at(receiver: SocketAddr) -> Outgoing {
    outgoing(&format!("http://{receiver}/hook"))
}

pub(super) fn policy(nets: &[&str]) -> DestinationPolicy {
    DestinationPolicy { allow_nets: nets.iter().map(|net| net.parse().unwrap()).collect(), allow_http: true }
}

/// Loopback and `http` are allowed, and the deadlines are short.
pub(super) fn settings() -> SenderSettings {
    SenderSettings {
        connect_timeout: Duration::from_secs(5),
        deadline: Duration::from_secs(10),
        policy: policy(&["127.0.0.0/8"]),
        ..SenderSettings::default()
    }
}

pub(super) fn deadline(deadline: Duration) -> SenderSettings {
    SenderSettings { deadline, ..settings() }
}

pub(super) fn sender(settings: SenderSettings, resolver: Arc<dyn Resolve>) -> HttpSender {
    HttpSender::new(settings, resolver, None).unwrap()
}

/// For URLs with an address.
pub(super) fn nameless(settings: SenderSettings) -> HttpSender {
    sender(settings, Names::of(&[&[]]))
}

pub(super) fn status(sent: &Sent) -> u16 {
    match sent {
        Sent::Answered { status, .. } => *status,
        Sent::Failed(why) => panic!("no answer: {why}"),
    }
}

pub(super) fn why(sent: &Sent) -> SendFailure {
    match sent {
        Sent::Failed(why) => *why,
        Sent::Answered { .. } => panic!("an answer: {sent:?}"),
    }
}

/// A resolver that gives one answer after the other, the last one again and again.
pub(crate) struct Names(Mutex<VecDeque<Vec<IpAddr>>>);

impl Names {
    pub(crate) fn of(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers.iter().map(|answer| answer.iter().map(|text| text.parse().unwrap()).collect());
        Arc::new(Self(Mutex::new(answers.collect())))
    }
}

#[async_trait]
impl Resolve for Names {
    async fn resolve(&self, _: &str) -> Vec<IpAddr> {
        let mut answers = self.0.lock().unwrap();
        if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() }
    }
}

/// A resolver that never answers.
pub(crate) struct Silence;

#[async_trait]
impl Resolve for Silence {
    async fn resolve(&self, _: &str) -> Vec<IpAddr> {
        pending().await
    }
}

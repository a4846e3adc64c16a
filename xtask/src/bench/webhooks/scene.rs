//! An installation with one image, a receiver, and subscriptions that lead to it.

use serde_json::json;

use super::facts::{Commits, Pace, Recorder};
use super::receiver::{HANGING, Receiver};
use crate::failure::Outcome;
use crate::portal::{Portal, Server, Session};

pub(super) const IMAGE: &str = "image";
pub(super) const VERSION: &str = "1.0.0-r0";

pub(super) struct Scene<'a> {
    portal: &'a Portal,
    recorder: &'a Recorder,
    pub(super) server: Server,
    pub(super) receiver: Receiver,
    /// How many facts were recorded
    facts: u64,
    /// How many subscriptions were made
    subscriptions: usize,
}

impl<'a> Scene<'a> {
    pub(super) fn set(portal: &'a Portal, recorder: &'a Recorder) -> Outcome<Self> {
        portal.create_tenant()?;
        portal.publish(IMAGE, VERSION, 50_000_000)?;
        let (server, receiver) = (portal.serve_with_local_receivers()?, Receiver::start()?);
        Ok(Self { portal, recorder, server, receiver, facts: 0, subscriptions: 0 })
    }

    pub(super) fn session(&self) -> Outcome<Session> {
        Session::sign_in(&self.server)
    }

    /// Subscriptions with a URL each; answers their ids.
    pub(super) fn subscribe(&mut self, count: usize) -> Outcome<Vec<String>> {
        self.subscribe_at("", count)
    }

    /// Subscriptions whose receivers take a request and never answer.
    pub(super) fn subscribe_hanging(&mut self, count: usize) -> Outcome {
        self.subscribe_at(HANGING, count).map(drop)
    }

    fn subscribe_at(&mut self, path: &str, count: usize) -> Outcome<Vec<String>> {
        let session = self.session()?;
        let mut ids = Vec::new();
        for _ in 0..count {
            let url = format!("http://{}{path}/{}", self.receiver.address, self.subscriptions);
            let made = session.post("/api/webhooks", &json!({ "event": "image.rebuilt", "url": url }))?;
            ids.push(made["id"].as_str().ok_or("a subscription without an id")?.to_owned());
            self.subscriptions += 1;
        }
        Ok(ids)
    }

    /// Records facts at this pace, and returns once they are recorded.
    pub(super) fn record(&mut self, pace: Pace) -> Outcome<Commits> {
        let first = self.facts;
        self.facts += pace.count;
        self.recorder.record(self.portal, first, pace)
    }
}

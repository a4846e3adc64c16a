//! A portal on a database of its own, and what its API tells of webhooks.

use std::process::Stdio;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::postgres::Postgres;
use crate::process::{PASSWORD, Server, Worker, prepare_with, token_of};
use crate::publisher::Publisher;
use crate::waiting::until;

/// What every portal here is set to.
const SETTINGS: [(&str, &str); 2] =
    [("PODARMOR_WEBHOOK_ALLOW_NETS", "127.0.0.0/8"), ("PODARMOR_WEBHOOK_ALLOW_HTTP", "true")];

/// Where the data of servers and workers lies, and how they are set.
pub(super) struct Portal {
    settings: Vec<(String, String)>,
    url: String,
    _postgres: Option<Postgres>,
    pub(super) folder: TempDir,
}

impl Portal {
    /// On a SQLite file.
    pub(super) fn on_sqlite(settings: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}", folder.path().join("data").join("podarmor.db").display());
        Self::new(folder, url, None, settings)
    }

    /// On a PostgreSQL database.
    pub(super) fn on_postgres(database: Postgres, settings: &[(&str, &str)]) -> Self {
        Self::new(TempDir::new().unwrap(), database.url(), Some(database), settings)
    }

    fn new(folder: TempDir, url: String, postgres: Option<Postgres>, more: &[(&str, &str)]) -> Self {
        let own = [("PODARMOR_DATABASE_URL", url.as_str())];
        let all = SETTINGS.iter().chain(&own).chain(more);
        let settings = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let portal = Self { settings, url, _postgres: postgres, folder };
        prepare_with(portal.folder.path(), &portal.settings());
        portal
    }

    fn settings(&self) -> Vec<(&str, &str)> {
        self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    pub(super) async fn serve(&self) -> Server {
        self.serve_logging(Stdio::null()).await
    }

    pub(super) async fn serve_logging(&self, log: Stdio) -> Server {
        Server::start(self.folder.path(), &self.settings(), log).await
    }

    pub(super) fn worker(&self) -> Worker {
        self.worker_logging(Stdio::null())
    }

    pub(super) fn worker_logging(&self, log: Stdio) -> Worker {
        Worker::start(self.folder.path(), &self.settings(), log)
    }

    pub(super) async fn publisher(&self) -> Publisher {
        Publisher::open(&self.url).await
    }
}

/// The user's session; it outlives the server that began it.
pub(super) struct Api(String);

impl Api {
    pub(super) async fn sign_in(server: &Server) -> Self {
        let answer = server.login(1, PASSWORD).send().await.unwrap();
        Self(token_of(answer).await.unwrap())
    }

    async fn call(&self, server: &Server, method: Method, path: &str, body: Option<Value>) -> Value {
        let request = server.client.request(method, server.url(path)).header("x-tenant", "a").bearer_auth(&self.0);
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    pub(super) async fn get(&self, server: &Server, path: &str) -> Value {
        self.call(server, Method::GET, path, None).await
    }

    pub(super) async fn post(&self, server: &Server, path: &str, body: Option<Value>) -> Value {
        self.call(server, Method::POST, path, body).await
    }

    /// Subscribes a URL to published versions, and answers the subscription's id.
    pub(super) async fn subscribe(&self, server: &Server, url: &str) -> String {
        self.subscribe_to(server, "image.rebuilt", url).await
    }

    pub(super) async fn subscribe_to(&self, server: &Server, event: &str, url: &str) -> String {
        let made = self.post(server, "/api/webhooks", Some(json!({"event": event, "url": url}))).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// All deliveries of a subscription, newest first.
    pub(super) async fn deliveries(&self, server: &Server, subscription: &str) -> Vec<Value> {
        let mut deliveries = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/webhooks/{subscription}/deliveries?limit=200{cursor}");
            let mut page = self.get(server, &path).await;
            deliveries.append(page["items"].as_array_mut().unwrap());
            let Some(next) = page["nextCursor"].as_str() else { return deliveries };
            cursor = format!("&cursor={next}");
        }
    }

    /// Waits until so many deliveries of a subscription stand so.
    pub(super) async fn wait_until(&self, server: &Server, subscription: &str, status: &str, count: usize) {
        let path = format!("/api/webhooks/{subscription}/deliveries?limit=1&count=true&status={status}");
        until(&format!("{count} deliveries are {status}"), async || {
            let page = self.get(server, &path).await;
            (page["total"]["count"] == count).then_some(())
        })
        .await;
    }
}

/// The status and the attempts of a delivery: number, status, response code, error.
pub(super) fn story(delivery: &Value) -> (String, Vec<String>) {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let attempt = |one: &Value| {
        let code = one["responseCode"].as_u64().map_or_else(|| "-".to_owned(), |code| code.to_string());
        format!("{} {} {code} {}", one["number"], word(&one["status"]), word(&one["error"]))
    };
    (word(&delivery["status"]), delivery["attempts"].as_array().unwrap().iter().map(attempt).collect())
}

//! A running server, and how tests talk to it.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use podarmor_credentials::{HashingCost, SystemRandom};
use podarmor_domain::access::TrustedProxies;
use podarmor_domain::ports::Clock;
use podarmor_domain::store::Store;
use podarmor_domain::webhook::DestinationPolicy;
use podarmor_server::config::{Config, DatabaseUrl};
use podarmor_server::wire::{Running, World, build, build_in};
use reqwest::{Method, RequestBuilder};

use crate::{Answer, TestDatabase};

/// A running server.
pub struct App {
    running: Option<Running>,
    base: String,
    client: reqwest::Client,
}

/// The configuration of a test server: any free port, cheap hashing, this machine as a trusted
/// proxy, so that a test can come from any address, and as the one place where webhooks may lead,
/// with two retries at once.
#[must_use]
pub fn config(database: &TestDatabase) -> Config {
    let mut config = Config::for_data_dir(database.folder().join("data"));
    config.listen = "127.0.0.1:0".to_owned();
    config.database_url = DatabaseUrl::parse(&database.url).unwrap();
    config.trusted_proxies = TrustedProxies::parse("proxies", "127.0.0.1").unwrap();
    config.hashing = HashingCost { memory_kib: 64, passes: 1, lanes: 1 };
    config.workers = 2;
    let here = vec!["127.0.0.1/32".parse().unwrap()];
    config.webhooks.destinations = DestinationPolicy { allow_nets: here, allow_http: true };
    config.webhooks.dispatch.retries.schedule = vec![Duration::from_millis(50); 2];
    config
}

impl App {
    /// Starts a server over this database.
    pub async fn start(database: &TestDatabase) -> Self {
        Self::start_with(&config(database)).await
    }

    /// Starts a server with this configuration.
    pub async fn start_with(config: &Config) -> Self {
        Self::over(build(config).await.expect("the server starts"))
    }

    fn over(running: Running) -> Self {
        let base = format!("http://{}", running.address());
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { running: Some(running), base, client }
    }

    /// Starts a server with this configuration and a clock of the test's own.
    pub async fn start_at(config: &Config, clock: Arc<dyn Clock>) -> Self {
        let world = World { clock, random: Arc::new(SystemRandom) };
        Self::over(build_in(config, world).await.expect("the server starts"))
    }

    /// The store behind the server.
    #[must_use]
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.running.as_ref().unwrap().database().clone())
    }

    /// The URL of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Host and port.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// A request to be completed.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::of(request.send().await.expect("the server answers")).await
    }

    /// `GET` without credentials.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Signs in, as from this address.
    pub async fn login_from(&self, address: &str, tenant: &str, email: &str, password: &str) -> Answer {
        let request = self.request(Method::POST, "/api/auth/login").header("x-tenant", tenant);
        let body = serde_json::json!({ "email": email, "password": password });
        self.send(request.header("x-forwarded-for", address).json(&body)).await
    }

    /// Signs in, as from an address that nobody used before.
    pub async fn login(&self, tenant: &str, email: &str, password: &str) -> Answer {
        self.login_from(&fresh_address().to_string(), tenant, email, password).await
    }

    /// Stops the server.
    pub async fn stop(mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }
}

/// An address of the documentation and benchmarking ranges that was not given out before.
#[must_use]
pub fn fresh_address() -> IpAddr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    IpAddr::from(std::net::Ipv4Addr::from(u32::from(std::net::Ipv4Addr::new(198, 18, 0, 1)) + number))
}

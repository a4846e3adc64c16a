//! Sends one attempt over HTTP/1.1.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use podarmor_domain::webhook::{Admitted, DestinationPolicy, Outgoing, SendFailure, Sent, WebhookSender};
use reqwest::{Certificate, Client, ClientBuilder, Response, redirect, retry};
use tokio::time::{Instant, timeout_at};

use crate::admission::JudgedResolver;
use crate::answer::{excerpt, start_of_body};
use crate::failure::{cause, failure};
use crate::retry_after::retry_after;
use crate::signing::signed_headers;
use crate::{DeliveryError, Resolve};

/// Bounds of an attempt, and where it may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderSettings {
    /// For resolving, connecting and TLS together.
    pub connect_timeout: Duration,
    /// For everything together.
    pub deadline: Duration,
    /// How much of an answer's body is read at most, in bytes; what arrives with the last of it
    /// is not counted.
    pub answer: usize,
    /// Where deliveries may go.
    pub policy: DestinationPolicy,
}

impl Default for SenderSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            deadline: Duration::from_secs(15),
            answer: 64 * 1_024,
            policy: DestinationPolicy::default(),
        }
    }
}

/// Sends attempts over HTTP/1.1, each on a connection of its own.
#[derive(Clone, Debug)]
pub struct HttpSender {
    pub(crate) client: Client,
    policy: Arc<DestinationPolicy>,
    deadline: Duration,
    answer: usize,
}

impl HttpSender {
    /// With the certificates of the system and, in PEM, `more_roots` beside them.
    ///
    /// # Errors
    /// [`DeliveryError::Roots`] when `more_roots` holds none or a broken certificate,
    /// [`DeliveryError::Client`] when the client cannot be made.
    pub fn new(
        settings: SenderSettings,
        resolver: Arc<dyn Resolve>,
        more_roots: Option<&[u8]>,
    ) -> Result<Self, DeliveryError> {
        let policy = Arc::new(settings.policy);
        let roots = more_roots.map_or(Ok(Vec::new()), read_roots)?;
        let resolver = Arc::new(JudgedResolver::new(resolver, Arc::clone(&policy)));
        let builder = || base(settings.connect_timeout, &policy).dns_resolver(Arc::clone(&resolver));
        let client = builder().tls_certs_merge(roots.clone()).build().or_else(|error| {
            tracing::warn!(%error, "no trusted certificates of the system: only the additional ones are trusted");
            builder().tls_certs_only(roots).build()
        });
        let client = client.map_err(DeliveryError::Client)?;
        Ok(Self { client, policy, deadline: settings.deadline, answer: settings.answer })
    }

    async fn head(&self, outgoing: &Outgoing) -> Result<Response, SendFailure> {
        outgoing.url.judge_again(&self.policy).map_err(|_| SendFailure::DestinationNotAllowed)?;
        let headers = signed_headers(outgoing).map_err(|error| {
            tracing::error!(%error, delivery = %outgoing.delivery, "an attempt was not sent");
            SendFailure::NotSent
        })?;
        let request = self.client.post(outgoing.url.as_str()).headers(headers).body(outgoing.body.clone());
        request.send().await.map_err(|error| {
            let why = failure(&error);
            // The cause alone: the error itself shows the URL, which may hold a secret.
            tracing::debug!(delivery = %outgoing.delivery, %why, cause = %cause(&error), "no answer");
            why
        })
    }

    pub(crate) async fn answered(&self, response: Response, from: Option<SocketAddr>, deadline: Instant) -> Sent {
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers());
        let start = start_of_body(response, self.answer, deadline).await;
        let public = from.and_then(|from| self.policy.admit(from.ip())) == Some(Admitted::Public);
        Sent::Answered { status, retry_after, excerpt: public.then(|| excerpt(&start)) }
    }
}

#[async_trait]
impl WebhookSender for HttpSender {
    async fn send(&self, outgoing: &Outgoing) -> Sent {
        let deadline = Instant::now() + self.deadline;
        match timeout_at(deadline, self.head(outgoing)).await {
            Err(_) => Sent::Failed(SendFailure::TimedOut),
            Ok(Err(why)) => Sent::Failed(why),
            Ok(Ok(response)) => {
                let from = response.remote_addr();
                self.answered(response, from, deadline).await
            }
        }
    }

    fn deadline(&self) -> Duration {
        self.deadline
    }
}

fn read_roots(pem: &[u8]) -> Result<Vec<Certificate>, DeliveryError> {
    match Certificate::from_pem_bundle(pem) {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        _ => Err(DeliveryError::Roots),
    }
}

/// A client that does what it is told and nothing beside: what another crate turns on in the
/// library by its features stays off here.
fn base(connect_timeout: Duration, policy: &DestinationPolicy) -> ClientBuilder {
    Client::builder()
        .tls_backend_rustls()
        .http1_only()
        .https_only(!policy.allow_http)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .connect_timeout(connect_timeout)
        // Without it a connection would outlive the judgement of its address.
        .pool_max_idle_per_host(0)
}

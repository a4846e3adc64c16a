//! Judges a URL when a subscription is made or changed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use podarmor_domain::FieldError;
use podarmor_domain::webhook::{DestinationPolicy, Destinations, NOT_ALLOWED, WebhookUrl};
use tokio::time::timeout;

use crate::Resolve;

/// How long resolving may take while somebody waits for the answer.
const RESOLVING: Duration = Duration::from_secs(2);

/// Judges URLs by the policy and by what their names resolve to.
pub struct ResolvedDestinations {
    resolver: Arc<dyn Resolve>,
    policy: DestinationPolicy,
    limit: Duration,
}

impl ResolvedDestinations {
    /// With the policy that the sender has too.
    #[must_use]
    pub fn new(resolver: Arc<dyn Resolve>, policy: DestinationPolicy) -> Self {
        Self { resolver, policy, limit: RESOLVING }
    }
}

#[async_trait]
impl Destinations for ResolvedDestinations {
    async fn judge(&self, path: &str, url: &str) -> Result<WebhookUrl, FieldError> {
        let url = WebhookUrl::parse(path, url, &self.policy)?;
        // An address in the URL was judged with it.
        let Some(name) = url.name() else { return Ok(url) };
        // A name that does not resolve, or not in time, is judged when something is sent.
        let found = timeout(self.limit, self.resolver.resolve(name)).await.unwrap_or_default();
        if found.into_iter().any(|address| self.policy.admit(address).is_none()) {
            return Err(FieldError::new(path, NOT_ALLOWED));
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Names, Silence};

    async fn judge(addresses: &[&str], url: &str) -> Result<String, FieldError> {
        let policy = DestinationPolicy { allow_nets: vec!["10.1.0.0/16".parse().unwrap()], allow_http: false };
        let destinations = ResolvedDestinations::new(Names::of(&[addresses]), policy);
        destinations.judge("url", url).await.map(|url| url.as_str().to_owned())
    }

    #[tokio::test]
    async fn a_name_with_allowed_addresses_alone_is_let_in_and_normalised() {
        for addresses in [&["8.8.8.8"][..], &["10.1.2.3"], &["8.8.8.8", "2606:4700::1111", "10.1.2.3"]] {
            let judged = judge(addresses, "HTTPS://Host.Example").await;
            assert_eq!(judged.as_deref(), Ok("https://host.example/"), "{addresses:?}");
        }
    }

    #[tokio::test]
    async fn w2_one_address_that_is_not_allowed_refuses_the_name() {
        for addresses in [&["127.0.0.1"][..], &["8.8.8.8", "10.2.0.1"], &["8.8.8.8", "::ffff:127.0.0.1"], &["fc00::1"]]
        {
            let refused = judge(addresses, "https://host.example/").await.unwrap_err();
            assert_eq!((refused.path.as_str(), refused.message.as_str()), ("url", NOT_ALLOWED), "{addresses:?}");
        }
    }

    #[tokio::test]
    async fn an_address_is_judged_without_a_resolver() {
        let destinations = ResolvedDestinations::new(Arc::new(Silence), DestinationPolicy::default());
        assert!(destinations.judge("url", "https://8.8.8.8/").await.is_ok());
        for url in ["https://127.1/", "https://[::1]/", "http://8.8.8.8/", "https:///8.8.8.8/", "nonsense"] {
            assert_eq!(destinations.judge("url", url).await.unwrap_err().path, "url", "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_does_not_resolve_in_time_is_let_in() {
        assert!(judge(&[], "https://host.example/").await.is_ok());
        let policy = DestinationPolicy::default();
        let hanging = ResolvedDestinations { resolver: Arc::new(Silence), policy, limit: Duration::from_millis(50) };
        assert!(hanging.judge("url", "https://host.example/").await.is_ok());
    }
}

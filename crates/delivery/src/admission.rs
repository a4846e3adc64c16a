//! The client's only resolver: it hands out judged addresses, and no others.

use std::net::SocketAddr;
use std::sync::Arc;

use podarmor_domain::webhook::{DestinationPolicy, SendFailure};
use reqwest::dns::{Addrs, Name, Resolving};

use crate::Resolve;

/// Resolves names for the client. Addresses in URLs do not come by here (the client connects to
/// them directly): they are judged with the URL.
pub(crate) struct JudgedResolver {
    resolver: Arc<dyn Resolve>,
    policy: Arc<DestinationPolicy>,
}

impl JudgedResolver {
    pub(crate) fn new(resolver: Arc<dyn Resolve>, policy: Arc<DestinationPolicy>) -> Self {
        Self { resolver, policy }
    }
}

/// Why there is no address to connect to; found again among the sources of the client's error.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NoAddress(pub(crate) SendFailure);

impl reqwest::dns::Resolve for JudgedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolver, policy) = (Arc::clone(&self.resolver), Arc::clone(&self.policy));
        Box::pin(async move {
            let found = resolver.resolve(name.as_str()).await;
            if found.is_empty() {
                return Err(NoAddress(SendFailure::NameNotResolved).into());
            }
            // The canonical form is what was judged. The client puts the port in.
            let judged: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| policy.admit(*address).is_some())
                .map(|address| SocketAddr::new(address.to_canonical(), 0))
                .collect();
            if judged.is_empty() {
                return Err(NoAddress(SendFailure::DestinationNotAllowed).into());
            }
            Ok(Box::new(judged.into_iter()) as Addrs)
        })
    }
}

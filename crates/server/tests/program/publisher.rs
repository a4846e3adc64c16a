//! A publisher in a process of its own: it shares nothing with the server but the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use podarmor_credentials::{SystemClock, SystemRandom};
use podarmor_domain::access::SystemScope;
use podarmor_domain::image::{Digest, ImageChange, ImageName, NewVersion, Platform, PublishingService, VersionName};
use podarmor_domain::ports::Clock;
use podarmor_domain::tenant::TenantSlug;
use podarmor_persistence::{Database, DatabaseOptions, connect};

use crate::waiting::until;

/// Publishes versions of the image `i`, licensed to the tenant `a`.
pub(crate) struct Publisher {
    database: Database,
    publishing: PublishingService,
    image: ImageName,
    number: AtomicUsize,
}

#[expect(clippy::disallowed_methods, reason = "acts for the publisher, as the command line does")]
const fn scope() -> SystemScope {
    SystemScope::assume("a publisher in another process than the server")
}

impl Publisher {
    /// Opens a migrated database that has the tenant, and makes the image.
    pub(crate) async fn open(url: &str) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let database = connect(&DatabaseOptions::new(url, Arc::clone(&clock))).await.unwrap();
        let publishing = PublishingService::new(Arc::new(database.clone()), clock, Arc::new(SystemRandom));
        let image = ImageName::parse("image", "i").unwrap();
        publishing.put_image(scope(), &image, ImageChange::default()).await.unwrap();
        publishing.grant(scope(), &TenantSlug::parse("tenant", "a").unwrap(), &image).await.unwrap();
        Self { database, publishing, image, number: AtomicUsize::new(0) }
    }

    /// Publishes a version, trying until that is acknowledged; answers its id.
    pub(crate) async fn publish(&self) -> String {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let new = NewVersion {
            name: VersionName::parse("version", &number.to_string()).unwrap(),
            digest: Digest::parse("digest", &format!("sha256:{number:064x}")).unwrap(),
            size_bytes: 1,
            platforms: vec![Platform::parse("platform", "linux/amd64").unwrap()],
            published_at: None,
        };
        let version = until("a version is published", async || {
            self.publishing.publish_version(scope(), &self.image, new.clone()).await.ok()
        });
        version.await.into_inner().id.to_string()
    }

    /// Publishes so many, one after the other.
    pub(crate) async fn publish_many(&self, count: usize) -> Vec<String> {
        let mut versions = Vec::new();
        for _ in 0..count {
            versions.push(self.publish().await);
        }
        versions
    }

    pub(crate) async fn close(&self) {
        self.database.close().await;
    }
}

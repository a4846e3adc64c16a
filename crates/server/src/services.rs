//! The domain's services, over the adapters they need.

use std::sync::Arc;

use podarmor_credentials::JwtSigner;
use podarmor_domain::access::{
    ApiKeyHasher, ApiKeyService, KeyActors, PasswordService, SessionActors, SessionService, SignIn, UserService,
};
use podarmor_domain::event::EventFeed;
use podarmor_domain::image::ImageService;
use podarmor_domain::ports::{PasswordHasher, TokenSigner};
use podarmor_domain::request::RequestService;
use podarmor_domain::sbom::SbomService;
use podarmor_domain::scan::ScanService;
use podarmor_domain::secret::SecretSeal;
use podarmor_domain::store::Store;
use podarmor_domain::watch::WatchService;
use podarmor_domain::webhook::{Destinations, WebhookService};
use podarmor_http::Services;

use crate::wire::World;
use crate::workers::Health;

/// What the services stand on.
pub(crate) struct Adapters {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) signer: Arc<JwtSigner>,
    pub(crate) passwords: Arc<dyn PasswordHasher>,
    pub(crate) api_keys: Arc<dyn ApiKeyHasher>,
    pub(crate) seal: Arc<dyn SecretSeal>,
    pub(crate) destinations: Arc<dyn Destinations>,
    pub(crate) deliveries: Health,
    pub(crate) world: World,
}

impl Adapters {
    /// All services that requests reach.
    pub(crate) fn services(&self) -> Services {
        let store = || Arc::clone(&self.store);
        let passwords = || Arc::clone(&self.passwords);
        let api_keys = || Arc::clone(&self.api_keys);
        let (clock, random) = (|| Arc::clone(&self.world.clock), || Arc::clone(&self.world.random));
        let signer = || Arc::<JwtSigner>::clone(&self.signer) as Arc<dyn TokenSigner>;
        let keys = Arc::clone(&self.signer);
        Services {
            images: ImageService::new(store()),
            scans: ScanService::new(store()),
            sboms: SbomService::new(store()),
            users: UserService::new(store(), passwords(), clock(), random()),
            sign_in: SignIn::new(store(), passwords(), signer(), clock(), random()),
            sessions: SessionService::new(store(), signer(), clock(), random()),
            passwords: PasswordService::new(store(), passwords(), clock()),
            actors: SessionActors::new(store(), signer()),
            api_keys: ApiKeyService::new(store(), api_keys(), clock(), random()),
            requests: RequestService::new(store(), clock(), random()),
            key_actors: KeyActors::new(store(), api_keys(), clock()),
            watches: WatchService::new(store(), clock(), random()),
            webhooks: WebhookService::new(
                store(),
                Arc::clone(&self.destinations),
                Arc::clone(&self.seal),
                clock(),
                random(),
            ),
            events: EventFeed::new(store()),
            seal: Arc::clone(&self.seal),
            deliveries_work: {
                let health = self.deliveries.clone();
                Arc::new(move || health.is_good())
            },
            public_keys: Arc::new(move || keys.public_keys()),
            store: store(),
            clock: clock(),
            random: random(),
        }
    }
}

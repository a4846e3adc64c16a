//! What the HTTP layer is given: the domain's services, and its own settings.

use std::sync::Arc;
use std::time::Duration;

use podarmor_domain::access::{
    ApiKeyService, KeyActors, PasswordService, SessionActors, SessionService, SignIn, TrustedProxies, UserService,
};
use podarmor_domain::event::EventFeed;
use podarmor_domain::image::ImageService;
use podarmor_domain::ports::{Clock, Random};
use podarmor_domain::request::RequestService;
use podarmor_domain::sbom::SbomService;
use podarmor_domain::scan::ScanService;
use podarmor_domain::secret::SecretSeal;
use podarmor_domain::store::Store;
use podarmor_domain::watch::WatchService;
use podarmor_domain::webhook::WebhookService;

use crate::actors::Actors;
use crate::answer::SbomCache;
use crate::paging::CursorSeal;

/// Key ids and Ed25519 public keys (base64url), the ones that verify now.
pub type PublicKeys = Arc<dyn Fn() -> Vec<(String, String)> + Send + Sync>;

/// The domain's services.
#[derive(Clone)]
pub struct Services {
    /// Images and versions.
    pub images: ImageService,
    /// Scans and findings.
    pub scans: ScanService,
    /// SBOM downloads.
    pub sboms: SbomService,
    /// Watches on vulnerabilities.
    pub watches: WatchService,
    /// Webhook subscriptions and their deliveries.
    pub webhooks: WebhookService,
    /// The feed of events.
    pub events: EventFeed,
    /// Users.
    pub users: UserService,
    /// Sign-in.
    pub sign_in: SignIn,
    /// Sessions of signed-in users.
    pub sessions: SessionService,
    /// Passwords.
    pub passwords: PasswordService,
    /// Tokens to actors.
    pub actors: SessionActors,
    /// API keys.
    pub api_keys: ApiKeyService,
    /// Feature requests.
    pub requests: RequestService,
    /// API keys to actors.
    pub key_actors: KeyActors,
    /// Seals answers that are kept to be given again.
    pub seal: Arc<dyn SecretSeal>,
    /// The public keys that verify access tokens.
    pub public_keys: PublicKeys,
    /// Whether webhook deliveries are made without trouble, as far as this server knows.
    pub deliveries_work: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Asked only whether it answers.
    pub store: Arc<dyn Store>,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// For request ids.
    pub random: Arc<dyn Random>,
}

/// How this server is set up.
#[derive(Clone)]
pub struct Settings {
    /// Proxies whose word about the client's address is taken.
    pub trusted_proxies: TrustedProxies,
    /// The domain whose subdomains name tenants (`Host`), if any.
    pub base_domain: Option<String>,
    /// Requests a second that one address may make; unlimited when `None`.
    pub shield_per_second: Option<u32>,
    /// Where people reach this portal, for links that are handed out.
    pub public_url: String,
    /// Origins that browsers may call from; none by default.
    pub cors_origins: Vec<String>,
    /// Seals the cursors of lists; the same on every replica.
    pub cursor_key: [u8; 32],
    /// The version that the status shows.
    pub version: &'static str,
    /// Worker threads.
    pub workers: usize,
    /// How long requests in flight may take to finish at shutdown.
    pub shutdown: Duration,
    /// How long a client may leave unread what was sent to it, where the system can tell.
    pub unread_timeout: Duration,
}

/// Everything a handler can reach, shared by all workers.
pub(crate) struct State {
    pub(crate) services: Services,
    pub(crate) settings: Settings,
    pub(crate) actors: Actors,
    pub(crate) cursors: CursorSeal,
    pub(crate) sbom_cache: SbomCache,
}

impl State {
    pub(crate) fn new(services: Services, settings: Settings) -> Self {
        Self {
            actors: Actors::new(services.actors.clone(), services.clock.clone()),
            cursors: CursorSeal::new(settings.cursor_key),
            sbom_cache: SbomCache::new(),
            services,
            settings,
        }
    }
}

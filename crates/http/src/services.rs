//! What the HTTP layer is given: the domain's services, and its own settings.

use std::sync::Arc;
use std::time::Duration;

use podarmor_domain::access::{SessionActors, SignIn, TrustedProxies, UserService};
use podarmor_domain::image::ImageService;
use podarmor_domain::ports::{Clock, Random};
use podarmor_domain::sbom::SbomService;
use podarmor_domain::scan::ScanService;
use podarmor_domain::store::Store;

use crate::actors::Actors;
use crate::answer::SbomCache;
use crate::paging::CursorSeal;

/// The domain's services.
#[derive(Clone)]
pub struct Services {
    /// Images and versions.
    pub images: ImageService,
    /// Scans and findings.
    pub scans: ScanService,
    /// SBOM downloads.
    pub sboms: SbomService,
    /// Users.
    pub users: UserService,
    /// Sign-in.
    pub sign_in: SignIn,
    /// Tokens to actors.
    pub actors: SessionActors,
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

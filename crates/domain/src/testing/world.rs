//! Every service over one store, with the fixtures: what most tests begin with.

use std::sync::Arc;
use std::time::Duration;

use crate::Sha256;
use crate::access::{
    AccessClaims, Actor, ApiKeyService, Authorized, ImagesRead, KeyActors, NewPassword, NewSession, Password,
    PasswordService, Permit, RefreshToken, Role, SbomsRead, ScansRead, SessionActors, SessionService, SignIn, SignedIn,
    TenantScope, User, UserChange, UserName, UserRecord, UserService,
};
use crate::baseline::BaselineService;
use crate::event::{EventFeed, EventKind};
use crate::id::{self, SessionId, TokenId};
use crate::image::{Image, ImageChange, ImageService, PublishingService, Version};
use crate::outbox::{DispatchSettings, Dispatcher, Pick};
use crate::ports::Clock;
use crate::request::{RequestService, TriageService};
use crate::sbom::{SbomDocument, SbomFormat, SbomImport, SbomImporter, SbomService};
use crate::scan::{Match, Recorded, Report, ScanRecorder, ScanService, VulnerabilityId};
use crate::store::Store;
use crate::tenant::{Tenant, TenantName, TenantService};
use crate::testing::fixtures::{
    CountingRandom, FakeApiKeyHasher, FakeDestinations, FakeHasher, FakeSeal, FakeSender, FakeSigner, FixedClock, at,
    email, image_name, new_version, report, slug, version_name,
};
use crate::testing::{MemoryStore, publisher};
use crate::watch::{Added, WatchService, Watched};
use crate::webhook::{NewSubscription, Subscription, WebhookService};

/// Every service over one store, with the fixtures. Its short calls go through the services and
/// panic when those refuse.
///
/// Ids are counted from one: use one world a store.
pub struct World {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The services' clock; a database may go by its own.
    pub clock: Arc<FixedClock>,
    /// The services' randomness.
    pub random: Arc<CountingRandom>,
    /// The services' password hasher.
    pub hasher: Arc<FakeHasher>,
    /// The services' token signer.
    pub signer: Arc<FakeSigner>,
    /// The services' hasher of API keys.
    pub key_hasher: Arc<FakeApiKeyHasher>,
    /// The services' seal.
    pub seal: Arc<FakeSeal>,
    /// The dispatcher's sender, which keeps what it was given.
    pub sender: Arc<FakeSender>,
}

/// A user who is signed in.
#[derive(Clone, Debug)]
pub struct Member {
    /// The user.
    pub user: User,
    /// The access token.
    pub token: String,
    /// The actor that the token stands for.
    pub actor: Actor,
}

impl Member {
    /// Proof that the member may do `P`.
    #[must_use]
    pub fn may<P: Permit>(&self) -> Authorized<P> {
        self.actor.authorize().unwrap()
    }

    /// Proof for images.
    #[must_use]
    pub fn images(&self) -> Authorized<ImagesRead> {
        self.may()
    }

    /// Proof for scans.
    #[must_use]
    pub fn scans(&self) -> Authorized<ScansRead> {
        self.may()
    }

    /// Proof for SBOMs.
    #[must_use]
    pub fn sboms(&self) -> Authorized<SbomsRead> {
        self.may()
    }

    /// The member's tenant, for the store.
    #[must_use]
    pub fn scope(&self) -> TenantScope {
        self.images().scope()
    }
}

/// The services.
impl World {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self::with_clock(store, Arc::default())
    }

    /// Over a fresh [`MemoryStore`] that goes by the world's clock.
    #[must_use]
    pub fn in_memory() -> Self {
        let clock = Arc::<FixedClock>::default();
        Self::with_clock(Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>)), clock)
    }

    /// Over a store, with this clock.
    #[must_use]
    pub fn with_clock(store: Arc<dyn Store>, clock: Arc<FixedClock>) -> Self {
        let signer = Arc::new(FakeSigner::new(Arc::clone(&clock) as Arc<dyn Clock>));
        let random = Arc::new(CountingRandom::starting_at(1));
        Self {
            store,
            clock,
            random,
            hasher: Arc::default(),
            signer,
            key_hasher: Arc::default(),
            seal: Arc::default(),
            sender: Arc::default(),
        }
    }

    /// Makes tenants.
    #[must_use]
    pub fn tenants(&self) -> TenantService {
        TenantService::new(self.store.clone(), self.clock.clone(), self.random.clone())
    }

    /// Makes users.
    #[must_use]
    pub fn users(&self) -> UserService {
        UserService::new(self.store.clone(), self.hasher.clone(), self.clock.clone(), self.random.clone())
    }

    /// Publishes images, versions and licences.
    #[must_use]
    pub fn publishing(&self) -> PublishingService {
        PublishingService::new(self.store.clone(), self.clock.clone(), self.random.clone())
    }

    /// Records scans.
    #[must_use]
    pub fn recorder(&self) -> ScanRecorder {
        ScanRecorder::new(self.store.clone(), self.clock.clone(), self.random.clone())
    }

    /// Imports SBOMs.
    #[must_use]
    pub fn importer(&self) -> SbomImporter {
        SbomImporter::new(self.store.clone(), self.clock.clone(), self.random.clone())
    }

    /// Records baselines.
    #[must_use]
    pub fn baselines(&self) -> BaselineService {
        BaselineService::new(self.store.clone(), self.clock.clone(), self.random.clone())
    }

    /// Signs in.
    #[must_use]
    pub fn sign_in(&self) -> SignIn {
        SignIn::new(
            self.store.clone(),
            self.hasher.clone(),
            self.signer.clone(),
            self.clock.clone(),
            self.random.clone(),
        )
    }

    /// Turns tokens into actors.
    #[must_use]
    pub fn actors(&self) -> SessionActors {
        SessionActors::new(self.store.clone(), self.signer.clone())
    }

    /// Keeps sessions alive and ends them.
    #[must_use]
    pub fn sessions(&self) -> SessionService {
        SessionService::new(self.store.clone(), self.signer.clone(), self.clock.clone(), self.random.clone())
    }

    /// Changes passwords.
    #[must_use]
    pub fn passwords(&self) -> PasswordService {
        PasswordService::new(self.store.clone(), self.hasher.clone(), self.clock.clone())
    }

    /// Manages API keys.
    #[must_use]
    pub fn api_keys(&self) -> ApiKeyService {
        ApiKeyService::new(self.store.clone(), self.key_hasher.clone(), self.clock.clone(), self.random.clone())
    }

    /// Turns API keys into actors.
    #[must_use]
    pub fn key_actors(&self) -> KeyActors {
        KeyActors::new(self.store.clone(), self.key_hasher.clone(), self.clock.clone())
    }

    /// Files and reads feature requests.
    #[must_use]
    pub fn requests(&self) -> RequestService {
        RequestService::new(self.store.clone(), self.clock.clone(), self.random.clone())
    }

    /// Decides over feature requests.
    #[must_use]
    pub fn triage(&self) -> TriageService {
        TriageService::new(self.store.clone(), self.clock.clone())
    }

    /// Reads images.
    #[must_use]
    pub fn images(&self) -> ImageService {
        ImageService::new(self.store.clone())
    }

    /// Reads scans.
    #[must_use]
    pub fn scans(&self) -> ScanService {
        ScanService::new(self.store.clone())
    }

    /// Manages watches.
    #[must_use]
    pub fn watches(&self) -> WatchService {
        WatchService::new(self.store.clone(), self.clock.clone(), self.random.clone())
    }

    /// Reads the feed.
    #[must_use]
    pub fn feed(&self) -> EventFeed {
        EventFeed::new(self.store.clone())
    }

    /// Manages webhooks; every URL that [`WebhookUrl::parse`](crate::webhook::WebhookUrl::parse)
    /// lets in is let in.
    #[must_use]
    pub fn webhooks(&self) -> WebhookService {
        let destinations = Arc::new(FakeDestinations);
        WebhookService::new(
            self.store.clone(),
            destinations,
            self.seal.clone(),
            self.clock.clone(),
            self.random.clone(),
        )
    }

    /// Makes deliveries, with the documented settings.
    #[must_use]
    pub fn dispatcher(&self) -> Dispatcher {
        let (clock, random, seal) = (self.clock.clone(), self.random.clone(), self.seal.clone());
        let settings = DispatchSettings::default();
        Dispatcher::new(self.store.clone(), clock, random, seal, self.sender.clone(), settings).unwrap()
    }

    /// Reads SBOMs.
    #[must_use]
    pub fn sboms(&self) -> SbomService {
        SbomService::new(self.store.clone())
    }
}

/// Short calls.
impl World {
    /// The password of every user that [`World::user`] and [`World::member`] make.
    pub const PASSWORD: &str = "correct horse battery staple";

    /// Makes a tenant.
    pub async fn tenant(&self, name: &str) -> Tenant {
        let title = TenantName::parse("name", name).unwrap();
        self.tenants().create(publisher(), slug(name), title).await.unwrap()
    }

    /// Suspends a tenant, or lets it go on.
    pub async fn suspend(&self, name: &str, suspended: bool) -> bool {
        self.tenants().set_suspended(publisher(), &slug(name), suspended).await.unwrap()
    }

    /// Changes a user, as the operator does.
    pub async fn change_user(&self, tenant: &str, address: &str, change: UserChange) -> UserRecord {
        self.users().update_of(publisher(), &slug(tenant), &email(address), change).await.unwrap()
    }

    /// Disables a user, or lets it sign in again.
    pub async fn disable(&self, tenant: &str, address: &str, disabled: bool) -> UserRecord {
        self.change_user(tenant, address, UserChange { disabled: Some(disabled), ..UserChange::default() }).await
    }

    /// Signs in with [`World::PASSWORD`], through the service.
    pub async fn login(&self, tenant: &str, address: &str) -> SignedIn {
        let password = Password::parse("password", Self::PASSWORD).unwrap();
        self.sign_in().login(&slug(tenant), address, password).await.unwrap()
    }

    /// The member whom a sign-in made.
    pub async fn signed_in(&self, answer: &SignedIn) -> Member {
        let token = answer.access_token.clone();
        let (actor, _) = self.actors().resolve(&token).await.unwrap();
        Member { user: answer.user.clone(), token, actor }
    }

    /// Makes a user with [`World::PASSWORD`].
    pub async fn user(&self, tenant: &str, address: &str, role: Role) -> User {
        let password = NewPassword::parse("password", Self::PASSWORD).unwrap();
        let name = UserName::parse("name", "Ada Lovelace").unwrap();
        self.users().create(publisher(), &slug(tenant), email(address), name, role, password).await.unwrap()
    }

    /// Makes the user `ROLE@TENANT.example` of a tenant and signs it in, in a session that ends
    /// only in the year 9000, whatever clock the store goes by.
    pub async fn member(&self, tenant: &Tenant, role: Role) -> Member {
        let user = self.user(tenant.slug.as_str(), &format!("{role}@{}.example", tenant.slug), role).await;
        let session = NewSession {
            id: SessionId::from_uuid(id::fresh(&*self.clock, &*self.random)),
            user: user.id,
            tenant: tenant.id,
            created_at: self.clock.now(),
            expires_at: at("9000-01-01T00:00:00Z"),
            refresh: RefreshToken::fresh(&*self.random).hash(),
        };
        let tx = self.store.system(publisher()).await.unwrap();
        tx.insert_session(&session).await.unwrap();
        tx.commit().await.unwrap();
        self.member_of_session(user, &session).await
    }

    async fn member_of_session(&self, user: User, session: &NewSession) -> Member {
        use crate::ports::TokenSigner as _;
        let claims = AccessClaims {
            user: session.user,
            tenant: session.tenant,
            session: session.id,
            token: TokenId::from_uuid(id::fresh(&*self.clock, &*self.random)),
            issued_at: session.created_at,
            expires_at: session.expires_at,
        };
        let token = self.signer.sign(&claims).unwrap();
        let (actor, _) = self.actors().resolve(&token).await.unwrap();
        Member { user, token, actor }
    }

    /// Makes a tenant of this name with a viewer who is signed in.
    pub async fn viewer(&self, tenant: &str) -> Member {
        let tenant = self.tenant(tenant).await;
        self.member(&tenant, Role::Viewer).await
    }

    /// Makes an image, or changes it.
    pub async fn image(&self, name: &str, change: ImageChange) -> Image {
        self.publishing().put_image(publisher(), &image_name(name), change).await.unwrap().into_inner()
    }

    /// Publishes a version (`digest` and size as [`new_version`] has them).
    pub async fn version(&self, image: &str, name: &str, published_at: &str) -> Version {
        let new = new_version(name, at(published_at));
        self.publishing().publish_version(publisher(), &image_name(image), new).await.unwrap().into_inner()
    }

    /// Licenses an image to a tenant.
    pub async fn grant(&self, tenant: &str, image: &str) -> bool {
        self.publishing().grant(publisher(), &slug(tenant), &image_name(image)).await.unwrap()
    }

    /// Takes a licence back.
    pub async fn revoke(&self, tenant: &str, image: &str) -> bool {
        self.publishing().revoke(publisher(), &slug(tenant), &image_name(image)).await.unwrap()
    }

    /// Records a report.
    pub async fn record(&self, image: &str, version: &str, report: Report) -> Recorded {
        let (image, version) = (image_name(image), version_name(version));
        self.recorder().record(publisher(), &image, &version, report, None, false).await.unwrap()
    }

    /// Records a scan that ran at this time and found this; the time stands for its content.
    pub async fn scan(&self, image: &str, version: &str, scanned_at: &str, matches: Vec<Match>) -> Recorded {
        self.record(image, version, report(scanned_at, Some(at(scanned_at)), matches)).await
    }

    /// Subscribes to a kind of event.
    pub async fn subscribe(&self, member: &Member, event: EventKind, url: &str) -> Subscription {
        let new = NewSubscription { event, url: url.to_owned(), secret: None, active: None, format: None };
        self.webhooks().put(&member.may(), new, None).await.unwrap().done().unwrap().subscription
    }

    /// Watches a vulnerability.
    pub async fn watch(&self, member: &Member, vulnerability: &str) -> Watched {
        let id = VulnerabilityId::parse("cveId", vulnerability).unwrap();
        match self.watches().add(&member.may(), id, None, None).await.unwrap().done().unwrap() {
            Added::New(watched) | Added::Existing(watched) => watched,
        }
    }

    /// Expands what was recorded, and makes every delivery that is due, one after the other, until
    /// nothing is. Answers how many attempts that were.
    pub async fn drain(&self) -> usize {
        let dispatcher = self.dispatcher();
        let mut attempts = 0;
        loop {
            let expanded = dispatcher.expand(publisher(), 16).await.unwrap();
            let (now, waiting) = dispatcher.backlog(publisher(), None, 1_000).await.unwrap();
            let due = waiting.iter().filter(|one| one.due <= now);
            let picks: Vec<Pick> = due.map(|one| Pick { subscription: one.subscription, most: 8 }).collect();
            let claimed = dispatcher.turn(publisher(), &[], &picks).await.unwrap();
            if expanded == 0 && claimed.is_empty() {
                return attempts;
            }
            for one in claimed {
                let finished = dispatcher.attempt(one, Duration::ZERO).await;
                dispatcher.turn(publisher(), &[finished], &[]).await.unwrap();
                attempts += 1;
            }
        }
    }

    /// Imports an SBOM.
    pub async fn sbom(&self, image: &str, version: &str, format: SbomFormat, bytes: &[u8]) -> SbomImport {
        let document =
            SbomDocument { format, bytes: bytes.to_vec(), content: Sha256::of(bytes), subject_digests: Vec::new() };
        let (image, version) = (image_name(image), version_name(version));
        self.importer().import(publisher(), &image, &version, &document, false).await.unwrap()
    }
}

//! The domain without a server and without a database: a publisher fills a catalogue in memory,
//! and a tenant's viewer reads it.
//!
//! `cargo run -p podarmor-domain --example catalogue --features testing`
//!
//! Start from here with your own adapters: implement [`Store`] over your database (the contract
//! suite in `podarmor_domain::testing` says when it is right), and the ports for time,
//! randomness, passwords and tokens. The services stay as they are.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::error::Error;
use std::sync::Arc;

use podarmor_domain::access::{
    Actor, AttemptKey, Email, ImagesRead, NewPassword, Password, Role, ScansRead, SessionActors, SignIn, UserName,
    UserService,
};
use podarmor_domain::image::{BaseOs, ImageChange, ImageName, ImageQuery, ImageService, NewVersion, PublishingService};
use podarmor_domain::image::{Digest, VersionName};
use podarmor_domain::paging::PageRequest;
use podarmor_domain::ports::{Clock, PasswordHasher, Random, TokenSigner};
use podarmor_domain::scan::{
    FindingFilter, Findings, FixState, Match, Report, ScanRecorder, ScanService, Scanner, Severity, Subject,
};
use podarmor_domain::store::Store;
use podarmor_domain::tenant::{TenantName, TenantService, TenantSlug};
use podarmor_domain::testing::fixtures::{CountingRandom, FakeHasher, FakeSigner, FixedClock, finding};
use podarmor_domain::testing::{MemoryStore, publisher};
use podarmor_domain::{Sha256, Timestamp};

const PASSWORD: &str = "correct horse battery staple";

/// The adapters: everything the domain needs of the world. Yours go here.
struct World {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    hasher: Arc<dyn PasswordHasher>,
    signer: Arc<dyn TokenSigner>,
}

impl World {
    fn in_memory() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::default());
        Self {
            store: Arc::new(MemoryStore::new(Arc::clone(&clock))),
            random: Arc::new(CountingRandom::default()),
            hasher: Arc::new(FakeHasher::default()),
            signer: Arc::new(FakeSigner::new(Arc::clone(&clock))),
            clock,
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let world = World::in_memory();
    let (tenant, image) = (TenantSlug::parse("tenant", "acme")?, ImageName::parse("image", "java17-deploy")?);
    make_tenant(&world, &tenant).await?;
    publish(&world, &image).await?;
    record_scan(&world, &image).await?;

    let viewer = sign_in(&world, &tenant).await?;
    println!("without a licence:");
    show(&world, &viewer).await?;

    let publishing = PublishingService::new(world.store.clone(), world.clock.clone(), world.random.clone());
    publishing.grant(publisher(), &tenant, &image).await?;
    println!("with a licence:");
    show(&world, &viewer).await?;
    Ok(())
}

/// A customer, with one user.
async fn make_tenant(world: &World, slug: &TenantSlug) -> Result<(), Box<dyn Error>> {
    let tenants = TenantService::new(world.store.clone(), world.clock.clone(), world.random.clone());
    tenants.create(publisher(), slug.clone(), TenantName::parse("name", "Acme Corp.")?).await?;
    let users = UserService::new(world.store.clone(), world.hasher.clone(), world.clock.clone(), world.random.clone());
    let (email, name) = (Email::parse("email", "ada@acme.example")?, UserName::parse("name", "Ada Lovelace")?);
    let password = NewPassword::parse("password", PASSWORD)?;
    users.create(publisher(), slug, email, name, Role::Viewer, password).await?;
    Ok(())
}

/// An image with one version.
async fn publish(world: &World, image: &ImageName) -> Result<(), Box<dyn Error>> {
    let publishing = PublishingService::new(world.store.clone(), world.clock.clone(), world.random.clone());
    let change = ImageChange { base_os: Some(BaseOs::parse("baseOs", "debian-12")?), ..ImageChange::default() };
    publishing.put_image(publisher(), image, change).await?;
    let version = NewVersion {
        name: VersionName::parse("version", "17.0.19-r0")?,
        digest: Digest::parse("digest", &format!("sha256:{}", Sha256::of(b"the manifest")))?,
        size_bytes: 94_000_000,
        platforms: Vec::new(),
        published_at: None,
    };
    publishing.publish_version(publisher(), image, version).await?;
    Ok(())
}

/// What a scanner said of it. An adapter reads this out of the scanner's own report.
async fn record_scan(world: &World, image: &ImageName) -> Result<(), Box<dyn Error>> {
    let openssl = Match { severity: Severity::High, ..finding("CVE-2026-1001", "openssl") };
    let matches = [
        Match { fix_state: FixState::Fixed, fixed_in: vec!["3.0.16".to_owned()], ..openssl.clone() },
        Match { fix_state: FixState::WontFix, ..finding("CVE-2026-1002", "tar") },
        // The same package in two places: one finding that stands for two matches.
        finding("CVE-2026-1003", "zlib"),
        finding("CVE-2026-1003", "zlib"),
    ];
    let report = Report {
        content: Sha256::of(b"the report"),
        scanner: Scanner { name: "grype".to_owned(), version: "0.112.0".to_owned(), db_built_at: None },
        scanned_at: Some(Timestamp::parse("scannedAt", "2026-03-02T06:00:00Z")?),
        subject: Subject::default(),
        findings: Findings::group(matches)?,
    };
    let recorder = ScanRecorder::new(world.store.clone(), world.clock.clone(), world.random.clone());
    let version = VersionName::parse("version", "17.0.19-r0")?;
    recorder.record(publisher(), image, &version, report, None, false).await?;
    Ok(())
}

/// From a password to an actor, as a request goes: the limit first, then the password, then the
/// token of each later request.
async fn sign_in(world: &World, tenant: &TenantSlug) -> Result<Actor, Box<dyn Error>> {
    let sign_in = SignIn::new(
        world.store.clone(),
        world.hasher.clone(),
        world.signer.clone(),
        world.clock.clone(),
        world.random.clone(),
    );
    sign_in.admit(&AttemptKey::parse("address", "192.0.2.1")?).await?;
    let password = Password::parse("password", PASSWORD)?;
    let signed_in = sign_in.login(tenant, "ada@acme.example", password).await?;
    let actors = SessionActors::new(world.store.clone(), world.signer.clone());
    let (actor, _good_until) = actors.resolve(&signed_in.access_token).await?;
    Ok(actor)
}

/// Everything this actor sees. Only a permission opens a service, and only for its own tenant.
async fn show(world: &World, actor: &Actor) -> Result<(), Box<dyn Error>> {
    let may_read = actor.authorize::<ImagesRead>()?;
    let images = ImageService::new(world.store.clone());
    let page = images.list(&may_read, &ImageQuery::default(), &PageRequest::default()).await?;
    println!("  {} image(s)", page.items.len());
    for entry in page.items {
        let Some(version) = entry.latest else { continue };
        let Some(scan) = &version.last_scan else { continue };
        println!(
            "  {} {}: {} outstanding, {} residual, {} in all",
            entry.image.name,
            version.name,
            scan.counts.outstanding(),
            scan.counts.residual(),
            scan.counts.total(),
        );
        let may_read = actor.authorize::<ScansRead>()?;
        let (filter, page) = (FindingFilter::default(), PageRequest::default());
        let scans = ScanService::new(world.store.clone());
        let found = scans.vulnerabilities(&may_read, entry.image.id, version.id, &filter, &page).await?;
        for (_, one) in found.page.items {
            println!(
                "    {} {} {} ({}) × {}",
                one.vulnerability, one.severity, one.package.name, one.fix_state, one.occurrences
            );
        }
    }
    Ok(())
}

//! How many statements a read takes, and that each finds its rows by an index.

use std::sync::{Arc, Mutex};

use podarmor_domain::Sha256;
use podarmor_domain::access::{ApiKeyHash, RefreshTokenHash, TenantScope, UserPosition};
use podarmor_domain::id::{ApiKeyId, FeatureRequestId, ImageId, ScanId, SessionId, UserId, VersionId};
use podarmor_domain::idempotency::{AnswerSlot, IdempotencyKey, RecordedAnswer};
use podarmor_domain::image::{ImageChange, ImageQuery, ImageSort};
use podarmor_domain::paging::PageRequest;
use podarmor_domain::request::{RequestFilter, RequestKind, RequestPosition, RequestStatus};
use podarmor_domain::sbom::SbomFormat;
use podarmor_domain::scan::{FindingFilter, HistoryOrder, HistoryWindow, VulnerabilityId};
use podarmor_domain::secret::Sealed;
use podarmor_domain::store::Store;
use podarmor_domain::testing::fixtures::{at, email, finding};
use podarmor_domain::testing::{World, publisher};
use podarmor_persistence::connect;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use uuid::Uuid;

use crate::support::{Kind, Scratch, on_both};

/// The statements that a store has sent.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// Those since the last call.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A store with a log and a little catalogue.
struct Stocked {
    scratch: Scratch,
    store: Arc<dyn Store>,
    log: Log,
    scope: TenantScope,
    image: ImageId,
    version: VersionId,
    scan: ScanId,
    user: UserId,
}

const WINDOW: HistoryWindow = HistoryWindow { from: None, to: None, order: HistoryOrder::Ascending };

async fn stocked(kind: Kind) -> Stocked {
    let scratch = Scratch::new(kind).await;
    let log = Log::default();
    let mut options = scratch.options();
    let observed = log.clone();
    options.observer = Some(Arc::new(move |sql: &str| observed.0.lock().unwrap().push(sql.to_owned())));
    let database = connect(&options).await.unwrap();
    database.migrate().await.unwrap();
    let store: Arc<dyn Store> = Arc::new(database);
    let world = World::new(store.clone());
    let viewer = world.viewer("acme").await;
    let image = world.image("java17", ImageChange::default()).await.id;
    for number in 0..60 {
        world.image(&format!("image-{number}"), ImageChange::default()).await;
        world.grant("acme", &format!("image-{number}")).await;
    }
    let version = world.version("java17", "1.0", "2026-01-01T00:00:00Z").await.id;
    world.grant("acme", "java17").await;
    world.scan("java17", "1.0", "2026-02-01T00:00:00Z", vec![finding("CVE-2026-0001", "openssl")]).await;
    let scan = world.scan("java17", "1.0", "2026-02-02T00:00:00Z", vec![finding("CVE-2026-0002", "zlib")]).await;
    world.sbom("java17", "1.0", SbomFormat::Spdx23, b"{}").await;
    log.take();
    let (scope, scan, user) = (viewer.scope(), scan.scan.into_inner().id, viewer.user.id);
    Stocked { scratch, store, log, scope, image, version, scan, user }
}

impl Stocked {
    /// Every read once; the statements of each by its name.
    async fn reads(&self) -> Vec<(&'static str, Vec<String>)> {
        let Self { store, log, scope, image, version, scan, user, .. } = self;
        let tenant = store.read(*scope);
        let system = store.system_read(publisher());
        let mut sent = Vec::new();
        let mut note = |name| sent.push((name, log.take()));
        for (name, sort) in [
            ("images by name", ImageSort::Name),
            ("images by name, backwards", ImageSort::NameDescending),
            ("images by publication", ImageSort::PublishedDescending),
            ("images by outstanding", ImageSort::OutstandingDescending),
        ] {
            let query = ImageQuery { sort, ..ImageQuery::default() };
            let first = tenant.list_images(&query, &PageRequest::default()).await.unwrap();
            assert_eq!(first.len(), 51);
            note(name);
            let after = Some(sort.position(&first[49]));
            tenant.list_images(&query, &PageRequest { after, ..PageRequest::default() }).await.unwrap();
            note(name);
        }
        tenant.find_image(*image).await.unwrap().unwrap();
        note("image");
        tenant.list_versions(*image, &PageRequest::default()).await.unwrap().unwrap();
        note("versions");
        tenant.find_version(*image, *version).await.unwrap().unwrap();
        note("version");
        tenant.scan_history(*image, *version, &WINDOW, &PageRequest::default()).await.unwrap().unwrap();
        note("history");
        assert!(tenant.find_scan(*image, *version, *scan).await.unwrap().unwrap().1);
        note("scan");
        let all = FindingFilter::default();
        assert_eq!(tenant.latest_findings(*version, &all, &PageRequest::default()).await.unwrap().len(), 1);
        note("findings");
        let vulnerability = VulnerabilityId::parse("id", "CVE-2026-0002").unwrap();
        assert_eq!(tenant.affected_by(&vulnerability, 10).await.unwrap().len(), 1);
        note("affected");
        assert_eq!(tenant.scan_findings(*scan).await.unwrap().len(), 1);
        note("findings of a scan");
        let found = tenant.find_sbom(*image, *version, SbomFormat::Spdx23, None).await.unwrap().unwrap();
        note("sbom");
        tenant.sbom_content(found.2.id).await.unwrap().unwrap();
        note("document");
        assert_eq!(tenant.list_users(&PageRequest::default()).await.unwrap().len(), 1);
        note("users");
        let after = Some(UserPosition(email("a@acme.example")));
        tenant.list_users(&PageRequest { after, ..PageRequest::default() }).await.unwrap();
        note("users");
        tenant.count_users(10).await.unwrap();
        note("number of users");
        tenant.find_user_record(*user).await.unwrap().unwrap();
        note("user");
        assert_eq!(tenant.list_sessions(*user).await.unwrap().len(), 1);
        note("sessions");
        tenant.password_of(*user).await.unwrap().unwrap();
        note("password");
        assert_eq!(tenant.list_api_keys().await.unwrap(), []);
        note("keys");
        let every = RequestFilter::default();
        assert_eq!(tenant.list_requests(&every, &PageRequest::default()).await.unwrap(), []);
        note("requests");
        let after =
            RequestPosition { created_at: at("2026-03-01T00:00:00Z"), id: FeatureRequestId::from_uuid(Uuid::nil()) };
        let page = PageRequest { after: Some(after), ..PageRequest::default() };
        let open = RequestFilter { status: Some(RequestStatus::Open), kind: Some(RequestKind::Bug) };
        assert_eq!(tenant.list_requests(&open, &page).await.unwrap(), []);
        note("requests");
        tenant.count_requests(&open, 10).await.unwrap();
        note("number of requests");
        assert!(tenant.find_request(after.id).await.unwrap().is_none());
        note("request");
        let acme = Some(podarmor_domain::testing::fixtures::slug("acme"));
        assert_eq!(system.list_all_requests(acme, &every, &page).await.unwrap(), []);
        note("requests of a tenant");
        assert!(system.find_any_request(after.id).await.unwrap().is_none());
        note("request of anybody");
        assert_eq!(system.api_key_state(&ApiKeyHash([0; 32])).await.unwrap(), None);
        note("key");
        assert!(system.login_account("acme", "nobody@example.com").await.unwrap().is_none());
        note("account");
        assert!(system.session_state(SessionId::from_uuid(Uuid::nil())).await.unwrap().is_none());
        note("session");
        sent
    }
}

on_both! {
    /// One each, two for an image with its versions: never one an entry.
    async fn a_read_is_one_statement(kind: Kind) {
        let stocked = stocked(kind).await;
        for (name, statements) in stocked.reads().await {
            let expected = if name == "image" { 2 } else { 1 };
            assert_eq!(statements.len(), expected, "{name}: {statements:#?}");
        }
    }
}

on_both! {
    /// Only an empty answer has to be told from an absence.
    async fn an_empty_list_asks_once_more(kind: Kind) {
        let Stocked { store, log, scope, image, version, .. } = &stocked(kind).await;
        let tenant = store.read(*scope);
        let unknown = VersionId::from_uuid(Uuid::nil());
        let page = PageRequest::default();
        assert!(tenant.scan_history(*image, unknown, &WINDOW, &page).await.unwrap().is_none());
        assert_eq!(log.take().len(), 2);
        let from = Some(podarmor_domain::testing::fixtures::at("2027-01-01T00:00:00Z"));
        let later = HistoryWindow { from, ..WINDOW };
        assert_eq!(tenant.scan_history(*image, *version, &later, &page).await.unwrap().unwrap(), []);
        assert_eq!(log.take().len(), 2);
        assert!(tenant.find_image(ImageId::from_uuid(Uuid::nil())).await.unwrap().is_none());
        assert_eq!(log.take().len(), 1);
    }
}

/// Fails when SQLite's plan for a statement is to look at every row of a table. Parameters stay
/// unbound: the plan does not depend on them.
async fn by_index(bare: &DatabaseConnection, what: &str, sql: &str) {
    let explain = Statement::from_string(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {sql}"));
    let plan = bare.query_all_raw(explain).await.unwrap();
    let steps: Vec<String> = plan.iter().map(|step| step.try_get_by("detail").unwrap()).collect();
    // What a count counts was found in a step of its own.
    let scans = steps.iter().any(|step| step.starts_with("SCAN") && step != "SCAN counted");
    assert!(!scans, "{what}: {steps:#?}\n{sql}");
}

/// SQLite says so of its plans; PostgreSQL's depend on how much there is.
#[tokio::test]
async fn no_read_looks_at_every_row_of_a_table() {
    let stocked = stocked(Kind::Sqlite).await;
    let bare = stocked.scratch.bare().await;
    for (name, statements) in stocked.reads().await {
        for sql in statements {
            by_index(&bare, name, &sql).await;
        }
    }
}

/// Signing in, refreshing, ending and purging, with an invitation and a key.
#[tokio::test]
async fn no_write_around_sessions_looks_at_every_row_of_a_table() {
    let Stocked { scratch, store, log, scope, user, .. } = &stocked(Kind::Sqlite).await;
    let (now, bare) = (at("2026-03-01T00:00:00Z"), scratch.bare().await);
    let (one, other, session) =
        (RefreshTokenHash(Sha256::of(b"1")), Sha256::of(b"2"), SessionId::from_uuid(Uuid::nil()));
    let tx = store.system(publisher()).await.unwrap();
    tx.end_oldest_sessions(*user, 0, now).await.unwrap();
    tx.claim_refresh_token(one, now).await.unwrap();
    tx.refresh_token_state(one).await.unwrap();
    tx.insert_refresh_token(session, one, now).await.unwrap();
    tx.session_state_now(session).await.unwrap();
    tx.purge_sessions(now).await.unwrap();
    tx.invitation(other, now).await.unwrap();
    tx.use_invitation(other, now).await.unwrap();
    tx.lock_request(FeatureRequestId::from_uuid(Uuid::nil())).await.unwrap();
    tx.purge_answers(now).await.unwrap();
    tx.touch_api_key(ApiKeyId::from_uuid(Uuid::nil()), now, now).await.unwrap();
    drop(tx);
    let tx = store.write(*scope).await.unwrap();
    tx.lock_users().await.unwrap();
    tx.lock_api_keys().await.unwrap();
    tx.lock_requests().await.unwrap();
    tx.may_see_image(ImageId::from_uuid(Uuid::nil())).await.unwrap();
    let slot = AnswerSlot::of(*user, "create", &IdempotencyKey::parse(b"k").unwrap());
    tx.lock_answer(&slot).await.unwrap();
    let answer = RecordedAnswer { request: other, answer: Sealed::from_bytes(Vec::new()), at: now };
    tx.put_answer(&slot, &answer).await.unwrap();
    tx.end_sessions(*user, Some(session), now).await.unwrap();
    tx.delete_user(*user).await.unwrap();
    drop(tx);
    let statements: Vec<_> =
        log.take().into_iter().filter(|sql| sql.contains(" FROM ") || sql.contains(" SET ")).collect();
    assert!(statements.len() >= 17, "{statements:#?}");
    for sql in statements {
        by_index(&bare, "sessions", &sql).await;
    }
}

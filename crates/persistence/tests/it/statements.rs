//! How many statements a read takes, and that each finds its rows by an index.

use std::sync::{Arc, Mutex};

use podarmor_domain::access::TenantScope;
use podarmor_domain::id::{ImageId, ScanId, SessionId, VersionId};
use podarmor_domain::image::{ImageChange, ImageQuery, ImageSort};
use podarmor_domain::paging::PageRequest;
use podarmor_domain::sbom::SbomFormat;
use podarmor_domain::scan::{FindingFilter, HistoryOrder, HistoryWindow};
use podarmor_domain::store::Store;
use podarmor_domain::testing::fixtures::finding;
use podarmor_domain::testing::{World, publisher};
use podarmor_persistence::connect;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
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
    Stocked { scratch, store, log, scope: viewer.scope(), image, version, scan: scan.scan.into_inner().id }
}

impl Stocked {
    /// Every read once; the statements of each by its name.
    async fn reads(&self) -> Vec<(&'static str, Vec<String>)> {
        let Self { store, log, scope, image, version, scan, .. } = self;
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
        assert_eq!(tenant.scan_findings(*scan).await.unwrap().len(), 1);
        note("findings of a scan");
        let found = tenant.find_sbom(*image, *version, SbomFormat::Spdx23, None).await.unwrap().unwrap();
        note("sbom");
        tenant.sbom_content(found.2.id).await.unwrap().unwrap();
        note("document");
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

/// SQLite says so of its plans; PostgreSQL's depend on how much there is.
#[tokio::test]
async fn no_read_looks_at_every_row_of_a_table() {
    let stocked = stocked(Kind::Sqlite).await;
    let bare = stocked.scratch.bare().await;
    for (name, statements) in stocked.reads().await {
        for sql in statements {
            // Parameters stay unbound: the plan does not depend on them.
            let explain = Statement::from_string(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {sql}"));
            let plan = bare.query_all_raw(explain).await.unwrap();
            let steps: Vec<String> = plan.iter().map(|step| step.try_get_by("detail").unwrap()).collect();
            assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{name}: {steps:#?}\n{sql}");
        }
    }
}

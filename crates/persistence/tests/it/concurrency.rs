//! Many at once, through two handles on one database, as two processes have them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use podarmor_domain::Error;
use podarmor_domain::access::{AttemptKey, Role, SessionService};
use podarmor_domain::image::ImageChange;
use podarmor_domain::paging::{PageLimit, PageRequest};
use podarmor_domain::scan::{HistoryOrder, HistoryWindow};
use podarmor_domain::store::{Store, StoreError};
use podarmor_domain::tenant::{TenantName, TenantService};
use podarmor_domain::testing::fixtures::{at, finding, image_name, report, slug, version_name};
use podarmor_domain::testing::{World, publisher};
use sea_orm::ConnectionTrait as _;
use tokio::task::JoinSet;

use crate::support::{Kind, Scratch, on_both};

/// A world over each of two handles on one database.
async fn two_worlds(scratch: &Scratch) -> [Arc<World>; 2] {
    let first = Arc::new(scratch.migrated().await);
    let second = Arc::new(scratch.migrated().await);
    [first, second].map(|store| Arc::new(World::new(store as Arc<dyn Store>)))
}

on_both! {
    /// Row B1 of the security specification, in small: nothing fails, nothing is lost.
    async fn sixty_four_writers_and_readers_all_succeed(kind: Kind) {
        let scratch = Scratch::new(kind).await;
        let stores: [Arc<dyn Store>; 2] = [Arc::new(scratch.migrated().await), Arc::new(scratch.migrated().await)];
        let world = Arc::new(World::new(stores[0].clone()));
        let mut tasks = JoinSet::new();
        for number in 0..64_usize {
            let store = stores[number % 2].clone();
            let service = TenantService::new(store.clone(), world.clock.clone(), world.random.clone());
            tasks.spawn(async move {
                let slug = slug(&format!("tenant-{number}"));
                let name = TenantName::parse("name", "T").unwrap();
                service.create(publisher(), slug, name).await.unwrap();
            });
            tasks.spawn(async move {
                store.system_read(publisher()).list_tenants().await.unwrap();
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
        assert_eq!(world.tenants().list(publisher()).await.unwrap().len(), 64);
    }
}

on_both! {
    /// Row R3: of a hundred tries at once on two replicas exactly five are admitted, each time.
    async fn a_hundred_sign_ins_at_once_admit_exactly_five(kind: Kind) {
        let scratch = Scratch::new(kind).await;
        let worlds = two_worlds(&scratch).await;
        for round in 0..10_u8 {
            let address = AttemptKey::address([198, 51, 100, round].into());
            let mut tries = JoinSet::new();
            for number in 0..100 {
                let (sign_in, address) = (worlds[number % 2].sign_in(), address.clone());
                tries.spawn(async move { sign_in.admit(&address).await });
            }
            let mut admitted = 0;
            while let Some(outcome) = tries.join_next().await {
                match outcome.unwrap() {
                    Ok(_) => admitted += 1,
                    Err(Error::RateLimited(_)) => {}
                    Err(error) => panic!("round {round}: {error}"),
                }
            }
            assert_eq!(admitted, 5, "round {round}");
        }
    }
}

on_both! {
    /// Row J11: of fifty refreshes of one token at once on two replicas exactly one is served, and
    /// the session lives on with it.
    async fn of_fifty_refreshes_at_once_on_two_replicas_one_is_served(kind: Kind) {
        let scratch = Scratch::new(kind).await;
        let world = World::new(Arc::new(scratch.migrated().await));
        let second: Arc<dyn Store> = Arc::new(scratch.migrated().await);
        let replica = SessionService::new(second, world.signer.clone(), world.clock.clone(), world.random.clone());
        world.clock.set(at("8000-01-01T00:00:00Z"));
        world.viewer("acme").await;
        let mut token = world.login("acme", "viewer@acme.example").await.refresh_token;
        for round in 0..10 {
            let mut tries = JoinSet::new();
            for number in 0..50 {
                let sessions = if number % 2 == 0 { world.sessions() } else { replica.clone() };
                let token = token.clone();
                tries.spawn(async move { sessions.refresh(&slug("acme"), &token).await });
            }
            let mut served = Vec::new();
            for outcome in tries.join_all().await {
                match outcome {
                    Ok(pair) => served.push(pair),
                    Err(Error::Unauthenticated) => {}
                    Err(error) => panic!("round {round}: {error}"),
                }
            }
            assert_eq!(served.len(), 1, "round {round}");
            token = served.remove(0).refresh_token;
        }
    }
}

on_both! {
    /// Sign-ins of one user at once on two replicas leave no more than fifty live sessions.
    async fn sign_ins_at_once_leave_fifty_sessions(kind: Kind) {
        let scratch = Scratch::new(kind).await;
        let [world, other] = two_worlds(&scratch).await;
        // The worlds count their ids alike.
        for _ in 0..1_000 {
            let _ = podarmor_domain::id::fresh(&*other.clock, &*other.random);
        }
        for world in [&world, &other] {
            world.clock.set(at("8000-01-01T00:00:00Z"));
        }
        let viewer = world.viewer("acme").await;
        let mut tasks = JoinSet::new();
        for number in 0..70 {
            let world = if number % 2 == 0 { world.clone() } else { other.clone() };
            tasks.spawn(async move { world.login("acme", "viewer@acme.example").await });
        }
        tasks.join_all().await;
        assert_eq!(world.sessions().list(&viewer.may()).await.unwrap().len(), 50);
    }
}

on_both! {
    /// The summary of the image counts what all of them have published.
    async fn versions_published_at_once_are_all_summarised(kind: Kind) {
        let scratch = Scratch::new(kind).await;
        let worlds = two_worlds(&scratch).await;
        let viewer = worlds[0].viewer("acme").await;
        let image = worlds[0].image("java17", ImageChange::default()).await;
        worlds[0].grant("acme", "java17").await;
        // The worlds count their ids alike.
        for _ in 0..100 {
            let _ = podarmor_domain::id::fresh(&*worlds[1].clock, &*worlds[1].random);
        }
        let mut tasks = JoinSet::new();
        for number in 0..20_usize {
            let world = worlds[number % 2].clone();
            tasks.spawn(async move {
                let published = format!("2026-01-{:02}T00:00:00Z", number + 1);
                world.version("java17", &format!("1.{number}"), &published).await;
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
        let detail = worlds[0].images().get(&viewer.images(), image.id).await.unwrap();
        assert_eq!((detail.summary.version_count, detail.versions.len()), (20, 20));
        assert_eq!(detail.summary.latest.unwrap().name, version_name("1.19"));
    }
}

on_both! {
    /// Whatever order they get in, the history is the one that they make in order.
    async fn scans_recorded_at_once_follow_each_other(kind: Kind) {
        let scratch = Scratch::new(kind).await;
        let [world, _] = two_worlds(&scratch).await;
        let viewer = world.member(&world.tenant("acme").await, Role::Viewer).await;
        let image = world.image("java17", ImageChange::default()).await;
        let version = world.version("java17", "1.0", "2026-01-01T00:00:00Z").await;
        world.grant("acme", "java17").await;
        let mut tasks = JoinSet::new();
        for day in 1..=12 {
            let world = world.clone();
            tasks.spawn(async move {
                let when = at(&format!("2026-02-{day:02}T00:00:00Z"));
                // Each day one more, and what was there the day before stays.
                let findings = (1..=day).map(|number| finding(&format!("CVE-2026-{number:04}"), "openssl"));
                let report = report(&format!("day {day}"), Some(when), findings.collect::<Vec<_>>());
                let (image, version) = (image_name("java17"), version_name("1.0"));
                world.recorder().record(publisher(), &image, &version, report, None, false).await.unwrap();
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
        let window = HistoryWindow { from: None, to: None, order: HistoryOrder::Ascending };
        let page = PageRequest { limit: PageLimit::new(200).unwrap(), ..Default::default() };
        let history = world.scans().history(&viewer.scans(), image.id, version.id, &window, &page).await.unwrap();
        let changes: Vec<_> = history.items.iter().map(|scan| (scan.changes.appeared, scan.changes.resolved)).collect();
        assert_eq!(changes, [(1, 0); 12]);
        let (_, version) = world.images().version(&viewer.images(), image.id, version.id).await.unwrap();
        assert_eq!(version.last_scan.unwrap().counts.total(), 12);
    }
}

/// An outside process that holds the write lock for a while delays writers; one that holds it
/// for too long has them refused, not failed; readers notice neither.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_held_outside_delays_writers_and_no_readers() {
    let scratch = Scratch::new(Kind::Sqlite).await;
    let mut options = scratch.options();
    options.lock_timeout = Duration::from_millis(1_500);
    let database = podarmor_persistence::connect(&options).await.unwrap();
    database.migrate().await.unwrap();
    let outside = scratch.bare().await;

    outside.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let waiting = tokio::spawn({
        let database = database.clone();
        async move { database.system(publisher()).await.map(drop) }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!waiting.is_finished());
    database.system_read(publisher()).list_tenants().await.unwrap();
    outside.execute_unprepared("COMMIT").await.unwrap();
    waiting.await.unwrap().unwrap();

    outside.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let began = Instant::now();
    let refused = database.system(publisher()).await.map(drop).unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    outside.execute_unprepared("COMMIT").await.unwrap();
    database.system(publisher()).await.map(drop).unwrap();
}

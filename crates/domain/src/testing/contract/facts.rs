//! Facts: recorded with the change that makes them true, and taken once, in order.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::dispatching::{acme, feed, image, kinds};
use crate::event::data::{ImageRebuilt, ImageScanned};
use crate::id::{ImageId, VersionId};
use crate::image::ImageChange;
use crate::outbox::{Fact, RecordedFact, VersionFact};
use crate::scan::Report;
use crate::store::Store;
use crate::testing::fixtures::{at, image_name, report, version_name};
use crate::testing::{World, publisher};

fn fact(number: u64) -> Fact {
    let data = ImageRebuilt {
        image_name: "java17".to_owned(),
        version: "“1.0” 🦀".to_owned(),
        digest: "sha256:0".to_owned(),
        size_bytes: number,
        published_at: at("2026-03-01T08:00:00.123456Z"),
    };
    let (image, version) = (ImageId::from_uuid(uuid::Uuid::nil()), VersionId::from_uuid(uuid::Uuid::max()));
    Fact::VersionPublished(VersionFact { image, version, data })
}

async fn record(world: &World, numbers: &[u64]) {
    let tx = world.store.system(publisher()).await.unwrap();
    for number in numbers {
        tx.record_fact(&fact(*number)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// What a unit of work takes; it is kept when it does not commit.
async fn take(world: &World, most: u32, commit: bool) -> Vec<RecordedFact> {
    let tx = world.store.system(publisher()).await.unwrap();
    let taken = tx.take_facts(most).await.unwrap();
    if commit {
        tx.commit().await.unwrap();
    }
    taken
}

fn facts(taken: &[RecordedFact]) -> Vec<Fact> {
    taken.iter().map(|one| one.fact.clone()).collect()
}

/// A unit that is dropped leaves neither the scan nor the fact; one that commits leaves both.
pub async fn a_fact_is_recorded_with_its_change_or_not_at_all(store: Arc<dyn Store>) {
    let world = World::new(store);
    let made = world.image("java17", ImageChange::default()).await;
    let version = world.version("java17", "1.0", "2026-01-01T00:00:00Z").await;
    assert_eq!(take(&world, 9, true).await.len(), 1, "the version itself");
    let moment = at("2026-02-02T00:00:00Z");
    let template = world.scan("java17", "1.0", "2026-02-01T00:00:00Z", Vec::new()).await.scan.into_inner();
    assert_eq!(take(&world, 9, true).await.len(), 1);
    let tx = world.store.system(publisher()).await.unwrap();
    let content = crate::Sha256::of(b"never");
    let id = crate::id::ScanId::from_uuid(uuid::Uuid::from_u128(1));
    tx.insert_scan(&crate::scan::Scan { id, content, scanned_at: moment, ..template }, &[]).await.unwrap();
    tx.record_fact(&fact(1)).await.unwrap();
    drop(tx);
    let tx = world.store.system(publisher()).await.unwrap();
    assert_eq!(tx.find_recorded(version.id, moment, content).await.unwrap(), None);
    assert_eq!(tx.take_facts(9).await.unwrap(), []);
    drop(tx);
    let same = |strict: bool| refused(&world, strict);
    assert!(same(true).await, "a report about another digest");
    assert_eq!(take(&world, 9, false).await, []);
    assert!(!same(false).await);
    let taken = take(&world, 9, true).await;
    let Fact::ScanRecorded(scan) = &taken[0].fact else { panic!("{taken:?}") };
    assert_eq!((taken.len(), scan.image, scan.version), (1, made.id, version.id));
    assert!(!same(false).await);
    assert_eq!(take(&world, 9, true).await, [], "the same report again is no news");
}

async fn refused(world: &World, strict: bool) -> bool {
    let mut report: Report = report("one", Some(at("2026-02-03T00:00:00Z")), []);
    report.subject.digests = vec![crate::testing::fixtures::digest("other")];
    let (image, version) = (image_name("java17"), version_name("1.0"));
    world.recorder().record(publisher(), &image, &version, report, None, strict).await.is_err()
}

/// What was taken without a commit comes again.
pub async fn facts_are_taken_once_in_the_order_of_their_recording(store: Arc<dyn Store>) {
    let world = World::new(store);
    assert_eq!(take(&world, 9, true).await, []);
    record(&world, &[1, 2]).await;
    record(&world, &[3]).await;
    record(&world, &[4, 5]).await;
    let first = take(&world, 2, false).await;
    assert_eq!(facts(&first), [fact(1), fact(2)]);
    assert_eq!(take(&world, 2, true).await, first);
    record(&world, &[6]).await;
    let rest = take(&world, 9, true).await;
    assert_eq!(facts(&rest), [fact(3), fact(4), fact(5), fact(6)]);
    let positions: Vec<_> = first.iter().chain(&rest).map(|one| one.position).collect();
    assert!(positions.is_sorted_by(|one, next| one < next), "{positions:?}");
    assert!(first.iter().chain(&rest).is_sorted_by_key(|one| one.at));
    assert_eq!(take(&world, 9, true).await, []);
}

/// Each scan is told once, in the order of recording, to a subscription as to the feed.
pub async fn of_four_expanders_at_once_each_fact_meets_one(store: Arc<dyn Store>) {
    let (world, admin) = acme(store).await;
    let hook = world.subscribe(&admin, crate::event::EventKind::ImageScanned, "https://r.example/").await;
    let times: Vec<_> = (1..=20).map(|day| format!("2026-02-{day:02}T00:00:00Z")).collect();
    for time in &times {
        world.scan("java17", "1.0", time, Vec::new()).await;
    }
    let mut expanding = JoinSet::new();
    for _ in 0..4 {
        let dispatcher = world.dispatcher();
        expanding.spawn(async move {
            let mut count = 0;
            loop {
                match dispatcher.expand(publisher(), 3).await.unwrap() {
                    0 => return count,
                    expanded => count += expanded,
                }
            }
        });
    }
    let mut count = 0;
    while let Some(done) = expanding.join_next().await {
        count += done.unwrap();
    }
    assert_eq!(count, 20);
    let events = feed(&world, &admin).await;
    let scanned = |data: &str| serde_json::from_str::<ImageScanned>(data).unwrap().scanned_at;
    let told: Vec<_> = events.iter().map(|event| scanned(&event.data)).collect();
    assert_eq!(told, times.iter().map(|time| at(time)).collect::<Vec<_>>());
    let deliveries = super::dispatching::deliveries(&world, &admin, hook.id).await;
    let of: std::collections::BTreeSet<_> = deliveries.iter().map(|one| one.event_id.uuid()).collect();
    assert_eq!((deliveries.len(), of), (20, events.iter().map(|event| event.id.uuid()).collect()));
}

/// The facts of publishing: each once.
pub async fn a_version_is_told_when_it_is_published_and_when_it_is_deprecated(store: Arc<dyn Store>) {
    let (world, admin) = acme(store).await;
    image(&world, "foreign").await;
    for _ in 0..2 {
        world.version("java17", "1.1", "2026-02-01T00:00:00Z").await;
        world.version("foreign", "1.1", "2026-02-01T00:00:00Z").await;
    }
    for (name, reason) in [("1.0", "too old"), ("1.0", "far too old"), ("1.1", "broken")] {
        let (image, name) = (image_name("java17"), version_name(name));
        world.publishing().deprecate_version(publisher(), &image, &name, reason).await.unwrap();
    }
    super::dispatching::expand(&world).await;
    assert_eq!(kinds(&world, &admin).await, ["image.rebuilt", "version_deprecated", "version_deprecated"]);
    let events = feed(&world, &admin).await;
    assert!(events[0].data.contains("\"version\":\"1.1\""), "{}", events[0].data);
    assert!(events[1].data.contains("\"reason\":\"too old\""), "{}", events[1].data);
}

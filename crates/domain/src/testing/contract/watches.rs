//! Watches on vulnerabilities, and where these are now.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::dispatching::{acme, admin, image};
use super::stock::limit;
use crate::access::Role;
use crate::error::ErrorKey;
use crate::id::WatchId;
use crate::paging::{PageRequest, Total};
use crate::scan::{Finding, FixState, Severity, VulnerabilityId};
use crate::store::{Constraint, Store, StoreError};
use crate::testing::fixtures::{at, finding, fixed};
use crate::testing::{Member, World};
use crate::watch::{Added, Watch, WatchMatch, WatchNote, WatchPosition, WatchService, Watched};

fn id(text: &str) -> VulnerabilityId {
    VulnerabilityId::parse("cveId", text).unwrap()
}

async fn all(world: &World, who: &Member) -> Vec<Watched> {
    world.watches().list(&who.may(), &PageRequest::default()).await.unwrap().items
}

fn places(watched: &Watched) -> Vec<String> {
    let place = |one: &WatchMatch| {
        format!("{} {} {} {}", one.image_name, one.version_name, one.vulnerability, one.package.name)
    };
    watched.matches.iter().map(place).collect()
}

/// Nobody else's are in between.
pub async fn watches_page_newest_first_without_loss_or_repetition(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let globex = admin(&world, "globex").await;
    let mut made = Vec::new();
    for number in 1..=7 {
        made.push(world.watch(&acme, &format!("CVE-2026-000{number}")).await.watch.id);
        world.watch(&globex, &format!("CVE-2026-000{number}")).await;
    }
    made.reverse();
    for size in [1, 2, 3, 6, 7, 8] {
        let (mut page, mut found) = (limit::<WatchPosition>(size), Vec::new());
        page.count = true;
        loop {
            let answer = world.watches().list(&acme.may(), &page).await.unwrap();
            assert_eq!(answer.total, Some(Total { count: 7, exact: true }));
            found.extend(answer.items.into_iter().map(|watched| watched.watch.id));
            page.after = answer.next;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(found, made, "{size} a page");
    }
    assert_eq!(world.store.read(acme.scope()).count_watches(5).await.unwrap(), 5);
}

/// Every field survives; who made it may be gone.
pub async fn a_watch_comes_back_as_it_was_made(store: Arc<dyn Store>) {
    let (world, admin) = acme(store).await;
    world.clock.set(at("2026-03-01T08:00:00.123456Z"));
    let other = world.user("acme", "other@acme.example", Role::Admin).await;
    let note = WatchNote::parse("note", "line one\nline “two” 🦀").unwrap();
    let added =
        world.watches().add(&admin.may(), id("cve-2026-0001"), Some(note.clone()), None).await.unwrap().done().unwrap();
    let Added::New(made) = added else { panic!("{added:?}") };
    let expected = Watch {
        id: made.watch.id,
        vulnerability: id("CVE-2026-0001"),
        note: Some(note),
        created_at: at("2026-03-01T08:00:00.123456Z"),
        created_by: Some(admin.user.id),
    };
    assert_eq!(made, Watched { watch: expected.clone(), matches: Vec::new(), match_count: 0 });
    assert_eq!(all(&world, &admin).await, [made]);
    let theirs = Watch {
        id: WatchId::from_uuid(uuid::Uuid::from_u128(1)),
        vulnerability: id("GHSA-AAAA-BBBB-CCCC"),
        note: None,
        created_by: Some(other.id),
        ..expected.clone()
    };
    let tx = world.store.write(admin.scope()).await.unwrap();
    tx.insert_watch(&theirs).await.unwrap();
    assert_eq!(tx.watch_on(&id("ghsa-aaaa-bbbb-cccc")).await.unwrap(), Some(theirs.clone()));
    tx.commit().await.unwrap();
    world.users().delete(&admin.may(), other.id).await.unwrap();
    let found: Vec<Watch> = all(&world, &admin).await.into_iter().map(|watched| watched.watch).collect();
    assert_eq!(found, [expected, Watch { created_by: None, ..theirs }]);
}

/// In the latest scan of each version of a licensed image, in order.
pub async fn a_watch_shows_where_the_vulnerability_is_now(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    for name in ["bash", "alpine", "foreign"] {
        image(&world, name).await;
    }
    let newer = world.version("alpine", "2.0", "2026-02-01T00:00:00Z").await;
    world.grant("acme", "bash").await;
    world.grant("acme", "alpine").await;
    let openssl = || vec![finding("CVE-2026-0002", "curl"), fixed("CVE-2026-0001", "openssl")];
    for (name, version) in [("alpine", "1.0"), ("alpine", "2.0"), ("foreign", "1.0"), ("bash", "1.0")] {
        world.scan(name, version, "2026-02-02T00:00:00Z", openssl()).await;
    }
    world.scan("bash", "1.0", "2026-02-03T00:00:00Z", vec![finding("CVE-2026-0001", "zlib")]).await;
    world.scan("java17", "1.0", "2026-02-02T00:00:00Z", openssl()).await;
    world.scan("java17", "1.0", "2026-02-03T00:00:00Z", Vec::new()).await;
    let watched = world.watch(&acme, "CVE-2026-0001").await;
    let expected =
        ["alpine 2.0 CVE-2026-0001 openssl", "alpine 1.0 CVE-2026-0001 openssl", "bash 1.0 CVE-2026-0001 zlib"];
    assert_eq!((places(&watched), watched.match_count), (expected.map(str::to_owned).to_vec(), 3));
    let of = fixed("CVE-2026-0001", "openssl");
    let first = WatchMatch {
        image: newer.image,
        image_name: watched.matches[0].image_name.clone(),
        version: newer.id,
        version_name: newer.name,
        vulnerability: of.vulnerability,
        package: of.package,
        severity: Severity::Medium,
        fix_state: FixState::Fixed,
        fixed_in: vec!["1.1".to_owned()],
        since: at("2026-02-02T00:00:00Z"),
    };
    assert_eq!(watched.matches[0], first);
    assert_eq!(all(&world, &acme).await, [watched]);
    world.revoke("acme", "alpine").await;
    assert_eq!(places(&all(&world, &acme).await[0]), expected[2..]);
}

/// A GHSA finding is one of the CVE that is related to it, and the other way round.
pub async fn a_watch_matches_aliases_both_ways(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let ghsa = Finding { related: vec!["CVE-2026-0001".to_owned()], ..finding("GHSA-aaaa-bbbb-cccc", "lodash") };
    let cve = Finding { related: vec!["GHSA-dddd-eeee-ffff".to_owned()], ..finding("CVE-2026-0002", "zlib") };
    world.scan("java17", "1.0", "2026-02-02T00:00:00Z", vec![ghsa, cve]).await;
    for (watched, found) in [
        ("CVE-2026-0001", "GHSA-aaaa-bbbb-cccc lodash"),
        ("GHSA-AAAA-BBBB-CCCC", "GHSA-aaaa-bbbb-cccc lodash"),
        ("CVE-2026-0002", "CVE-2026-0002 zlib"),
        ("ghsa-dddd-eeee-ffff", "CVE-2026-0002 zlib"),
    ] {
        let watched = world.watch(&acme, watched).await;
        assert_eq!(places(&watched), [format!("java17 1.0 {found}")]);
        assert_eq!(world.store.read(acme.scope()).find_watch(watched.watch.id).await.unwrap(), Some(watched));
    }
    assert_eq!(places(&world.watch(&acme, "CVE-2026-0003").await), Vec::<String>::new());
}

/// The second time there is the first one; another tenant has its own.
pub async fn an_id_is_watched_once_a_tenant(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let globex = admin(&world, "globex").await;
    let first = world.watch(&acme, "CVE-2026-0001").await;
    let again = world.watches().add(&acme.may(), id("cve-2026-0001"), None, None).await.unwrap().done().unwrap();
    assert!(matches!(&again, Added::Existing(watched) if *watched == first), "{again:?}");
    let tx = world.store.write(acme.scope()).await.unwrap();
    let twin = Watch { id: WatchId::from_uuid(uuid::Uuid::from_u128(1)), ..first.watch.clone() };
    let refused = tx.insert_watch(&twin).await;
    assert!(matches!(refused, Err(StoreError::Conflict(Constraint::WatchIdentity))), "{refused:?}");
    drop(tx);
    let theirs = world.watches().add(&globex.may(), id("CVE-2026-0001"), None, None).await.unwrap().done().unwrap();
    assert!(matches!(theirs, Added::New(_)), "{theirs:?}");
}

/// The others find it there.
pub async fn of_twenty_at_once_one_makes_the_watch(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let (world, acme) = (Arc::new(world), Arc::new(acme));
    let mut adding = JoinSet::new();
    for _ in 0..20 {
        let (world, acme) = (Arc::clone(&world), Arc::clone(&acme));
        adding.spawn(async move {
            world.watches().add(&acme.may(), id("CVE-2026-0001"), None, None).await.unwrap().done().unwrap()
        });
    }
    let (mut made, mut ids) = (0, std::collections::BTreeSet::new());
    while let Some(added) = adding.join_next().await {
        let watched = match added.unwrap() {
            Added::New(watched) => {
                made += 1;
                watched
            }
            Added::Existing(watched) => watched,
        };
        ids.insert(watched.watch.id);
    }
    assert_eq!((made, ids.len()), (1, 1));
}

/// One that is there is answered all the same.
pub async fn a_tenant_has_at_most_a_thousand_watches(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let globex = admin(&world, "globex").await;
    let tx = world.store.write(acme.scope()).await.unwrap();
    for number in 0..WatchService::MOST {
        let watch = Watch {
            id: WatchId::from_uuid(uuid::Uuid::from_u128(u128::from(number) + 1)),
            vulnerability: id(&format!("CVE-2026-{number:04}")),
            note: None,
            created_at: at("2026-03-01T08:00:00Z"),
            created_by: None,
        };
        tx.insert_watch(&watch).await.unwrap();
    }
    assert_eq!(tx.lock_watches().await.unwrap(), WatchService::MOST);
    tx.commit().await.unwrap();
    let refused = world.watches().add(&acme.may(), id("CVE-2026-1000"), None, None).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::Conflict);
    let there = world.watches().add(&acme.may(), id("CVE-2026-0999"), None, None).await.unwrap().done().unwrap();
    assert!(matches!(there, Added::Existing(_)), "{there:?}");
    world.watch(&globex, "CVE-2026-1000").await;
    let first = all(&world, &acme).await.remove(0).watch.id;
    world.watches().remove(&acme.may(), first).await.unwrap();
    world.watch(&acme, "CVE-2026-1000").await;
}

/// It is as unknown as none.
pub async fn a_watch_of_another_tenant_is_out_of_reach(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let globex = admin(&world, "globex").await;
    let watched = world.watch(&acme, "CVE-2026-0001").await;
    let refused = world.watches().remove(&globex.may(), watched.watch.id).await.unwrap_err();
    assert_eq!(refused.to_string(), "CVE watch not found");
    let reads = world.store.read(globex.scope());
    assert_eq!(reads.find_watch(watched.watch.id).await.unwrap(), None);
    assert_eq!(reads.count_watches(10).await.unwrap(), 0);
    let tx = world.store.write(globex.scope()).await.unwrap();
    assert_eq!(tx.lock_watches().await.unwrap(), 0);
    assert_eq!(tx.watch_on(&watched.watch.vulnerability).await.unwrap(), None);
    drop(tx);
    assert_eq!(all(&world, &globex).await, []);
    assert_eq!(all(&world, &acme).await, [watched]);
}

/// The id can be watched again.
pub async fn a_deleted_watch_is_gone(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let watched = world.watch(&acme, "CVE-2026-0001").await;
    world.watches().remove(&acme.may(), watched.watch.id).await.unwrap();
    assert_eq!(all(&world, &acme).await, []);
    let again = world.watches().remove(&acme.may(), watched.watch.id).await.unwrap_err();
    assert_eq!(again.key(), ErrorKey::NotFound);
    let new = world.watches().add(&acme.may(), watched.watch.vulnerability, None, None).await.unwrap().done().unwrap();
    assert!(matches!(new, Added::New(new) if new.watch.id != watched.watch.id));
}

/// Whatever the order in which the scans came: a gap begins anew, a fix does not.
pub async fn a_match_stands_since_the_first_scan_of_its_run(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let day = |day: u32| format!("2026-02-0{day}T00:00:00Z");
    let reports = |day: u32| match day {
        1 => vec![finding("CVE-2026-0001", "zlib"), finding("CVE-2026-0002", "zlib")],
        2 => vec![finding("CVE-2026-0001", "zlib"), finding("CVE-2026-0003", "zlib")],
        _ => vec![
            fixed("CVE-2026-0001", "zlib"),
            finding("CVE-2026-0001", "curl"),
            finding("CVE-2026-0002", "zlib"),
            finding("CVE-2026-0003", "zlib"),
        ],
    };
    let mut watches = Vec::new();
    for (number, since) in [(1, &[3, 1][..]), (2, &[3]), (3, &[2])] {
        let watch = world.watch(&acme, &format!("CVE-2026-000{number}")).await.watch.id;
        watches.push((watch, since.iter().map(|number| at(&day(*number))).collect::<Vec<_>>()));
    }
    for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
        let name = format!("v{}{}{}", order[0], order[1], order[2]);
        world.version("java17", &name, "2026-01-01T00:00:00Z").await;
        for number in order {
            world.scan("java17", &name, &day(number), reports(number)).await;
        }
        for (watch, since) in &watches {
            let watched = world.store.read(acme.scope()).find_watch(*watch).await.unwrap().unwrap();
            let here = watched.matches.iter().filter(|one| one.version_name.as_str() == name);
            let mut found: Vec<_> = here.map(|one| (one.package.name.clone(), one.since)).collect();
            found.sort_unstable();
            let found: Vec<_> = found.into_iter().map(|(_, since)| since).collect();
            assert_eq!(found, *since, "{order:?}");
        }
    }
}

/// The first hundred are shown, in the order of the scan.
pub async fn more_matches_than_are_shown_are_counted(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let package = |number: u32| format!("lib{number:03}");
    let findings = (0..150).map(|number| finding("CVE-2026-0001", &package(number))).collect();
    world.scan("java17", "1.0", "2026-02-02T00:00:00Z", findings).await;
    world.watch(&acme, "CVE-2026-0001").await;
    world.watch(&acme, "CVE-2026-0002").await;
    let watched = all(&world, &acme).await.remove(1);
    assert_eq!(watched.match_count, 150);
    let found: Vec<_> = watched.matches.iter().map(|one| one.package.name.clone()).collect();
    assert_eq!(found, (0..100).map(package).collect::<Vec<_>>());
}

//! Who is told what of a scan, and of what happens to subscriptions.

use std::sync::Arc;

use super::dispatching::{acme, admin, deliveries, expand, feed, image, kinds};
use crate::event::EventKind;
use crate::event::data::{CveActionable, CveWatched, WebhookDisabled};
use crate::outbox::{Fact, SubscriptionFact};
use crate::scan::{Finding, Match};
use crate::store::Store;
use crate::testing::fixtures::{at, finding, fixed};
use crate::testing::{Member, World, publisher};
use crate::webhook::{DeliveryStatus, SubscriptionChange};

fn day(day: u32) -> String {
    format!("2026-02-{day:02}T00:00:00Z")
}

async fn scan(world: &World, number: u32, findings: Vec<Match>) {
    world.scan("java17", "1.0", &day(number), findings).await;
}

fn zlib() -> Vec<Match> {
    vec![finding("CVE-2026-0001", "zlib")]
}

/// The watched ids that a tenant was told of, with the packages and the time of the scan.
async fn told(world: &World, who: &Member) -> Vec<String> {
    expand(world).await;
    let watched = feed(world, who).await.into_iter().filter(|event| event.kind == EventKind::CveWatched);
    let gist = |data: &str| {
        let it: CveWatched = serde_json::from_str(data).unwrap();
        let packages: Vec<_> = it.matches.iter().map(|one| one.package.name.as_str()).collect();
        format!("{} {} {} {}", it.cve_id, it.version, packages.join("+"), it.scanned_at.to_string().get(8..10).unwrap())
    };
    watched.map(|event| gist(&event.data)).collect()
}

/// By the feed and by webhook, and every payload under the tenant's own id.
pub async fn t12_a_scan_is_told_to_the_licensed_only(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let globex = admin(&world, "globex").await;
    image(&world, "foreign").await;
    world.grant("globex", "foreign").await;
    let mut hooks = Vec::new();
    for who in [&acme, &globex] {
        for kind in [EventKind::ImageScanned, EventKind::CveWatched] {
            hooks.push(world.subscribe(who, kind, "https://r.example/").await.id);
        }
        world.watch(who, "CVE-2026-0001").await;
    }
    scan(&world, 1, zlib()).await;
    expand(&world).await;
    assert_eq!(kinds(&world, &acme).await, ["image.scanned", "cve.watched"]);
    assert_eq!(kinds(&world, &globex).await, Vec::<&str>::new());
    for (hook, who, count) in [(0, &acme, 1), (1, &acme, 1), (2, &globex, 0), (3, &globex, 0)] {
        assert_eq!(deliveries(&world, who, hooks[hook]).await.len(), count, "{hook}");
    }
    let claimed = super::dispatching::claim_one(&world, hooks[0]).await;
    let event = feed(&world, &acme).await.remove(0);
    assert_eq!((claimed.tenant, claimed.subscription), (acme.scope().tenant(), hooks[0]));
    assert_eq!((claimed.event_id, claimed.event, claimed.occurred_at), (event.id, event.kind, event.occurred_at));
    assert_eq!((claimed.image, claimed.version, claimed.data), (event.image, event.version, event.data));
}

/// A licence that was taken back before an event was expanded counts; one that came does too.
pub async fn the_licences_of_the_moment_of_expansion_decide(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let globex = admin(&world, "globex").await;
    for who in [&acme, &globex] {
        world.watch(who, "CVE-2026-0001").await;
    }
    let hook = world.subscribe(&acme, EventKind::ImageScanned, "https://r.example/").await.id;
    scan(&world, 1, zlib()).await;
    world.revoke("acme", "java17").await;
    world.grant("globex", "java17").await;
    expand(&world).await;
    assert_eq!(deliveries(&world, &acme, hook).await, []);
    assert_eq!(kinds(&world, &globex).await, ["image.scanned", "cve.watched"]);
    world.grant("acme", "java17").await;
    assert_eq!(kinds(&world, &acme).await, Vec::<&str>::new(), "nothing comes afterwards");
}

/// A subscription gets its own kind, and only while it is active; the feed has everything.
pub async fn active_subscriptions_get_their_own_kind(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let scanned = world.subscribe(&acme, EventKind::ImageScanned, "https://r.example/1").await.id;
    let second = world.subscribe(&acme, EventKind::ImageScanned, "https://r.example/2").await.id;
    let rebuilt = world.subscribe(&acme, EventKind::ImageRebuilt, "https://r.example/1").await.id;
    let off = world.subscribe(&acme, EventKind::ImageScanned, "https://r.example/3").await.id;
    let inactive = SubscriptionChange { active: Some(false), ..SubscriptionChange::default() };
    world.webhooks().update(&acme.may(), off, inactive).await.unwrap();
    scan(&world, 1, zlib()).await;
    expand(&world).await;
    for (hook, count) in [(scanned, 1), (second, 1), (rebuilt, 0), (off, 0)] {
        let made = deliveries(&world, &acme, hook).await;
        assert_eq!(made.len(), count);
        for one in made {
            let found = (one.event, one.test, one.status, one.attempts.len(), one.finished_at, one.error);
            assert_eq!(found, (EventKind::ImageScanned, false, DeliveryStatus::Pending, 0, None, None));
            assert!(one.next_attempt_at.is_some());
        }
    }
    assert_eq!(kinds(&world, &acme).await, ["image.scanned"]);
}

/// Not of a scan that was recorded before, even if it is expanded after: its answer had that.
pub async fn a_watch_concerns_the_scans_recorded_after_it(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    scan(&world, 1, vec![finding("CVE-2026-0001", "zlib"), finding("CVE-2026-0002", "zlib")]).await;
    assert_eq!(world.watch(&acme, "CVE-2026-0001").await.match_count, 1);
    assert_eq!(told(&world, &acme).await, Vec::<String>::new());
    scan(&world, 2, vec![finding("CVE-2026-0001", "zlib"), finding("CVE-2026-0003", "zlib")]).await;
    assert_eq!(world.watch(&acme, "CVE-2026-0003").await.match_count, 1);
    assert_eq!(told(&world, &acme).await, Vec::<String>::new());
    // A watch that is deleted before the expansion is told nothing.
    let gone = world.watch(&acme, "CVE-2026-0004").await.watch.id;
    world.watch(&acme, "CVE-2026-0005").await;
    scan(&world, 3, vec![finding("CVE-2026-0004", "zlib"), finding("CVE-2026-0005", "zlib")]).await;
    world.watches().remove(&acme.may(), gone).await.unwrap();
    assert_eq!(told(&world, &acme).await, ["CVE-2026-0005 1.0 zlib 03"]);
}

/// Once a version, however often it is scanned; again when it went and came back.
pub async fn a_watched_vulnerability_is_told_where_it_appears(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    world.version("java17", "2.0", "2026-01-02T00:00:00Z").await;
    let hook = world.subscribe(&acme, EventKind::CveWatched, "https://r.example/").await.id;
    world.watch(&acme, "CVE-2026-0001").await;
    world.watch(&acme, "CVE-2026-0009").await;
    let both = || vec![fixed("CVE-2026-0001", "curl"), finding("CVE-2026-0001", "zlib"), finding("CVE-2026-2", "zlib")];
    scan(&world, 1, both()).await;
    let mut expected = vec!["CVE-2026-0001 1.0 curl+zlib 01"];
    assert_eq!(told(&world, &acme).await, expected, "on a first scan every watched one is new");
    for (number, findings) in [(2, both()), (3, vec![fixed("CVE-2026-0001", "bash")]), (4, Vec::new())] {
        scan(&world, number, findings).await;
        assert_eq!(told(&world, &acme).await, expected, "{number}");
    }
    scan(&world, 5, zlib()).await;
    expected.push("CVE-2026-0001 1.0 zlib 05");
    assert_eq!(told(&world, &acme).await, expected, "it came back");
    world.scan("java17", "2.0", &day(6), zlib()).await;
    expected.push("CVE-2026-0001 2.0 zlib 06");
    assert_eq!(told(&world, &acme).await, expected, "another version");
    assert_eq!(deliveries(&world, &acme, hook).await.len(), 3);
}

/// Under whichever of its ids it is watched, and whichever the scanner reports.
pub async fn a_watched_alias_is_told(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    for id in ["CVE-2026-0001", "GHSA-aaaa-bbbb-cccc"] {
        world.watch(&acme, id).await;
    }
    let ghsa = Finding { related: vec!["CVE-2026-0001".to_owned()], ..finding("GHSA-aaaa-bbbb-cccc", "lodash") };
    scan(&world, 1, vec![ghsa]).await;
    let mut found = told(&world, &acme).await;
    found.sort_unstable();
    assert_eq!(found, ["CVE-2026-0001 1.0 lodash 01", "GHSA-aaaa-bbbb-cccc 1.0 lodash 01"]);
    scan(&world, 2, vec![finding("CVE-2026-0001", "lodash")]).await;
    assert_eq!(told(&world, &acme).await.len(), 2, "the CVE was there under its alias");
}

/// The findings of now are those of a later scan.
pub async fn a_scan_that_came_late_tells_of_itself_alone(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    world.watch(&acme, "CVE-2026-0001").await;
    scan(&world, 3, vec![finding("CVE-2026-0002", "zlib")]).await;
    scan(&world, 1, vec![finding("CVE-2026-0001", "zlib"), finding("CVE-2026-0002", "zlib")]).await;
    scan(&world, 2, vec![fixed("CVE-2026-0002", "zlib")]).await;
    expand(&world).await;
    assert_eq!(kinds(&world, &acme).await, ["image.scanned"; 3]);
}

/// Not of what is fixable from the first.
pub async fn a_fix_that_appears_is_told(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    scan(&world, 1, vec![finding("CVE-2026-0001", "zlib"), fixed("CVE-2026-0002", "zlib")]).await;
    scan(&world, 2, vec![fixed("CVE-2026-0001", "zlib"), fixed("CVE-2026-0003", "curl")]).await;
    scan(&world, 3, vec![fixed("CVE-2026-0001", "zlib")]).await;
    expand(&world).await;
    assert_eq!(kinds(&world, &acme).await, ["image.scanned", "image.scanned", "cve.actionable", "image.scanned"]);
    let event = feed(&world, &acme).await.remove(2);
    let data: CveActionable = serde_json::from_str(&event.data).unwrap();
    assert_eq!((data.cve_id.as_str(), data.package.name.as_str()), ("CVE-2026-0001", "zlib"));
    assert_eq!((data.fixed_in, data.scanned_at), (vec!["1.1".to_owned()], at(&day(2))));
    assert!(event.image.is_some() && event.version.is_some());
}

/// Others of the tenant are; another tenant's are not.
pub async fn a_subscription_is_not_told_about_itself(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let globex = admin(&world, "globex").await;
    let own = world.subscribe(&acme, EventKind::WebhookDisabled, "https://r.example/1").await.id;
    let other = world.subscribe(&acme, EventKind::WebhookDisabled, "https://r.example/2").await.id;
    let foreign = world.subscribe(&globex, EventKind::WebhookDisabled, "https://r.example/1").await.id;
    let data = WebhookDisabled {
        subscription_id: own.to_string(),
        subscription_event: EventKind::WebhookDisabled.to_string(),
        url: "https://r.example/1".to_owned(),
        reason: "the receiver answered 410 Gone".to_owned(),
        disabled_at: at(&day(1)),
    };
    let fact = SubscriptionFact { tenant: acme.scope().tenant(), subscription: own, data };
    let tx = world.store.system(publisher()).await.unwrap();
    tx.record_fact(&Fact::SubscriptionDisabled(fact)).await.unwrap();
    tx.commit().await.unwrap();
    expand(&world).await;
    for (hook, who, count) in [(own, &acme, 0), (other, &acme, 1), (foreign, &globex, 0)] {
        assert_eq!(deliveries(&world, who, hook).await.len(), count);
    }
    let event = feed(&world, &acme).await.remove(0);
    assert_eq!((event.kind, event.image, event.version), (EventKind::WebhookDisabled, None, None));
    assert_eq!(kinds(&world, &globex).await, Vec::<&str>::new());
}

/// An event that a subscription has is not delivered twice, whoever asks for it.
pub async fn an_event_is_delivered_once_to_a_subscription(store: Arc<dyn Store>) {
    use crate::id::DeliveryId;
    use crate::outbox::{NewDelivery, Subscriber};
    let (world, acme) = acme(store).await;
    let hook = world.subscribe(&acme, EventKind::ImageScanned, "https://r.example/").await.id;
    scan(&world, 1, Vec::new()).await;
    expand(&world).await;
    let first = deliveries(&world, &acme, hook).await;
    let subscriber = Subscriber { event: first[0].event_id, tenant: acme.scope().tenant(), subscription: hook };
    let again = NewDelivery { id: DeliveryId::from_uuid(uuid::Uuid::from_u128(1)), subscriber };
    let tx = world.store.system(publisher()).await.unwrap();
    tx.insert_deliveries(&[again]).await.unwrap();
    tx.insert_deliveries(&[]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(deliveries(&world, &acme, hook).await, first);
}

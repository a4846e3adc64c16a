//! The events of a tenant, in order.

use std::sync::Arc;

use super::dispatching::{acme, admin, due, expand, feed, image, kinds};
use super::stock::limit;
use crate::event::data::ImageScanned;
use crate::event::{EventKind, EventPosition};
use crate::store::Store;
use crate::testing::World;
use crate::testing::fixtures::{at, finding, fixed};

/// At the end the page is empty and the place stays; what comes later is read from there.
pub async fn the_feed_is_read_on_without_loss_or_repetition(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let globex = admin(&world, "globex").await;
    image(&world, "shared").await;
    image(&world, "foreign").await;
    for (tenant, image) in [("acme", "shared"), ("globex", "shared"), ("globex", "foreign")] {
        world.grant(tenant, image).await;
    }
    let scan = async |day: u32| {
        for image in ["java17", "foreign", "shared"] {
            world.scan(image, "1.0", &format!("2026-02-{day:02}T00:00:00Z"), Vec::new()).await;
        }
    };
    scan(1).await;
    scan(2).await;
    expand(&world).await;
    let all = feed(&world, &acme).await;
    assert_eq!((all.len(), feed(&world, &globex).await.len()), (4, 4));
    assert!(all.is_sorted_by(|one, next| one.position < next.position));
    for size in [1, 2, 3, 4, 5] {
        let (mut after, mut found) = (None::<EventPosition>, Vec::new());
        loop {
            let page = world.feed().after(&acme.may(), after, limit::<()>(size).limit).await.unwrap();
            assert!(page.items.len() <= size as usize);
            if page.items.is_empty() {
                assert_eq!(page.next, after);
                break;
            }
            after = page.next;
            found.extend(page.items);
        }
        assert_eq!(found, all, "{size} a page");
    }
    let end = all.last().map(|event| event.position);
    scan(3).await;
    expand(&world).await;
    let page = world.feed().after(&acme.may(), end, limit::<()>(9).limit).await.unwrap();
    assert_eq!(page.items, feed(&world, &acme).await[4..]);
}

/// To the letter, with what it is about.
pub async fn an_event_comes_back_as_it_was_told(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    let findings = vec![fixed("CVE-2026-0001", "zlib"), finding("CVE-2026-0002", "zlib")];
    let recorded = world.scan("java17", "1.0", "2026-02-02T03:04:05.000006Z", findings).await;
    expand(&world).await;
    let event = feed(&world, &acme).await.remove(0);
    assert_eq!(event.kind, EventKind::ImageScanned);
    assert_eq!((event.image, event.version), (Some(recorded.version.image), Some(recorded.version.id)));
    let data = ImageScanned {
        image_name: "java17".to_owned(),
        version: "1.0".to_owned(),
        outstanding_count: 1,
        residual_count: 1,
        critical_count: 0,
        high_count: 0,
        scanned_at: at("2026-02-02T03:04:05.000006Z"),
    };
    assert_eq!(event.data, serde_json::to_string(&data).unwrap());
}

/// Events about an image are hidden with it, and come back with it.
pub async fn events_of_a_revoked_image_are_hidden(store: Arc<dyn Store>) {
    let (world, acme) = acme(store).await;
    image(&world, "shared").await;
    world.grant("acme", "shared").await;
    for name in ["java17", "shared"] {
        world.scan(name, "1.0", "2026-02-01T00:00:00Z", Vec::new()).await;
    }
    expand(&world).await;
    let all = feed(&world, &acme).await;
    world.revoke("acme", "java17").await;
    assert_eq!(feed(&world, &acme).await, all[1..]);
    world.grant("acme", "java17").await;
    assert_eq!(feed(&world, &acme).await, all);
}

/// It tells of nothing that happened.
pub async fn a_test_delivery_is_not_in_the_feed(store: Arc<dyn Store>) {
    let (world, acme): (World, _) = acme(store).await;
    let hook = world.subscribe(&acme, EventKind::ImageScanned, "https://r.example/").await.id;
    due(&world, &acme, hook, 2).await;
    assert_eq!(kinds(&world, &acme).await, Vec::<&str>::new());
}

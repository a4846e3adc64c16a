//! Granting and revoking.

use std::sync::Arc;

use super::stock::Stock;
use crate::error::ErrorKey;
use crate::image::ImageQuery;
use crate::paging::PageRequest;
use crate::store::Store;
use crate::testing::fixtures::{image_name, slug};
use crate::testing::{Member, World, publisher};

async fn names(world: &World, who: &Member) -> Vec<String> {
    let page = world.images().list(&who.images(), &ImageQuery::default(), &PageRequest::default()).await.unwrap();
    page.items.into_iter().map(|entry| entry.image.name.to_string()).collect()
}

/// In the very next read, both ways.
pub async fn a_licence_takes_effect_at_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let stock = Stock::of(&world, "java17").await;
    for _ in 0..2 {
        assert_eq!(names(&world, &viewer).await, [""; 0]);
        let hidden = world.images().get(&viewer.images(), stock.id()).await.unwrap_err();
        assert_eq!(hidden.key(), ErrorKey::NotFound);
        assert!(world.grant("acme", "java17").await);
        assert_eq!(names(&world, &viewer).await, ["java17"]);
        let detail = world.images().get(&viewer.images(), stock.id()).await.unwrap();
        assert_eq!(detail.summary.latest.unwrap().last_scan.unwrap().id, stock.latest.id);
        assert!(world.revoke("acme", "java17").await);
    }
}

/// The answer tells whether anything changed.
pub async fn licensing_twice_and_revoking_twice_say_so(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    Stock::of(&world, "java17").await;
    assert!(!world.revoke("acme", "java17").await);
    assert!(world.grant("acme", "java17").await);
    assert!(!world.grant("acme", "java17").await);
    assert_eq!(names(&world, &viewer).await, ["java17"]);
    assert!(world.revoke("acme", "java17").await);
    assert!(!world.revoke("acme", "java17").await);
    for (tenant, image) in [("nobody", "java17"), ("acme", "nothing")] {
        let refused = world.publishing().grant(publisher(), &slug(tenant), &image_name(image)).await.unwrap_err();
        assert_eq!(refused.key(), ErrorKey::NotFound);
    }
}

/// In the list of tenants.
pub async fn a_new_licence_after_a_revoked_one_counts(store: Arc<dyn Store>) {
    let world = World::new(store);
    world.tenant("acme").await;
    Stock::of(&world, "java17").await;
    for expected in [1, 0, 1] {
        if expected == 1 {
            world.grant("acme", "java17").await
        } else {
            world.revoke("acme", "java17").await
        };
        assert_eq!(world.tenants().list(publisher()).await.unwrap()[0].1, expected);
    }
}

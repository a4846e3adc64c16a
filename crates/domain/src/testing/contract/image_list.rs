//! The list of images: its orders and pages.

use std::cmp::Reverse;
use std::sync::Arc;

use super::stock::limit;
use crate::image::{ImageChange, ImageQuery, ImageSort};
use crate::paging::{PageLimit, PageRequest, Total};
use crate::scan::Finding;
use crate::store::Store;
use crate::testing::fixtures::{at, fixed};
use crate::testing::{Member, World};

/// What decides where an image stands: its name, when its latest version was published, and how
/// much is outstanding there.
type Place = (String, Option<i64>, Option<u64>);

/// 25 licensed images: a fifth without a version, a fifth without a scan, the others with ties,
/// and 3 that are licensed to somebody else in between.
async fn catalogue(world: &World) -> Vec<Place> {
    world.tenant("globex").await;
    let mut places = Vec::new();
    for number in 0..28_u64 {
        // Names that a language would order otherwise than their bytes do.
        let name = format!("java{}{}", ["-", ".", "_", "0", "a"][number as usize % 5], number / 5);
        world.image(&name, ImageChange::default()).await;
        let place = fill(world, &name, number).await;
        if number % 10 == 4 {
            world.grant("globex", &name).await;
        } else {
            world.grant("acme", &name).await;
            places.push(place);
        }
    }
    assert_eq!(places.len(), 25);
    places
}

async fn fill(world: &World, name: &str, number: u64) -> Place {
    if number.is_multiple_of(5) {
        return (name.to_owned(), None, None);
    }
    let published = format!("2026-01-{:02}T00:00:00Z", 1 + number % 4);
    world.version(name, "1.0", &published).await;
    let micros = Some(at(&published).micros());
    if number % 5 == 1 {
        return (name.to_owned(), micros, None);
    }
    let outstanding = [0, 2, 10][number as usize % 3];
    let matches = match outstanding {
        0 => Vec::new(),
        n => vec![Finding { occurrences: n, ..fixed("CVE-2026-0001", "zlib") }],
    };
    world.scan(name, "1.0", "2026-02-01T00:00:00Z", matches).await;
    (name.to_owned(), micros, Some(u64::from(outstanding)))
}

async fn paged(world: &World, who: &Member, sort: ImageSort, size: u32) -> Vec<String> {
    let query = ImageQuery { sort, ..ImageQuery::default() };
    let mut request = limit(size);
    let mut names = Vec::new();
    loop {
        let page = world.images().list(&who.images(), &query, &request).await.unwrap();
        assert!(page.items.len() <= size as usize);
        names.extend(page.items.into_iter().map(|entry| entry.image.name.to_string()));
        assert!(names.len() <= 25, "an image is repeated");
        match page.next {
            Some(next) => request.after = Some(next),
            None => return names,
        }
    }
}

async fn pages<K: Ord>(store: Arc<dyn Store>, sort: ImageSort, key: fn(&Place) -> K) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let mut places = catalogue(&world).await;
    places.sort_by_key(key);
    let expected: Vec<_> = places.into_iter().map(|(name, _, _)| name).collect();
    for size in [200, 7, 1] {
        assert_eq!(paged(&world, &viewer, sort, size).await, expected, "pages of {size}");
    }
}

/// [`ImageSort::Name`], by bytes.
pub async fn images_by_name_page_without_loss_or_repetition(store: Arc<dyn Store>) {
    pages(store, ImageSort::Name, |(name, _, _)| name.clone()).await;
}

/// [`ImageSort::NameDescending`].
pub async fn images_by_name_backwards_page_without_loss_or_repetition(store: Arc<dyn Store>) {
    pages(store, ImageSort::NameDescending, |(name, _, _)| Reverse(name.clone())).await;
}

/// [`ImageSort::PublishedDescending`]: ties by name, images without a version last.
pub async fn images_by_publication_page_without_loss_or_repetition(store: Arc<dyn Store>) {
    pages(store, ImageSort::PublishedDescending, |(name, published, _)| (Reverse(*published), name.clone())).await;
}

/// [`ImageSort::OutstandingDescending`]: ties by name, zero before unscanned.
pub async fn images_by_outstanding_page_without_loss_or_repetition(store: Arc<dyn Store>) {
    pages(store, ImageSort::OutstandingDescending, |(name, _, outstanding)| (Reverse(*outstanding), name.clone()))
        .await;
}

/// No empty page follows.
pub async fn a_page_that_fits_exactly_is_the_last(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    for name in ["a", "b"] {
        world.image(name, ImageChange::default()).await;
        world.grant("acme", name).await;
    }
    for (size, more) in [(1, true), (2, false), (3, false)] {
        let page = world.images().list(&viewer.images(), &ImageQuery::default(), &limit(size)).await.unwrap();
        assert_eq!(page.next.is_some(), more, "pages of {size}");
    }
}

/// And the service counts when asked.
pub async fn counting_images_stops_where_it_is_told(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    for name in ["a", "b", "c"] {
        world.image(name, ImageChange::default()).await;
        world.grant("acme", name).await;
    }
    let reads = world.store.read(viewer.scope());
    for (stop_at, counted) in [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (10_001, 3)] {
        assert_eq!(reads.count_images(&ImageQuery::default(), stop_at).await.unwrap(), counted);
    }
    let request = PageRequest { limit: PageLimit::new(1).unwrap(), after: None, count: true };
    let page = world.images().list(&viewer.images(), &ImageQuery::default(), &request).await.unwrap();
    assert_eq!(page.total, Some(Total { count: 3, exact: true }));
}

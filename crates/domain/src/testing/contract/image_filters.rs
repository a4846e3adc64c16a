//! The filters of the list of images.

use std::sync::Arc;

use super::stock::limit;
use crate::image::{BaseOs, DisplayName, HardeningLabel, ImageChange, ImageKind, ImageQuery, ImageSort, SearchText};
use crate::paging::PageRequest;
use crate::store::Store;
use crate::testing::fixtures::{finding, fixed, image_name, version_name};
use crate::testing::{Member, World, publisher};

async fn licensed(world: &World, name: &str, change: ImageChange) {
    world.image(name, change).await;
    world.grant("acme", name).await;
}

async fn matching(world: &World, who: &Member, query: &ImageQuery) -> String {
    let page = world.images().list(&who.images(), query, &PageRequest::default()).await.unwrap();
    let counted = world.store.read(who.scope()).count_images(query, 100).await.unwrap();
    assert_eq!(counted, page.items.len() as u64, "{query:?}");
    page.items.iter().map(|entry| entry.image.name.as_str()).collect::<Vec<_>>().join(" ")
}

fn search(text: &str) -> ImageQuery {
    ImageQuery { search: Some(SearchText::parse("search", text).unwrap()), ..ImageQuery::default() }
}

fn described(text: &str) -> ImageChange {
    ImageChange { description: Some(text.to_owned()), ..ImageChange::default() }
}

/// Nothing is a wildcard, an escape or the end of a literal.
pub async fn search_takes_every_character_literally(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    for (name, text) in [
        ("percent", "100% static"),
        ("underline", "snake_case"),
        ("backslash", r"C:\temp"),
        ("quotes", r#"it's "quoted""#),
        ("star", "a*b?c[d]"),
        ("plain", "100 percent, snakeXcase, C:/temp, its quoted, aXbXc"),
    ] {
        licensed(&world, name, described(text)).await;
    }
    for (text, found) in [
        ("%", "percent"),
        ("100% ", "percent"), // trimmed,
        ("0%", "percent"),
        ("_", "underline"),
        ("snake_case", "underline"),
        ("\\", "backslash"),
        (r"c:\t", "backslash"),
        (r"\%", ""),
        ("'", "quotes"),
        ("\"quoted\"", "quotes"),
        ("a*b?c[d]", "star"),
        ("*", "star"),
        ("%%", ""),
        ("static%", ""),
        ("' OR '1'='1", ""),
    ] {
        assert_eq!(matching(&world, &viewer, &search(text)).await, found, "{text}");
    }
}

/// Not that of ASCII alone.
pub async fn search_ignores_case_in_every_script(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    licensed(&world, "german", described("FÜR ÜBUNGEN, Straße")).await;
    licensed(&world, "greek", described("Ελληνικά")).await;
    licensed(&world, "cyrillic", described("ЖЁЛТЫЙ образ")).await;
    licensed(&world, "plain", described("Ubung, fur, Strase")).await;
    for (text, found) in [
        ("für übungen", "german"),
        ("FÜR Übungen", "german"),
        // Decomposed: u and a combining diaeresis.
        ("fu\u{308}r", "german"),
        ("straße", "german"),
        ("ΕΛΛΗΝΙΚΆ", "greek"),
        ("жёлтый ОБРАЗ", "cyrillic"),
        ("UBUNG", "plain"),
        ("ü", "german"),
    ] {
        assert_eq!(matching(&world, &viewer, &search(text)).await, found, "{text}");
    }
}

/// In each of them, and not across two.
pub async fn search_looks_in_name_display_name_and_description(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let title = DisplayName::parse("displayName", "Runtime of Ada").unwrap();
    let change = ImageChange { display_name: Some(title), ..described("First line\nsecond line") };
    licensed(&world, "needle-17", change).await;
    licensed(&world, "other", described("nothing of that kind")).await;
    for text in ["needle", "NEEDLE-17", "runtime of", "ada", "first", "second line", "  second  "] {
        assert_eq!(matching(&world, &viewer, &search(text)).await, "needle-17", "{text}");
    }
    for text in ["17runtime", "17 runtime", "ada first", "adafirst", "line second", "nowhere"] {
        assert_eq!(matching(&world, &viewer, &search(text)).await, "", "{text}");
    }
    // A change of the text changes what finds it.
    world.image("needle-17", described("third line")).await;
    assert_eq!(matching(&world, &viewer, &search("second")).await, "");
    assert_eq!(matching(&world, &viewer, &search("third")).await, "needle-17");
}

/// All labels must hold; one label is not a part of another.
pub async fn images_filter_by_base_kind_and_hardening(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let base = |text: &str| BaseOs::parse("baseOs", text).unwrap();
    let labels = |texts: &[&str]| texts.iter().map(|text| HardeningLabel::parse("hardening", text).unwrap()).collect();
    for (name, os, kind, hardening) in [
        ("a", "debian-12", ImageKind::Build, &["non-root", "distroless"][..]),
        ("b", "debian-12", ImageKind::Deploy, &["non-root"]),
        ("c", "debian-1", ImageKind::Deploy, &["root", "distroless"]),
        ("d", "alpine-3.20", ImageKind::Deploy, &[]),
    ] {
        let hardening: Vec<_> = labels(hardening);
        let change =
            ImageChange { base_os: Some(base(os)), kind: Some(kind), hardening: Some(hardening), ..Default::default() };
        licensed(&world, name, change).await;
    }
    let query = |os: Option<&str>, kind, hardening: &[&str]| ImageQuery {
        base_os: os.map(base),
        kind,
        hardening: labels(hardening),
        ..ImageQuery::default()
    };
    for (query, found) in [
        (query(Some("debian-12"), None, &[]), "a b"),
        (query(Some("debian-1"), None, &[]), "c"),
        (query(Some("debian"), None, &[]), ""),
        (query(None, Some(ImageKind::Deploy), &[]), "b c d"),
        (query(None, Some(ImageKind::Build), &[]), "a"),
        (query(None, None, &["non-root"]), "a b"),
        (query(None, None, &["root"]), "c"),
        (query(None, None, &["distroless", "non-root"]), "a"),
        (query(None, None, &["non-root", "distroless", "non-root"]), "a"),
        (query(None, None, &["non-root", "root"]), ""),
        (query(Some("debian-12"), Some(ImageKind::Deploy), &["non-root"]), "b"),
    ] {
        assert_eq!(matching(&world, &viewer, &query).await, found, "{query:?}");
    }
}

/// An image that was never scanned is on neither side.
pub async fn images_filter_by_what_is_outstanding_in_the_latest_version(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    for name in ["clean", "dirty", "empty", "residual", "unscanned"] {
        licensed(&world, name, ImageChange::default()).await;
        if name != "empty" {
            world.version(name, "1.0", "2026-01-01T00:00:00Z").await;
        }
    }
    for (name, matches) in [
        ("clean", vec![]),
        ("dirty", vec![fixed("CVE-2026-0001", "zlib")]),
        ("residual", vec![finding("CVE-2026-0001", "zlib")]),
    ] {
        world.scan(name, "1.0", "2026-02-01T00:00:00Z", matches).await;
    }
    let query = |outstanding| ImageQuery { outstanding: Some(outstanding), ..ImageQuery::default() };
    assert_eq!(matching(&world, &viewer, &query(true)).await, "dirty");
    assert_eq!(matching(&world, &viewer, &query(false)).await, "clean residual");
    // A newer version without a scan: nobody knows any more.
    world.version("dirty", "2.0", "2026-03-01T00:00:00Z").await;
    assert_eq!(matching(&world, &viewer, &query(true)).await, "");
    // Deprecated, it hands over to the one before.
    let (image, version) = (image_name("dirty"), version_name("2.0"));
    world.publishing().deprecate_version(publisher(), &image, &version, "broken").await.unwrap();
    assert_eq!(matching(&world, &viewer, &query(true)).await, "dirty");
    // A later scan finds it fixed.
    world.scan("dirty", "1.0", "2026-03-01T00:00:00Z", vec![]).await;
    assert_eq!(matching(&world, &viewer, &query(false)).await, "clean dirty residual");
}

/// A filter narrows every page, not the first alone.
pub async fn filters_hold_together_on_every_page(store: Arc<dyn Store>) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    for number in 0..12 {
        let kind = if number % 3 == 0 { ImageKind::Build } else { ImageKind::Deploy };
        let change = ImageChange { kind: Some(kind), ..described(if number % 2 == 0 { "even" } else { "odd" }) };
        licensed(&world, &format!("image-{number:02}"), change).await;
    }
    let query = ImageQuery { kind: Some(ImageKind::Deploy), sort: ImageSort::NameDescending, ..search("EVEN") };
    let mut request = limit(1);
    let mut names = Vec::new();
    loop {
        let page = world.images().list(&viewer.images(), &query, &request).await.unwrap();
        names.extend(page.items.into_iter().map(|entry| entry.image.name.to_string()));
        assert!(names.len() <= 4, "{names:?}");
        request.after = page.next;
        if request.after.is_none() {
            break;
        }
    }
    assert_eq!(names, ["image-10", "image-08", "image-04", "image-02"]);
}

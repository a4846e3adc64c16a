//! Asking for images: filters, orders and positions.

use crate::Timestamp;
use crate::id::VersionId;
use crate::image::{BaseOs, HardeningLabel, ImageKind, ImageName, ImageSummary};
use crate::macros::words;
use crate::text::{one_line, text_type};

text_type! {
    /// Text to look for in names and descriptions, literally and whatever the case: 1 to 200
    /// characters.
    SearchText, |path, text| one_line(path, text.trim(), 1, 200).map(|text| text.to_lowercase())
}

words! {
    /// The orders of the list of images.
    ImageSort {
        /// By name.
        Name = "name",
        /// By name, from the end of the alphabet.
        NameDescending = "-name",
        /// Most recently published first; images without a version last.
        PublishedDescending = "-publishedAt",
        /// Most outstanding CVEs of the latest version first; unscanned ones last.
        OutstandingDescending = "-outstanding",
    }
}

/// Which images, in which order. Everything given must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageQuery {
    /// In the name, the display name or the description.
    pub search: Option<SearchText>,
    /// On this base.
    pub base_os: Option<BaseOs>,
    /// With all of these labels.
    pub hardening: Vec<HardeningLabel>,
    /// For this use.
    pub kind: Option<ImageKind>,
    /// `true`: the latest version has outstanding CVEs; `false`: it was scanned and has none.
    pub outstanding: Option<bool>,
    /// The order.
    pub sort: ImageSort,
}

impl Default for ImageQuery {
    fn default() -> Self {
        Self {
            search: None,
            base_os: None,
            hardening: Vec::new(),
            kind: None,
            outstanding: None,
            sort: ImageSort::Name,
        }
    }
}

/// A place in a list of images. Ties of `rank` are broken by name, from `a` to `z` (by bytes),
/// whichever way the ranks go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImagePosition {
    /// What the order ranks by: microseconds of `published_at` or the outstanding count, -1 for
    /// images that have none, 0 when the order is by name alone.
    pub rank: i64,
    /// The image's name.
    pub name: ImageName,
}

impl ImageSort {
    /// Where an image stands in this order.
    #[must_use]
    pub fn position(self, entry: &ImageSummary) -> ImagePosition {
        let latest = entry.latest.as_ref();
        let rank = match self {
            Self::Name | Self::NameDescending => 0,
            Self::PublishedDescending => latest.map_or(-1, |version| version.published_at.micros()),
            Self::OutstandingDescending => latest
                .and_then(|version| version.last_scan.as_ref())
                .map_or(-1, |scan| i64::try_from(scan.counts.outstanding()).unwrap_or(i64::MAX)),
        };
        ImagePosition { rank, name: entry.image.name.clone() }
    }
}

/// A place in a list of versions, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionPosition {
    /// When it was published.
    pub published_at: Timestamp,
    /// Breaks ties.
    pub id: VersionId,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::ImageChange;
    use crate::paging::PageRequest;
    use crate::scan::Finding;
    use crate::testing::World;
    use crate::testing::fixtures::{at, fixed};

    #[test]
    fn search_text_is_trimmed_normalised_and_folded() {
        for (text, expected) in [("  Java ", "java"), ("U\u{308}BUNG", "übung"), ("100% _\\", "100% _\\")] {
            assert_eq!(SearchText::parse("search", text).unwrap().as_str(), expected);
        }
        for text in ["", "   ", "a\nb", "a\0b", &"a".repeat(201)] {
            assert!(SearchText::parse("search", text).is_err(), "{text:?}");
        }
    }

    #[tokio::test]
    async fn the_position_of_an_image_follows_from_its_latest_version() {
        let world = World::in_memory();
        let viewer = world.viewer("acme").await;
        let image = world.image("java17", ImageChange::default()).await;
        world.grant("acme", "java17").await;
        let ranks = || async {
            let page = world.images().list(&viewer.images(), &ImageQuery::default(), &PageRequest::default()).await;
            let entry = &page.unwrap().items[0];
            ImageSort::ALL.iter().map(|sort| sort.position(entry)).map(|at| (at.rank, at.name)).collect::<Vec<_>>()
        };
        let expected = |published, outstanding| [0, 0, published, outstanding].map(|rank| (rank, image.name.clone()));
        assert_eq!(ranks().await, expected(-1, -1));
        world.version("java17", "1.0", "2026-01-01T00:00:00Z").await;
        let published = at("2026-01-01T00:00:00Z").micros();
        assert_eq!(ranks().await, expected(published, -1));
        world.scan("java17", "1.0", "2026-01-02T00:00:00Z", vec![]).await;
        assert_eq!(ranks().await, expected(published, 0));
        let seven = Finding { occurrences: 7, ..fixed("CVE-1", "zlib") };
        world.scan("java17", "1.0", "2026-01-03T00:00:00Z", vec![seven]).await;
        assert_eq!(ranks().await, expected(published, 7));
    }
}

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

/// A place in a list of images. Ties of `rank` are broken by name.
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

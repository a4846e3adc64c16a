//! Images, their immutable versions, and the licences that decide who sees them.

mod model;
mod names;
mod ports;
mod publishing;
mod query;
mod service;

pub use model::{
    Image, ImageChange, ImageDetail, ImageKind, ImageSummary, LastScan, NewVersion, Version, VersionStatus,
};
pub use names::{
    BaseOs, Digest, DisplayName, HardeningLabel, ImageName, ImageReference, Platform, Repository, VersionName,
};
pub use ports::{Images, Publications, Versions};
pub use publishing::{Published, PublishingService};
pub(crate) use publishing::{require_image, require_version};
pub use query::{ImagePosition, ImageQuery, ImageSort, SearchText, VersionPosition};
pub use service::ImageService;

//! SPDX 2: JSON and tag-value.

mod identify;
mod members;
pub(crate) mod objects;
mod reader;
mod tag_value;
mod terms;
mod valid;
pub(crate) mod writer;

pub(crate) use identify::read as identify;
pub(crate) use reader::named_license;
pub(crate) use reader::read as from_objects;
pub(crate) use tag_value::parse as parse_tag_value;
pub(crate) use terms::{hash, purpose, refer};
pub(crate) use valid::{is_download_from_vcs, is_download_location, is_url};

/// How a document names itself (SPDX 2.3, clause 6.3).
pub(crate) const DOCUMENT: &str = "SPDXRef-DOCUMENT";

//! Reading a document of any known format.

use crate::builder::Note;
use crate::error::{OtherFormat, Place, SbomError};
use crate::model::Bom;
use crate::{Format, cyclonedx, identify, json, spdx, syft};

/// The largest document that is read, in bytes.
pub const MOST_BYTES: usize = 300_000_000;

/// A document that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading<'a> {
    /// What it says.
    pub bom: Bom<'a>,
    /// What it is.
    pub format: Format,
    /// What was not taken as it stands; the first hundred of such.
    pub notes: Vec<Note>,
}

/// Reads a decompressed document: SPDX 2.2 or 2.3 as JSON or tag-value text, CycloneDX 1.4, 1.5
/// or 1.6 as JSON, or syft's own JSON.
///
/// # Errors
/// An [`SbomError`] that names the place, or the format when it is one that is not read.
pub fn read(document: &[u8]) -> Result<Reading<'_>, SbomError> {
    if document.len() > MOST_BYTES {
        let place = Place { pointer: String::new(), line: 1, column: 1 };
        return Err(SbomError::OverLimit { place, message: format!("more than {MOST_BYTES} bytes") });
    }
    let format = match identify(document) {
        Err(SbomError::OtherFormat(OtherFormat::SpdxTagValue)) => return read_tag_value(document),
        identified => identified?.format,
    };
    let supported = match &format {
        Format::Spdx { version } | Format::SpdxTagValue { version } => matches!(version.as_str(), "2.2" | "2.3"),
        Format::CycloneDx { version } => matches!(version.as_str(), "1.4" | "1.5" | "1.6"),
        Format::Syft { .. } => true,
    };
    if !supported {
        return Err(SbomError::UnsupportedVersion(format));
    }
    let (bom, notes) = match &format {
        Format::CycloneDx { .. } => cyclonedx::from_objects(json::read(document)?)?,
        Format::Syft { .. } => syft::from_objects(json::read(document)?)?,
        Format::Spdx { .. } | Format::SpdxTagValue { .. } => spdx::from_objects(json::read(document)?)?,
    };
    Ok(Reading { bom, format, notes })
}

fn read_tag_value(document: &[u8]) -> Result<Reading<'_>, SbomError> {
    let (objects, mut notes) = spdx::parse_tag_value(document)?;
    let version = objects.spdx_version.as_deref().and_then(|version| version.strip_prefix("SPDX-"));
    let format = match version.map(json::Version::parse::<serde_json::Error>) {
        Some(Ok(version)) => Format::SpdxTagValue { version: version.0 },
        _ => return Err(SbomError::Unidentified),
    };
    if !matches!(version, Some("2.2" | "2.3")) {
        return Err(SbomError::UnsupportedVersion(format));
    }
    let (bom, more) = spdx::from_objects(objects)?;
    notes.extend(more);
    Ok(Reading { bom, format, notes })
}

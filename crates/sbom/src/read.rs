//! Reading a document of any known format.

use crate::builder::Note;
use crate::error::{OtherFormat, Place, SbomError};
use crate::identify::{self, Family, identify};
use crate::model::Bom;
use crate::text::Text;
use crate::{Format, cyclonedx, json, spdx, syft};

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
    let family = match identify::family(document) {
        Err(SbomError::OtherFormat(OtherFormat::SpdxTagValue)) => return read_tag_value(document),
        family => family?,
    };
    let (format, bom, notes) = of_family(document, family).map_err(|error| explain(document, error))?;
    Ok(Reading { bom, format, notes })
}

fn of_family(document: &[u8], family: Family) -> Result<(Format, Bom<'_>, Vec<Note>), SbomError> {
    let version = |version: Option<&Text<'_>>| version.map(|version| version.to_string()).unwrap_or_default();
    match family {
        Family::Spdx => {
            let objects: spdx::objects::Document<'_> = json::read(document)?;
            let version = version(objects.spdx_version.as_ref());
            let version = version.strip_prefix("SPDX-").unwrap_or_default().to_owned();
            let format = supported(Format::Spdx { version })?;
            let (bom, notes) = spdx::from_objects(objects)?;
            Ok((format, bom, notes))
        }
        Family::CycloneDx => {
            let objects: cyclonedx::objects::Document<'_> = json::read(document)?;
            if objects.format.as_deref() != Some("CycloneDX") {
                return Err(SbomError::Unidentified);
            }
            let format = supported(Format::CycloneDx { version: version(objects.spec_version.as_ref()) })?;
            let (bom, notes) = cyclonedx::from_objects(objects)?;
            Ok((format, bom, notes))
        }
        Family::Syft => {
            let json::Object(objects) = json::read::<json::Object<syft::objects::Document<'_>>>(document)?;
            let format = Format::Syft { version: objects.schema.0.version.0.clone() };
            let (bom, notes) = syft::from_objects(objects)?;
            Ok((format, bom, notes))
        }
    }
}

fn supported(format: Format) -> Result<Format, SbomError> {
    match &format {
        Format::Spdx { version } | Format::SpdxTagValue { version } if matches!(version.as_str(), "2.2" | "2.3") => {
            Ok(format)
        }
        Format::CycloneDx { version } if matches!(version.as_str(), "1.4" | "1.5" | "1.6") => Ok(format),
        _ => Err(SbomError::UnsupportedVersion(format)),
    }
}

/// That a version is not read comes before that something in it is not as expected; a version
/// that is none is told with its place.
fn explain(document: &[u8], error: SbomError) -> SbomError {
    match identify(document).map(|identified| supported(identified.format)) {
        Err(identifying) => identifying,
        Ok(Err(unsupported)) if !matches!(error, SbomError::OverLimit { .. }) => match unsupported {
            SbomError::UnsupportedVersion(Format::Syft { .. }) => error,
            unsupported => unsupported,
        },
        Ok(_) => error,
    }
}

fn read_tag_value(document: &[u8]) -> Result<Reading<'_>, SbomError> {
    let (objects, mut notes) = spdx::parse_tag_value(document)?;
    let version = objects.spdx_version.as_deref().and_then(|version| version.strip_prefix("SPDX-"));
    let format = match version.map(json::Version::parse::<serde_json::Error>) {
        Some(Ok(version)) => Format::SpdxTagValue { version: version.0 },
        _ => return Err(SbomError::Unidentified),
    };
    let format = supported(format)?;
    let (bom, more) = spdx::from_objects(objects)?;
    notes.extend(more);
    Ok(Reading { bom, format, notes })
}

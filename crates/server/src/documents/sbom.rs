//! SBOM documents: which formats are kept.

use podarmor_domain::Sha256;
use podarmor_domain::image::Digest;
use podarmor_domain::sbom::{SbomDocument, SbomFormat};
use podarmor_sbom::Format;

use super::DocumentError;

/// Identifies a decompressed document; only what can be served byte for byte is taken.
pub(crate) fn read_sbom(bytes: Vec<u8>) -> Result<SbomDocument, DocumentError> {
    let identified = podarmor_sbom::identify(&bytes)?;
    let format = match &identified.format {
        Format::Spdx { version } if version == "2.3" => SbomFormat::Spdx23,
        Format::CycloneDx { version } if version == "1.5" => SbomFormat::CycloneDx15,
        other => return Err(DocumentError::NotYet(other.to_string())),
    };
    let digests = identified.subject_digests.iter().filter_map(|digest| Digest::parse("digest", digest).ok());
    Ok(SbomDocument { format, content: Sha256::of(&bytes), subject_digests: digests.collect(), bytes })
}

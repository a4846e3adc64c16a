//! The files of the corpus, unpacked, and what each of them is, judged by its own words.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::Value;

use crate::failure::{Context, Outcome};

pub(crate) struct Document {
    /// From the corpus folder, with forward slashes
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) format: Format,
    /// The unpacked document
    pub(crate) bytes: Vec<u8>,
    pub(crate) json: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Grype,
    Trivy,
    Spdx(String),
    CycloneDx(String),
    Syft,
}

impl Document {
    pub(crate) fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    pub(crate) fn path_text(&self) -> String {
        self.path.display().to_string()
    }
}

/// The documents in one folder below the corpus, in the order of their names.
pub(crate) fn read_folder(corpus: &Path, below: &str) -> Outcome<Vec<Document>> {
    let folder = corpus.join(below);
    let entries = std::fs::read_dir(&folder).context(folder.display())?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    paths.into_iter().map(|path| read(below, path)).collect()
}

fn read(below: &str, path: PathBuf) -> Outcome<Document> {
    let mut bytes = std::fs::read(&path).context(path.display())?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut unpacked = Vec::new();
        GzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).context(path.display())?;
        bytes = unpacked;
    }
    let json: Value = serde_json::from_slice(&bytes).context(path.display())?;
    let format = Format::of(&json).ok_or_else(|| format!("{}: of no known format", path.display()))?;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(Document { name: format!("{below}/{file}"), path, format, bytes, json })
}

impl Format {
    fn of(json: &Value) -> Option<Self> {
        if let Some(version) = json["spdxVersion"].as_str() {
            return Some(Self::Spdx(version.trim_start_matches("SPDX-").to_owned()));
        }
        if json["bomFormat"] == "CycloneDX" {
            return Some(Self::CycloneDx(json["specVersion"].as_str()?.to_owned()));
        }
        if json["matches"].is_array() {
            return Some(Self::Grype);
        }
        if json["artifacts"].is_array() {
            return Some(Self::Syft);
        }
        json["SchemaVersion"].is_number().then_some(Self::Trivy)
    }

    /// The last part of the path that serves it, for the formats that are kept.
    pub(crate) fn served_as(&self) -> Option<&'static str> {
        match self {
            Self::Spdx(version) if version == "2.3" => Some("spdx"),
            Self::CycloneDx(version) if version == "1.5" => Some("cyclonedx"),
            _ => None,
        }
    }

    /// What a refusal must say: the name of the format, and its version where that is the reason.
    pub(crate) fn words(&self) -> Vec<String> {
        match self {
            Self::Grype => vec!["grype".into()],
            Self::Trivy => vec!["trivy".into()],
            Self::Syft => vec!["syft".into()],
            Self::Spdx(version) => vec!["spdx".into(), version.clone()],
            Self::CycloneDx(version) => vec!["cyclonedx".into(), version.clone()],
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Format;

    #[test]
    fn formats_are_told_apart() {
        assert_eq!(Format::of(&json!({"spdxVersion": "SPDX-2.2"})), Some(Format::Spdx("2.2".into())));
        assert_eq!(Format::of(&json!({"matches": [], "artifacts": []})), Some(Format::Grype));
        assert_eq!(Format::of(&json!({"SchemaVersion": 2})), Some(Format::Trivy));
        assert_eq!(Format::of(&json!({})), None);
    }
}

//! `sbom convert`.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use podarmor_domain::sbom::SbomFormat;
use podarmor_sbom::{Note, write_cyclonedx, write_spdx};
use serde_json::json;

use super::document;
use crate::cli::Failure;
use crate::console::{Answer, Console};
use crate::documents::Source;

#[derive(Debug, Args)]
pub(in crate::cli) struct Convert {
    /// SPDX 2.2 or 2.3 (JSON, tag-value), CycloneDX 1.4 to 1.6 (JSON) or syft JSON, plain or
    /// compressed (gzip, zstd); - reads standard input
    #[arg(value_name = "FILE", value_parser = document::source())]
    file: Source,
    /// What is written: SPDX 2.3 or CycloneDX 1.5, as JSON
    #[arg(long, value_name = "FORMAT")]
    to: Target,
    /// Write to this file, not to standard output; what it held is replaced
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
}

/// A format that is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Target {
    Spdx,
    #[value(name = "cyclonedx")]
    CycloneDx,
}

impl From<Target> for SbomFormat {
    fn from(target: Target) -> Self {
        match target {
            Target::Spdx => Self::Spdx23,
            Target::CycloneDx => Self::CycloneDx15,
        }
    }
}

impl Convert {
    pub(super) fn run(self, console: Console) -> Result<Option<Answer>, Failure> {
        let bytes = document::load(&self.file, console)?;
        let reading = document::parse(&self.file, &bytes)?;
        for note in &reading.notes {
            console.warning(&warning(&self.file, note));
        }
        let rendered = match self.to {
            Target::Spdx => write_spdx(&reading.bom),
            Target::CycloneDx => write_cyclonedx(&reading.bom),
        };
        let Some(path) = self.output.filter(|path| path != Path::new("-")) else {
            return print(&rendered).map(|()| None);
        };
        fs::write(&path, &rendered)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        Ok(Some(answer(&path, &reading.format.to_string(), self.to.into(), rendered.len())))
    }
}

/// The document and nothing else, so that it can be hashed and signed as it comes. A reader who
/// went away has read enough.
fn print(document: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(document).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn warning(from: &Source, Note { element, message }: &Note) -> String {
    if element.is_empty() { format!("{from}: {message}") } else { format!("{from}: {element}: {message}") }
}

fn answer(path: &Path, from: &str, to: SbomFormat, size: usize) -> Answer {
    let to = to.as_str();
    let text = format!("wrote {}: {to} from {from}, {size} bytes", path.display());
    let json = json!({"file": path.display().to_string(), "from": from, "format": to, "sizeBytes": size});
    Answer { text, json }
}

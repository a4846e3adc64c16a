//! `sbom validate`.

use clap::Args;
use podarmor_sbom::{Finding, Format, MOST_FINDINGS, SbomError, check, identify, read};
use serde_json::{Value, json};

use super::document;
use crate::cli::Failure;
use crate::console::{Answer, Console, one_line};
use crate::documents::Source;

#[derive(Debug, Args)]
pub(in crate::cli) struct Validate {
    /// The document, in any format that `convert` reads; - reads standard input
    #[arg(value_name = "FILE", value_parser = document::source())]
    file: Source,
}

/// What was found in a document.
pub(in crate::cli) struct Report {
    file: Source,
    format: Format,
    findings: Vec<Finding>,
}

impl Validate {
    pub(super) fn run(self, console: Console) -> Result<Option<Answer>, Failure> {
        let report = self.report(console)?;
        let answer = report.answer();
        if let Err(failure) = report.verdict() {
            console.answer(&answer)?;
            return Err(failure);
        }
        Ok(Some(answer))
    }

    /// A document in a format that is not read, or that is cut off, has no findings: it fails.
    pub(in crate::cli) fn report(self, console: Console) -> Result<Report, Failure> {
        let bytes = document::load(&self.file, console)?;
        let format = format_of(&bytes).map_err(|error| document::refused(&self.file, error))?;
        Ok(Report { file: self.file, format, findings: check(&bytes) })
    }
}

/// The format of a document that can be checked, also when something in it is malformed.
fn format_of(bytes: &[u8]) -> Result<Format, SbomError> {
    match read(bytes) {
        Ok(reading) => Ok(reading.format),
        Err(error @ SbomError::Malformed { .. }) => identify(bytes).map_or(Err(error), |found| Ok(found.format)),
        Err(error) => Err(error),
    }
}

impl Report {
    pub(in crate::cli) fn answer(&self) -> Answer {
        let (name, version) = match &self.format {
            Format::Spdx { version } => ("spdx", version),
            Format::SpdxTagValue { version } => ("spdx-tag-value", version),
            Format::CycloneDx { version } => ("cyclonedx", version),
            Format::Syft { version } => ("syft", version),
        };
        let object = |Finding { pointer, message }: &Finding| json!({"pointer": pointer, "message": message});
        let findings: Value = self.findings.iter().map(object).collect();
        let mut text = format!("{}: {}\n", self.format, self.counted());
        text.extend(self.findings.iter().map(line));
        Answer { text, json: json!({"format": name, "version": version, "findings": findings}) }
    }

    /// Fails when something was found.
    pub(in crate::cli) fn verdict(&self) -> Result<(), Failure> {
        if self.findings.is_empty() {
            return Ok(());
        }
        Err(Failure::Invalid { from: self.file.clone(), found: self.counted() })
    }

    fn counted(&self) -> String {
        match self.findings.len() {
            0 => "no findings".to_owned(),
            1 => "1 finding".to_owned(),
            MOST_FINDINGS => format!("the first {MOST_FINDINGS} findings"),
            count => format!("{count} findings"),
        }
    }
}

fn line(Finding { pointer, message }: &Finding) -> String {
    let pointer = if pointer.is_empty() { "document" } else { pointer };
    format!("{}  {}\n", one_line(pointer), one_line(message))
}

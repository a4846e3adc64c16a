//! `sbom`: keeps a document of a version, and converts, compares and validates documents in
//! files, which needs no database. One file a command.

mod convert;
mod diff;
mod document;
mod import;
mod validate;

use clap::Subcommand;

use super::Failure;
use crate::console::{Answer, Console};
pub(super) use import::Job;
#[cfg(test)]
pub(super) use validate::Report;

#[derive(Debug, Subcommand)]
pub(super) enum Sbom {
    /// Keep an SPDX 2.3 or CycloneDX 1.5 JSON document of a version; the same again changes nothing
    Import(import::Import),
    #[command(flatten)]
    InFiles(InFiles),
}

/// What is done with documents in files alone.
#[derive(Debug, Subcommand)]
pub(super) enum InFiles {
    /// Write a document as SPDX 2.3 or CycloneDX 1.5 JSON
    Convert(convert::Convert),
    /// List the packages that were added, removed or changed from one document to another
    Diff(diff::Compare),
    /// Check a document against the rules of its own format; exit code 1 when something is found
    Validate(validate::Validate),
}

impl InFiles {
    /// `None` when all that there is to say was written already.
    pub(super) fn run(self, console: Console) -> Result<Option<Answer>, Failure> {
        match self {
            Self::Convert(convert) => convert.run(console),
            Self::Diff(compare) => compare.run(console).map(Some),
            Self::Validate(validate) => validate.run(console),
        }
    }
}

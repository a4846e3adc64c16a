//! What the imports share: finding the document, decompressing it, reading it, and telling
//! whoever watches how far that is.

use std::ffi::OsString;

use clap::Args;
use podarmor_domain::Error;

use super::Failure;
use crate::console::Console;
use crate::documents::{self, DocumentError, Source};

#[derive(Debug, Args)]
pub(super) struct Input {
    /// The document, plain or compressed (gzip, zstd); - reads standard input
    #[arg(value_name = "FILE")]
    file: OsString,
}

impl Input {
    /// Reads all of the document, then hands it to `read`; an error names the file.
    pub(super) fn read<T>(
        &self,
        console: Console,
        read: impl FnOnce(Vec<u8>) -> Result<T, DocumentError>,
    ) -> Result<T, Failure> {
        let from = Source::from(self.file.as_os_str());
        console.progress(&format!("reading {from}"));
        let document = from.read().and_then(documents::decode).and_then(|bytes| {
            console.progress(&format!("parsing {} bytes", bytes.len()));
            read(bytes)
        });
        let document = document.map_err(|cause| Failure::Document { from, cause })?;
        console.progress("storing");
        Ok(document)
    }
}

/// The domain speaks of a field; who typed a command looks for an option.
pub(super) fn name_the_option(error: Error) -> Error {
    match error {
        Error::Invalid(mut fields) => {
            fields
                .iter_mut()
                .filter(|field| field.path == "scannedAt")
                .for_each(|field| field.path = "--scanned-at".into());
            Error::Invalid(fields)
        }
        other => other,
    }
}

/// A document about something else is stored all the same, unless told otherwise.
pub(super) fn warn_of_digest(console: Console, what: &str, differs: bool) {
    if differs {
        console.warning(&format!("the {what} names another digest than the version's as its subject"));
    }
}

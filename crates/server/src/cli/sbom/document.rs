//! A document in a file: the argument, its decompressed bytes, what they say.

use clap::builder::{OsStringValueParser, TypedValueParser};
use podarmor_sbom::{Reading, SbomError};

use crate::cli::Failure;
use crate::console::Console;
use crate::documents::{self, Source};

/// Reads an argument as the place of a document; `-` is standard input.
pub(super) fn source() -> impl TypedValueParser<Value = Source> {
    OsStringValueParser::new().map(|argument| Source::from(argument.as_os_str()))
}

/// All bytes of a document, decompressed.
pub(super) fn load(from: &Source, console: Console) -> Result<Vec<u8>, Failure> {
    console.progress(&format!("reading {from}"));
    from.read().and_then(documents::decode).map_err(|cause| Failure::Document { from: from.clone(), cause })
}

/// What a document says; an error names the file and the place in it.
pub(super) fn parse<'b>(from: &Source, bytes: &'b [u8]) -> Result<Reading<'b>, Failure> {
    podarmor_sbom::read(bytes).map_err(|error| refused(from, error))
}

pub(super) fn refused(from: &Source, error: SbomError) -> Failure {
    Failure::Document { from: from.clone(), cause: error.into() }
}

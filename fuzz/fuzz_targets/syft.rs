//! The reader of Syft documents in JSON.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use podarmor_sbom::Format;

fuzz_target!(|document: &[u8]| common::convert(document, |format| matches!(format, Format::Syft { .. })));

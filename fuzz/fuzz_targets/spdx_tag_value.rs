//! The reader of SPDX as tag-value text.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use podarmor_sbom::Format;

fuzz_target!(|text: &[u8]| {
    let document = [b"SPDXVersion: SPDX-2.3\n", text].concat();
    common::convert(&document, |format| matches!(format, Format::SpdxTagValue { .. }));
});

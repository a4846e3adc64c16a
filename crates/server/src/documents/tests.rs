//! Input that is not what it says: truncated, too large, a bomb, another format.

use std::ffi::OsStr;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use podarmor_domain::sbom::SbomFormat;

use super::{MAX_BYTES, Source, decode, read_report, read_sbom};

const DOCUMENT: &[u8] = br#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1}"#;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// So many MiB of zeros, compressed without ever being whole.
fn zeros(mebibytes: usize, mut encoder: impl std::io::Write) {
    let chunk = vec![0u8; 1024 * 1024];
    for _ in 0..mebibytes {
        encoder.write_all(&chunk).unwrap();
    }
}

fn refusal(bytes: Vec<u8>) -> String {
    decode(bytes).unwrap_err().to_string()
}

#[test]
fn what_is_not_compressed_stays_as_it_is() {
    assert_eq!(decode(DOCUMENT.to_vec()).unwrap(), DOCUMENT);
}

#[test]
fn gzip_of_one_or_several_members_and_zstd_are_decompressed() {
    assert_eq!(decode(gzip(DOCUMENT)).unwrap(), DOCUMENT);
    let (one, other) = DOCUMENT.split_at(20);
    assert_eq!(decode([gzip(one), gzip(other)].concat()).unwrap(), DOCUMENT);
    assert_eq!(decode(zstd::encode_all(DOCUMENT, 3).unwrap()).unwrap(), DOCUMENT);
    let frames = [zstd::encode_all(one, 3).unwrap(), zstd::encode_all(other, 3).unwrap()].concat();
    assert_eq!(decode(frames).unwrap(), DOCUMENT);
}

#[test]
fn compressed_data_cut_anywhere_is_refused() {
    for (name, whole) in [("gzip", gzip(DOCUMENT)), ("zstd", zstd::encode_all(DOCUMENT, 3).unwrap())] {
        for length in 4..whole.len() {
            let message = refusal(whole[..length].to_vec());
            assert!(message.starts_with(&format!("the {name} data ")), "{name} {length}: {message}");
        }
        assert!(refusal(whole[..whole.len() - 1].to_vec()).contains("truncated"), "{name}");
    }
}

#[test]
fn broken_compressed_data_is_named() {
    let mut bytes = gzip(DOCUMENT);
    let last = bytes.len() - 5;
    bytes[last] ^= 1;
    assert!(refusal(bytes).starts_with("the gzip data is broken"));
    assert!(refusal([gzip(DOCUMENT), b"trailing".to_vec()].concat()).starts_with("the gzip data "));
    assert!(refusal([&[0x28, 0xb5, 0x2f, 0xfd][..], &[0xff; 40]].concat()).starts_with("the zstd data "));
    assert_eq!(refusal(gzip(b"")), "is empty");
}

#[test]
fn bombs_are_refused_at_the_limit() {
    let mut gzip_bomb = GzEncoder::new(Vec::new(), Compression::best());
    zeros(200, &mut gzip_bomb);
    let gzip_bomb = gzip_bomb.finish().unwrap();
    assert!(gzip_bomb.len() < 300_000);
    assert_eq!(refusal(gzip_bomb), "decompresses to more than the 64 MiB that are read");
    let mut zstd_bomb = zstd::Encoder::new(Vec::new(), 3).unwrap();
    zeros(200, &mut zstd_bomb);
    assert_eq!(refusal(zstd_bomb.finish().unwrap()), "decompresses to more than the 64 MiB that are read");
}

#[test]
fn a_zstd_frame_that_asks_for_a_huge_window_is_refused() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.window_log(27).unwrap();
    zeros(20, &mut encoder);
    assert!(refusal(encoder.finish().unwrap()).starts_with("the zstd data is broken"));
}

#[test]
fn just_the_limit_is_read() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    zeros(64, &mut encoder);
    assert_eq!(decode(encoder.finish().unwrap()).unwrap().len() as u64, MAX_BYTES);
}

#[test]
fn a_file_over_the_limit_is_refused_by_its_size() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large.json");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(200_000_000).unwrap();
    let source = Source::from(path.as_os_str());
    assert_eq!(source.read().unwrap_err().to_string(), "has 200000000 bytes, more than the 64 MiB that are read");
    file.set_len(0).unwrap();
    assert_eq!(source.read().unwrap_err().to_string(), "is empty");
    assert!(Source::from(dir.path().as_os_str()).read().is_err());
    assert_eq!(Source::from(OsStr::new("-")), Source::Stdin);
}

#[test]
fn only_formats_that_are_kept_are_taken_and_others_are_named() {
    assert_eq!(read_sbom(DOCUMENT.to_vec()).unwrap().format, SbomFormat::CycloneDx15);
    for (text, name) in [
        (r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}"#, "CycloneDX 1.6 (JSON) is not read yet"),
        (r#"{"bomFormat": "CycloneDX", "specVersion": "1.4", "version": 1}"#, "CycloneDX 1.4 (JSON) is not read yet"),
    ] {
        let message = read_sbom(text.as_bytes().to_vec()).unwrap_err().to_string();
        assert!(message.starts_with(name), "{message}");
    }
    let nested = "[".repeat(1_000_000);
    for text in ["", "{", "null", "{\"matches\": [", &nested] {
        assert!(read_sbom(text.as_bytes().to_vec()).is_err());
        assert!(read_report(text.as_bytes()).is_err());
    }
}

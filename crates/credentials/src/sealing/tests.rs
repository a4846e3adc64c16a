//! What opens, and what does not.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podarmor_domain::secret::{Sealed, SecretSeal as _};
use podarmor_domain::{ErrorKey, Timestamp};

use super::{AesGcmSeal, ConfiguredSealingKeys, HEAD_BYTES};
use crate::{KeyFiles, SystemClock};

const SECRET: &[u8] = b"whsec_not-for-everybody";

fn seal_of(folder: &Path, configured: Option<&str>) -> AesGcmSeal {
    let files = KeyFiles::open(folder, &SystemClock).unwrap();
    let configured = configured.map(|text| ConfiguredSealingKeys::parse(text).unwrap());
    AesGcmSeal::new(&files, configured.as_ref()).unwrap()
}

fn rotate(folder: &Path) {
    KeyFiles::rotate_sealing(folder, Timestamp::parse("at", "2026-03-01T08:00:00Z").unwrap()).unwrap();
}

fn configured(byte: u8) -> String {
    STANDARD.encode([byte; 32])
}

/// The id of the key that sealed it.
fn key_of(sealed: &Sealed) -> &[u8] {
    &sealed.as_bytes()[1..HEAD_BYTES]
}

#[test]
fn what_was_sealed_opens_in_its_context_and_never_looks_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let seal = seal_of(&dir.path().join("keys"), None);
    for plain in [SECRET, b"", &[0u8; 100_000]] {
        let (one, other) = (seal.seal(b"webhook 1", plain).unwrap(), seal.seal(b"webhook 1", plain).unwrap());
        assert_eq!(seal.open(b"webhook 1", &one).unwrap(), plain);
        assert_ne!(one, other);
        assert!(plain.is_empty() || !one.as_bytes().windows(plain.len()).any(|window| window == plain));
        assert_eq!(one.as_bytes().len(), 1 + 8 + 12 + plain.len() + 16);
    }
    let again = seal_of(&dir.path().join("keys"), None);
    assert_eq!(again.open(b"x", &seal.seal(b"x", SECRET).unwrap()).unwrap(), SECRET, "after a restart");
}

#[test]
fn another_context_a_changed_bit_and_an_unknown_key_do_not_open() {
    let dir = tempfile::tempdir().unwrap();
    let seal = seal_of(&dir.path().join("keys"), None);
    let sealed = seal.seal(b"webhook 1", SECRET).unwrap();
    for context in [&b"webhook 2"[..], b"", b"webhook 1 "] {
        assert_eq!(seal.open(context, &sealed).unwrap_err().key(), ErrorKey::InternalError);
    }
    for bit in 0..sealed.as_bytes().len() * 8 {
        let mut bytes = sealed.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(seal.open(b"webhook 1", &Sealed::from_bytes(bytes)).is_err(), "bit {bit}");
    }
    for length in 0..sealed.as_bytes().len() {
        assert!(seal.open(b"webhook 1", &Sealed::from_bytes(sealed.as_bytes()[..length].to_vec())).is_err());
    }
    let stranger = seal_of(&dir.path().join("others"), None);
    let refused = stranger.open(b"webhook 1", &sealed).unwrap_err().to_string();
    assert!(refused.contains("a key that is not here"), "{refused}");
}

#[test]
fn a_newer_key_seals_and_the_older_ones_still_open() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("keys");
    let running = seal_of(&folder, None);
    let old = running.seal(b"x", SECRET).unwrap();
    rotate(&folder);
    let restarted = seal_of(&folder, None);
    let new = restarted.seal(b"x", SECRET).unwrap();
    assert_ne!(key_of(&old), key_of(&new));
    assert_eq!(restarted.open(b"x", &old).unwrap(), SECRET);
    assert_eq!(key_of(&running.seal(b"x", SECRET).unwrap()), key_of(&old), "not before it looks again");
    assert_eq!(running.open(b"x", &new).unwrap(), SECRET, "an unknown key is looked for");
    assert_eq!(key_of(&running.seal(b"x", SECRET).unwrap()), key_of(&new));
    rotate(&folder);
    running.refresh_keys();
    assert_ne!(key_of(&running.seal(b"x", SECRET).unwrap()), key_of(&new));
    assert_eq!(KeyFiles::list_sealing(&folder).unwrap().len(), 3);
}

#[test]
fn a_configured_key_seals_and_the_others_open() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("keys");
    let by_file = seal_of(&folder, None).seal(b"x", SECRET).unwrap();
    let one = seal_of(&folder, Some(&configured(1)));
    let by_one = one.seal(b"x", SECRET).unwrap();
    let both = seal_of(&folder, Some(&format!("{}, {}", configured(2), configured(1))));
    let by_two = both.seal(b"x", SECRET).unwrap();
    assert!(key_of(&by_file) != key_of(&by_one) && key_of(&by_one) != key_of(&by_two));
    for sealed in [&by_file, &by_one, &by_two] {
        assert_eq!(both.open(b"x", sealed).unwrap(), SECRET);
    }
    assert!(one.open(b"x", &by_two).is_err());
    let elsewhere = seal_of(&dir.path().join("others"), Some(&configured(1)));
    assert_eq!(elsewhere.open(b"x", &by_one).unwrap(), SECRET, "the key alone is enough");
}

#[test]
fn a_configured_value_that_is_no_key_is_refused_without_being_repeated() {
    for bad in ["", "hunter2", &STANDARD.encode([1; 31]), &STANDARD.encode([1; 33]), &format!("{},", configured(1))] {
        let message = ConfiguredSealingKeys::parse(bad).unwrap_err();
        assert!(bad.is_empty() || !message.contains(bad), "{message}");
    }
}

#[test]
fn nothing_prints_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let keys = ConfiguredSealingKeys::parse(&configured(7)).unwrap();
    let seal = seal_of(&dir.path().join("keys"), Some(&configured(7)));
    assert_eq!(format!("{keys:?} {seal:?}"), "ConfiguredSealingKeys(…) AesGcmSeal(2 keys)");
    let files = format!("{:?}", KeyFiles::list_sealing(&dir.path().join("keys")).unwrap());
    assert!(files.starts_with("[SealingKey(") && files.len() < 60, "{files}");
}

//! Key files on a real file system.

use std::fs;
use std::path::Path;
use std::sync::Barrier;

use super::KeyFiles;
use crate::{CredentialsError, SystemClock};

fn open(folder: &Path) -> Result<KeyFiles, CredentialsError> {
    KeyFiles::open(folder, &SystemClock)
}

fn kids(keys: &KeyFiles) -> Vec<&str> {
    keys.signing().iter().map(super::SigningKey::kid).collect()
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn the_first_start_makes_the_keys_and_the_next_finds_them() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data/keys");
    let first = open(&folder).unwrap();
    let second = open(&folder).unwrap();
    assert_eq!(kids(&first), kids(&second));
    assert_eq!(first.cursor().expose(), second.cursor().expose());
    assert_ne!(first.cursor().expose(), &[0u8; 32]);
    assert!(kids(&first)[0].starts_with("20"), "{:?}", kids(&first));
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_get_at_what_was_made() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("keys");
    let keys = open(&folder).unwrap();
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("cursor.key")), 0o600);
    assert_eq!(mode(&folder.join(format!("signing-{}.pem", kids(&keys)[0]))), 0o600);
    assert!(!folder.join(".unfinished").exists());
}

#[cfg(unix)]
#[test]
fn keys_that_others_can_get_at_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("keys");
    let signing = folder.join(format!("signing-{}.pem", kids(&open(&folder).unwrap())[0]));
    for (path, open_mode, closed_mode) in
        [(signing, 0o640, 0o600), (folder.join("cursor.key"), 0o604, 0o600), (folder.clone(), 0o777, 0o700)]
    {
        set_mode(&path, open_mode);
        let message = open(&folder).unwrap_err().to_string();
        assert!(message.starts_with(path.to_str().unwrap()) && message.contains("chmod"), "{message}");
        set_mode(&path, closed_mode);
    }
    open(&folder).unwrap();
}

#[test]
fn several_keys_are_read_and_the_greatest_id_signs() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (old, new) = (open(&one.path().join("k")).unwrap(), open(&other.path().join("k")).unwrap());
    let source = one.path().join(format!("k/signing-{}.pem", kids(&old)[0]));
    fs::copy(source, other.path().join("k/signing-2001-old.pem")).unwrap();
    let both = open(&other.path().join("k")).unwrap();
    assert_eq!(kids(&both), ["2001-old", kids(&new)[0]]);
}

#[test]
fn a_file_that_is_no_key_is_refused_by_name_and_without_its_content() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("keys");
    open(&folder).unwrap();
    let intruder = folder.join("signing-x.pem");
    let rsa_like = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", "QUJD".repeat(16));
    for content in ["", "secret-content", &rsa_like, &"x".repeat(20_000)] {
        write_closed(&intruder, content.as_bytes());
        let message = open(&folder).unwrap_err().to_string();
        assert!(message.contains("signing-x.pem"), "{message}");
        assert!(!message.contains("secret-content") && !message.contains("QUJD"), "{message}");
    }
    fs::remove_file(&intruder).unwrap();
    write_closed(&folder.join("cursor.key"), b"short");
    assert!(open(&folder).unwrap_err().to_string().contains("cursor.key"));
}

fn write_closed(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap();
    #[cfg(unix)]
    set_mode(path, 0o600);
}

#[test]
fn many_that_start_at_once_agree_on_one_key() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("keys");
    let start = Barrier::new(16);
    let opened: Vec<KeyFiles> = std::thread::scope(|scope| {
        let starters: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    open(&folder).unwrap()
                })
            })
            .collect();
        starters.into_iter().map(|starter| starter.join().unwrap()).collect()
    });
    for keys in &opened {
        assert_eq!(kids(keys), kids(&opened[0]));
        assert_eq!(keys.signing().len(), 1);
        assert_eq!(keys.cursor().expose(), opened[0].cursor().expose());
    }
}

#[test]
fn a_half_written_key_of_a_crash_is_no_key() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("keys");
    fs::create_dir(&folder).unwrap();
    #[cfg(unix)]
    set_mode(&folder, 0o700);
    fs::write(folder.join(".unfinished"), b"-----BEGIN").unwrap();
    assert_eq!(open(&folder).unwrap().signing().len(), 1);
}

#[test]
fn nothing_prints_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let keys = open(&dir.path().join("keys")).unwrap();
    let printed = format!("{keys:?}");
    assert!(printed.contains("CursorKey(…)") && printed.len() < 120, "{printed}");
}

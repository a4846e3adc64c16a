//! Key files on a real file system.

use std::fs;
use std::path::Path;
use std::sync::Barrier;

use podarmor_domain::Timestamp;

use super::{KeyFiles, SigningKey};
use crate::{CredentialsError, SystemClock};

fn open(folder: &Path) -> Result<KeyFiles, CredentialsError> {
    KeyFiles::open(folder, &SystemClock)
}

fn kids(keys: &KeyFiles) -> Vec<&str> {
    keys.signing().iter().map(SigningKey::kid).collect()
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
    assert_eq!(first.api_keys().expose(), second.api_keys().expose());
    assert_ne!(first.cursor().expose(), &[0u8; 32]);
    assert_ne!(first.cursor().expose(), first.api_keys().expose());
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
    assert_eq!(mode(&folder.join("api-key.key")), 0o600);
    assert_eq!(mode(&folder.join(format!("signing-{}.pem", kids(&keys)[0]))), 0o600);
    assert!(!folder.join(".unfinished").exists());
}

#[cfg(unix)]
#[test]
fn keys_that_others_can_get_at_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("keys");
    let signing = folder.join(format!("signing-{}.pem", kids(&open(&folder).unwrap())[0]));
    for (path, open_mode, closed_mode) in [
        (signing, 0o640, 0o600),
        (folder.join("cursor.key"), 0o604, 0o600),
        (folder.join("api-key.key"), 0o660, 0o600),
        (folder.clone(), 0o777, 0o700),
    ] {
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
    for name in ["cursor.key", "api-key.key"] {
        let good = fs::read(folder.join(name)).unwrap();
        write_closed(&folder.join(name), b"short");
        assert!(open(&folder).unwrap_err().to_string().contains(name));
        write_closed(&folder.join(name), &good);
    }
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
        assert_eq!(keys.api_keys().expose(), opened[0].api_keys().expose());
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
    assert_eq!(printed.matches("SecretKey(…)").count(), 2, "{printed}");
    assert!(printed.contains(&format!("SigningKey({})", kids(&keys)[0])), "{printed}");
    assert!(!printed.contains(&format!("{:?}", keys.cursor().expose())[..20]), "{printed}");
}

#[test]
fn what_is_missing_of_a_folder_of_an_older_version_is_made_and_the_rest_stays() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("keys");
    let before = open(&folder).unwrap();
    fs::remove_file(folder.join("api-key.key")).unwrap();
    fs::remove_file(folder.join(format!("secret-{}.key", before.sealing()[0].id()))).unwrap();
    let after = open(&folder).unwrap();
    assert_eq!(after.sealing().len(), 1);
    assert_ne!(before.sealing()[0].id(), after.sealing()[0].id());
    assert_eq!(kids(&before), kids(&after));
    assert_eq!(before.cursor().expose(), after.cursor().expose());
    assert_ne!(before.api_keys().expose(), after.api_keys().expose());
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse("at", text).unwrap()
}

#[test]
fn a_new_key_signs_and_the_old_ones_verify_until_their_tokens_are_past() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data/keys");
    assert!(KeyFiles::list(&folder).unwrap().is_empty());
    assert!(!folder.exists(), "listing makes nothing");
    let first = KeyFiles::rotate(&folder, at("2026-03-01T08:00:00Z"), false).unwrap().added;
    assert!(first.kid().starts_with("20260301080000-"), "{}", first.kid());
    let second = KeyFiles::rotate(&folder, at("2026-03-01T09:00:00.5Z"), true).unwrap();
    assert!(second.removed.is_empty());
    let listed = KeyFiles::list(&folder).unwrap();
    let shown: Vec<_> = listed.iter().map(|key| (key.kid(), key.created_at(), key.verifies_until())).collect();
    assert_eq!(
        shown,
        [
            (first.kid(), at("2026-03-01T08:00:00Z"), Some(at("2026-03-01T09:16:00Z"))),
            (second.added.kid(), at("2026-03-01T09:00:00Z"), None),
        ]
    );
    assert!(listed[0].verifies_at(at("2026-03-01T09:16:00Z")) && !listed[0].verifies_at(at("2026-03-01T09:16:00.1Z")));
    assert!(listed[1].verifies_at(at("2036-03-01T00:00:00Z")));
    let keys = open(&folder).unwrap();
    assert_eq!(kids(&keys), [first.kid(), second.added.kid()], "a start makes the rest and no other signing key");
}

#[test]
fn only_keys_whose_tokens_are_past_are_removed_and_only_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let rotate = |time, prune| KeyFiles::rotate(dir.path(), at(time), prune).unwrap();
    let first = rotate("2026-03-01T08:00:00Z", false).added;
    let second = rotate("2026-03-01T09:00:00Z", false).added;
    let third = rotate("2026-03-01T10:00:00Z", false).added;
    let fourth = rotate("2026-03-01T10:16:00Z", true);
    assert_eq!(fourth.removed, [first.kid()], "the second's tokens are good until 10:16");
    let kept = KeyFiles::list(dir.path()).unwrap();
    assert_eq!(kept.iter().map(SigningKey::kid).collect::<Vec<_>>(), [second.kid(), third.kid(), fourth.added.kid()]);
}

#[test]
fn a_rotation_always_gives_the_key_that_signs() {
    let dir = tempfile::tempdir().unwrap();
    let rotate = |time| KeyFiles::rotate(dir.path(), at(time), false);
    let signs = || KeyFiles::list(dir.path()).unwrap().last().unwrap().kid().to_owned();
    // Again within the second, and with a clock that was set back.
    for time in ["2026-03-01T08:00:00Z", "2026-03-01T08:00:00Z", "2026-03-01T08:00:00.9Z", "2025-03-01T00:00:00Z"] {
        assert_eq!(rotate(time).unwrap().added.kid(), signs());
    }
    let newest = dir.path().join(format!("signing-{}.pem", signs()));
    fs::copy(newest, dir.path().join("signing-zzz.pem")).unwrap();
    let message = rotate("2026-03-02T00:00:00Z").unwrap_err().to_string();
    assert!(message.contains("key zzz sorts behind"), "{message}");
    assert_eq!(KeyFiles::list(dir.path()).unwrap().len(), 5, "nothing was added");
}

#[test]
fn a_key_that_somebody_named_was_made_when_its_file_was() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("keys");
    let source = folder.join(format!("signing-{}.pem", kids(&open(&folder).unwrap())[0]));
    for kid in ["0", "mine", "2026-x", "20261301080000-x", "2026030108000-x"] {
        let path = folder.join(format!("signing-{kid}.pem"));
        fs::copy(&source, &path).unwrap();
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let listed = KeyFiles::list(&folder).unwrap();
        let key = listed.iter().find(|key| key.kid() == kid).unwrap();
        let since_epoch = modified.duration_since(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(key.created_at(), Timestamp::EPOCH.plus(since_epoch), "{kid}");
    }
}

#[test]
fn many_rotations_at_once_lose_none() {
    let dir = tempfile::tempdir().unwrap();
    let start = Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                KeyFiles::rotate(dir.path(), at("2026-03-01T08:00:00Z"), true).unwrap();
            });
        }
    });
    assert_eq!(KeyFiles::list(dir.path()).unwrap().len(), 8);
}

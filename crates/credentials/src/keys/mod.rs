//! The folder of keys: Ed25519 keys that sign access tokens, keys that seal stored secrets, the key
//! that seals paging cursors, and the key under which API keys are hashed. Whatever is missing is
//! made at first start.
//!
//! `signing-<kid>.pem` holds an Ed25519 key as PKCS#8 in PEM (RFC 8410), `cursor.key` and
//! `api-key.key` 32 random bytes each. Of the signing keys the one whose id is greatest signs,
//! and the ids made here begin with the time they were made at. So a key is rotated by adding a
//! file, which running servers notice. The older ones verify until their last tokens are past,
//! sixteen minutes after the newer one was made, and may then be removed. A key whose file is
//! removed earlier stops verifying as soon as that is noticed.
//!
//! `secret-<id>.key` holds 32 random bytes. The greatest id seals, all open; a key is rotated by
//! adding a file, and kept for as long as there is something that it sealed.

mod files;
mod key_id;
mod sealing_files;
mod sealing_key;
mod secret_key;
mod signing_files;
mod signing_key;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use podarmor_domain::Timestamp;
use podarmor_domain::ports::Clock;

use crate::CredentialsError;
pub(crate) use files::modified;
pub(crate) use sealing_files::read as read_sealing;
pub use sealing_key::SealingKey;
pub use secret_key::SecretKey;
pub(crate) use signing_files::read as read_signing;
pub use signing_key::SigningKey;

const CURSOR_FILE: &str = "cursor.key";
const API_KEY_FILE: &str = "api-key.key";

/// The keys of a folder.
#[derive(Clone, Debug)]
pub struct KeyFiles {
    folder: PathBuf,
    signing: Vec<SigningKey>,
    sealing: Vec<SealingKey>,
    cursor: SecretKey,
    api_keys: SecretKey,
}

/// What a rotation did.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The key that signs from now on.
    pub added: SigningKey,
    /// The ids of the keys that were removed.
    pub removed: Vec<String>,
}

impl KeyFiles {
    /// Reads the keys of a folder; makes the folder and the keys that are missing. Of processes
    /// that start at the same time one makes them, and all use them.
    ///
    /// # Errors
    /// [`CredentialsError`] naming the file that cannot be read or made, is open to others than
    /// its owner, or holds no key.
    pub fn open(folder: &Path, clock: &dyn Clock) -> Result<Self, CredentialsError> {
        files::make_folder(folder)?;
        // A folder that has everything may be read-only: then there is nothing to lock.
        if let Some(keys) = Self::read(folder)? {
            return Ok(keys);
        }
        let _lock = files::lock(folder)?;
        if signing_files::read(folder)?.is_empty() {
            signing_files::add(folder, clock.now())?;
        }
        if sealing_files::read(folder)?.is_empty() {
            sealing_files::add(folder, clock.now())?;
        }
        SecretKey::make_missing(folder, CURSOR_FILE)?;
        SecretKey::make_missing(folder, API_KEY_FILE)?;
        Self::read(folder)?.ok_or(CredentialsError::NoSigningKey)
    }

    fn read(folder: &Path) -> Result<Option<Self>, CredentialsError> {
        let (signing, sealing) = (signing_files::read(folder)?, sealing_files::read(folder)?);
        let (cursor, api_keys) = (SecretKey::read(folder, CURSOR_FILE)?, SecretKey::read(folder, API_KEY_FILE)?);
        let complete = !signing.is_empty() && !sealing.is_empty();
        let (Some(cursor), Some(api_keys), true) = (cursor, api_keys, complete) else { return Ok(None) };
        Ok(Some(Self { folder: folder.to_owned(), signing, sealing, cursor, api_keys }))
    }

    /// The signing keys of a folder, the one that signs last; none while there is no folder.
    /// Makes nothing.
    ///
    /// # Errors
    /// As [`KeyFiles::open`].
    pub fn list(folder: &Path) -> Result<Vec<SigningKey>, CredentialsError> {
        if folder.exists() { signing_files::read(folder) } else { Ok(Vec::new()) }
    }

    /// Adds a signing key; with `prune`, removes those that no longer verify.
    ///
    /// # Errors
    /// As [`KeyFiles::open`]; [`CredentialsError::NoSuccessor`] when a key that somebody named
    /// sorts behind all that are made here.
    pub fn rotate(folder: &Path, now: Timestamp, prune: bool) -> Result<Rotation, CredentialsError> {
        files::make_folder(folder)?;
        let _lock = files::lock(folder)?;
        let past = signing_files::read(folder)?.into_iter().filter(|key| prune && !key.verifies_at(now));
        let added = signing_files::add(folder, now)?;
        let removed: Vec<String> = past.map(|key| key.kid().to_owned()).collect();
        removed.iter().try_for_each(|kid| signing_files::remove(folder, kid))?;
        Ok(Rotation { added, removed })
    }

    /// The keys of a folder that seal stored secrets, the one that seals last; none while there is
    /// no folder. Makes nothing.
    ///
    /// # Errors
    /// As [`KeyFiles::open`].
    pub fn list_sealing(folder: &Path) -> Result<Vec<SealingKey>, CredentialsError> {
        if folder.exists() { sealing_files::read(folder) } else { Ok(Vec::new()) }
    }

    /// Adds a key that seals stored secrets from now on. None is removed: what the older ones
    /// sealed is still there.
    ///
    /// # Errors
    /// As [`KeyFiles::rotate`].
    pub fn rotate_sealing(folder: &Path, now: Timestamp) -> Result<SealingKey, CredentialsError> {
        files::make_folder(folder)?;
        let _lock = files::lock(folder)?;
        sealing_files::add(folder, now)
    }

    /// The signing keys, the one that signs last.
    #[must_use]
    pub fn signing(&self) -> &[SigningKey] {
        &self.signing
    }

    /// The keys that seal stored secrets, the one that seals last.
    #[must_use]
    pub fn sealing(&self) -> &[SealingKey] {
        &self.sealing
    }

    /// The key that seals paging cursors.
    #[must_use]
    pub const fn cursor(&self) -> &SecretKey {
        &self.cursor
    }

    /// The key under which API keys are hashed.
    #[must_use]
    pub const fn api_keys(&self) -> &SecretKey {
        &self.api_keys
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

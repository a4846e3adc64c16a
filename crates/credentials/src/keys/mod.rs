//! The folder of keys: Ed25519 keys that sign access tokens, and the key that seals paging
//! cursors. Whatever is missing is made at first start.
//!
//! `signing-<kid>.pem` holds an Ed25519 key as PKCS#8 in PEM (RFC 8410), `cursor.key` 32 random
//! bytes. All signing keys verify; the one whose id is greatest signs, and the ids made here
//! begin with the time they were made at. So a key is rotated by adding a file and restarting,
//! and retired by removing its file once its last token has expired.

mod files;
mod signing_key;
#[cfg(test)]
mod tests;

use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::path::Path;

use podarmor_domain::ports::Clock;
use zeroize::Zeroizing;

use crate::CredentialsError;
pub use signing_key::SigningKey;

const SIGNING_PREFIX: &str = "signing-";
const SIGNING_SUFFIX: &str = ".pem";
const CURSOR_FILE: &str = "cursor.key";

/// The key that seals paging cursors.
#[derive(Clone)]
pub struct CursorKey(Zeroizing<[u8; 32]>);

impl CursorKey {
    /// The 32 bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Debug for CursorKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("CursorKey(…)")
    }
}

/// The keys of a folder.
#[derive(Clone, Debug)]
pub struct KeyFiles {
    signing: Vec<SigningKey>,
    cursor: CursorKey,
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
        if Self::signing_keys(folder)?.is_empty() {
            let key = SigningKey::generate(clock)?;
            files::create(folder, &format!("{SIGNING_PREFIX}{}{SIGNING_SUFFIX}", key.kid()), key.to_pem().as_bytes())?;
        }
        if Self::cursor_key(folder)?.is_none() {
            let mut bytes = Zeroizing::new([0u8; 32]);
            getrandom::fill(bytes.as_mut_slice()).map_err(CredentialsError::Randomness)?;
            files::create(folder, CURSOR_FILE, bytes.as_slice())?;
        }
        Self::read(folder)?.ok_or(CredentialsError::NoSigningKey)
    }

    /// The signing keys, the one that signs last.
    #[must_use]
    pub fn signing(&self) -> &[SigningKey] {
        &self.signing
    }

    /// The key that seals paging cursors.
    #[must_use]
    pub const fn cursor(&self) -> &CursorKey {
        &self.cursor
    }

    fn read(folder: &Path) -> Result<Option<Self>, CredentialsError> {
        let signing = Self::signing_keys(folder)?;
        let cursor = Self::cursor_key(folder)?;
        Ok(cursor.filter(|_| !signing.is_empty()).map(|cursor| Self { signing, cursor }))
    }

    fn signing_keys(folder: &Path) -> Result<Vec<SigningKey>, CredentialsError> {
        let mut keys = Vec::new();
        for name in files::names(folder)? {
            let kid = name.strip_prefix(SIGNING_PREFIX).and_then(|name| name.strip_suffix(SIGNING_SUFFIX));
            if let Some(kid) = kid.filter(|kid| !kid.is_empty()) {
                let path = folder.join(&name);
                keys.push(SigningKey::from_pem(kid, &files::read_secret(&path)?, &path)?);
            }
        }
        keys.sort_by(|one, other| one.kid().cmp(other.kid()));
        Ok(keys)
    }

    fn cursor_key(folder: &Path) -> Result<Option<CursorKey>, CredentialsError> {
        let path = folder.join(CURSOR_FILE);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = files::read_secret(&path)?;
        let bytes = <[u8; 32]>::try_from(bytes.as_slice());
        let bytes = bytes.map_err(|_| CredentialsError::NotAKey { path, expected: "must hold exactly 32 bytes" })?;
        Ok(Some(CursorKey(Zeroizing::new(bytes))))
    }
}

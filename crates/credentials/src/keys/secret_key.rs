//! 32 random bytes that a server keeps to itself.

use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::path::Path;

use zeroize::Zeroizing;

use super::files;
use crate::CredentialsError;

/// A symmetric key of 32 bytes.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; 32]>);

impl SecretKey {
    /// A new one.
    ///
    /// # Errors
    /// [`CredentialsError::Randomness`].
    pub fn generate() -> Result<Self, CredentialsError> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        getrandom::fill(bytes.as_mut_slice()).map_err(CredentialsError::Randomness)?;
        Ok(Self(bytes))
    }

    /// A key of these bytes; `None` when they are not 32.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        <[u8; 32]>::try_from(bytes).ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    #[cfg(test)]
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key in a file; `None` when there is no such file.
    pub(super) fn read(folder: &Path, name: &str) -> Result<Option<Self>, CredentialsError> {
        let path = folder.join(name);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = files::read_secret(&path)?;
        let key = Self::from_slice(&bytes);
        key.map(Some).ok_or(CredentialsError::NotAKey { path, expected: "must hold exactly 32 bytes" })
    }

    /// Makes the file when it is missing. Call it under the lock of the folder.
    pub(super) fn make_missing(folder: &Path, name: &str) -> Result<(), CredentialsError> {
        match Self::read(folder, name)? {
            Some(_) => Ok(()),
            None => files::create(folder, name, Self::generate()?.expose()),
        }
    }

    /// The 32 bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Debug for SecretKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("SecretKey(…)")
    }
}

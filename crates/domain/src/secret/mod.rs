//! Secrets that must come back: sealed while they are stored.

use std::fmt::{Debug, Formatter, Result as FmtResult};

use crate::error::Error;

/// A secret as it is stored. Without the key it tells nothing but its length.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Bytes that a [`SecretSeal`] made.
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes, for storage.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Debug for Sealed {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// Seals secrets under a key of the installation, with authenticated encryption.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait SecretSeal: Send + Sync {
    /// Seals `plain`, bound to `context` (what it belongs to): it opens with the same only, so
    /// that one row's secret is worth nothing in another.
    ///
    /// # Errors
    /// [`Error::Internal`].
    fn seal(&self, context: &[u8], plain: &[u8]) -> Result<Sealed, Error>;

    /// What was sealed.
    ///
    /// # Errors
    /// [`Error::Internal`] when it was sealed under a key that is gone, in another context, or
    /// was changed.
    fn open(&self, context: &[u8], sealed: &Sealed) -> Result<Vec<u8>, Error>;
}

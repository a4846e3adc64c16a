//! Why credentials cannot be set up. What goes wrong later, in a request, is a domain error.

use std::io;
use std::path::PathBuf;

/// Why keys or hashing cannot be set up. No message holds key material.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// A file or folder of keys cannot be read or made.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others than the owner can get at a key.
    #[error(
        "{} can be {access} by group or others (mode {mode:04o}): restrict it to its owner (chmod {fix})",
        path.display()
    )]
    TooOpen {
        /// Which file or folder.
        path: PathBuf,
        /// `read or written`, or `written`.
        access: &'static str,
        /// Its permission bits.
        mode: u32,
        /// The mode to give to `chmod`.
        fix: &'static str,
    },
    /// A key file does not hold a key.
    #[error("{}: {expected}", path.display())]
    NotAKey {
        /// Which.
        path: PathBuf,
        /// What was expected.
        expected: &'static str,
    },
    /// The key cannot sign, or does not verify what it signed.
    #[error("signing key {kid} does not work: {source}")]
    Signing {
        /// Which key.
        kid: String,
        /// Why.
        source: jsonwebtoken::errors::Error,
    },
    /// A key cannot seal.
    #[error("sealing stored secrets does not work")]
    Sealing,
    /// There is no key to seal with.
    #[error("there is no key that seals stored secrets")]
    NoSealingKey,
    /// There is no key to sign with.
    #[error("there is no signing key")]
    NoSigningKey,
    /// No key made here can take the place of the present one.
    #[error("the id of key {kid} sorts behind that of every new key: rename its file")]
    NoSuccessor {
        /// The present key.
        kid: String,
    },
    /// The cost of hashing lies outside what argon2 or this crate allows.
    #[error("the cost of password hashing is out of bounds: {0}")]
    Cost(String),
    /// The dummy hash cannot be computed.
    #[error("password hashing does not work: {0}")]
    Hashing(String),
    /// The system has no randomness to give.
    #[error("the system gives no randomness: {0}")]
    Randomness(getrandom::Error),
}

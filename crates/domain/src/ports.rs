//! What the domain needs of the world: time, randomness, password hashing and token signing.
//! Storage is in [`crate::store`].

use async_trait::async_trait;

use crate::Timestamp;
use crate::access::{AccessClaims, Password, PasswordHash};
use crate::error::Error;

/// The wall clock.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// A cryptographically secure source of randomness.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// Hashes and verifies passwords, with bounded work: more callers than the machine has room for
/// wait at most two seconds and are then refused with [`Error::Unavailable`].
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// A new hash, parameters and salt included (PHC string format).
    async fn hash(&self, password: Password) -> Result<PasswordHash, Error>;

    /// Whether `password` has this hash. Without a hash, spends the same work on a dummy and
    /// answers [`Verification::Wrong`], so that nobody learns from the time it took.
    async fn verify(&self, password: Password, hash: Option<PasswordHash>) -> Result<Verification, Error>;
}

/// What verifying a password showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// It is not the password.
    Wrong,
    /// It is the password.
    Right,
    /// It is the password, and its hash has older parameters than today's.
    RightButOutdated,
}

/// Signs and verifies access tokens.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait TokenSigner: Send + Sync {
    /// The token for these claims.
    ///
    /// # Errors
    /// [`Error::Internal`] when the key cannot sign.
    fn sign(&self, claims: &AccessClaims) -> Result<String, Error>;

    /// The claims of a token that one of the verification keys signed and that is in its time.
    ///
    /// # Errors
    /// [`Error::TokenExpired`] for a validly signed token past its time, else
    /// [`Error::Unauthenticated`].
    fn verify(&self, token: &str) -> Result<AccessClaims, Error>;
}

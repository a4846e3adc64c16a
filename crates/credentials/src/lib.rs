//! Credentials: passwords (argon2id, with bounded work), access tokens (JWT, Ed25519 or a configured
//! secret), hashes of API keys, the key files behind them, and the system's clock and randomness.
//!
//! Who may do what is the domain's business; nothing here decides it.
#![deny(missing_docs)]

mod api_keys;
mod error;
mod keys;
mod passwords;
mod system;
mod tokens;

pub use api_keys::HmacApiKeyHasher;
pub use error::CredentialsError;
pub use keys::{KeyFiles, Rotation, SecretKey, SigningKey};
pub use passwords::{Argon2Hasher, HashingCost, HashingLimits};
pub use system::{SystemClock, SystemRandom};
pub use tokens::{JwtSecret, JwtSigner, TokenNames};

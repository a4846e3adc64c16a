//! Credentials: passwords (argon2id, with bounded work), access tokens (JWT, Ed25519 or a configured
//! secret), hashes of API keys, sealing of stored secrets (AES-256-GCM), the key files behind them, and the system's clock and randomness.
//!
//! Who may do what is the domain's business; nothing here decides it.
#![deny(missing_docs)]

mod api_keys;
mod error;
mod keys;
mod passwords;
mod sealing;
mod system;
mod tokens;

pub use api_keys::HmacApiKeyHasher;
pub use error::CredentialsError;
pub use keys::{KeyFiles, Rotation, SealingKey, SecretKey, SigningKey};
pub use passwords::{Argon2Hasher, HashingCost, HashingLimits};
pub use sealing::{AesGcmSeal, ConfiguredSealingKeys};
pub use system::{SystemClock, SystemRandom};
pub use tokens::{JwtSecret, JwtSigner, TokenNames};

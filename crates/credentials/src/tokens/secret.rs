//! A configured secret in place of key files: tokens signed with HMAC-SHA256 (HS256).

use std::fmt::{Debug, Display, Formatter, Result as FmtResult};

use jsonwebtoken::{DecodingKey, EncodingKey};
use zeroize::Zeroizing;

/// A secret of at least 32 bytes, as much as the hash has (RFC 7518 section 3.2).
#[derive(Clone, PartialEq, Eq)]
pub struct JwtSecret(Zeroizing<String>);

const LEAST_BYTES: usize = 32;

/// The key id of the secret. No key file can have it: it holds a slash.
pub(super) const KID: &str = "configured/hs256";

impl JwtSecret {
    /// Checks the length; the value is not repeated in the refusal.
    ///
    /// # Errors
    /// What would fit.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() < LEAST_BYTES {
            return Err(format!("must have at least {LEAST_BYTES} bytes"));
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    pub(super) fn keys(&self) -> (EncodingKey, DecodingKey) {
        let bytes = self.0.as_bytes();
        (EncodingKey::from_secret(bytes), DecodingKey::from_secret(bytes))
    }
}

impl Display for JwtSecret {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("***")
    }
}

impl Debug for JwtSecret {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("JwtSecret(…)")
    }
}

//! Hashes of API keys: HMAC-SHA256 (RFC 2104) under a key of the installation, so that a stolen
//! database alone tells nothing, not even whether a guess is right.

use std::fmt::{Debug, Formatter, Result as FmtResult};

use hmac::{Hmac, KeyInit as _, Mac as _};
use podarmor_domain::access::{ApiKeyHash, ApiKeyHasher, ApiKeySecret};
use subtle::ConstantTimeEq as _;

use crate::SecretKey;

/// Hashes API keys under a key of the installation. With another key, no API key works any more.
#[derive(Clone)]
pub struct HmacApiKeyHasher(Hmac<sha2::Sha256>);

impl HmacApiKeyHasher {
    /// Under a key.
    #[must_use]
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    pub fn new(key: &SecretKey) -> Self {
        Self(Hmac::new_from_slice(key.expose()).expect("a key of any length"))
    }
}

impl ApiKeyHasher for HmacApiKeyHasher {
    fn hash(&self, secret: &ApiKeySecret) -> ApiKeyHash {
        let mac = self.0.clone().chain_update(secret.expose().as_bytes());
        ApiKeyHash(mac.finalize().into_bytes().into())
    }

    fn equal(&self, one: &ApiKeyHash, other: &ApiKeyHash) -> bool {
        one.0.ct_eq(&other.0).into()
    }
}

impl Debug for HmacApiKeyHasher {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("HmacApiKeyHasher(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    #[test]
    fn a_secret_has_one_hash_under_one_key_and_another_under_another() {
        let (key, other) = (SecretKey::generate().unwrap(), SecretKey::generate().unwrap());
        let (hasher, stranger) = (HmacApiKeyHasher::new(&key), HmacApiKeyHasher::new(&other));
        let secret = ApiKeySecret::fresh(&SystemRandom);
        let hash = hasher.hash(&secret);
        assert!(hasher.equal(&hash, &HmacApiKeyHasher::new(&key).hash(&secret)));
        assert!(!hasher.equal(&hash, &stranger.hash(&secret)));
        assert!(!hasher.equal(&hash, &hasher.hash(&ApiKeySecret::fresh(&SystemRandom))));
        for byte in 0..32 {
            let mut changed = hash;
            changed.0[byte] ^= 1;
            assert!(!hasher.equal(&hash, &changed), "{byte}");
        }
    }

    #[test]
    fn the_hash_is_hmac_sha_256_of_all_of_the_secret() {
        let key = SecretKey::from_bytes([0x0b; 32]);
        let secret = ApiKeySecret::parse(&format!("pa_live_{}", "A".repeat(43))).unwrap();
        let hash: String =
            HmacApiKeyHasher::new(&key).hash(&secret).0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, "5eb7b3fa4a583d79568e6b5f46340234b81a08148a0a89a8b8404b2c9a42e47f");
    }

    #[test]
    fn nothing_prints_the_key() {
        let key = SecretKey::generate().unwrap();
        assert_eq!(format!("{:?}", HmacApiKeyHasher::new(&key)), "HmacApiKeyHasher(…)");
    }
}

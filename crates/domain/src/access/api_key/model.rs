//! What an API key is.

use std::fmt::{Debug, Formatter, Result as FmtResult};

use crate::Timestamp;
use crate::access::Scope;
use crate::id::{ApiKeyId, TenantId};
use crate::ports::Random;
use crate::tenant::TenantSlug;
use crate::text::{one_line, text_type};

text_type! {
    /// What a key is for: one line of 1 to 100 characters.
    ApiKeyName, |path, text| one_line(path, text, 1, 100)
}

/// The secret of a key: `pa_live_` and 256 random bits in base64url, shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeySecret(String);

const START: &str = "pa_live_";
/// 32 bytes in base64url without padding.
const RANDOM_CHARS: usize = 43;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl ApiKeySecret {
    /// A new one: 43 characters of 6 random bits each.
    #[must_use]
    pub fn fresh(random: &dyn Random) -> Self {
        let mut bytes = [0u8; RANDOM_CHARS];
        random.fill(&mut bytes);
        let chars = bytes.iter().map(|byte| ALPHABET[usize::from(byte & 63)] as char);
        Self(START.chars().chain(chars).collect())
    }

    /// Reads what a caller sent; `None` when it does not have the shape of a key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let random = text.strip_prefix(START)?;
        let fits = random.len() == RANDOM_CHARS && random.bytes().all(|byte| ALPHABET.contains(&byte));
        fits.then(|| Self(text.to_owned()))
    }

    /// Whether a credential claims to be a key, whatever else it is.
    #[must_use]
    pub fn is_claimed_by(text: &str) -> bool {
        text.starts_with(START)
    }

    /// The whole secret, for the one answer that shows it and for hashing.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The part that may be shown to tell keys apart: the first 8 random characters. The other
    /// 210 bits stay secret.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.0[..START.len() + 8]
    }
}

impl Debug for ApiKeySecret {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("ApiKeySecret(…)")
    }
}

/// The stored, keyed hash of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ApiKeyHash(pub [u8; 32]);

/// A key, as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: ApiKeyName,
    /// The start of its secret.
    pub prefix: String,
    /// What it may do, sorted, at least one.
    pub scopes: Vec<Scope>,
    /// Made at.
    pub created_at: Timestamp,
    /// Stops working at, if ever.
    pub expires_at: Option<Timestamp>,
    /// Last used at, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// A key about to be recorded.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// The key.
    pub key: ApiKey,
    /// The hash of its secret.
    pub hash: ApiKeyHash,
}

/// What decides whether a key works, read in one look. A revoked key is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyState {
    /// The key.
    pub id: ApiKeyId,
    /// The hash that was found.
    pub hash: ApiKeyHash,
    /// Its tenant.
    pub tenant: TenantId,
    /// The tenant's slug.
    pub slug: TenantSlug,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Stops working at, if ever.
    pub expires_at: Option<Timestamp>,
    /// Last used at.
    pub last_used_at: Option<Timestamp>,
    /// Whether the tenant is suspended.
    pub suspended: bool,
}

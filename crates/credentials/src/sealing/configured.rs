//! Keys that the configuration gives, in place of those in the folder.

use std::fmt::{Debug, Formatter, Result as FmtResult};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::SecretKey;

/// Configured keys that seal stored secrets: the first seals, all open.
#[derive(Clone)]
pub struct ConfiguredSealingKeys(Vec<SecretKey>);

impl ConfiguredSealingKeys {
    /// Reads keys of 32 bytes in base64 (RFC 4648 section 4), separated by commas. The value is
    /// not repeated in the refusal.
    ///
    /// # Errors
    /// What would fit.
    pub fn parse(text: &str) -> Result<Self, String> {
        let key = |part: &str| {
            let bytes = Zeroizing::new(STANDARD.decode(part.trim()).ok()?);
            SecretKey::from_slice(&bytes)
        };
        let keys = text.split(',').map(key).collect::<Option<Vec<_>>>();
        keys.map(Self).ok_or_else(|| "must be 32 bytes in base64, or several such separated by commas".to_owned())
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &SecretKey> {
        self.0.iter()
    }
}

impl Debug for ConfiguredSealingKeys {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("ConfiguredSealingKeys(…)")
    }
}

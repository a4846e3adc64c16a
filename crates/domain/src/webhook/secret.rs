//! The secret that signs a subscription's deliveries.

use std::fmt::{Debug, Formatter, Result as FmtResult};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::FieldError;
use crate::ports::Random;

/// `whsec_` and 24 to 64 bytes in base64 (Standard Webhooks, "Signature scheme"). Shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

const START: &str = "whsec_";

impl WebhookSecret {
    /// A new one of 256 random bits.
    #[must_use]
    pub fn fresh(random: &dyn Random) -> Self {
        let mut bytes = [0u8; 32];
        random.fill(&mut bytes);
        Self(format!("{START}{}", STANDARD.encode(bytes)))
    }

    /// Reads a secret that somebody brings.
    ///
    /// # Errors
    /// A [`FieldError`] at `path` when it has another form.
    pub fn parse(path: &str, text: &str) -> Result<Self, FieldError> {
        let bytes = text.strip_prefix(START).and_then(|rest| STANDARD.decode(rest).ok());
        if bytes.is_some_and(|bytes| (24..=64).contains(&bytes.len())) {
            return Ok(Self(text.to_owned()));
        }
        Err(FieldError::new(path, "must be whsec_ and the base64 of 24 to 64 bytes"))
    }

    /// The whole secret. Its UTF-8 bytes are the key of `X-PodArmor-Signature`.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The bytes that the base64 stands for: the key of `webhook-signature`.
    #[must_use]
    pub fn key(&self) -> Vec<u8> {
        // Every way to make one has decoded it, or encoded it itself.
        STANDARD.decode(&self.0[START.len()..]).unwrap_or_default()
    }

    /// What may be shown to tell secrets apart: the last four characters. At least 168 bits stay
    /// secret.
    #[must_use]
    pub fn hint(&self) -> String {
        format!("{START}…{}", &self.0[self.0.len() - 4..])
    }
}

impl Debug for WebhookSecret {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("WebhookSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixtures::CountingRandom;

    #[test]
    fn a_fresh_secret_has_256_bits_and_the_right_form() {
        let secret = WebhookSecret::fresh(&CountingRandom::default());
        assert_eq!(secret.key().len(), 32);
        assert_eq!(WebhookSecret::parse("secret", secret.expose()).unwrap(), secret);
        assert_eq!(secret.hint().chars().count(), 11);
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
    }

    #[test]
    fn a_secret_that_is_brought_has_24_to_64_bytes() {
        for (length, fits) in [(23, false), (24, true), (32, true), (64, true), (65, false)] {
            let text = format!("whsec_{}", STANDARD.encode(vec![7u8; length]));
            assert_eq!(WebhookSecret::parse("secret", &text).is_ok(), fits, "{length}");
        }
        for text in ["", "whsec_", "abc", "whsec_!!!!", "WHSEC_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "whsec_AAAA\n"] {
            assert_eq!(WebhookSecret::parse("secret", text).unwrap_err().path, "secret", "{text:?}");
        }
    }
}

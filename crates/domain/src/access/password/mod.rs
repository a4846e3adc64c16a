//! Passwords and their hashes, as types that never print themselves.

mod common;

use std::fmt::{Debug, Formatter, Result as FmtResult};

use crate::FieldError;

/// A password as it was typed at sign-in: 1 to 1,024 bytes, never cut.
///
/// The bound keeps an attacker from having megabytes hashed; it is checked before any hashing.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The longest password, in bytes.
    pub const MAX_BYTES: usize = 1024;

    /// Checks the bounds.
    ///
    /// # Errors
    /// A [`FieldError`] at `path` when it is empty, too long or holds a NUL.
    pub fn parse(path: &str, text: &str) -> Result<Self, FieldError> {
        if text.is_empty() || text.len() > Self::MAX_BYTES {
            return Err(FieldError::new(path, "must have 1 to 1024 bytes"));
        }
        if text.contains('\0') {
            return Err(FieldError::new(path, "must not contain a NUL"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The bytes to hash.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Debug for Password {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("Password(…)")
    }
}

/// A password that somebody may choose: 12 to 128 characters, none of the most common ones, and
/// no other rule (NIST SP 800-63B section 3.1.1.2).
#[derive(Clone, Debug)]
pub struct NewPassword(Password);

impl NewPassword {
    /// Checks the length, in characters.
    ///
    /// # Errors
    /// A [`FieldError`] at `path` when it is shorter than 12 or longer than 128 characters, or
    /// one of the most common ones.
    pub fn parse(path: &str, text: &str) -> Result<Self, FieldError> {
        let length = text.chars().count();
        if !(12..=128).contains(&length) {
            return Err(FieldError::new(path, "must have 12 to 128 characters"));
        }
        if common::is_common(text) {
            return Err(FieldError::new(path, "is one of the most common passwords"));
        }
        Password::parse(path, text).map(Self)
    }

    /// The password itself.
    #[must_use]
    pub fn into_password(self) -> Password {
        self.0
    }
}

/// A password hash in PHC string format, parameters and salt included.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps what a [`PasswordHasher`](crate::ports::PasswordHasher) made or a store kept.
    #[must_use]
    pub const fn from_phc(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string.
    #[must_use]
    pub fn as_phc(&self) -> &str {
        &self.0
    }
}

impl Debug for PasswordHash {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_bounded_in_bytes_and_never_cut() {
        for text in ["a", " ", "日本語", "\n", &"a".repeat(1024)] {
            assert_eq!(Password::parse("password", text).unwrap().expose(), text);
        }
        for text in ["", "a\0b", &"a".repeat(1025), &"é".repeat(513)] {
            assert!(Password::parse("password", text).is_err());
        }
    }

    #[test]
    fn a_new_password_is_bounded_in_characters() {
        for text in ["tvnq 84 zkwl", "éàéàéàéàéàéà", &"🦀🦞".repeat(64)] {
            assert_eq!(NewPassword::parse("password", text).unwrap().into_password().expose(), text);
        }
        for text in ["tvnq 84 zkw", "éàéàéàéàéà", &"ab".repeat(65), "tvnq 84 zkw\0"] {
            assert!(NewPassword::parse("password", text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_everybody_chooses_is_refused() {
        for text in ["123456789012", "  QwertyUiop12  ", "ÉÉÉÉÉÉÉÉÉÉÉé", &"🦀".repeat(128)] {
            let refused = NewPassword::parse("password", text).unwrap_err();
            assert_eq!(refused.message, "is one of the most common passwords", "{text:?}");
        }
    }

    #[test]
    fn neither_password_nor_hash_prints_itself() {
        let secret = "correct horse battery staple";
        let new = NewPassword::parse("password", secret).unwrap();
        let printed = format!("{new:?} {:?} {:?}", new.clone().into_password(), PasswordHash::from_phc(secret.into()));
        assert!(!printed.contains("horse"), "{printed}");
    }
}

//! A SHA-256 hash of a document.

use std::fmt::{Debug, Display, Formatter, Result as FmtResult, Write as _};

use crate::FieldError;

/// The SHA-256 of a whole, decompressed document (FIPS 180-4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// Hashes `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Wraps a hash that was computed elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 hexadecimal digits.
    ///
    /// # Errors
    /// A [`FieldError`] at `path` when the text is not such.
    pub fn parse(path: &str, hex: &str) -> Result<Self, FieldError> {
        let bad = || FieldError::new(path, "must be 64 hexadecimal digits");
        if hex.len() != 64 || !hex.is_ascii() {
            return Err(bad());
        }
        let mut bytes = [0u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            let digit = |c: u8| (c as char).to_digit(16).and_then(|d| u8::try_from(d).ok());
            *byte = digit(pair[0]).zip(digit(pair[1])).map(|(high, low)| high * 16 + low).ok_or_else(bad)?;
        }
        Ok(Self(bytes))
    }
}

impl Display for Sha256 {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        let mut hex = String::with_capacity(64);
        for byte in self.0 {
            write!(hex, "{byte:02x}")?;
        }
        f.write_str(&hex)
    }
}

impl Debug for Sha256 {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        write!(f, "sha256:{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_hash_prints_and_reads_back() {
        let hash = Sha256::of(b"");
        assert_eq!(hash.to_string(), EMPTY);
        assert_eq!(format!("{hash:?}"), format!("sha256:{EMPTY}"));
        assert_eq!(Sha256::parse("digest", EMPTY), Ok(hash));
        assert_eq!(Sha256::parse("digest", &EMPTY.to_uppercase()), Ok(hash));
        assert_eq!(Sha256::from_bytes(*hash.as_bytes()), hash);
    }

    #[test]
    fn anything_but_sixty_four_digits_is_refused() {
        let (short, odd) = (&EMPTY[1..], format!("{}g", &EMPTY[1..]));
        // 64 bytes, but 32 characters.
        let wide = "é".repeat(32);
        for text in ["", short, &odd, &wide, &format!("{EMPTY}0"), &format!("+{}", &EMPTY[1..])] {
            assert_eq!(Sha256::parse("digest", text).unwrap_err().path, "digest", "{text}");
        }
    }
}

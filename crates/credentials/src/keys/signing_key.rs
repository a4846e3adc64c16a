//! One Ed25519 key: its id, and both halves.

use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use podarmor_domain::Sha256;
use podarmor_domain::ports::Clock;
use zeroize::Zeroizing;

use crate::CredentialsError;

/// What stands before the 32 bytes of an Ed25519 key in its PKCS#8 form (RFC 8410 section 7).
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
const PKCS8_BYTES: usize = 48;
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";

/// An Ed25519 key that signs access tokens, with the id that stands in their headers.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    private: EncodingKey,
    public: DecodingKey,
}

impl SigningKey {
    /// A new key. Its id is the time and the start of the public key's hash.
    ///
    /// # Errors
    /// [`CredentialsError::Randomness`]; [`CredentialsError::Signing`] when the cryptography
    /// does not work.
    pub fn generate(clock: &dyn Clock) -> Result<Self, CredentialsError> {
        let mut der = Zeroizing::new([0u8; PKCS8_BYTES]);
        let (prefix, seed) = der.split_at_mut(PKCS8_PREFIX.len());
        prefix.copy_from_slice(&PKCS8_PREFIX);
        getrandom::fill(seed).map_err(CredentialsError::Randomness)?;
        let key = Self::from_der(String::new(), der.as_slice())?;
        let time: String = clock.now().to_string().chars().take(19).filter(char::is_ascii_digit).collect();
        let hash = Sha256::of(key.public.try_get_as_bytes().map_err(|source| key.broken(source))?).to_string();
        Ok(Self { kid: format!("{time}-{}", &hash[..8]), ..key })
    }

    /// Reads a key from PKCS#8 in PEM; `path` is for the error.
    pub(super) fn from_pem(kid: &str, pem: &[u8], path: &Path) -> Result<Self, CredentialsError> {
        let refused =
            || CredentialsError::NotAKey { path: path.to_owned(), expected: "must be an Ed25519 key, PKCS#8 in PEM" };
        let text = std::str::from_utf8(pem).map_err(|_| refused())?.trim();
        let body = text.strip_prefix(PEM_BEGIN).and_then(|text| text.strip_suffix(PEM_END)).ok_or_else(refused)?;
        let body = Zeroizing::new(body.split_ascii_whitespace().collect::<String>());
        let der = Zeroizing::new(STANDARD.decode(body.as_bytes()).map_err(|_| refused())?);
        if der.len() != PKCS8_BYTES || !der.starts_with(&PKCS8_PREFIX) {
            return Err(refused());
        }
        Self::from_der(kid.to_owned(), &der)
    }

    fn from_der(kid: String, der: &[u8]) -> Result<Self, CredentialsError> {
        let broken = |source| CredentialsError::Signing { kid: kid.clone(), source };
        let private = EncodingKey::from_ed_der(der);
        let AlgorithmParameters::OctetKeyPair(public) =
            Jwk::from_encoding_key(&private, Algorithm::EdDSA).map_err(broken)?.algorithm
        else {
            return Err(broken(jsonwebtoken::errors::ErrorKind::InvalidEddsaKey.into()));
        };
        let public = DecodingKey::from_ed_components(&public.x).map_err(broken)?;
        Ok(Self { kid, private, public })
    }

    /// The key as PKCS#8 in PEM.
    pub(super) fn to_pem(&self) -> Zeroizing<String> {
        let body = Zeroizing::new(STANDARD.encode(self.private.as_bytes()));
        Zeroizing::new(format!("{PEM_BEGIN}\n{}\n{PEM_END}\n", *body))
    }

    /// The id.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) const fn private(&self) -> &EncodingKey {
        &self.private
    }

    pub(crate) const fn public(&self) -> &DecodingKey {
        &self.public
    }

    pub(crate) fn broken(&self, source: jsonwebtoken::errors::Error) -> CredentialsError {
        CredentialsError::Signing { kid: self.kid.clone(), source }
    }
}

impl Debug for SigningKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        write!(f, "SigningKey({})", self.kid)
    }
}

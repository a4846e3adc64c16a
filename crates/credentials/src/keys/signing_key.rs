//! One Ed25519 key: its id, and both halves.

use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use podarmor_domain::access::AccessClaims;
use podarmor_domain::{Sha256, Timestamp};
use zeroize::Zeroizing;

use super::key_id;
use crate::CredentialsError;

/// What stands before the 32 bytes of an Ed25519 key in its PKCS#8 form (RFC 8410 section 7).
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
const PKCS8_BYTES: usize = 48;
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";

/// Every server has noticed a new key by then, and signs with it: six times the interval at which
/// they look.
const PICKED_UP_WITHIN: Duration = Duration::from_secs(30);

/// An Ed25519 key that signs access tokens, with the id that stands in their headers.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    created_at: Timestamp,
    verifies_until: Option<Timestamp>,
    private: EncodingKey,
    public: DecodingKey,
    x: String,
}

impl SigningKey {
    /// A new key. Its id is the time and the start of the public key's hash.
    ///
    /// # Errors
    /// [`CredentialsError::Randomness`]; [`CredentialsError::Signing`] when the cryptography
    /// does not work.
    pub fn generate(now: Timestamp) -> Result<Self, CredentialsError> {
        let mut der = Zeroizing::new([0u8; PKCS8_BYTES]);
        let (prefix, seed) = der.split_at_mut(PKCS8_PREFIX.len());
        prefix.copy_from_slice(&PKCS8_PREFIX);
        getrandom::fill(seed).map_err(CredentialsError::Randomness)?;
        let key = Self::from_der(String::new(), now, der.as_slice())?;
        let hash = Sha256::of(key.public.try_get_as_bytes().map_err(|source| key.broken(source))?).to_string();
        Ok(Self { kid: key_id::of(now, &hash[..8]), ..key })
    }

    /// Reads a key from PKCS#8 in PEM; `path` is for the error. A key whose id does not tell when
    /// it was made was made when its file was.
    pub(super) fn from_pem(kid: &str, pem: &[u8], path: &Path, made: Timestamp) -> Result<Self, CredentialsError> {
        let refused =
            || CredentialsError::NotAKey { path: path.to_owned(), expected: "must be an Ed25519 key, PKCS#8 in PEM" };
        let text = std::str::from_utf8(pem).map_err(|_| refused())?.trim();
        let body = text.strip_prefix(PEM_BEGIN).and_then(|text| text.strip_suffix(PEM_END)).ok_or_else(refused)?;
        let body = Zeroizing::new(body.split_ascii_whitespace().collect::<String>());
        let der = Zeroizing::new(STANDARD.decode(body.as_bytes()).map_err(|_| refused())?);
        if der.len() != PKCS8_BYTES || !der.starts_with(&PKCS8_PREFIX) {
            return Err(refused());
        }
        Self::from_der(kid.to_owned(), key_id::time_of(kid).unwrap_or(made), &der)
    }

    fn from_der(kid: String, created_at: Timestamp, der: &[u8]) -> Result<Self, CredentialsError> {
        let broken = |source| CredentialsError::Signing { kid: kid.clone(), source };
        let private = EncodingKey::from_ed_der(der);
        let AlgorithmParameters::OctetKeyPair(public) =
            Jwk::from_encoding_key(&private, Algorithm::EdDSA).map_err(broken)?.algorithm
        else {
            return Err(broken(jsonwebtoken::errors::ErrorKind::InvalidEddsaKey.into()));
        };
        let x = public.x;
        let public = DecodingKey::from_ed_components(&x).map_err(broken)?;
        Ok(Self { kid, created_at, verifies_until: None, private, public, x })
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

    /// When it was made.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Until when it verifies; `None` while no newer key signs in its place.
    #[must_use]
    pub const fn verifies_until(&self) -> Option<Timestamp> {
        self.verifies_until
    }

    /// Whether it verifies at that moment.
    #[must_use]
    pub fn verifies_at(&self, moment: Timestamp) -> bool {
        self.verifies_until.is_none_or(|until| moment <= until)
    }

    /// The public key as a JWK writes it: `x`, base64url (RFC 8037 section 2).
    #[must_use]
    pub fn public_x(&self) -> &str {
        &self.x
    }

    /// Another one signs in its place since `since`.
    pub(super) fn supersede(&mut self, since: Timestamp) {
        self.verifies_until = Some(since.plus(PICKED_UP_WITHIN + AccessClaims::LIFETIME + AccessClaims::LEEWAY));
    }

    /// Signs and verifies something that is no token.
    pub(crate) fn exercise(&self) -> Result<(), CredentialsError> {
        const MESSAGE: &[u8] = b"does this key work?";
        let broken = |source| self.broken(source);
        let signature = crypto::sign(MESSAGE, &self.private, Algorithm::EdDSA).map_err(broken)?;
        let verified = crypto::verify(&signature, MESSAGE, &self.public, Algorithm::EdDSA).map_err(broken)?;
        let refused = crypto::verify(&signature, b"another message", &self.public, Algorithm::EdDSA);
        if verified && !refused.map_err(broken)? {
            Ok(())
        } else {
            Err(broken(jsonwebtoken::errors::ErrorKind::InvalidSignature.into()))
        }
    }

    pub(crate) const fn private(&self) -> &EncodingKey {
        &self.private
    }

    pub(crate) const fn public(&self) -> &DecodingKey {
        &self.public
    }

    fn broken(&self, source: jsonwebtoken::errors::Error) -> CredentialsError {
        CredentialsError::Signing { kid: self.kid.clone(), source }
    }
}

impl Debug for SigningKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        write!(f, "SigningKey({})", self.kid)
    }
}

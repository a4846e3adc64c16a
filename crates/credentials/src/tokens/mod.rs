//! Access tokens: JWTs (RFC 7519) of the type `at+jwt` (RFC 9068), signed with Ed25519 (RFC 8037)
//! or, where a secret is configured, with HMAC-SHA256.
//!
//! The key decides the algorithm, never the token's header (RFC 8725 section 3.1). Everything
//! of a token is checked before its time, so that only one that was validly signed and is right
//! in all else is ever called expired.

mod claims;
mod header;
mod keyring;
mod secret;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use podarmor_domain::Error;
use podarmor_domain::access::AccessClaims;
use podarmor_domain::ports::{Clock, TokenSigner};

use crate::{CredentialsError, KeyFiles};
use claims::Claims;
use header::Named;
use keyring::Keyring;
pub use secret::JwtSecret;

/// No token is longer; a longer one is refused before anything of it is parsed.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Who issues the tokens, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenNames {
    /// `iss`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
}

impl Default for TokenNames {
    fn default() -> Self {
        Self { issuer: "podarmor".to_owned(), audience: "podarmor-portal".to_owned() }
    }
}

/// Signs access tokens with the newest key, or with a configured secret, and verifies them with
/// all of them.
///
/// A configured secret signs; the key files still verify, so that nobody is signed out when one
/// begins to be used. When it is taken away or replaced, access tokens that it signed are refused,
/// and refresh tokens, which are no JWTs, go on to work.
#[derive(Clone)]
pub struct JwtSigner {
    names: TokenNames,
    keyring: Arc<Keyring>,
    secret: Option<Arc<(EncodingKey, DecodingKey)>>,
    clock: Arc<dyn Clock>,
}

impl JwtSigner {
    /// Over the keys of a folder and, if configured, a secret.
    ///
    /// # Errors
    /// [`CredentialsError::NoSigningKey`] without a key, [`CredentialsError::Signing`] when one
    /// does not work.
    pub fn new(
        files: &KeyFiles,
        secret: Option<&JwtSecret>,
        names: TokenNames,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CredentialsError> {
        let secret = secret.map(|secret| Arc::new(secret.keys()));
        Ok(Self { names, keyring: Arc::new(Keyring::new(files)?), secret, clock })
    }

    /// Reads the folder again: new keys are used, those whose files are gone no longer are. It
    /// touches the disk; running servers do it every few seconds, and when a token names a key
    /// that is not known.
    pub fn refresh_keys(&self) {
        self.keyring.refresh();
    }

    /// The ids and the public halves (`x` of RFC 8037, base64url) of the key files that verify
    /// now. A configured secret has no public half.
    #[must_use]
    pub fn public_keys(&self) -> Vec<(String, String)> {
        let now = self.clock.now();
        let keys = self.keyring.current();
        let verifying = keys.iter().filter(|key| key.verifies_at(now));
        verifying.map(|key| (key.kid().to_owned(), key.public_x().to_owned())).collect()
    }

    /// What a token says that this key signed, if it did. The algorithm is the key's.
    fn decode(&self, token: &str, named: &Named, key: &DecodingKey, algorithm: Algorithm) -> Option<Claims> {
        if !named.fits(algorithm) {
            return None;
        }
        let mut validation = Validation::new(algorithm);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.names.issuer]);
        validation.set_audience(&[&self.names.audience]);
        // The library judges by the system's clock and no other: time is judged in `Claims`.
        validation.leeway = AccessClaims::LEEWAY.as_secs();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        jsonwebtoken::decode::<Claims>(token, key, &validation).ok().map(|data| data.claims)
    }

    /// The claims of a token that a key of ours signed, whatever its time.
    fn signed(&self, token: &str) -> Option<Claims> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let named = Named::of(token)?;
        match &self.secret {
            Some(secret) if named.kid == secret::KID => self.decode(token, &named, &secret.1, Algorithm::HS256),
            _ => {
                let key = self.keyring.find(&named.kid, self.clock.now())?;
                self.decode(token, &named, key.public(), Algorithm::EdDSA)
            }
        }
    }
}

impl TokenSigner for JwtSigner {
    fn sign(&self, claims: &AccessClaims) -> Result<String, Error> {
        let claims = Claims::new(claims, &self.names);
        let signed = match &self.secret {
            Some(secret) => jsonwebtoken::encode(&header::of_key(secret::KID, Algorithm::HS256), &claims, &secret.0),
            None => {
                let keys = self.keyring.current();
                let newest = keys.last().ok_or_else(|| Error::internal(CredentialsError::NoSigningKey))?;
                jsonwebtoken::encode(&header::of_key(newest.kid(), Algorithm::EdDSA), &claims, newest.private())
            }
        };
        signed.map_err(Error::internal)
    }

    fn verify(&self, token: &str) -> Result<AccessClaims, Error> {
        let claims = self.signed(token).ok_or(Error::Unauthenticated)?;
        claims.judge(&self.names, self.clock.now())
    }
}

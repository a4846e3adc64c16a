//! Access tokens: JWTs (RFC 7519) signed with Ed25519 (RFC 8037), of the type `at+jwt` (RFC 9068).
//!
//! The key decides the algorithm, never the token's header (RFC 8725 section 3.1). Everything
//! of a token is checked before its time, so that only one that was validly signed and is right
//! in all else is ever called expired.

mod claims;
mod header;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use podarmor_domain::Error;
use podarmor_domain::access::AccessClaims;
use podarmor_domain::ports::{Clock, TokenSigner};

use crate::{CredentialsError, SigningKey};
use claims::Claims;

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

/// Signs access tokens with the newest key and verifies them with all of them.
#[derive(Clone)]
pub struct JwtSigner {
    names: TokenNames,
    kid: String,
    private: EncodingKey,
    public: HashMap<String, DecodingKey>,
    validation: Validation,
    clock: Arc<dyn Clock>,
}

impl JwtSigner {
    /// Over keys in the order of their ids; the last one signs. Each signs and verifies once, so
    /// that a fault of the cryptography shows at start-up.
    ///
    /// # Errors
    /// [`CredentialsError::NoSigningKey`] without a key, [`CredentialsError::Signing`] when one
    /// does not work.
    pub fn new(keys: &[SigningKey], names: TokenNames, clock: Arc<dyn Clock>) -> Result<Self, CredentialsError> {
        let newest = keys.last().ok_or(CredentialsError::NoSigningKey)?;
        for key in keys {
            exercise(key)?;
        }
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.set_issuer(&[&names.issuer]);
        validation.set_audience(&[&names.audience]);
        // The library judges by the system's clock and no other: time is judged in `Claims`.
        validation.leeway = AccessClaims::LEEWAY.as_secs();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Ok(Self {
            names,
            kid: newest.kid().to_owned(),
            private: newest.private().clone(),
            public: keys.iter().map(|key| (key.kid().to_owned(), key.public().clone())).collect(),
            validation,
            clock,
        })
    }
}

impl TokenSigner for JwtSigner {
    fn sign(&self, claims: &AccessClaims) -> Result<String, Error> {
        let claims = Claims::new(claims, &self.names);
        jsonwebtoken::encode(&header::of_key(&self.kid), &claims, &self.private).map_err(Error::internal)
    }

    fn verify(&self, token: &str) -> Result<AccessClaims, Error> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Error::Unauthenticated);
        }
        let kid = header::kid_of(token).ok_or(Error::Unauthenticated)?;
        let key = self.public.get(&kid).ok_or(Error::Unauthenticated)?;
        let decoded = jsonwebtoken::decode::<Claims>(token, key, &self.validation);
        let claims = decoded.map_err(|_| Error::Unauthenticated)?.claims;
        claims.judge(&self.names, self.clock.now())
    }
}

/// Signs and verifies something that is no token.
fn exercise(key: &SigningKey) -> Result<(), CredentialsError> {
    const MESSAGE: &[u8] = b"does this key work?";
    let broken = |source| key.broken(source);
    let signature = jsonwebtoken::crypto::sign(MESSAGE, key.private(), Algorithm::EdDSA).map_err(broken)?;
    let verified = jsonwebtoken::crypto::verify(&signature, MESSAGE, key.public(), Algorithm::EdDSA).map_err(broken)?;
    let refused = jsonwebtoken::crypto::verify(&signature, b"another message", key.public(), Algorithm::EdDSA);
    if verified && !refused.map_err(broken)? {
        Ok(())
    } else {
        Err(broken(jsonwebtoken::errors::ErrorKind::InvalidSignature.into()))
    }
}

//! The header of a token: three members, each with the one value it may have, and no others.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header};
use serde::Deserialize;

const TYPE: &str = "at+jwt";

/// The header of the tokens that this key signs.
pub(super) fn of_key(kid: &str, algorithm: Algorithm) -> Header {
    let mut header = Header::new(algorithm);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(kid.to_owned());
    header
}

/// Whatever else could stand there (`jwk`, `jku`, `x5u`, `crit`, …) would tell us which key to
/// trust or ask for something that we do not do.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    alg: Algorithm,
    pub(super) kid: String,
    typ: String,
}

impl Named {
    /// What the header of a token says, if it is one of ours.
    pub(super) fn of(token: &str) -> Option<Self> {
        let (header, _rest) = token.split_once('.')?;
        let json = URL_SAFE_NO_PAD.decode(header).ok()?;
        let named: Self = serde_json::from_slice(&json).ok()?;
        (named.typ == TYPE).then_some(named)
    }

    /// Whether it names the algorithm of the key that it names.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        self.alg == algorithm
    }
}

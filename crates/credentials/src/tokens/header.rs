//! The header of a token: three members, each with the one value it may have, and no others.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header};
use serde::Deserialize;

const TYPE: &str = "at+jwt";
const ALGORITHM: &str = "EdDSA";

/// The header of the tokens that this key signs.
pub(super) fn of_key(kid: &str) -> Header {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(kid.to_owned());
    header
}

/// Whatever else could stand there (`jwk`, `jku`, `x5u`, `crit`, …) would tell us which key to
/// trust or ask for something that we do not do.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    alg: String,
    kid: String,
    typ: String,
}

/// The key id that a token names, if its header is one of ours.
pub(super) fn kid_of(token: &str) -> Option<String> {
    let (header, _rest) = token.split_once('.')?;
    let json = URL_SAFE_NO_PAD.decode(header).ok()?;
    let members: Members = serde_json::from_slice(&json).ok()?;
    (members.alg == ALGORITHM && members.typ == TYPE).then_some(members.kid)
}

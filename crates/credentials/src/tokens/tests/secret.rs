//! A configured secret: whose tokens are taken, and whose are not.

use super::*;

const SECRET: &str = "correct horse battery staple, 32+";
const OTHER: &str = "another secret of enough bytes ..";
const KID: &str = "configured/hs256";

fn hs(algorithm: Algorithm, kid: &str, secret: &[u8]) -> String {
    let mut header = Header::new(algorithm);
    header.typ = Some("at+jwt".into());
    header.kid = Some(kid.into());
    jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(secret)).unwrap()
}

#[test]
fn a_secret_signs_and_every_server_that_has_it_verifies() {
    let world = World::with_secret(Some(SECRET));
    let token = world.signer.sign(&access_claims()).unwrap();
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header, json!({"alg": "HS256", "typ": "at+jwt", "kid": KID}));
    assert_eq!(world.signer.verify(&token).unwrap(), access_claims());
    assert_eq!(world.refusal(&hs(Algorithm::HS256, KID, SECRET.as_bytes())), None, "the tests' own tokens are right");
    assert!(World::with_secret(Some(SECRET)).signer.verify(&token).is_ok(), "whatever key files it has");
    for stranger in [World::with_secret(Some(OTHER)), World::new()] {
        assert_eq!(stranger.refusal(&token), REFUSED);
    }
}

#[test]
fn beginning_to_use_a_secret_signs_nobody_out_and_ending_it_refuses_its_tokens() {
    let world = World::new();
    let (before, with_secret) = (world.signer.sign(&access_claims()).unwrap(), world.another(Some(SECRET)));
    assert!(with_secret.verify(&before).is_ok());
    assert_eq!(with_secret.public_keys(), world.signer.public_keys());
    let during = with_secret.sign(&access_claims()).unwrap();
    assert_eq!(world.refusal(&during), REFUSED);
    assert_eq!(world.refusal(&before), None);
}

#[test]
fn j2_the_key_that_is_named_decides_the_algorithm() {
    let world = World::with_secret(Some(SECRET));
    let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00], world.public()].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
    let public = [world.public(), &der, pem.as_bytes(), pem.trim().as_bytes(), world.key.public_x().as_bytes()];
    for kid in [world.key.kid(), KID] {
        for secret in public.into_iter().chain([OTHER.as_bytes(), b"", &[0; 32]]) {
            for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
                assert_eq!(world.refusal(&hs(algorithm, kid, secret)), REFUSED);
            }
        }
    }
    assert_eq!(world.refusal(&hs(Algorithm::HS256, world.key.kid(), SECRET.as_bytes())), REFUSED, "under another's id");
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        assert_eq!(world.refusal(&hs(algorithm, KID, SECRET.as_bytes())), REFUSED, "{algorithm:?}");
    }
    for alg in ["EdDSA", "HS256", "none"] {
        let header = json!({"alg": alg, "typ": "at+jwt", "kid": KID});
        assert_eq!(
            world.refusal(&world.signed(&header, &claims())),
            REFUSED,
            "{alg}: the key file under the secret's id"
        );
    }
}

#[test]
fn no_bit_of_a_token_can_be_flipped() {
    let world = World::with_secret(Some(SECRET));
    let token = world.signer.sign(&access_claims()).unwrap();
    for position in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[position] ^= 1;
        assert_eq!(world.refusal(&String::from_utf8(bytes).unwrap()), REFUSED, "byte {position}");
    }
    assert_eq!(world.at(NOW + 900 + 31).refusal(&token), Some(ErrorKey::TokenExpired));
}

#[test]
fn a_short_secret_is_refused_and_none_is_shown() {
    for text in ["", "hunter2", &"x".repeat(31)] {
        let message = JwtSecret::parse(text).unwrap_err();
        assert_eq!(message, "must have at least 32 bytes");
    }
    let secret = JwtSecret::parse(&"x".repeat(32)).unwrap();
    assert_eq!((secret.to_string(), format!("{secret:?}")), ("***".to_owned(), "JwtSecret(…)".to_owned()));
}

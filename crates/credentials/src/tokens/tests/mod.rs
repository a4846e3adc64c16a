//! What is refused of tokens: the rows J1 to J7 of the attack table, without a server.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use podarmor_domain::access::AccessClaims;
use podarmor_domain::id::{SessionId, TenantId, TokenId, UserId};
use podarmor_domain::ports::{Clock, TokenSigner as _};
use podarmor_domain::{ErrorKey, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{JwtSecret, JwtSigner, TokenNames};
use crate::{KeyFiles, SigningKey};

mod rotation;
mod secret;

/// 2026-01-01T00:00:00Z
const NOW: i64 = 1_767_225_600;
const ID: &str = "019a4d2e-7c3b-7f10-8a55-0d9c3e1b2f47";

struct FixedClock(AtomicI64);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed) * 1_000_000 + 999_999)
    }
}

struct World {
    signer: JwtSigner,
    clock: Arc<FixedClock>,
    key: SigningKey,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        Self::with_secret(None)
    }

    fn with_secret(secret: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock(AtomicI64::new(NOW)));
        let key = KeyFiles::open(folder.path(), &*clock).unwrap().signing()[0].clone();
        Self { signer: signer(folder.path(), secret, &clock), clock, key, folder }
    }

    /// Another server over the same folder.
    fn another(&self, secret: Option<&str>) -> JwtSigner {
        signer(self.folder.path(), secret, &self.clock)
    }

    /// Adds a key to the folder, now.
    fn rotate(&self) -> SigningKey {
        KeyFiles::rotate(self.folder.path(), self.clock.now(), false).unwrap().added
    }

    fn at(&self, seconds: i64) -> &Self {
        self.clock.0.store(seconds, Ordering::Relaxed);
        self
    }

    /// The error key of verifying, or `None` when the token is taken.
    fn refusal(&self, token: &str) -> Option<ErrorKey> {
        self.signer.verify(token).err().map(|error| error.key())
    }

    /// A token with any header and claims, signed with the right key.
    fn signed(&self, header: &Value, claims: &Value) -> String {
        self.signed_text(&header.to_string(), &claims.to_string())
    }

    fn signed_text(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), self.key.private(), Algorithm::EdDSA).unwrap();
        format!("{message}.{signature}")
    }

    fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.key.kid()})
    }

    fn public(&self) -> &[u8] {
        self.key.public().try_get_as_bytes().unwrap()
    }
}

fn signer(folder: &Path, secret: Option<&str>, clock: &Arc<FixedClock>) -> JwtSigner {
    let files = KeyFiles::open(folder, &**clock).unwrap();
    let secret = secret.map(|secret| JwtSecret::parse(secret).unwrap());
    JwtSigner::new(&files, secret.as_ref(), TokenNames::default(), Arc::<FixedClock>::clone(clock)).unwrap()
}

fn claims() -> Value {
    json!({"iss": "podarmor", "aud": "podarmor-portal", "sub": ID, "tenant": ID, "sid": ID, "jti": ID,
           "iat": NOW, "nbf": NOW, "exp": NOW + 900})
}

fn access_claims() -> AccessClaims {
    let uuid = |path| UserId::parse(path, ID).unwrap().uuid();
    let issued_at = Timestamp::from_micros(NOW * 1_000_000);
    AccessClaims {
        user: UserId::from_uuid(uuid("user")),
        tenant: TenantId::from_uuid(uuid("tenant")),
        session: SessionId::from_uuid(uuid("session")),
        token: TokenId::from_uuid(uuid("token")),
        issued_at,
        expires_at: issued_at.plus(AccessClaims::LIFETIME),
    }
}

const REFUSED: Option<ErrorKey> = Some(ErrorKey::Unauthenticated);

#[test]
fn what_was_signed_is_verified() {
    let world = World::new();
    let token = world.signer.sign(&access_claims()).unwrap();
    assert_eq!(world.signer.verify(&token).unwrap(), access_claims());
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap();
    assert_eq!(header, world.header());
    assert_eq!(world.refusal(&world.signed(&world.header(), &claims())), None, "the tests' own tokens are right");
}

#[test]
fn j6_a_token_of_another_environment_is_refused() {
    let (ours, theirs) = (World::new(), World::new());
    assert_eq!(ours.refusal(&theirs.signer.sign(&access_claims()).unwrap()), REFUSED);
}

#[test]
fn j1_no_algorithm_and_no_signature_are_refused() {
    let world = World::new();
    for alg in ["none", "None", "NONE", "nOnE", "", "eddsa", "EDDSA"] {
        let mut header = world.header();
        header["alg"] = json!(alg);
        let token = world.signed(&header, &claims());
        let unsigned = token.rsplit_once('.').unwrap().0;
        for token in [token.as_str(), unsigned, &format!("{unsigned}."), &format!("{unsigned}..")] {
            assert_eq!(world.refusal(token), REFUSED, "{alg}: {token}");
        }
    }
    let good = world.signed(&world.header(), &claims());
    let unsigned = good.rsplit_once('.').unwrap().0;
    for token in
        ["", ".", "..", "...", "a.b.c", unsigned, &format!("{unsigned}."), &format!("{good}.x"), &format!("{good}=")]
    {
        assert_eq!(world.refusal(token), REFUSED, "{token}");
    }
}

#[test]
fn j2_the_public_key_is_no_secret_and_the_header_chooses_no_algorithm() {
    let world = World::new();
    let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00], world.public()].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
    let x = URL_SAFE_NO_PAD.encode(world.public());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x}).to_string();
    let secrets = [world.public(), &der, pem.as_bytes(), pem.trim().as_bytes(), jwk.as_bytes(), x.as_bytes()];
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        for secret in secrets {
            let mut header = Header::new(algorithm);
            header.typ = Some("at+jwt".into());
            header.kid = Some(world.key.kid().into());
            let token = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(secret)).unwrap();
            assert_eq!(world.refusal(&token), REFUSED);
        }
    }
    for alg in ["RS256", "PS256", "ES256", "ES384", "HS256", "Ed25519", "ES256K"] {
        let mut header = world.header();
        header["alg"] = json!(alg);
        assert_eq!(world.refusal(&world.signed(&header, &claims())), REFUSED, "{alg}");
    }
}

#[test]
fn j3_a_header_names_a_known_key_and_nothing_else() {
    let world = World::new();
    let long = "k".repeat(65_536);
    for kid in ["../../etc/passwd", "/dev/null", "' OR 1=1--", "unknown", "", "\0", &long] {
        let mut header = world.header();
        header["kid"] = json!(kid);
        assert_eq!(world.refusal(&world.signed(&header, &claims())), REFUSED, "{}", kid.len());
    }
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(world.public())});
    let more = [
        ("jwk", jwk),
        ("jku", json!("http://127.0.0.1:9/keys")),
        ("x5u", json!("http://127.0.0.1:9/cert")),
        ("x5c", json!(["AAAA"])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
    ];
    for (name, value) in more {
        let mut header = world.header();
        header[name] = value;
        assert_eq!(world.refusal(&world.signed(&header, &claims())), REFUSED, "{name}");
    }
    for text in [
        json!({"alg": "EdDSA", "typ": "at+jwt"}).to_string(),
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": 7}).to_string(),
        format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"x","kid":"{}"}}"#, world.key.kid()),
        "null".to_owned(),
        "[]".to_owned(),
        "{".to_owned(),
    ] {
        assert_eq!(world.refusal(&world.signed_text(&text, &claims().to_string())), REFUSED, "{text}");
    }
}

#[test]
fn j4_a_token_lives_29_s_past_its_time_and_not_31() {
    let world = World::new();
    let token = world.signed(&world.header(), &claims());
    let exp = NOW + 900;
    assert_eq!(world.at(exp + 29).refusal(&token), None);
    assert_eq!(world.at(exp + 30).refusal(&token), None);
    assert_eq!(world.at(exp + 31).refusal(&token), Some(ErrorKey::TokenExpired));
    assert_eq!(world.at(exp + 86_400 * 365).refusal(&token), Some(ErrorKey::TokenExpired));
    let (message, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{message}.{}", URL_SAFE_NO_PAD.encode([7u8; 64]));
    assert_eq!(world.refusal(&forged), REFUSED, "only a validly signed token may be called expired");
    let mut wrong = claims();
    wrong["iss"] = json!("other");
    assert_eq!(world.refusal(&world.signed(&world.header(), &wrong)), REFUSED);
}

#[test]
fn j5_times_are_whole_seconds_in_their_order() {
    let world = World::new();
    for (name, value, refusal) in [
        ("nbf", json!(NOW + 29), None),
        ("nbf", json!(NOW + 30), None),
        ("nbf", json!(NOW + 31), REFUSED),
        ("nbf", json!(NOW + 3_600), REFUSED),
        ("iat", json!(NOW + 30), None),
        ("iat", json!(NOW + 31), REFUSED),
        ("exp", json!(253_402_300_799_u64), None),
        ("exp", json!(253_402_300_800_u64), REFUSED),
        ("exp", json!(u64::MAX), REFUSED),
    ] {
        let mut claims = claims();
        claims[name] = value.clone();
        assert_eq!(world.refusal(&world.signed(&world.header(), &claims)), refusal, "{name} {value}");
    }
}

#[test]
fn j5_a_missing_or_mistyped_claim_is_refused() {
    let world = World::new();
    let names = ["iss", "aud", "sub", "tenant", "sid", "jti", "iat", "nbf", "exp"];
    for name in names {
        let mut without = claims();
        without.as_object_mut().unwrap().remove(name);
        assert_eq!(world.refusal(&world.signed(&world.header(), &without)), REFUSED, "no {name}");
        let wrong = [json!(null), json!(""), json!([]), json!({}), json!(true), json!(-1), json!(1.5), json!("x y")];
        for value in wrong {
            let mut claims = claims();
            claims[name] = value.clone();
            assert_eq!(world.refusal(&world.signed(&world.header(), &claims)), REFUSED, "{name} {value}");
        }
    }
    for name in ["iat", "nbf", "exp"] {
        for text in ["1e308", "1e999", "18446744073709551616", "-1", "1767226500.0", "\"1767226500\"", "1.767e9"] {
            let text =
                claims().to_string().replace(&format!("\"{name}\":{}", claims()[name]), &format!("\"{name}\":{text}"));
            assert_eq!(world.refusal(&world.signed_text(&world.header().to_string(), &text)), REFUSED, "{text}");
        }
    }
    let twice = claims().to_string().replacen('{', &format!("{{\"tenant\":\"{ID}\","), 1);
    for text in [twice.as_str(), "", "null", "[]", "\"x\"", "{", "[[[[[[[["] {
        assert_eq!(world.refusal(&world.signed_text(&world.header().to_string(), text)), REFUSED, "{text}");
    }
}

#[test]
fn j6_a_token_for_others_or_of_another_kind_is_refused() {
    let world = World::new();
    for (name, value) in [
        ("iss", json!("https://podarmor")),
        ("iss", json!(["podarmor"])),
        ("aud", json!("other")),
        ("aud", json!(["other"])),
        ("aud", json!(["podarmor-portal", "other"])),
    ] {
        let mut claims = claims();
        claims[name] = value;
        assert_eq!(world.refusal(&world.signed(&world.header(), &claims)), REFUSED, "{name}");
    }
    for kind in [json!("JWT"), json!("rt+jwt"), json!("AT+JWT"), json!(""), json!(null)] {
        let mut header = world.header();
        header["typ"] = kind.clone();
        assert_eq!(world.refusal(&world.signed(&header, &claims())), REFUSED, "{kind}");
    }
}

#[test]
fn j7_no_claim_can_be_changed_and_no_bit_flipped() {
    let world = World::new();
    let token = world.signer.sign(&access_claims()).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    for name in ["sub", "tenant", "sid", "jti", "exp", "role"] {
        let mut changed: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        changed[name] = if name == "exp" { json!(NOW + 90_000) } else { json!("019a4d2e-7c3b-7f10-8a55-0d9c3e1b2f48") };
        let payload = URL_SAFE_NO_PAD.encode(changed.to_string());
        assert_eq!(world.refusal(&format!("{}.{payload}.{}", parts[0], parts[2])), REFUSED, "{name}");
    }
    for position in 0..token.len() {
        for bit in 0..7 {
            let mut bytes = token.clone().into_bytes();
            bytes[position] ^= 1 << bit;
            let flipped = String::from_utf8(bytes).unwrap();
            assert_eq!(world.refusal(&flipped), REFUSED, "byte {position}, bit {bit}");
        }
    }
}

#[test]
fn a_token_longer_than_8_kib_is_refused_whatever_it_says() {
    let world = World::new();
    let mut long = claims();
    for length in [8_000, 100_000] {
        long["padding"] = json!("x".repeat(length));
        assert_eq!(world.refusal(&world.signed(&world.header(), &long)), REFUSED);
    }
    assert_eq!(world.refusal(&"x".repeat(100_000)), REFUSED);
    long["padding"] = json!("x".repeat(1_000));
    assert_eq!(world.refusal(&world.signed(&world.header(), &long)), None);
}

//! Keys that come and go while servers run.

use std::fs;

use super::*;

impl World {
    fn file_of(&self, key: &SigningKey) -> std::path::PathBuf {
        self.folder.path().join(format!("signing-{}.pem", key.kid()))
    }
}

fn kids(signer: &JwtSigner) -> Vec<String> {
    signer.public_keys().into_iter().map(|(kid, _)| kid).collect()
}

fn kid_of(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

#[test]
fn a_new_key_signs_once_noticed_and_other_servers_verify_its_tokens_at_once() {
    let world = World::new();
    let other = world.another(None);
    let old = world.signer.sign(&access_claims()).unwrap();
    let key = world.rotate();
    assert_eq!(kid_of(&world.signer.sign(&access_claims()).unwrap()), world.key.kid(), "not noticed yet");
    world.signer.refresh_keys();
    let new = world.signer.sign(&access_claims()).unwrap();
    assert_eq!(kid_of(&new), key.kid());
    assert!(other.verify(&new).is_ok(), "an unknown key is looked for");
    assert_eq!(kid_of(&other.sign(&access_claims()).unwrap()), key.kid(), "and signs there too");
    assert!(other.verify(&old).is_ok() && world.signer.verify(&old).is_ok());
    // However often: each change of the folder is seen, even within the second.
    for _ in 0..3 {
        // Longer than a tick of the clock by which file systems write down a change.
        std::thread::sleep(std::time::Duration::from_millis(20));
        let key = world.rotate();
        world.signer.refresh_keys();
        let token = world.signer.sign(&access_claims()).unwrap();
        assert_eq!(kid_of(&token), key.kid());
        assert!(other.verify(&token).is_ok());
    }
}

#[test]
fn an_old_key_verifies_until_its_tokens_are_past_and_no_longer() {
    let world = World::new();
    let old = world.signed(&world.header(), &claims());
    let mut endless = claims();
    endless["exp"] = json!(NOW + 900_000);
    let endless = world.signed(&world.header(), &endless);
    let key = world.rotate();
    world.signer.refresh_keys();
    assert_eq!(kids(&world.signer), [world.key.kid(), key.kid()]);
    // The new key is a second younger than the old one, which was made now.
    let past = NOW + 1 + 960;
    assert_eq!(world.at(past - 1).refusal(&endless), None);
    assert_eq!(world.at(past + 1).refusal(&endless), REFUSED, "a stolen old key is of no use any more");
    assert_eq!(world.refusal(&old), REFUSED);
    assert_eq!(kids(&world.signer), [key.kid()]);
}

#[test]
fn a_key_whose_file_is_gone_is_gone() {
    let world = World::new();
    let old = world.signer.sign(&access_claims()).unwrap();
    let key = world.rotate();
    fs::remove_file(world.file_of(&world.key)).unwrap();
    world.signer.refresh_keys();
    assert_eq!(world.refusal(&old), REFUSED);
    assert_eq!(kids(&world.signer), [key.kid()]);
}

#[test]
fn a_folder_that_cannot_be_read_leaves_the_keys_as_they_are() {
    let world = World::new();
    let token = world.signer.sign(&access_claims()).unwrap();
    let broken = world.folder.path().join("signing-99991231235959-broken.pem");
    fs::write(&broken, "half a").unwrap();
    #[cfg(unix)]
    fs::set_permissions(&broken, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    world.signer.refresh_keys();
    assert_eq!(world.refusal(&token), None);
    fs::remove_file(broken).unwrap();
    let file = world.file_of(&world.key);
    let pem = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    world.signer.refresh_keys();
    assert_eq!(world.refusal(&token), None, "an empty folder is no reason to refuse everybody");
    fs::write(&file, pem).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let key = world.rotate();
    world.signer.refresh_keys();
    assert_eq!(kid_of(&world.signer.sign(&access_claims()).unwrap()), key.kid(), "it goes on where it can");
}

#[test]
fn the_public_half_is_that_of_the_key() {
    let world = World::new();
    assert_eq!(world.signer.public_keys(), [(world.key.kid().to_owned(), URL_SAFE_NO_PAD.encode(world.public()))]);
}

#[test]
fn a_token_cannot_make_us_read_a_file_of_its_choice() {
    let (world, elsewhere) = (World::new(), World::new());
    let outside = elsewhere.file_of(&elsewhere.key);
    let name = outside.to_str().unwrap().trim_end_matches(".pem");
    let up = format!("x/../../{}", name.trim_start_matches("/tmp/"));
    for kid in [name, &up, "../signing-x", "%2e%2e/x", "x\0y", "';DROP TABLE sessions;--"] {
        let header = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid});
        assert_eq!(world.refusal(&elsewhere.signed(&header, &claims())), REFUSED, "{kid}");
    }
}

//! Sign-in answers the same and works the same whatever was wrong.

use std::time::Duration;

use super::*;
use crate::access::{AccessClaims, Email, NewUser, Role, UserName};
use crate::error::ErrorKey;
use crate::id::UserId;
use crate::testing::fixtures::{FakeHasher, email, slug};
use crate::testing::mocks::{MockStore, MockSystemReads, MockSystemTx, away};
use crate::testing::{World, publisher};

/// A world with the viewer `viewer@acme.example` of the tenant `acme`.
async fn acme() -> World {
    let world = World::in_memory();
    world.viewer("acme").await;
    world
}

async fn login(world: &World, tenant: &str, address: &str, password: &str) -> Result<SignedIn, Error> {
    let password = Password::parse("password", password).unwrap();
    world.sign_in().login(&slug(tenant), address, password).await
}

#[tokio::test]
async fn whatever_was_wrong_the_answer_and_the_work_are_the_same() {
    let world = acme().await;
    let disabled = world.tenant("globex").await;
    world.member(&disabled, Role::User).await;
    world.disable("globex", "user@globex.example", true).await;
    let suspended = world.tenant("initech").await;
    world.member(&suspended, Role::Admin).await;
    assert!(world.suspend("initech", true).await);
    let long = format!("{}@acme.example", "a".repeat(300));
    for (what, tenant, address, password) in [
        ("unknown tenant", "nobody", "viewer@acme.example", World::PASSWORD),
        ("unknown address", "acme", "nobody@acme.example", World::PASSWORD),
        ("another tenant's user", "acme", "user@globex.example", World::PASSWORD),
        ("no address at all", "acme", "not an address", World::PASSWORD),
        ("an endless address", "acme", &long, World::PASSWORD),
        ("wrong password", "acme", "viewer@acme.example", "wrong"),
        ("disabled user", "globex", "user@globex.example", World::PASSWORD),
        ("suspended tenant", "initech", "admin@initech.example", World::PASSWORD),
    ] {
        let (verified, hashed) = (world.hasher.verifications(), world.hasher.hashes());
        let refused = login(&world, tenant, address, password).await.unwrap_err();
        assert_eq!(refused.key(), ErrorKey::InvalidCredentials, "{what}");
        assert_eq!(refused.to_string(), "the credentials are not valid", "{what}");
        assert_eq!(world.hasher.verifications() - verified, 1, "{what}: one verification, no more, no less");
        assert_eq!(world.hasher.hashes(), hashed, "{what}");
    }
    assert!(world.suspend("initech", false).await);
    assert!(login(&world, "initech", "admin@initech.example", World::PASSWORD).await.is_ok());
}

#[tokio::test]
async fn signing_in_gives_two_tokens_and_a_session() {
    let world = acme().await;
    world.clock.advance(Duration::from_micros(1_500_000));
    let now = world.clock.now();
    let one = login(&world, "acme", " viewer@acme.example", World::PASSWORD).await;
    assert_eq!(one.unwrap_err().key(), ErrorKey::InvalidCredentials, "addresses are not trimmed");
    let one = login(&world, "acme", "Viewer@ACME.example", World::PASSWORD).await.unwrap();
    let two = login(&world, "acme", "viewer@acme.example", World::PASSWORD).await.unwrap();
    assert_ne!(one.refresh_token, two.refresh_token);
    assert_eq!((one.user.email.as_str(), one.tenant.as_str()), ("viewer@acme.example", "acme"));
    let claims = world.signer.verify(&one.access_token).unwrap();
    let other = world.signer.verify(&two.access_token).unwrap();
    assert_ne!((claims.session, claims.token), (other.session, other.token));
    // Whole seconds, as tokens have them.
    assert_eq!(claims.issued_at.micros(), now.seconds() * 1_000_000);
    assert_eq!(claims.expires_at, claims.issued_at.plus(AccessClaims::LIFETIME));
    let state = world.store.system_read(publisher()).session_state(claims.session).await.unwrap().unwrap();
    assert_eq!(state.expires_at, now.plus(RefreshToken::LIFETIME));
    assert!(!format!("{one:?}").contains(&format!("{:?}", one.refresh_token.expose())), "{one:?}");
}

/// A user whose hash has yesterday's parameters.
async fn outdated(world: &World) -> Email {
    let address = email("old@acme.example");
    let id = UserId::from_uuid(id::fresh(&*world.clock, &*world.random));
    let user = User { id, email: address.clone(), name: UserName::parse("name", "Old").unwrap(), role: Role::User };
    let tx = world.store.system(publisher()).await.unwrap();
    let tenant = tx.find_tenant(&slug("acme")).await.unwrap().unwrap().id;
    let password = Some(FakeHasher::outdated_hash_of(World::PASSWORD));
    tx.insert_user(&NewUser { user, tenant, password, created_at: world.clock.now() }).await.unwrap();
    tx.commit().await.unwrap();
    address
}

#[tokio::test]
async fn an_outdated_hash_is_replaced_at_the_first_right_password() {
    let world = acme().await;
    let address = outdated(&world).await;
    let stored = || async {
        let reads = world.store.system_read(publisher());
        reads.login_account("acme", address.as_str()).await.unwrap().unwrap().password
    };
    let hashed = world.hasher.hashes();
    login(&world, "acme", address.as_str(), "wrong").await.unwrap_err();
    assert_eq!(stored().await, Some(FakeHasher::outdated_hash_of(World::PASSWORD)));
    login(&world, "acme", address.as_str(), World::PASSWORD).await.unwrap();
    assert_eq!(stored().await, Some(FakeHasher::hash_of(World::PASSWORD)));
    login(&world, "acme", address.as_str(), World::PASSWORD).await.unwrap();
    assert_eq!(world.hasher.hashes() - hashed, 1);
    // Not for somebody who may not sign in.
    world.disable("acme", address.as_str(), true).await;
    login(&world, "acme", address.as_str(), World::PASSWORD).await.unwrap_err();
    assert_eq!(world.hasher.hashes() - hashed, 1);
}

#[tokio::test]
async fn the_sixth_attempt_is_told_when_to_come_back() {
    let world = acme().await;
    let (address, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
    let (address, other) = (AttemptKey::address(address), AttemptKey::address(other));
    for remaining in [4, 3, 2, 1, 0] {
        assert_eq!(world.sign_in().admit(&address).await.unwrap().remaining, remaining);
        world.clock.advance(Duration::from_secs(60));
    }
    match world.sign_in().admit(&address).await {
        Err(Error::RateLimited(state)) => assert_eq!(state.retry_after_seconds(), 600),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.sign_in().admit(&other).await.unwrap().remaining, 4);
    assert_eq!(world.sign_in().clear(publisher(), &address).await.unwrap(), 5);
    assert_eq!(world.sign_in().admit(&address).await.unwrap().remaining, 4);
}

#[tokio::test]
async fn purging_keeps_whatever_still_counts() {
    let world = acme().await;
    let address = AttemptKey::address("192.0.2.1".parse().unwrap());
    world.sign_in().admit(&address).await.unwrap();
    world.clock.advance(Duration::from_secs(899));
    assert_eq!(world.sign_in().purge(publisher()).await.unwrap(), 0);
    assert_eq!(world.sign_in().admit(&address).await.unwrap().remaining, 3);
    world.clock.advance(Duration::from_secs(1_801));
    assert_eq!(world.sign_in().purge(publisher()).await.unwrap(), 2);
}

fn service(world: &World, store: MockStore) -> SignIn {
    SignIn::new(Arc::new(store), world.hasher.clone(), world.signer.clone(), world.clock.clone(), world.random.clone())
}

#[tokio::test]
async fn a_store_that_is_away_is_not_a_wrong_password() {
    let world = acme().await;
    let address = AttemptKey::address("192.0.2.1".parse().unwrap());
    let failed = service(&world, MockStore::away()).admit(&address).await.unwrap_err();
    assert_eq!(failed.key(), ErrorKey::ServiceUnavailable);
    let mut reads = MockSystemReads::new();
    reads.expect_login_account().times(1).return_once(|_, _| Err(away()));
    let mut store = MockStore::new();
    store.expect_system_read().return_once(move |_| Box::new(reads));
    let password = Password::parse("password", World::PASSWORD).unwrap();
    let failed = service(&world, store).login(&slug("acme"), "viewer@acme.example", password).await.unwrap_err();
    assert_eq!(failed.key(), ErrorKey::ServiceUnavailable);
}

#[tokio::test]
async fn a_refused_attempt_writes_nothing() {
    let world = acme().await;
    let now = world.clock.now();
    let mut tx = MockSystemTx::new();
    tx.expect_lock_attempts().return_once(move |_| Ok((now, vec![now; 5])));
    tx.expect_replace_attempts().never();
    tx.expect_commit().never();
    let address = AttemptKey::address("192.0.2.1".parse().unwrap());
    let refused = service(&world, MockStore::working(tx)).admit(&address).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::RateLimited);
}

#[tokio::test]
async fn a_hasher_that_is_busy_says_so() {
    let world = acme().await;
    let mut hasher = crate::ports::MockPasswordHasher::new();
    hasher.expect_verify().times(1).returning(|_, _| Err(Error::Unavailable(Duration::from_secs(2))));
    let sign_in = SignIn::new(
        world.store.clone(),
        Arc::new(hasher),
        world.signer.clone(),
        world.clock.clone(),
        world.random.clone(),
    );
    let password = Password::parse("password", World::PASSWORD).unwrap();
    let refused = sign_in.login(&slug("nobody"), "nobody", password).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::ServiceUnavailable);
}

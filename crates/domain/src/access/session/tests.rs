//! A token stands for an actor only while session, user and tenant are alive.

use std::sync::Arc;

use super::*;
use crate::Sha256;
use crate::access::{ImagesRead, Role, SessionOwn, UserChange};
use crate::error::ErrorKey;
use crate::ports::{Clock as _, TokenSigner as _};
use crate::testing::World;
use crate::testing::fixtures::{CountingRandom, slug};
use crate::testing::mocks::{MockStore, MockSystemReads, away};

async fn refusal(world: &World, token: &str) -> ErrorKey {
    world.actors().resolve(token).await.unwrap_err().key()
}

#[tokio::test]
async fn a_token_stands_for_its_user() {
    let world = World::in_memory();
    let member = world.viewer("acme").await;
    let (actor, _) = world.actors().resolve(&member.token).await.unwrap();
    let proof = actor.authorize::<SessionOwn>().unwrap();
    assert_eq!(
        (proof.member().unwrap().user(), proof.member().unwrap().role(), proof.member().unwrap().slug()),
        (member.user.id, Role::Viewer, &slug("acme"))
    );
    assert_eq!(proof.scope(), actor.authorize::<ImagesRead>().unwrap().scope());
    assert!(actor.belongs_to(&slug("acme")).is_ok());
    assert_eq!(actor.belongs_to(&slug("globex")).unwrap_err().key(), ErrorKey::TenantMismatch);
    for token in ["", "token-0", "token-2", "token-x", "nonsense"] {
        assert_eq!(refusal(&world, token).await, ErrorKey::Unauthenticated, "{token}");
    }
}

#[tokio::test]
async fn whatever_ends_ends_the_token() {
    let world = World::in_memory();
    let member = world.viewer("acme").await;
    let (globex, initech) = (world.viewer("globex").await, world.viewer("initech").await);
    assert!(world.suspend("acme", true).await);
    assert_eq!(refusal(&world, &member.token).await, ErrorKey::Unauthenticated);
    assert!(world.suspend("acme", false).await);
    assert!(world.actors().resolve(&member.token).await.is_ok());
    world.disable("acme", "viewer@acme.example", true).await;
    assert_eq!(refusal(&world, &member.token).await, ErrorKey::Unauthenticated);
    world.sessions().logout(&globex.may()).await.unwrap();
    assert_eq!(refusal(&world, &globex.token).await, ErrorKey::Unauthenticated);
    let promoted = UserChange { role: Some(Role::Admin), ..UserChange::default() };
    world.change_user("initech", "viewer@initech.example", promoted).await;
    assert_eq!(world.actors().resolve(&initech.token).await.unwrap().0.role(), Role::Admin);
}

#[tokio::test]
async fn only_a_session_that_was_ended_has_ended_and_only_a_good_token_of_its_tenant_says_so() {
    let world = World::in_memory();
    let (acme, globex) = (world.viewer("acme").await, world.viewer("globex").await);
    let (actors, ours) = (world.actors(), slug("acme"));
    assert!(!actors.has_ended(&acme.token, &ours).await.unwrap());
    assert!(world.suspend("acme", true).await);
    assert!(!actors.has_ended(&acme.token, &ours).await.unwrap(), "it goes on when the tenant does");
    assert!(world.suspend("acme", false).await);
    world.sessions().logout(&acme.may()).await.unwrap();
    assert!(actors.has_ended(&acme.token, &ours).await.unwrap());
    assert!(!actors.has_ended(&acme.token, &slug("globex")).await.unwrap());
    let claims = world.signer.verify(&acme.token).unwrap();
    let foreign = AccessClaims { user: globex.user.id, ..claims.clone() };
    let foreign = world.signer.sign(&foreign).unwrap();
    assert_eq!(actors.has_ended(&foreign, &ours).await.unwrap_err().key(), ErrorKey::Unauthenticated);
    let soon = world.clock.now().plus(AccessClaims::LIFETIME);
    let short = world.signer.sign(&AccessClaims { expires_at: soon, ..claims }).unwrap();
    world.clock.advance(AccessClaims::LIFETIME + AccessClaims::LEEWAY);
    assert_eq!(actors.has_ended(&short, &ours).await.unwrap_err().key(), ErrorKey::TokenExpired);
}

#[tokio::test]
async fn a_token_of_somebody_elses_session_is_none() {
    let world = World::in_memory();
    let (acme, globex) = (world.viewer("acme").await, world.viewer("globex").await);
    let (ours, theirs) = (world.signer.verify(&acme.token).unwrap(), world.signer.verify(&globex.token).unwrap());
    for claims in [
        AccessClaims { user: theirs.user, ..ours.clone() },
        AccessClaims { tenant: theirs.tenant, ..ours.clone() },
        AccessClaims { session: theirs.session, ..ours.clone() },
    ] {
        let token = world.signer.sign(&claims).unwrap();
        assert_eq!(refusal(&world, &token).await, ErrorKey::Unauthenticated);
    }
}

#[tokio::test]
async fn a_token_may_be_remembered_no_longer_than_it_or_its_session_is_good() {
    let world = World::in_memory();
    let member = world.viewer("acme").await;
    let claims = world.signer.verify(&member.token).unwrap();
    let soon = world.clock.now().plus(AccessClaims::LIFETIME);
    let short = world.signer.sign(&AccessClaims { expires_at: soon, ..claims.clone() }).unwrap();
    assert_eq!(world.actors().resolve(&short).await.unwrap().1, soon);
    let beyond = claims.expires_at.plus(AccessClaims::LIFETIME);
    let long = world.signer.sign(&AccessClaims { expires_at: beyond, ..claims.clone() }).unwrap();
    assert_eq!(world.actors().resolve(&long).await.unwrap().1, claims.expires_at);
    world.clock.advance(AccessClaims::LIFETIME + AccessClaims::LEEWAY);
    assert_eq!(refusal(&world, &short).await, ErrorKey::TokenExpired);
}

#[tokio::test]
async fn a_store_that_is_away_is_not_a_bad_token() {
    let world = World::in_memory();
    let member = world.viewer("acme").await;
    let mut reads = MockSystemReads::new();
    reads.expect_session_state().times(1).return_once(|_| Err(away()));
    let mut store = MockStore::new();
    store.expect_system_read().return_once(move |_| Box::new(reads));
    let actors = SessionActors::new(Arc::new(store), world.signer.clone());
    assert_eq!(actors.resolve(&member.token).await.unwrap_err().key(), ErrorKey::ServiceUnavailable);
}

#[test]
fn a_refresh_token_is_known_by_its_hash_and_never_prints_itself() {
    let random = CountingRandom::starting_at(0x4142_4344);
    let (one, other) = (RefreshToken::fresh(&random), RefreshToken::fresh(&random));
    assert_ne!(one.hash(), other.hash());
    assert_eq!(one.hash(), RefreshTokenHash(Sha256::of(one.expose())));
    assert_eq!(format!("{one:?}"), "RefreshToken(…)");
}

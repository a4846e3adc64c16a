//! Changing a password.

use std::sync::Arc;

use crate::access::{NewPassword, Password};
use crate::error::{Error, ErrorKey};
use crate::store::Store;
use crate::testing::fixtures::{FakeHasher, at, email, slug};
use crate::testing::{Member, World, publisher};

const NEW: &str = "a new and better one";

async fn change(world: &World, member: &Member, current: &str) -> Result<(), Error> {
    let (current, new) = (Password::parse("currentPassword", current)?, NewPassword::parse("newPassword", NEW)?);
    world.passwords().change(&member.may(), current, new).await
}

async fn login(world: &World, password: &str) -> Result<(), ErrorKey> {
    let password = Password::parse("password", password).unwrap();
    let signed_in = world.sign_in().login(&slug("acme"), "viewer@acme.example", password).await;
    signed_in.map(drop).map_err(|error| error.key())
}

async fn alive(world: &World, member: &Member) -> bool {
    world.store.system_read(publisher()).session_state(member.actor.session()).await.unwrap().unwrap().alive
}

/// One's own lives; the old password is none any more.
pub async fn a_new_password_ends_the_other_sessions(store: Arc<dyn Store>) {
    let world = World::new(store);
    world.clock.set(at("8000-01-01T00:00:00Z"));
    let (member, stranger) = (world.viewer("acme").await, world.viewer("globex").await);
    let answer = world.login("acme", "viewer@acme.example").await;
    let other = world.signed_in(&answer).await;
    change(&world, &member, World::PASSWORD).await.unwrap();
    assert!(alive(&world, &member).await);
    assert!(!alive(&world, &other).await);
    assert!(alive(&world, &stranger).await);
    let refused = world.sessions().refresh(&slug("acme"), &answer.refresh_token).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::Unauthenticated);
    assert_eq!(login(&world, World::PASSWORD).await, Err(ErrorKey::InvalidCredentials));
    assert_eq!(login(&world, NEW).await, Ok(()));
}

/// The sixth try within a quarter of an hour is not even looked at.
pub async fn a_wrong_current_password_changes_nothing(store: Arc<dyn Store>) {
    let world = World::new(store);
    world.clock.set(at("8000-01-01T00:00:00Z"));
    let member = world.viewer("acme").await;
    let answer = world.login("acme", "viewer@acme.example").await;
    let other = world.signed_in(&answer).await;
    for _ in 0..5 {
        let refused = change(&world, &member, "wrong").await.unwrap_err();
        assert_eq!(refused.key(), ErrorKey::InvalidCredentials);
    }
    let refused = change(&world, &member, World::PASSWORD).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::RateLimited);
    assert!(alive(&world, &other).await);
    assert_eq!(login(&world, World::PASSWORD).await, Ok(()));
    assert_eq!(login(&world, NEW).await, Err(ErrorKey::InvalidCredentials));
}

/// Whoever decided over the older one is refused.
pub async fn a_password_that_was_changed_meanwhile_stays(store: Arc<dyn Store>) {
    let world = World::new(store);
    let member = world.viewer("acme").await;
    let now = at("2026-03-01T00:00:00Z");
    let (first, second) = (FakeHasher::hash_of(World::PASSWORD), FakeHasher::hash_of("second"));
    for (old, new, changed) in [(&second, "lost", false), (&first, "second", true), (&first, "lost", false)] {
        let tx = world.store.write(member.scope()).await.unwrap();
        let outcome = tx.change_password(member.user.id, old, &FakeHasher::hash_of(new), now).await.unwrap();
        assert_eq!(outcome, changed);
        tx.commit().await.unwrap();
    }
    let kept = world.store.read(member.scope()).password_of(member.user.id).await.unwrap();
    assert_eq!(kept, Some(second));
}

/// By the operator: every session ends.
pub async fn a_password_that_was_reset_ends_all_sessions(store: Arc<dyn Store>) {
    let world = World::new(store);
    world.clock.set(at("8000-01-01T00:00:00Z"));
    let (member, stranger) = (world.viewer("acme").await, world.viewer("globex").await);
    let new = NewPassword::parse("password", NEW).unwrap();
    world.users().reset_password(publisher(), &slug("acme"), &email("viewer@acme.example"), new).await.unwrap();
    assert!(!alive(&world, &member).await);
    assert!(alive(&world, &stranger).await);
    assert_eq!(login(&world, World::PASSWORD).await, Err(ErrorKey::InvalidCredentials));
    assert_eq!(login(&world, NEW).await, Ok(()));
}

/// What a sign-in asks before it begins a session: was the password changed, or the user
/// disabled, while it was being verified?
pub async fn a_password_stands_until_it_is_changed_or_its_user_is_disabled(store: Arc<dyn Store>) {
    let world = World::new(store);
    let member = world.viewer("acme").await;
    let (old, new) = (FakeHasher::hash_of(World::PASSWORD), FakeHasher::hash_of(NEW));
    let stands = async |hash| {
        let tx = world.store.system(publisher()).await.unwrap();
        tx.password_stands(member.user.id, hash).await.unwrap()
    };
    assert!(stands(&old).await && !stands(&new).await);
    change(&world, &member, World::PASSWORD).await.unwrap();
    assert!(!stands(&old).await && stands(&new).await);
    world.disable("acme", "viewer@acme.example", true).await;
    assert!(!stands(&new).await);
}

//! Refresh tokens: each works once, and one that comes again late ends the session.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::access::{RefreshToken, SignedIn};
use crate::error::{Error, ErrorKey};
use crate::id::SessionId;
use crate::store::Store;
use crate::testing::fixtures::{at, slug};
use crate::testing::{World, publisher};

/// A world in which the viewer of `acme` has signed in. The store's own clock is behind the
/// world's, so that the session is alive by both.
async fn signed_in(store: Arc<dyn Store>) -> (World, SignedIn) {
    let world = World::new(store);
    world.clock.set(at("8000-01-01T00:00:00Z"));
    world.viewer("acme").await;
    let signed_in = world.login("acme", "viewer@acme.example").await;
    (world, signed_in)
}

async fn refresh(world: &World, token: &RefreshToken) -> Result<SignedIn, ErrorKey> {
    world.sessions().refresh(&slug("acme"), token).await.map_err(|error| error.key())
}

async fn session_of(world: &World, answer: &SignedIn) -> SessionId {
    world.signed_in(answer).await.actor.session()
}

async fn alive(world: &World, session: SessionId) -> bool {
    world.store.system_read(publisher()).session_state(session).await.unwrap().unwrap().alive
}

/// The token was used long ago, by whatever clock; answers the one that came of it.
async fn used_long_ago(world: &World, token: &RefreshToken) -> RefreshToken {
    let long_ago = at("1971-01-01T00:00:00Z");
    let tx = world.store.system(publisher()).await.unwrap();
    let session = tx.claim_refresh_token(token.hash(), long_ago).await.unwrap().unwrap();
    let next = RefreshToken::fresh(&*world.random);
    tx.insert_refresh_token(session, next.hash(), long_ago).await.unwrap();
    tx.commit().await.unwrap();
    next
}

/// The pair that comes of it belongs to the same session; the same token again at once is
/// refused, and harms nobody.
pub async fn a_refresh_token_works_once(store: Arc<dyn Store>) {
    let (world, first) = signed_in(store).await;
    let second = refresh(&world, &first.refresh_token).await.unwrap();
    assert_eq!((&second.user, &second.tenant), (&first.user, &first.tenant));
    assert_ne!(second.access_token, first.access_token);
    let session = session_of(&world, &first).await;
    assert_eq!(session_of(&world, &second).await, session);
    assert_eq!(refresh(&world, &first.refresh_token).await.unwrap_err(), ErrorKey::Unauthenticated);
    assert!(alive(&world, session).await);
    let third = refresh(&world, &second.refresh_token).await.unwrap();
    assert_eq!(session_of(&world, &third).await, session);
    let unknown = RefreshToken::fresh(&*world.random);
    assert_eq!(refresh(&world, &unknown).await.unwrap_err(), ErrorKey::Unauthenticated);
}

/// And the session lives on with the pair of the one that won.
pub async fn of_twenty_refreshes_at_once_one_succeeds(store: Arc<dyn Store>) {
    let (world, first) = signed_in(store).await;
    let mut tries = JoinSet::new();
    for _ in 0..20 {
        let (sessions, token) = (world.sessions(), first.refresh_token.clone());
        tries.spawn(async move { sessions.refresh(&slug("acme"), &token).await });
    }
    let mut winner = None;
    while let Some(outcome) = tries.join_next().await {
        match outcome.unwrap() {
            Ok(pair) => assert!(winner.replace(pair).is_none(), "two were served"),
            Err(Error::Unauthenticated) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let winner = winner.expect("one was served");
    assert!(alive(&world, session_of(&world, &first).await).await);
    refresh(&world, &winner.refresh_token).await.unwrap();
}

/// The ending is committed, although the answer is a refusal: the token of whoever is in
/// possession of the session now stops as well, and so do the access tokens.
pub async fn a_used_refresh_token_that_comes_again_late_ends_the_session(store: Arc<dyn Store>) {
    let (world, first) = signed_in(store).await;
    let other = world.login("acme", "viewer@acme.example").await;
    let second = used_long_ago(&world, &first.refresh_token).await;
    let third = refresh(&world, &second).await.unwrap();
    let session = session_of(&world, &first).await;
    assert_eq!(refresh(&world, &first.refresh_token).await.unwrap_err(), ErrorKey::Unauthenticated);
    assert!(!alive(&world, session).await);
    assert_eq!(refresh(&world, &third.refresh_token).await.unwrap_err(), ErrorKey::Unauthenticated);
    for token in [first.access_token, third.access_token] {
        assert_eq!(world.actors().resolve(&token).await.unwrap_err().key(), ErrorKey::Unauthenticated);
    }
    // Another session of the same user is another family.
    refresh(&world, &other.refresh_token).await.unwrap();
}

/// And is as good as before at its own.
pub async fn a_refresh_token_of_another_tenant_is_left_as_it_was(store: Arc<dyn Store>) {
    let (world, first) = signed_in(store).await;
    world.tenant("globex").await;
    let refused = world.sessions().refresh(&slug("globex"), &first.refresh_token).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::TenantMismatch);
    refresh(&world, &first.refresh_token).await.unwrap();
    // Not even a used one says more, or ends anything.
    let again = world.login("acme", "viewer@acme.example").await;
    used_long_ago(&world, &again.refresh_token).await;
    let refused = world.sessions().refresh(&slug("globex"), &again.refresh_token).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::TenantMismatch);
    assert!(alive(&world, session_of(&world, &again).await).await);
}

/// A crash before the answer: the token is as good as before.
pub async fn a_refresh_that_was_not_committed_uses_nothing(store: Arc<dyn Store>) {
    let (world, first) = signed_in(store).await;
    let tx = world.store.system(publisher()).await.unwrap();
    let now = tx.store_time().await.unwrap();
    assert!(tx.claim_refresh_token(first.refresh_token.hash(), now).await.unwrap().is_some());
    assert!(tx.claim_refresh_token(first.refresh_token.hash(), now).await.unwrap().is_none());
    drop(tx);
    refresh(&world, &first.refresh_token).await.unwrap();
}

/// Expired, ended, disabled, suspended: refused. What only rests is good again afterwards.
pub async fn a_refresh_token_is_good_while_session_user_and_tenant_are(store: Arc<dyn Store>) {
    let (world, first) = signed_in(store).await;
    world.suspend("acme", true).await;
    assert_eq!(refresh(&world, &first.refresh_token).await.unwrap_err(), ErrorKey::Unauthenticated);
    world.suspend("acme", false).await;
    let second = refresh(&world, &first.refresh_token).await.unwrap();

    world.sessions().logout(&world.signed_in(&second).await.may()).await.unwrap();
    assert_eq!(refresh(&world, &second.refresh_token).await.unwrap_err(), ErrorKey::Unauthenticated);

    let disabled = world.login("acme", "viewer@acme.example").await;
    world.disable("acme", "viewer@acme.example", true).await;
    assert_eq!(refresh(&world, &disabled.refresh_token).await.unwrap_err(), ErrorKey::Unauthenticated);
    world.disable("acme", "viewer@acme.example", false).await;
    assert_eq!(refresh(&world, &disabled.refresh_token).await.unwrap_err(), ErrorKey::Unauthenticated);

    // Thirty days before a moment that is past by any clock.
    world.clock.set(at("1971-01-01T00:00:00Z"));
    let expired = world.login("acme", "viewer@acme.example").await;
    assert_eq!(refresh(&world, &expired.refresh_token).await.unwrap_err(), ErrorKey::Unauthenticated);
}

/// A refresh keeps the session alive, but not for longer than it was to last.
pub async fn a_refresh_is_noted_and_does_not_prolong_the_session(store: Arc<dyn Store>) {
    let (world, first) = signed_in(store).await;
    let member = world.signed_in(&first).await;
    let find = || async {
        let list = world.sessions().list(&member.may()).await.unwrap();
        list.into_iter().find(|(_, own)| *own).unwrap().0
    };
    let before = find().await;
    assert_eq!((before.created_at, before.refreshed_at), (at("8000-01-01T00:00:00Z"), before.created_at));
    refresh(&world, &first.refresh_token).await.unwrap();
    let after = find().await;
    assert_ne!(after.refreshed_at, before.refreshed_at);
    assert_eq!((after.created_at, after.expires_at), (before.created_at, before.expires_at));
    assert_eq!(after.expires_at, before.created_at.plus(RefreshToken::LIFETIME));
}

//! One's own sessions: how many, which, and who may end them.

use std::sync::Arc;
use std::time::Duration;

use crate::access::{NewSession, RefreshToken, Role};
use crate::error::ErrorKey;
use crate::id::{self, SessionId};
use crate::store::Store;
use crate::testing::fixtures::{FakeHasher, at, slug};
use crate::testing::{Member, World, publisher};

/// A world with a clock that every store's is behind.
fn late(store: Arc<dyn Store>) -> World {
    let world = World::new(store);
    world.clock.set(at("8000-01-01T00:00:00Z"));
    world
}

async fn alive(world: &World, session: SessionId) -> bool {
    world.store.system_read(publisher()).session_state(session).await.unwrap().unwrap().alive
}

async fn listed(world: &World, member: &Member) -> Vec<(SessionId, bool)> {
    let list = world.sessions().list(&member.may()).await.unwrap();
    list.into_iter().map(|(session, own)| (session.id, own)).collect()
}

/// The next sign-in ends the oldest, and nobody else's.
pub async fn a_user_has_at_most_fifty_live_sessions(store: Arc<dyn Store>) {
    let world = late(store);
    let tenant = world.tenant("acme").await;
    let other = world.member(&tenant, Role::Admin).await;
    world.user("acme", "ada@acme.example", Role::Viewer).await;
    let mut members = Vec::new();
    for _ in 0..52 {
        let answer = world.login("acme", "ada@acme.example").await;
        members.push(world.signed_in(&answer).await);
        world.clock.advance(Duration::from_secs(1));
    }
    for (number, member) in members.iter().enumerate() {
        assert_eq!(alive(&world, member.actor.session()).await, number >= 2, "session {number}");
    }
    let list = listed(&world, &members[51]).await;
    let newest_first: Vec<_> = members[2..].iter().rev().map(|member| member.actor.session()).collect();
    assert_eq!(list.iter().map(|(id, _)| *id).collect::<Vec<_>>(), newest_first);
    assert!(alive(&world, other.actor.session()).await);
}

/// Newest first, one's own marked; neither those of others nor those that are over.
pub async fn own_sessions_are_listed_newest_first(store: Arc<dyn Store>) {
    let world = late(store);
    let tenant = world.tenant("acme").await;
    world.member(&tenant, Role::Admin).await;
    world.viewer("globex").await;
    world.user("acme", "ada@acme.example", Role::Viewer).await;
    let mut members = Vec::new();
    for _ in 0..3 {
        let answer = world.login("acme", "ada@acme.example").await;
        members.push(world.signed_in(&answer).await);
        world.clock.advance(Duration::from_secs(1));
    }
    let ids: Vec<_> = members.iter().map(|member| member.actor.session()).collect();
    assert_eq!(listed(&world, &members[1]).await, [(ids[2], false), (ids[1], true), (ids[0], false)]);
    world.sessions().end(&members[1].may(), ids[2]).await.unwrap();
    assert_eq!(listed(&world, &members[1]).await, [(ids[1], true), (ids[0], false)]);
    world.clock.set(at("1971-01-01T00:00:00Z"));
    world.login("acme", "ada@acme.example").await;
    assert_eq!(listed(&world, &members[1]).await.len(), 2, "one expired long ago");
}

/// Not a colleague's, not another tenant's, and one's own once.
pub async fn a_session_is_ended_by_its_own_user_alone(store: Arc<dyn Store>) {
    let world = late(store);
    let tenant = world.tenant("acme").await;
    let (one, colleague) = (world.member(&tenant, Role::Viewer).await, world.member(&tenant, Role::Admin).await);
    let stranger = world.viewer("globex").await;
    let unknown = SessionId::from_uuid(uuid::Uuid::from_u128(1));
    for session in [colleague.actor.session(), stranger.actor.session(), unknown] {
        let refused = world.sessions().end(&one.may(), session).await.unwrap_err();
        assert_eq!(refused.key(), ErrorKey::NotFound);
    }
    assert!(alive(&world, colleague.actor.session()).await);
    assert!(alive(&world, stranger.actor.session()).await);
    let answer = world.login("acme", "viewer@acme.example").await;
    let second = world.signed_in(&answer).await.actor.session();
    world.sessions().end(&one.may(), second).await.unwrap();
    assert!(!alive(&world, second).await);
    let refused = world.sessions().end(&one.may(), second).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::NotFound);
    assert!(alive(&world, one.actor.session()).await);
}

/// By no method of a tenant's handle or unit of work.
pub async fn sessions_and_passwords_of_another_tenant_are_out_of_reach(store: Arc<dyn Store>) {
    let world = late(store);
    let (ours, theirs) = (world.viewer("acme").await, world.viewer("globex").await);
    let (user, session, now) = (theirs.user.id, theirs.actor.session(), at("2026-03-01T00:00:00Z"));
    let reads = world.store.read(ours.scope());
    assert_eq!(reads.list_sessions(user).await.unwrap(), []);
    assert_eq!(reads.password_of(user).await.unwrap(), None);
    let (old, new) = (FakeHasher::hash_of(World::PASSWORD), FakeHasher::hash_of("another password"));
    assert_eq!(reads.password_of(ours.user.id).await.unwrap(), Some(old.clone()));
    let tx = world.store.write(ours.scope()).await.unwrap();
    assert!(!tx.end_own_session(user, session, now).await.unwrap());
    tx.end_sessions(user, None, now).await.unwrap();
    assert!(!tx.change_password(user, &old, &new, now).await.unwrap());
    tx.commit().await.unwrap();
    assert!(alive(&world, session).await);
    assert_eq!(world.store.read(theirs.scope()).password_of(user).await.unwrap(), Some(old));
}

/// Both tokens stop, and a second time is no error.
pub async fn logging_out_twice_is_logging_out(store: Arc<dyn Store>) {
    let world = late(store);
    let other = world.viewer("acme").await;
    let answer = world.login("acme", "viewer@acme.example").await;
    let member = world.signed_in(&answer).await;
    for _ in 0..2 {
        world.sessions().logout(&member.may()).await.unwrap();
        assert!(!alive(&world, member.actor.session()).await);
    }
    let refused = world.sessions().refresh(&slug("acme"), &answer.refresh_token).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::Unauthenticated);
    assert!(alive(&world, other.actor.session()).await);
}

/// With their refresh tokens; what ended or expired since is kept.
pub async fn purging_deletes_what_was_over_before(store: Arc<dyn Store>) {
    let world = late(store);
    let member = world.viewer("acme").await;
    let (before, day, after) = (at("2026-03-01T00:00:00Z"), at("2026-03-02T00:00:00Z"), at("2026-03-03T00:00:00Z"));
    let late = at("8000-01-01T00:00:00Z");
    let mut tokens = Vec::new();
    let tx = world.store.system(publisher()).await.unwrap();
    for (expires_at, ended_at) in
        [(late, None), (late, Some(after)), (late, Some(before)), (after, None), (before, None), (before, Some(before))]
    {
        let token = RefreshToken::fresh(&*world.random).hash();
        let id = SessionId::from_uuid(id::fresh(&*world.clock, &*world.random));
        let (user, tenant) = (member.user.id, member.scope().tenant());
        let created_at = at("2026-01-01T00:00:00Z");
        tx.insert_session(&NewSession { id, user, tenant, created_at, expires_at, refresh: token }).await.unwrap();
        if let Some(ended_at) = ended_at {
            assert!(tx.end_session(id, ended_at).await.unwrap());
            assert!(!tx.end_session(id, ended_at).await.unwrap());
        }
        tokens.push((token, id));
    }
    assert_eq!(tx.purge_sessions(day).await.unwrap(), 3);
    tx.commit().await.unwrap();
    let (reads, tx) = (world.store.system_read(publisher()), world.store.system(publisher()).await.unwrap());
    for (number, (token, session)) in tokens.into_iter().enumerate() {
        let kept = number == 0 || number == 1 || number == 3;
        assert_eq!(reads.session_state(session).await.unwrap().is_some(), kept, "session {number}");
        assert_eq!(tx.refresh_token_state(token).await.unwrap().is_some(), kept, "token {number}");
    }
    drop(tx);
    assert!(alive(&world, member.actor.session()).await);
    assert_eq!(world.sessions().purge(publisher()).await.unwrap(), 2, "a day later than the latest");
}

//! Sessions, and the accounts that sign in.

use std::sync::Arc;

use crate::access::{NewSession, Password, RefreshToken, Role};
use crate::error::ErrorKey;
use crate::id::{self, SessionId};
use crate::store::Store;
use crate::testing::fixtures::{FakeHasher, at, slug};
use crate::testing::{Member, World, publisher};

async fn session(world: &World, member: &Member, expires_at: &str) -> NewSession {
    let session = NewSession {
        id: SessionId::from_uuid(id::fresh(&*world.clock, &*world.random)),
        user: member.user.id,
        tenant: member.scope().tenant(),
        created_at: at("1971-01-01T00:00:00Z"),
        expires_at: at(expires_at),
        refresh: RefreshToken::fresh(&*world.random).hash(),
    };
    let tx = world.store.system(publisher()).await.unwrap();
    tx.insert_session(&session).await.unwrap();
    tx.commit().await.unwrap();
    session
}

/// By the store's clock.
pub async fn a_session_is_alive_until_it_expires(store: Arc<dyn Store>) {
    let world = World::new(store);
    let member = world.viewer("acme").await;
    let reads = world.store.system_read(publisher());
    for (expires_at, alive) in [("8999-12-31T23:59:59.999999Z", true), ("1971-01-02T00:00:00Z", false)] {
        let session = session(&world, &member, expires_at).await;
        let state = reads.session_state(session.id).await.unwrap().unwrap();
        assert_eq!((state.alive, state.expires_at), (alive, at(expires_at)));
    }
}

/// The state names whose it is, and the role of now.
pub async fn a_session_belongs_to_its_user_and_tenant(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    for (tenant, role) in [(&acme, Role::Admin), (&acme, Role::Viewer), (&globex, Role::User)] {
        let member = world.member(tenant, role).await;
        let id = member.actor.session();
        let state = world.store.system_read(publisher()).session_state(id).await.unwrap().unwrap();
        assert_eq!((state.session, state.user, state.tenant), (id, member.user.id, tenant.id));
        assert_eq!((state.slug, state.role, state.account), (tenant.slug.clone(), role, member.user));
    }
    let unknown = SessionId::from_uuid(uuid::Uuid::from_u128(1));
    assert_eq!(world.store.system_read(publisher()).session_state(unknown).await.unwrap(), None);
}

/// And by nothing less.
pub async fn an_account_is_found_by_tenant_and_address(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let (ours, _theirs) = (world.member(&acme, Role::User).await, world.member(&globex, Role::Admin).await);
    let reads = world.store.system_read(publisher());
    let found = reads.login_account("acme", "user@acme.example").await.unwrap().unwrap();
    assert_eq!((found.user, found.tenant, found.enabled), (ours.user, acme.id, true));
    assert_eq!(found.password, Some(FakeHasher::hash_of(World::PASSWORD)));
    for (tenant, address) in [
        ("acme", "admin@globex.example"),
        ("globex", "user@acme.example"),
        ("nobody", "user@acme.example"),
        ("acme", "nobody@acme.example"),
        ("acme", ""),
        ("", ""),
        ("acme", "USER@acme.example"),
        ("acme", "%"),
        ("acme", "' OR 1=1 --"),
    ] {
        assert!(reads.login_account(tenant, address).await.unwrap().is_none(), "{tenant} {address}");
    }
}

/// A password changed meanwhile stays.
pub async fn a_hash_is_upgraded_only_in_place_of_the_one_it_replaces(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (member, other) = (world.viewer("acme").await, world.viewer("globex").await);
    let (first, second) = (FakeHasher::hash_of(World::PASSWORD), FakeHasher::hash_of("second"));
    for (old, new) in [(&second, "lost"), (&first, "second"), (&first, "lost")] {
        let tx = world.store.system(publisher()).await.unwrap();
        tx.upgrade_password(member.user.id, old, &FakeHasher::hash_of(new)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let reads = world.store.system_read(publisher());
    let kept = reads.login_account("acme", member.user.email.as_str()).await.unwrap().unwrap();
    assert_eq!(kept.password, Some(second.clone()));
    let untouched = reads.login_account("globex", other.user.email.as_str()).await.unwrap().unwrap();
    assert_eq!(untouched.password, Some(first.clone()));
}

/// From address and password to an actor, through sign-in.
pub async fn signing_in_leaves_a_session_that_acts(store: Arc<dyn Store>) {
    let world = World::new(store);
    // A store's own clock is behind this one, so the session is alive by both.
    world.clock.set(at("8000-01-01T00:00:00Z"));
    let member = world.viewer("acme").await;
    let password = |text: &str| Password::parse("password", text).unwrap();
    let address = member.user.email.as_str();
    let refused = world.sign_in().login(&slug("acme"), address, password("wrong")).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::InvalidCredentials);
    let signed_in = world.sign_in().login(&slug("acme"), address, password(World::PASSWORD)).await.unwrap();
    assert_eq!((&signed_in.user, &signed_in.tenant), (&member.user, &slug("acme")));
    let (actor, good_until) = world.actors().resolve(&signed_in.access_token).await.unwrap();
    assert_eq!((actor.role(), actor.slug()), (Role::Viewer, &slug("acme")));
    assert_eq!(good_until, at("8000-01-01T00:15:00Z"));
}

//! The users of a tenant, as its admins manage them.

use std::sync::Arc;

use super::stock::limit;
use crate::access::{NewUser, PasswordHash, Role, User, UserChange, UserName, UserPosition, UserRecord, UserState};
use crate::error::ErrorKey;
use crate::id::UserId;
use crate::paging::{PageRequest, Total};
use crate::store::{Constraint, Store, StoreError};
use crate::testing::fixtures::{at, email};
use crate::testing::{Member, World, publisher};

/// A world with an admin of `acme`.
async fn acme(store: Arc<dyn Store>) -> (World, Member) {
    let world = World::new(store);
    let tenant = world.tenant("acme").await;
    let admin = world.member(&tenant, Role::Admin).await;
    (world, admin)
}

fn name(text: &str) -> UserName {
    UserName::parse("name", text).unwrap()
}

fn disabled(disabled: bool) -> UserChange {
    UserChange { disabled: Some(disabled), ..UserChange::default() }
}

/// The order is that of the bytes, not of a language; nobody else's users are in between.
pub async fn users_page_by_address_without_loss_or_repetition(store: Arc<dyn Store>) {
    let (world, admin) = acme(store).await;
    let stranger = world.member(&world.tenant("globex").await, Role::Admin).await;
    let mut addresses = vec!["admin@acme.example".to_owned()];
    for local in ["b", "a1", "a-1", "a", "a.b", "ab", "é", "z", "_"] {
        let address = format!("{local}@acme.example");
        world.user("acme", &address, Role::User).await;
        addresses.push(address);
    }
    addresses.sort_unstable();
    for size in [1, 2, 3, 9, 10, 11] {
        let (mut page, mut found) = (limit::<UserPosition>(size), Vec::new());
        page.count = true;
        loop {
            let answer = world.users().list(&admin.may(), &page).await.unwrap();
            assert_eq!(answer.total, Some(Total { count: 10, exact: true }));
            found.extend(answer.items.into_iter().map(|record| record.user.email.to_string()));
            page.after = answer.next;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(found, addresses, "{size} a page");
    }
    assert_eq!(world.store.read(admin.scope()).count_users(7).await.unwrap(), 7);
    let theirs = world.users().list(&stranger.may(), &PageRequest::default()).await.unwrap();
    assert_eq!(theirs.items.len(), 1);
}

/// Every field survives, and an address is taken once a tenant.
pub async fn an_invited_user_comes_back_as_it_was_made(store: Arc<dyn Store>) {
    let (world, admin) = acme(store).await;
    world.clock.set(at("2026-03-01T08:00:00.123456Z"));
    let invite = || world_invite(&world, &admin);
    let made = invite().await.unwrap();
    assert_eq!((made.state, made.created_at), (UserState::Invited, at("2026-03-01T08:00:00.123456Z")));
    assert_eq!((made.user.role, &made.user.name), (Role::Viewer, &name("Grace Hopper")));
    assert_eq!(world.users().get(&admin.may(), made.user.id).await.unwrap(), made);
    assert_eq!(invite().await.unwrap_err(), ErrorKey::Conflict);
    let page = world.users().list(&admin.may(), &PageRequest::default()).await.unwrap();
    assert_eq!(page.items.len(), 2);
    // Another tenant may have a user of the same address.
    let stranger = world.member(&world.tenant("globex").await, Role::Admin).await;
    world_invite(&world, &stranger).await.unwrap();
}

async fn world_invite(world: &World, admin: &Member) -> Result<UserRecord, ErrorKey> {
    let address = email("grace@example.com");
    let invited = world
        .users()
        .invite(&admin.may(), address, name("Grace Hopper"), Role::Viewer, None)
        .await
        .map(|it| it.done().unwrap());
    invited.map(|invitation| invitation.record).map_err(|error| error.key())
}

/// What is not given stays; a new role holds at once.
pub async fn changing_a_user_changes_what_is_given_alone(store: Arc<dyn Store>) {
    let (world, admin) = acme(store).await;
    let tenant = world.tenants().list(publisher()).await.unwrap()[0].0.clone();
    let member = world.member(&tenant, Role::Viewer).await;
    let before = world.users().get(&admin.may(), member.user.id).await.unwrap();
    let renamed = UserChange { name: Some(name("Countess")), ..UserChange::default() };
    let after = world.users().update(&admin.may(), member.user.id, renamed).await.unwrap();
    let expected = UserRecord { user: User { name: name("Countess"), ..before.user.clone() }, ..before };
    assert_eq!(after, expected);
    let promoted = UserChange { role: Some(Role::User), ..UserChange::default() };
    let after = world.users().update(&admin.may(), member.user.id, promoted).await.unwrap();
    assert_eq!(after, UserRecord { user: User { role: Role::User, ..expected.user.clone() }, ..expected });
    assert_eq!(world.users().get(&admin.may(), member.user.id).await.unwrap(), after);
    let (actor, _) = world.actors().resolve(&member.token).await.unwrap();
    assert_eq!(actor.role(), Role::User);
    let nothing = world.users().update(&admin.may(), member.user.id, UserChange::default()).await.unwrap();
    assert_eq!(nothing, after);
}

/// Enabling does not bring them back, and gives nobody a password.
pub async fn disabling_a_user_ends_the_sessions(store: Arc<dyn Store>) {
    let (world, admin) = acme(store).await;
    let tenant = world.tenants().list(publisher()).await.unwrap()[0].0.clone();
    let member = world.member(&tenant, Role::Viewer).await;
    let reads = world.store.system_read(publisher());
    let enabled = || async {
        reads.login_account("acme", "viewer@acme.example").await.unwrap().is_some_and(|account| account.enabled)
    };
    for (off, state) in [(true, UserState::Disabled), (true, UserState::Disabled), (false, UserState::Active)] {
        let after = world.users().update(&admin.may(), member.user.id, disabled(off)).await.unwrap();
        assert_eq!(after.state, state);
        assert_eq!(enabled().await, !off);
        assert!(!reads.session_state(member.actor.session()).await.unwrap().unwrap().alive);
    }
    let invited = world_invite(&world, &admin).await.unwrap();
    for (off, state) in [(false, UserState::Invited), (true, UserState::Disabled), (false, UserState::Invited)] {
        let after = world.users().update(&admin.may(), invited.user.id, disabled(off)).await.unwrap();
        assert_eq!(after.state, state);
    }
    assert!(reads.session_state(admin.actor.session()).await.unwrap().unwrap().alive);
}

/// With sessions, refresh tokens and invitation, and once.
pub async fn a_deleted_user_is_gone(store: Arc<dyn Store>) {
    let (world, admin) = acme(store).await;
    world.clock.set(at("8000-01-01T00:00:00Z"));
    let user = world.user("acme", "grace@example.com", Role::User).await;
    let answer = world.login("acme", "grace@example.com").await;
    let session = world.signed_in(&answer).await.actor.session();
    let invitation = world.users().invite_again(&admin.may(), user.id, None).await.unwrap().done().unwrap();
    world.users().delete(&admin.may(), user.id).await.unwrap();
    let reads = world.store.system_read(publisher());
    assert_eq!(reads.session_state(session).await.unwrap(), None);
    assert!(reads.login_account("acme", "grace@example.com").await.unwrap().is_none());
    let tx = world.store.system(publisher()).await.unwrap();
    assert_eq!(tx.refresh_token_state(answer.refresh_token.hash()).await.unwrap(), None);
    assert_eq!(tx.invitation(invitation.token.hash(), at("8000-01-01T00:00:00Z")).await.unwrap(), None);
    drop(tx);
    let again = world.users().delete(&admin.may(), user.id).await.unwrap_err();
    assert_eq!(again.key(), ErrorKey::NotFound);
    // The address is free again.
    world_invite(&world, &admin).await.unwrap();
}

/// As one that there is not: by the services, and by the store's own methods.
pub async fn a_user_of_another_tenant_is_out_of_reach(store: Arc<dyn Store>) {
    let (world, admin) = acme(store).await;
    let theirs = world.member(&world.tenant("globex").await, Role::Admin).await;
    let id = theirs.user.id;
    let users = world.users();
    for refused in [
        users.get(&admin.may(), id).await.map(drop),
        users.update(&admin.may(), id, disabled(true)).await.map(drop),
        users.invite_again(&admin.may(), id, None).await.map(drop),
        users.delete(&admin.may(), id).await,
    ] {
        assert_eq!(refused.unwrap_err().key(), ErrorKey::NotFound);
    }
    let reads = world.store.read(admin.scope());
    assert_eq!(reads.find_user_record(id).await.unwrap(), None);
    let record = world.users().get(&theirs.may(), id).await.unwrap();
    let tx = world.store.write(admin.scope()).await.unwrap();
    assert_eq!(tx.user_record(id).await.unwrap(), None);
    let spoilt = UserRecord { state: UserState::Disabled, ..record.clone() };
    tx.update_user(&spoilt, at("2026-03-01T00:00:00Z")).await.unwrap();
    assert!(!tx.delete_user(id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(world.users().get(&theirs.may(), id).await.unwrap(), record);
}

/// Whatever tenant the row names.
pub async fn a_new_user_is_one_of_the_tenant_that_makes_it(store: Arc<dyn Store>) {
    let (world, admin) = acme(store).await;
    let stranger = world.member(&world.tenant("globex").await, Role::Admin).await;
    let id = UserId::from_uuid(uuid::Uuid::from_u128(0xfeed));
    let user = User { id, email: email("grace@example.com"), ..admin.user.clone() };
    let password = Some(PasswordHash::from_phc("hash".to_owned()));
    let new = NewUser { user, tenant: stranger.scope().tenant(), password, created_at: at("2026-03-01T00:00:00Z") };
    let tx = world.store.write(admin.scope()).await.unwrap();
    tx.insert_tenant_user(&new).await.unwrap();
    tx.commit().await.unwrap();
    assert!(world.store.read(admin.scope()).find_user(id).await.unwrap().is_some());
    assert_eq!(world.store.read(stranger.scope()).find_user(id).await.unwrap(), None);
    let again = NewUser { user: User { id: UserId::from_uuid(uuid::Uuid::from_u128(0xfeee)), ..new.user }, ..new };
    let tx = world.store.write(admin.scope()).await.unwrap();
    let refused = tx.insert_tenant_user(&again).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict(Constraint::UserEmail)), "{refused}");
}

//! Invitations: a token with which somebody sets a password, once.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::access::{Invitation, InvitationToken, NewPassword, Password, Role, UserChange, UserName, UserState};
use crate::error::{Error, ErrorKey};
use crate::ports::Clock as _;
use crate::store::Store;
use crate::testing::fixtures::{at, email, slug};
use crate::testing::{Member, World, publisher};

const CHOSEN: &str = "what I chose myself";

/// A world with an admin of `acme`, who has invited Grace.
async fn invited(store: Arc<dyn Store>) -> (World, Member, Invitation) {
    let world = World::new(store);
    world.clock.set(at("8000-01-01T00:00:00Z"));
    let tenant = world.tenant("acme").await;
    let admin = world.member(&tenant, Role::Admin).await;
    let name = UserName::parse("name", "Grace Hopper").unwrap();
    let address = email("grace@acme.example");
    let invitation = world.users().invite(&admin.may(), address, name, Role::User, None).await.unwrap().done().unwrap();
    (world, admin, invitation)
}

async fn set(world: &World, tenant: &str, token: &InvitationToken) -> Result<(), ErrorKey> {
    let new = NewPassword::parse("newPassword", CHOSEN).unwrap();
    world.passwords().set(&slug(tenant), token, new).await.map_err(|error: Error| error.key())
}

async fn login(world: &World, password: &str) -> Result<(), ErrorKey> {
    let password = Password::parse("password", password).unwrap();
    let signed_in = world.sign_in().login(&slug("acme"), "grace@acme.example", password).await;
    signed_in.map(drop).map_err(|error| error.key())
}

/// Before it nobody can sign in, after it the user is active.
pub async fn an_invitation_sets_a_password_once(store: Arc<dyn Store>) {
    let (world, admin, invitation) = invited(store).await;
    let id = invitation.record.user.id;
    assert_eq!(invitation.record.state, UserState::Invited);
    assert_eq!(world.users().get(&admin.may(), id).await.unwrap(), invitation.record);
    assert_eq!(login(&world, CHOSEN).await, Err(ErrorKey::InvalidCredentials));
    set(&world, "acme", &invitation.token).await.unwrap();
    assert_eq!(world.users().get(&admin.may(), id).await.unwrap().state, UserState::Active);
    assert_eq!(login(&world, CHOSEN).await, Ok(()));
    assert_eq!(set(&world, "acme", &invitation.token).await, Err(ErrorKey::InvalidCredentials));
    let unknown = InvitationToken::fresh(&*world.random);
    assert_eq!(set(&world, "acme", &unknown).await, Err(ErrorKey::InvalidCredentials));
}

/// However they interleave.
pub async fn of_ten_at_once_one_uses_an_invitation(store: Arc<dyn Store>) {
    let (world, _, invitation) = invited(store).await;
    let mut tries = JoinSet::new();
    for _ in 0..10 {
        let (store, hash, now) = (world.store.clone(), invitation.token.hash(), at("8000-01-01T00:00:00Z"));
        tries.spawn(async move {
            let tx = store.system(publisher()).await.unwrap();
            let used = tx.use_invitation(hash, now).await.unwrap();
            tx.commit().await.unwrap();
            used
        });
    }
    let used = tries.join_all().await.into_iter().filter(|used| *used).count();
    assert_eq!(used, 1);
}

/// Not a moment longer.
pub async fn an_invitation_expires(store: Arc<dyn Store>) {
    let (world, admin, invitation) = invited(store).await;
    assert_eq!(invitation.expires_at, at("8000-01-08T00:00:00Z"));
    let tx = world.store.system(publisher()).await.unwrap();
    let found = tx.invitation(invitation.token.hash(), at("8000-01-07T23:59:59.999999Z")).await.unwrap().unwrap();
    assert_eq!((found.user, found.slug), (invitation.record.user.id, slug("acme")));
    assert_eq!(tx.invitation(invitation.token.hash(), invitation.expires_at).await.unwrap(), None);
    assert!(!tx.use_invitation(invitation.token.hash(), invitation.expires_at).await.unwrap());
    // Purged only when it is past.
    tx.purge_sessions(invitation.expires_at).await.unwrap();
    assert!(tx.invitation(invitation.token.hash(), at("8000-01-02T00:00:00Z")).await.unwrap().is_some());
    tx.purge_sessions(at("8000-01-08T00:00:00.000001Z")).await.unwrap();
    assert!(tx.invitation(invitation.token.hash(), at("8000-01-02T00:00:00Z")).await.unwrap().is_none());
    drop(tx);
    world.clock.set(invitation.expires_at);
    assert_eq!(set(&world, "acme", &invitation.token).await, Err(ErrorKey::InvalidCredentials));
    let again =
        world.users().invite_again(&admin.may(), invitation.record.user.id, None).await.unwrap().done().unwrap();
    assert_eq!(set(&world, "acme", &again.token).await, Ok(()));
}

/// Of two only the later works.
pub async fn a_newer_invitation_replaces_the_older(store: Arc<dyn Store>) {
    let (world, admin, first) = invited(store).await;
    let second = world.users().invite_again(&admin.may(), first.record.user.id, None).await.unwrap().done().unwrap();
    assert_eq!(second.record, first.record);
    assert_ne!(second.token, first.token);
    assert_eq!(set(&world, "acme", &first.token).await, Err(ErrorKey::InvalidCredentials));
    assert_eq!(set(&world, "acme", &second.token).await, Ok(()));
}

/// And is as good as before at its own.
pub async fn an_invitation_of_another_tenant_is_refused(store: Arc<dyn Store>) {
    let (world, _, invitation) = invited(store).await;
    let stranger = world.member(&world.tenant("globex").await, Role::Admin).await;
    assert_eq!(set(&world, "globex", &invitation.token).await, Err(ErrorKey::InvalidCredentials));
    let refused = world.users().invite_again(&stranger.may(), invitation.record.user.id, None).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::NotFound);
    assert_eq!(set(&world, "acme", &invitation.token).await, Ok(()));
}

/// Somebody who has forgotten the password: the old one works until a new one is set, and then
/// no session of the old one is left.
pub async fn an_invitation_replaces_a_forgotten_password(store: Arc<dyn Store>) {
    let (world, admin, invitation) = invited(store).await;
    set(&world, "acme", &invitation.token).await.unwrap();
    let answer = {
        let password = Password::parse("password", CHOSEN).unwrap();
        world.sign_in().login(&slug("acme"), "grace@acme.example", password).await.unwrap()
    };
    let again =
        world.users().invite_again(&admin.may(), invitation.record.user.id, None).await.unwrap().done().unwrap();
    assert_eq!(again.record.state, UserState::Active);
    let session = world.signed_in(&answer).await.actor.session();
    set(&world, "acme", &again.token).await.unwrap();
    let state = world.store.system_read(publisher()).session_state(session).await.unwrap().unwrap();
    assert!(!state.alive);
}

/// The operator sets the password instead: the invitation is used up.
pub async fn a_password_that_was_set_uses_up_the_invitation(store: Arc<dyn Store>) {
    let (world, _admin, invitation) = invited(store).await;
    let new = NewPassword::parse("password", "what the operator chose").unwrap();
    world.users().reset_password(publisher(), &slug("acme"), &email("grace@acme.example"), new).await.unwrap();
    assert_eq!(set(&world, "acme", &invitation.token).await, Err(ErrorKey::InvalidCredentials));
}

/// Whoever knows the password and changes it shuts out whoever else has the invitation.
pub async fn a_changed_password_uses_up_the_invitation(store: Arc<dyn Store>) {
    let (world, admin, invitation) = invited(store).await;
    set(&world, "acme", &invitation.token).await.unwrap();
    let password = |text: &str| Password::parse("password", text).unwrap();
    let answer = world.sign_in().login(&slug("acme"), "grace@acme.example", password(CHOSEN)).await.unwrap();
    let grace = world.signed_in(&answer).await;
    let again =
        world.users().invite_again(&admin.may(), invitation.record.user.id, None).await.unwrap().done().unwrap();
    let new = NewPassword::parse("newPassword", "a new and better one").unwrap();
    world.passwords().change(&grace.may(), password("wrong"), new.clone()).await.unwrap_err();
    let tx = world.store.system(publisher()).await.unwrap();
    assert!(tx.invitation(again.token.hash(), world.clock.now()).await.unwrap().is_some(), "nothing was changed");
    drop(tx);
    world.passwords().change(&grace.may(), password(CHOSEN), new).await.unwrap();
    assert_eq!(set(&world, "acme", &again.token).await, Err(ErrorKey::InvalidCredentials));
}

/// Also when the user is enabled again, who is to be invited anew.
pub async fn a_user_who_is_disabled_loses_the_invitation_and_gets_no_other(store: Arc<dyn Store>) {
    let (world, admin, invitation) = invited(store).await;
    let (users, id) = (world.users(), invitation.record.user.id);
    let disabled = |disabled| UserChange { disabled: Some(disabled), ..UserChange::default() };
    users.update(&admin.may(), id, disabled(true)).await.unwrap();
    assert_eq!(set(&world, "acme", &invitation.token).await, Err(ErrorKey::InvalidCredentials));
    let refused = users.invite_again(&admin.may(), id, None).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::Conflict);
    assert_eq!(users.update(&admin.may(), id, disabled(false)).await.unwrap().state, UserState::Invited);
    assert_eq!(set(&world, "acme", &invitation.token).await, Err(ErrorKey::InvalidCredentials));
    let again = users.invite_again(&admin.may(), id, None).await.unwrap().done().unwrap();
    users.update(&admin.may(), id, UserChange { role: Some(Role::Viewer), ..UserChange::default() }).await.unwrap();
    assert_eq!(set(&world, "acme", &again.token).await, Ok(()), "another change leaves it");
}

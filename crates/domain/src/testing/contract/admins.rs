//! A tenant always has an admin who can sign in.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::access::{Role, UserChange, UserName, UserState};
use crate::error::{Error, ErrorKey};
use crate::id::UserId;
use crate::store::Store;
use crate::testing::fixtures::email;
use crate::testing::{Member, World};

fn demoted() -> UserChange {
    UserChange { role: Some(Role::Viewer), ..UserChange::default() }
}

fn disabled(disabled: bool) -> UserChange {
    UserChange { disabled: Some(disabled), ..UserChange::default() }
}

async fn stays(world: &World, admin: &Member, user: UserId) {
    for refused in [
        world.users().update(&admin.may(), user, demoted()).await.map(drop),
        world.users().update(&admin.may(), user, disabled(true)).await.map(drop),
        world.users().delete(&admin.may(), user).await,
    ] {
        assert_eq!(refused.unwrap_err().key(), ErrorKey::Conflict);
    }
    let record = world.users().get(&admin.may(), user).await.unwrap();
    assert_eq!((record.user.role, record.state), (Role::Admin, UserState::Active));
}

/// Neither invited nor disabled admins stand in for the last active one, nor do those of another
/// tenant.
pub async fn the_last_active_admin_stays(store: Arc<dyn Store>) {
    let world = World::new(store);
    let tenant = world.tenant("acme").await;
    let admin = world.member(&tenant, Role::Admin).await;
    let (users, own) = (world.users(), admin.user.id);
    world.member(&tenant, Role::User).await;
    world.member(&world.tenant("globex").await, Role::Admin).await;
    stays(&world, &admin, own).await;

    let name = UserName::parse("name", "Grace Hopper").unwrap();
    let invited =
        users.invite(&admin.may(), email("grace@example.com"), name, Role::Admin, None).await.unwrap().done().unwrap();
    stays(&world, &admin, own).await;
    users.update(&admin.may(), invited.record.user.id, demoted()).await.unwrap();
    users.delete(&admin.may(), invited.record.user.id).await.unwrap();

    let second = world.user("acme", "second@acme.example", Role::Admin).await.id;
    users.update(&admin.may(), second, disabled(true)).await.unwrap();
    stays(&world, &admin, own).await;
    users.update(&admin.may(), second, disabled(false)).await.unwrap();
    users.update(&admin.may(), own, demoted()).await.unwrap();
    stays(&world, &admin, second).await;
    let harmless = UserChange { name: Some(UserName::parse("name", "Ada").unwrap()), ..UserChange::default() };
    users.update(&admin.may(), second, harmless).await.unwrap();
}

/// Each alone would be fine; both together are not.
pub async fn of_two_admins_demoted_at_once_one_stays(store: Arc<dyn Store>) {
    let world = World::new(store);
    for round in 0..5 {
        let name = format!("tenant-{round}");
        let tenant = world.tenant(&name).await;
        let admin = world.member(&tenant, Role::Admin).await;
        let second = world.user(&name, "second@example.com", Role::Admin).await.id;
        let mut changes = JoinSet::new();
        for user in [admin.user.id, second] {
            let (users, proof) = (world.users(), admin.may());
            changes.spawn(async move { users.update(&proof, user, demoted()).await });
        }
        let outcomes = changes.join_all().await;
        let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err().map(Error::key)).collect();
        assert_eq!(refused, [ErrorKey::Conflict], "round {round}");
    }
}

/// Deleting and disabling get in each other's way as well.
pub async fn of_two_admins_removed_at_once_one_stays(store: Arc<dyn Store>) {
    let world = World::new(store);
    for round in 0..5 {
        let name = format!("tenant-{round}");
        let tenant = world.tenant(&name).await;
        let admin = world.member(&tenant, Role::Admin).await;
        let second = world.user(&name, "second@example.com", Role::Admin).await.id;
        let (users, one, other) = (world.users(), admin.may(), admin.may());
        let (deleted, off) =
            tokio::join!(users.delete(&one, second), users.update(&other, admin.user.id, disabled(true)));
        assert!(deleted.is_ok() != off.is_ok(), "round {round}: {deleted:?} {off:?}");
        let refused = deleted.err().or(off.err()).unwrap();
        assert_eq!(refused.key(), ErrorKey::Conflict, "round {round}");
    }
}

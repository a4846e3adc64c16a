//! API keys.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::Timestamp;
use crate::access::{
    ApiKeyHash, ApiKeyHasher as _, ApiKeyName, ApiKeyService, CreatedApiKey, ReadCatalog, ReadSbom, ReadVulns, Role,
    Scope,
};
use crate::error::{Error, ErrorKey};
use crate::id::ApiKeyId;
use crate::store::Store;
use crate::testing::fixtures::{at, slug};
use crate::testing::{Member, World, publisher};

async fn admin(world: &World, tenant: &str) -> Member {
    world.member(&world.tenant(tenant).await, Role::Admin).await
}

async fn create(
    world: &World,
    admin: &Member,
    name: &str,
    scopes: &[Scope],
    expires_at: Option<Timestamp>,
) -> Result<CreatedApiKey, Error> {
    let name = ApiKeyName::parse("name", name).unwrap();
    world.api_keys().create(&admin.may(), name, scopes.to_vec(), expires_at, None).await.map(|it| it.done().unwrap())
}

/// Every field survives, newest first, and the secret leads to it.
pub async fn an_api_key_comes_back_as_it_was_made(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (ours, theirs) = (admin(&world, "acme").await, admin(&world, "globex").await);
    let until = at("8000-01-01T00:00:00.000001Z");
    let first = create(&world, &ours, "gate", &[Scope::ReadVulns, Scope::ReadCatalog], Some(until)).await.unwrap();
    assert_eq!(first.key.scopes, [Scope::ReadCatalog, Scope::ReadVulns]);
    world.clock.advance(Duration::from_micros(1));
    let second = create(&world, &ours, "mirror", Scope::ALL, None).await.unwrap();
    let foreign = create(&world, &theirs, "theirs", &[Scope::ReadSbom], None).await.unwrap();
    assert_eq!(world.api_keys().list(&ours.may()).await.unwrap(), [second.key.clone(), first.key.clone()]);
    assert_eq!(world.api_keys().list(&theirs.may()).await.unwrap(), std::slice::from_ref(&foreign.key));
    let listed = world.api_keys().list_of(publisher(), &slug("acme")).await.unwrap();
    assert_eq!(listed, [second.key, first.key.clone()]);

    let hash = world.key_hasher.hash(&first.secret);
    let reads = world.store.system_read(publisher());
    let state = reads.api_key_state(&hash).await.unwrap().unwrap();
    assert_eq!((state.id, state.hash, state.tenant), (first.key.id, hash, ours.scope().tenant()));
    assert_eq!((state.slug, state.scopes), (slug("acme"), first.key.scopes));
    assert_eq!((state.expires_at, state.last_used_at, state.suspended), (Some(until), None, false));
    assert_eq!(reads.api_key_state(&ApiKeyHash([0; 32])).await.unwrap(), None);
    let foreign = reads.api_key_state(&world.key_hasher.hash(&foreign.secret)).await.unwrap().unwrap();
    assert_eq!((foreign.tenant, foreign.slug), (theirs.scope().tenant(), slug("globex")));
}

/// A key opens what its scopes name, at its own tenant, until it expires.
pub async fn a_key_acts_within_its_scopes_until_it_expires(store: Arc<dyn Store>) {
    let world = World::new(store);
    let ours = admin(&world, "acme").await;
    let until = world_now(&world).plus(Duration::from_secs(60));
    let made = create(&world, &ours, "gate", &[Scope::ReadCatalog], Some(until)).await.unwrap();
    let (actor, _) = world.key_actors().resolve(made.secret.expose()).await.unwrap();
    assert_eq!(actor.key(), made.key.id);
    assert_eq!(actor.authorize::<ReadCatalog>().unwrap().scope(), ours.scope());
    assert!(actor.authorize::<ReadSbom>().is_err() && actor.authorize::<ReadVulns>().is_err());
    assert!(actor.belongs_to(&slug("acme")).is_ok() && actor.belongs_to(&slug("globex")).is_err());
    world.clock.set(until);
    let refused = world.key_actors().resolve(made.secret.expose()).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::Unauthenticated);
    // It still shows in the list, and no key is born expired.
    assert_eq!(world.api_keys().list(&ours.may()).await.unwrap().len(), 1);
    let refused = create(&world, &ours, "late", &[Scope::ReadCatalog], Some(until)).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::ValidationError);
}

fn world_now(world: &World) -> Timestamp {
    use crate::ports::Clock as _;
    world.clock.now()
}

/// At once, by its own tenant or the operator, and once.
pub async fn a_revoked_key_is_gone(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (ours, theirs) = (admin(&world, "acme").await, admin(&world, "globex").await);
    let made = create(&world, &ours, "gate", &[Scope::ReadCatalog], None).await.unwrap();
    let kept = create(&world, &ours, "kept", &[Scope::ReadCatalog], None).await.unwrap();
    let refused = world.api_keys().revoke(&theirs.may(), made.key.id).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::NotFound);
    world.key_actors().resolve(made.secret.expose()).await.unwrap();
    world.api_keys().revoke(&ours.may(), made.key.id).await.unwrap();
    let refused = world.key_actors().resolve(made.secret.expose()).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::Unauthenticated);
    let refused = world.api_keys().revoke(&ours.may(), made.key.id).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::NotFound);
    assert_eq!(world.api_keys().list(&ours.may()).await.unwrap(), std::slice::from_ref(&kept.key));
    world.api_keys().revoke_any(publisher(), kept.key.id).await.unwrap();
    let refused = world.api_keys().revoke_any(publisher(), kept.key.id).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::NotFound);
    assert_eq!(world.api_keys().list(&ours.may()).await.unwrap(), []);
    let refused = world.api_keys().list_of(publisher(), &slug("nobody")).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::NotFound);
}

/// However many ask at once; another tenant has its own hundred.
pub async fn a_tenant_has_at_most_a_hundred_keys(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    let (ours, theirs) = (admin(&world, "acme").await, admin(&world, "globex").await);
    let mut last = None;
    for number in 1..ApiKeyService::MOST {
        last = Some(create(&world, &ours, &format!("key {number}"), &[Scope::ReadCatalog], None).await.unwrap());
    }
    let mut tries = JoinSet::new();
    for _ in 0..5 {
        let (world, ours) = (Arc::clone(&world), ours.clone());
        tries.spawn(async move { create(&world, &ours, "one more", &[Scope::ReadCatalog], None).await });
    }
    let outcomes = tries.join_all().await;
    let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err().map(Error::key)).collect();
    assert_eq!(refused, [ErrorKey::Conflict; 4]);
    assert_eq!(world.api_keys().list(&ours.may()).await.unwrap().len(), 100);
    create(&world, &theirs, "theirs", &[Scope::ReadCatalog], None).await.unwrap();
    world.api_keys().revoke(&ours.may(), last.unwrap().key.id).await.unwrap();
    create(&world, &ours, "in its place", &[Scope::ReadCatalog], None).await.unwrap();
}

/// Of many uses within a minute the first is noted.
pub async fn a_use_is_noted_at_most_once_a_minute(store: Arc<dyn Store>) {
    let world = World::new(store);
    let ours = admin(&world, "acme").await;
    let made = create(&world, &ours, "gate", &[Scope::ReadCatalog], None).await.unwrap();
    let other = create(&world, &ours, "unused", &[Scope::ReadCatalog], None).await.unwrap();
    let start = world_now(&world);
    let mut noted = Vec::new();
    for second in [0, 1, 59, 60, 119, 120, 600] {
        world.clock.set(start.plus(Duration::from_secs(second)));
        let (actor, stale) = world.key_actors().resolve(made.secret.expose()).await.unwrap();
        // Noted without being asked whether it is worth it: the store decides.
        world.key_actors().note_use(&actor).await.unwrap();
        let keys = world.api_keys().list(&ours.may()).await.unwrap();
        let find = |id: ApiKeyId| keys.iter().find(|key| key.id == id).unwrap().last_used_at;
        let last = find(made.key.id).unwrap().since(start).as_secs();
        assert_eq!(stale, last == second, "at {second} s");
        assert_eq!(find(other.key.id), None);
        noted.push(last);
    }
    assert_eq!(noted, [0, 0, 0, 60, 60, 120, 600]);
}

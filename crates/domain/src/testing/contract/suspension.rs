//! A suspended tenant cannot sign in, and its tokens and keys stop working, until it resumes.

use std::sync::Arc;

use crate::access::{ApiKeyHasher as _, ApiKeyName, ReadCatalog, Role, Scope};
use crate::error::ErrorKey;
use crate::store::Store;
use crate::tenant::TenantSlug;
use crate::testing::fixtures::slug;
use crate::testing::{Member, World, publisher};

/// Whether session, account and key of this member's tenant work.
async fn works(world: &World, member: &Member, secret: &crate::access::ApiKeySecret) -> [bool; 3] {
    let reads = world.store.system_read(publisher());
    let session = reads.session_state(member.actor.session()).await.unwrap().unwrap();
    let account = reads.login_account(member.actor.slug().as_str(), member.user.email.as_str()).await.unwrap();
    let key = reads.api_key_state(&world.key_hasher.hash(secret)).await.unwrap().unwrap();
    assert_eq!(world.key_actors().resolve(secret.expose()).await.is_ok(), !key.suspended);
    [session.alive, account.unwrap().enabled, !key.suspended]
}

/// Saying it twice changes nothing, and another tenant is not concerned.
pub async fn a_suspended_tenant_is_out_until_it_resumes(store: Arc<dyn Store>) {
    let world = World::new(store);
    let mut members = Vec::new();
    for name in ["acme", "globex"] {
        let admin = world.member(&world.tenant(name).await, Role::Admin).await;
        let key = ApiKeyName::parse("name", "CI").unwrap();
        let made = world
            .api_keys()
            .create(&admin.may(), key, vec![Scope::ReadCatalog], None, None)
            .await
            .unwrap()
            .done()
            .unwrap();
        members.push((admin, made.secret));
    }
    for (suspended, changed) in [(false, false), (true, true), (true, false), (false, true), (false, false)] {
        assert_eq!(world.suspend("acme", suspended).await, changed);
        assert_eq!(works(&world, &members[0].0, &members[0].1).await, [!suspended; 3]);
        assert_eq!(works(&world, &members[1].0, &members[1].1).await, [true; 3]);
        let tenants = world.tenants().list(publisher()).await.unwrap();
        let found: Vec<_> = tenants.iter().map(|(tenant, _)| (tenant.slug.as_str(), tenant.suspended)).collect();
        assert_eq!(found, [("acme", suspended), ("globex", false)]);
    }
    let (actor, _) = world.key_actors().resolve(members[0].1.expose()).await.unwrap();
    assert_eq!(actor.authorize::<ReadCatalog>().unwrap().scope(), members[0].0.scope());
    let unknown: TenantSlug = slug("nobody");
    let refused = world.tenants().set_suspended(publisher(), &unknown, true).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::NotFound);
}

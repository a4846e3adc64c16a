//! Keys, and what is kept sealed.

use super::*;
use crate::access::{ApiKeyName, ApiKeyService, CreatedApiKey, Role, Scope};
use crate::error::Error;
use crate::id::UserId;
use crate::testing::World;
use crate::testing::fixtures::{FakeSeal, at};
use crate::testing::mocks::{MockStore, MockTenantTx};
use crate::{ErrorKey, Sha256};

#[test]
fn a_key_is_of_visible_ascii() {
    for fits in [&b"1"[..], b"8e03978e-40d5-43dd-bc93-6894a57f9324", b"!~", &[b'x'; 255]] {
        assert!(IdempotencyKey::parse(fits).is_ok());
    }
    for bad in
        [&b""[..], b"a b", b" a", b"a\n", b"a\0", b"\x7f", "ä".as_bytes(), b"\xff", &[b'x'; 256], &[b'x'; 10_240]]
    {
        assert_eq!(IdempotencyKey::parse(bad).unwrap_err().path, "Idempotency-Key", "{bad:?}");
    }
}

#[test]
fn each_user_has_keys_of_its_own_for_each_operation() {
    let (one, other) = (UserId::from_uuid(uuid::Uuid::from_u128(1)), UserId::from_uuid(uuid::Uuid::from_u128(2)));
    let key = |text: &str| IdempotencyKey::parse(text.as_bytes()).unwrap();
    let slot = AnswerSlot::of(one, "create", &key("k"));
    assert_eq!(slot, AnswerSlot::of(one, "create", &key("k")));
    for different in [
        AnswerSlot::of(other, "create", &key("k")),
        AnswerSlot::of(one, "invite", &key("k")),
        AnswerSlot::of(one, "create", &key("K")),
    ] {
        assert_ne!(slot.hash, different.hash);
    }
}

#[test]
fn an_answer_is_not_printed() {
    assert_eq!(format!("{:?}", StoredAnswer(b"whsec_x".to_vec())), "StoredAnswer(7 bytes)");
}

fn whole(made: &CreatedApiKey) -> Result<StoredAnswer, Error> {
    Ok(StoredAnswer(made.secret.expose().as_bytes().to_vec()))
}

/// The service over a unit of work that has this answer recorded, or none.
async fn create(tx: MockTenantTx) -> Result<Outcome<CreatedApiKey>, Error> {
    let world = World::in_memory();
    let admin = world.member(&world.tenant("acme").await, Role::Admin).await;
    let store = std::sync::Arc::new(MockStore::writing(tx));
    let keys = ApiKeyService::new(store, world.key_hasher.clone(), world.clock.clone(), world.random.clone());
    let key = IdempotencyKey::parse(b"k").unwrap();
    let once = Once::new("create", key, Sha256::of(b"request"), &FakeSeal, &whole);
    let name = ApiKeyName::parse("name", "CI").unwrap();
    keys.create(&admin.may(), name, vec![Scope::ReadSbom], None, Some(&once)).await
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_done() {
    let mut tx = MockTenantTx::new();
    tx.expect_lock_answer().return_once(|_| Ok(None));
    tx.expect_lock_api_keys().return_once(|| Ok(0));
    tx.expect_insert_api_key().return_once(|_| Ok(()));
    tx.expect_put_answer().return_once(|_, _| Err(crate::testing::mocks::away()));
    tx.expect_commit().never();
    assert_eq!(create(tx).await.unwrap_err().key(), ErrorKey::ServiceUnavailable);
}

#[tokio::test]
async fn an_answer_of_another_slot_does_not_open() {
    let mut tx = MockTenantTx::new();
    let answer = crate::secret::SecretSeal::seal(&FakeSeal, b"elsewhere", b"secret").unwrap();
    let moved = RecordedAnswer { request: Sha256::of(b"request"), answer, at: at("2026-03-01T08:00:00Z") };
    tx.expect_lock_answer().return_once(move |_| Ok(Some(moved)));
    tx.expect_insert_api_key().never();
    tx.expect_commit().never();
    assert_eq!(create(tx).await.unwrap_err().key(), ErrorKey::InternalError);
}

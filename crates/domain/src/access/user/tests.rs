//! Addresses, and making users.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::access::{NewPassword, Role};
use crate::error::{Error, ErrorKey};
use crate::tenant::TenantSlug;
use crate::testing::mocks::{MockStore, MockSystemTx};
use crate::testing::{World, publisher};

#[test]
fn addresses_are_folded() {
    for (text, expected) in [
        ("ada@example.com", "ada@example.com"),
        ("Ada.Lovelace+Tag@EXAMPLE.com", "ada.lovelace+tag@example.com"),
        ("J\u{dc}RGEN@example.com", "jürgen@example.com"),
        ("ju\u{308}rgen@example.com", "jürgen@example.com"),
        // No upper-case J with a caron is one character, the lower-case one is.
        ("J\u{30c}@example.com", "\u{1f0}@example.com"),
        ("a@b", "a@b"),
    ] {
        assert_eq!(Email::parse("email", text).unwrap().as_str(), expected, "{text:?}");
    }
    let longest = format!("{}@example.com", "a".repeat(242));
    assert!(Email::parse("email", &longest).is_ok());
    assert!(Email::parse("email", &format!("a{longest}")).is_err());
}

#[test]
fn what_has_not_the_shape_of_an_address_is_refused() {
    for text in [
        "",
        "@",
        "ada",
        "ada@",
        "@example.com",
        "a@b@c",
        " ada@example.com",
        "ada@example.com ",
        "a da@example.com",
        "ada@exa\tmple.com",
        "ada@example.com\r\nBcc: x@y",
        "ada\0@example.com",
        "ada@\u{a0}example.com",
        "ada@example.com\u{85}",
        "a\u{200b}da@example.com",
        "ada@exam\u{ad}ple.com",
        "ada@example.com\u{feff}",
    ] {
        assert!(Email::parse("email", text).is_err(), "{text:?}");
    }
}

proptest! {
    #[test]
    fn folding_twice_is_folding_once(local in "\\PC{1,20}", domain in "\\PC{1,20}") {
        if let Ok(once) = Email::parse("email", &format!("{local}@{domain}")) {
            prop_assert_eq!(Email::parse("email", once.as_str()).unwrap(), once);
        }
    }
}

async fn create(users: &UserService, address: &str) -> Result<User, Error> {
    let (address, name) = (Email::parse("email", address)?, UserName::parse("name", "Ada")?);
    let password = NewPassword::parse("password", World::PASSWORD)?;
    let slug = TenantSlug::parse("tenant", "acme")?;
    users.create(publisher(), &slug, address, name, Role::User, password).await
}

#[tokio::test]
async fn an_address_is_taken_whatever_its_case() {
    let world = World::in_memory();
    assert_eq!(create(&world.users(), "ada@acme.example").await.unwrap_err().to_string(), "tenant acme not found");
    world.tenant("acme").await;
    create(&world.users(), "ada@acme.example").await.unwrap();
    let taken = create(&world.users(), "ADA@acme.example").await.unwrap_err();
    assert_eq!(taken.to_string(), "ada@acme.example is already a user of this tenant");
    assert_eq!(taken.key(), ErrorKey::Conflict);
}

#[tokio::test]
async fn nothing_slow_is_done_inside_the_unit_of_work() {
    let world = World::in_memory();
    let hasher = world.hasher.clone();
    let mut tx = MockSystemTx::new();
    tx.expect_find_tenant().return_once(move |_| {
        assert_eq!(hasher.hashes(), 1, "hashed before the unit began");
        Ok(None)
    });
    let store = Arc::new(MockStore::working(tx));
    let users = UserService::new(store, world.hasher.clone(), world.clock.clone(), world.random.clone());
    assert_eq!(create(&users, "ada@acme.example").await.unwrap_err().key(), ErrorKey::NotFound);
}

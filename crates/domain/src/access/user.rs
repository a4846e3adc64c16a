//! Users of a tenant.

use std::sync::Arc;

use async_trait::async_trait;
use unicode_normalization::UnicodeNormalization as _;

use crate::access::{Authorized, NewPassword, PasswordHash, Role, SessionOwn, SystemScope};
use crate::error::Error;
use crate::id::{self, TenantId, UserId};
use crate::ports::{Clock, PasswordHasher, Random};
use crate::store::{Constraint, Store, StoreError};
use crate::tenant::TenantSlug;
use crate::text::{one_line, text_type};
use crate::{FieldError, Timestamp};

text_type! {
    /// An e-mail address: NFC, lower case, at most 254 characters. Only the shape is checked;
    /// whether it receives mail is not for us to know.
    Email, |path, text| {
        // Once more after folding: a lower-case letter may compose where its upper case does not.
        let text: String = text.nfc().collect::<String>().to_lowercase().nfc().collect();
        let shaped = text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
        let clean = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        if shaped && clean && text.chars().count() <= 254 {
            Ok(text)
        } else {
            Err(FieldError::new(path, "must be an e-mail address of at most 254 characters"))
        }
    }
}

text_type! {
    /// A person's name: one line of 1 to 100 characters.
    UserName, |path, text| one_line(path, text, 1, 100)
}

/// A user of a tenant, as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The e-mail address, unique within the tenant.
    pub email: Email,
    /// The name.
    pub name: UserName,
    /// The role.
    pub role: Role,
}

/// A user about to be recorded.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The user.
    pub user: User,
    /// The tenant.
    pub tenant: TenantId,
    /// The hash of the first password.
    pub password: PasswordHash,
    /// When.
    pub created_at: Timestamp,
}

/// What sign-in needs of an account.
#[derive(Clone, Debug)]
pub struct LoginAccount {
    /// The user.
    pub user: User,
    /// The tenant.
    pub tenant: TenantId,
    /// The stored hash.
    pub password: PasswordHash,
    /// Whether both the user and the tenant may sign in.
    pub enabled: bool,
}

/// A user together with the tenant's slug: the answer to "who am I".
#[derive(Clone, Debug)]
pub struct Account {
    /// The user.
    pub user: User,
    /// The tenant.
    pub tenant: TenantSlug,
}

/// Users of the tenant of the handle.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Users: Send + Sync {
    /// One user of this tenant.
    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError>;
}

/// What may be done with users.
#[derive(Clone)]
pub struct UserService {
    store: Arc<dyn Store>,
    hasher: Arc<dyn PasswordHasher>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl UserService {
    /// Over a store and the means to make a user.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        hasher: Arc<dyn PasswordHasher>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, hasher, clock, random }
    }

    /// Who am I.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the user is gone by now; [`Error::Store`].
    pub async fn me(&self, who: &Authorized<SessionOwn>) -> Result<Account, Error> {
        let user = self.store.read(who.scope()).find_user(who.user()).await?.ok_or(Error::Unauthenticated)?;
        Ok(Account { user, tenant: who.actor().slug().clone() })
    }

    /// Makes a user of a tenant.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a tenant, [`Error::Conflict`] when the address is taken.
    pub async fn create(
        &self,
        scope: SystemScope,
        tenant: &TenantSlug,
        email: Email,
        name: UserName,
        role: Role,
        password: NewPassword,
    ) -> Result<User, Error> {
        // Hashed before the unit of work begins: nothing slow while the writer is held.
        let password = self.hasher.hash(password.into_password()).await?;
        let tx = self.store.system(scope).await?;
        let found = tx.find_tenant(tenant).await?;
        let tenant = found.ok_or_else(|| Error::NotFound(format!("tenant {tenant}")))?.id;
        let id = UserId::from_uuid(id::fresh(&*self.clock, &*self.random));
        let user = User { id, email, name, role };
        let new = NewUser { user: user.clone(), tenant, password, created_at: self.clock.now() };
        tx.insert_user(&new).await.map_err(|error| match error {
            StoreError::Conflict(Constraint::UserEmail) => {
                Error::Conflict(format!("{} is already a user of this tenant", user.email))
            }
            other => other.into(),
        })?;
        tx.commit().await?;
        Ok(user)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKey;
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
}

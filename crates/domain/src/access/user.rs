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
        let text: String = text.nfc().collect::<String>().to_lowercase();
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

//! What may be done with users.

use std::sync::Arc;

use crate::access::user::{
    Account, Email, Invitation, NewInvitation, NewUser, User, UserChange, UserName, UserPosition, UserRecord, UserState,
};
use crate::access::{
    Authorized, InvitationToken, NewPassword, Role, SessionOwn, SystemScope, TenantScope, UsersRead, UsersWrite,
};
use crate::error::Error;
use crate::id::{self, TenantId, UserId};
use crate::idempotency::{Once, Outcome};
use crate::paging::{Page, PageRequest, Total};
use crate::ports::{Clock, PasswordHasher, Random};
use crate::store::{Constraint, Store, StoreError, TenantTx};
use crate::tenant::{Tenant, TenantSlug};

/// What may be done with users.
#[derive(Clone)]
pub struct UserService {
    store: Arc<dyn Store>,
    hasher: Arc<dyn PasswordHasher>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// The user as it will be, unless nobody would be left to run the tenant.
fn changed(record: UserRecord, change: UserChange, active_admins: u64) -> Result<UserRecord, Error> {
    let mut after = record.clone();
    after.user.name = change.name.unwrap_or(after.user.name);
    after.user.role = change.role.unwrap_or(after.user.role);
    after.state = match (change.disabled, record.state) {
        (Some(true), _) => UserState::Disabled,
        // Whether the user has a password decides between active and invited; the store knows.
        (Some(false), UserState::Disabled) => UserState::Active,
        (_, state) => state,
    };
    keep_an_admin(&record, Some(&after), active_admins)?;
    Ok(after)
}

fn keep_an_admin(before: &UserRecord, after: Option<&UserRecord>, active_admins: u64) -> Result<(), Error> {
    let is_active_admin = |record: &UserRecord| record.user.role == Role::Admin && record.state == UserState::Active;
    if is_active_admin(before) && !after.is_some_and(is_active_admin) && active_admins <= 1 {
        return Err(Error::Conflict("This is the last active admin of the tenant.".into()));
    }
    Ok(())
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
        let member = who.member()?;
        let user = self.store.read(who.scope()).find_user(member.user()).await?.ok_or(Error::Unauthenticated)?;
        Ok(Account { user, tenant: member.slug().clone() })
    }

    /// The tenant's users, by e-mail address.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(
        &self,
        who: &Authorized<UsersRead>,
        page: &PageRequest<UserPosition>,
    ) -> Result<Page<UserRecord, UserPosition>, Error> {
        self.list_in(who.scope(), page).await
    }

    async fn list_in(
        &self,
        scope: TenantScope,
        page: &PageRequest<UserPosition>,
    ) -> Result<Page<UserRecord, UserPosition>, Error> {
        let reads = self.store.read(scope);
        let found = reads.list_users(page).await?;
        let mut answer = Page::cut(found, page.limit, |record| UserPosition(record.user.email.clone()));
        if page.count {
            answer.total = Some(Total::capped(reads.count_users(Total::CAP + 1).await?));
        }
        Ok(answer)
    }

    /// One user.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a user of this tenant; [`Error::Store`].
    pub async fn get(&self, who: &Authorized<UsersRead>, user: UserId) -> Result<UserRecord, Error> {
        let found = self.store.read(who.scope()).find_user_record(user).await?;
        found.ok_or_else(|| Error::NotFound("user".into()))
    }

    /// Makes a user without a password, and an invitation to set one; once.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the address is taken; as [`Once::replay`]; [`Error::Store`].
    pub async fn invite(
        &self,
        who: &Authorized<UsersWrite>,
        email: Email,
        name: UserName,
        role: Role,
        once: Option<&Once<'_, Invitation>>,
    ) -> Result<Outcome<Invitation>, Error> {
        let now = self.clock.now();
        let tx = self.store.write(who.scope()).await?;
        if let Some(answer) = Once::replay(once, who, &*tx, now).await? {
            return Ok(Outcome::Replayed(answer));
        }
        let user = User { id: UserId::from_uuid(id::fresh(&*self.clock, &*self.random)), email, name, role };
        let new = NewUser { user: user.clone(), tenant: who.scope().tenant(), password: None, created_at: now };
        tx.insert_tenant_user(&new).await.map_err(|error| taken(error, &user.email))?;
        let record = UserRecord { user, state: UserState::Invited, created_at: now };
        let invitation = self.invitation(&*tx, record).await?;
        Once::record(once, who, &*tx, now, &invitation).await?;
        tx.commit().await?;
        Ok(Outcome::Done(invitation))
    }

    /// A fresh invitation for a user who has no password yet, or has forgotten it. Earlier
    /// invitations stop working; the old password works until a new one is set.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a user of this tenant; [`Error::Conflict`] when the user
    /// is disabled; as [`Once::replay`]; [`Error::Store`].
    pub async fn invite_again(
        &self,
        who: &Authorized<UsersWrite>,
        user: UserId,
        once: Option<&Once<'_, Invitation>>,
    ) -> Result<Outcome<Invitation>, Error> {
        let now = self.clock.now();
        let tx = self.store.write(who.scope()).await?;
        if let Some(answer) = Once::replay(once, who, &*tx, now).await? {
            return Ok(Outcome::Replayed(answer));
        }
        // Of two invitations at once the later one counts, and nobody deletes the user meanwhile.
        tx.lock_users().await?;
        let record = tx.user_record(user).await?.ok_or_else(|| Error::NotFound("user".into()))?;
        if record.state == UserState::Disabled {
            return Err(Error::Conflict("This user is disabled: enable it before inviting it again.".into()));
        }
        let invitation = self.invitation(&*tx, record).await?;
        Once::record(once, who, &*tx, now, &invitation).await?;
        tx.commit().await?;
        Ok(Outcome::Done(invitation))
    }

    async fn invitation(&self, tx: &dyn TenantTx, record: UserRecord) -> Result<Invitation, Error> {
        let token = InvitationToken::fresh(&*self.random);
        let created_at = self.clock.now();
        let expires_at = created_at.plus(InvitationToken::LIFETIME);
        let new = NewInvitation { hash: token.hash(), user: record.user.id, created_at, expires_at };
        tx.insert_invitation(&new).await?;
        Ok(Invitation { record, token, expires_at })
    }

    /// Changes a user. A disabled user's sessions end, and its invitation stops working.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a user of this tenant; [`Error::Conflict`] when no
    /// active admin would be left; [`Error::Store`].
    pub async fn update(
        &self,
        who: &Authorized<UsersWrite>,
        user: UserId,
        change: UserChange,
    ) -> Result<UserRecord, Error> {
        self.update_in(who.scope(), user, change).await
    }

    async fn update_in(&self, scope: TenantScope, user: UserId, change: UserChange) -> Result<UserRecord, Error> {
        let tx = self.store.write(scope).await?;
        let active_admins = tx.lock_users().await?;
        let before = tx.user_record(user).await?.ok_or_else(|| Error::NotFound("user".into()))?;
        let after = changed(before.clone(), change, active_admins)?;
        let now = self.clock.now();
        tx.update_user(&after, now).await?;
        if after.state == UserState::Disabled && before.state != UserState::Disabled {
            tx.end_sessions(user, None, now).await?;
        }
        let after = tx.user_record(user).await?.ok_or_else(|| Error::NotFound("user".into()))?;
        tx.commit().await?;
        Ok(after)
    }

    /// Removes a user, with all sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a user of this tenant; [`Error::Conflict`] when no
    /// active admin would be left; [`Error::Store`].
    pub async fn delete(&self, who: &Authorized<UsersWrite>, user: UserId) -> Result<(), Error> {
        let tx = self.store.write(who.scope()).await?;
        let active_admins = tx.lock_users().await?;
        let before = tx.user_record(user).await?.ok_or_else(|| Error::NotFound("user".into()))?;
        keep_an_admin(&before, None, active_admins)?;
        tx.delete_user(user).await?;
        Ok(tx.commit().await?)
    }
}

/// The operator's side.
impl UserService {
    /// Makes a user of a tenant, with a password.
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
        let tenant: TenantId = require_tenant(tx.find_tenant(tenant).await?, tenant)?.id;
        let id = UserId::from_uuid(id::fresh(&*self.clock, &*self.random));
        let user = User { id, email, name, role };
        let new = NewUser { user: user.clone(), tenant, password: Some(password), created_at: self.clock.now() };
        tx.insert_user(&new).await.map_err(|error| taken(error, &user.email))?;
        tx.commit().await?;
        Ok(user)
    }

    /// All users of a tenant, by e-mail address.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a tenant; [`Error::Store`].
    pub async fn list_of(&self, scope: SystemScope, tenant: &TenantSlug) -> Result<Vec<UserRecord>, Error> {
        let scope = scope.tenant(&self.tenant(scope, tenant).await?);
        let mut all = Vec::new();
        let mut page = PageRequest::default();
        loop {
            let answer = self.list_in(scope, &page).await?;
            all.extend(answer.items);
            page.after = answer.next;
            if page.after.is_none() {
                return Ok(all);
            }
        }
    }

    /// Changes a user of a tenant, by e-mail address.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a tenant or user; [`Error::Conflict`] when no active
    /// admin would be left; [`Error::Store`].
    pub async fn update_of(
        &self,
        scope: SystemScope,
        tenant: &TenantSlug,
        email: &Email,
        change: UserChange,
    ) -> Result<UserRecord, Error> {
        let user = self.user_of(scope, tenant, email).await?;
        let scope = scope.tenant(&self.tenant(scope, tenant).await?);
        self.update_in(scope, user, change).await
    }

    /// Sets a user's password, and ends all of the user's sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a tenant or user; [`Error::Unavailable`]; [`Error::Store`].
    pub async fn reset_password(
        &self,
        scope: SystemScope,
        tenant: &TenantSlug,
        email: &Email,
        password: NewPassword,
    ) -> Result<(), Error> {
        let password = self.hasher.hash(password.into_password()).await?;
        let user = self.user_of(scope, tenant, email).await?;
        let tx = self.store.system(scope).await?;
        tx.reset_password(user, &password, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    async fn tenant(&self, scope: SystemScope, slug: &TenantSlug) -> Result<Tenant, Error> {
        let tx = self.store.system(scope).await?;
        require_tenant(tx.find_tenant(slug).await?, slug)
    }

    async fn user_of(&self, scope: SystemScope, tenant: &TenantSlug, email: &Email) -> Result<UserId, Error> {
        let tenant_found = self.tenant(scope, tenant).await?;
        let account = self.store.system_read(scope).login_account(tenant_found.slug.as_str(), email.as_str()).await?;
        let account = account.ok_or_else(|| Error::NotFound(format!("user {email} of tenant {tenant}")))?;
        Ok(account.user.id)
    }
}

fn require_tenant(found: Option<Tenant>, slug: &TenantSlug) -> Result<Tenant, Error> {
    found.ok_or_else(|| Error::NotFound(format!("tenant {slug}")))
}

fn taken(error: StoreError, email: &Email) -> Error {
    match error {
        StoreError::Conflict(Constraint::UserEmail) => {
            Error::Conflict(format!("{email} is already a user of this tenant"))
        }
        other => other.into(),
    }
}

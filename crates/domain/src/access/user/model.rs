//! What a user is.

use unicode_normalization::UnicodeNormalization as _;

use crate::access::{InvitationToken, PasswordHash, Role};
use crate::id::{TenantId, UserId};
use crate::macros::words;
use crate::tenant::TenantSlug;
use crate::text::{is_unseen, one_line, text_type};
use crate::{FieldError, Sha256, Timestamp};

text_type! {
    /// An e-mail address: NFC, lower case, at most 254 characters. Only the shape is checked;
    /// whether it receives mail is not for us to know.
    Email, |path, text| {
        // Once more after folding: a lower-case letter may compose where its upper case does not.
        let text: String = text.nfc().collect::<String>().to_lowercase().nfc().collect();
        let shaped = text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
        let clean = !text.chars().any(|c| c.is_whitespace() || c.is_control() || is_unseen(c));
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
    /// The hash of the first password; `None` for somebody who is invited to set one.
    pub password: Option<PasswordHash>,
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
    /// The stored hash; `None` until an invited user has set a password.
    pub password: Option<PasswordHash>,
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

words! {
    /// Whether a user can sign in.
    UserState {
        /// Can sign in.
        Active = "active",
        /// Has not set a password yet.
        Invited = "invited",
        /// Must not sign in.
        Disabled = "disabled",
    }
}

/// A user as an admin sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRecord {
    /// The user.
    pub user: User,
    /// Whether the user can sign in.
    pub state: UserState,
    /// Since when.
    pub created_at: Timestamp,
}

/// What changes of a user; whatever is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// The name.
    pub name: Option<UserName>,
    /// The role.
    pub role: Option<Role>,
    /// Whether the user is kept from signing in.
    pub disabled: Option<bool>,
}

/// A place in the list of users, by e-mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPosition(pub Email);

/// An invitation to set a password, with the token that is shown this once.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Whom it invites.
    pub record: UserRecord,
    /// The token.
    pub token: InvitationToken,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// An invitation about to be recorded.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// The hash of its token.
    pub hash: Sha256,
    /// Whom it invites.
    pub user: UserId,
    /// Made at.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

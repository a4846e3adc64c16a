//! What a session and its tokens are.

use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::time::Duration;

use crate::access::{Role, User};
use crate::id::{SessionId, TenantId, TokenId, UserId};
use crate::ports::Random;
use crate::tenant::TenantSlug;
use crate::{Sha256, Timestamp};

/// What an access token says (RFC 7519, RFC 9068). Issuer and audience belong to the signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// `sub`: the user.
    pub user: UserId,
    /// `tenant`.
    pub tenant: TenantId,
    /// `sid`.
    pub session: SessionId,
    /// `jti`.
    pub token: TokenId,
    /// `iat` and `nbf`, whole seconds.
    pub issued_at: Timestamp,
    /// `exp`, whole seconds.
    pub expires_at: Timestamp,
}

impl AccessClaims {
    /// How long an access token is good for.
    pub const LIFETIME: Duration = Duration::from_secs(15 * 60);
    /// How far two clocks may be apart.
    pub const LEEWAY: Duration = Duration::from_secs(30);
}

/// A refresh token: 256 random bits, shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken([u8; 32]);

impl RefreshToken {
    /// How long a session can be kept alive with it.
    pub const LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

    /// A new one.
    #[must_use]
    pub fn fresh(random: &dyn Random) -> Self {
        let mut bytes = [0u8; 32];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// From the bytes that a client presents.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the one answer that shows them.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// What is stored. A plain hash suffices: 256 random bits cannot be guessed.
    #[must_use]
    pub fn hash(&self) -> RefreshTokenHash {
        RefreshTokenHash(Sha256::of(&self.0))
    }
}

impl Debug for RefreshToken {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("RefreshToken(…)")
    }
}

/// The stored hash of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RefreshTokenHash(pub Sha256);

/// A session about to be recorded.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// The user's tenant.
    pub tenant: TenantId,
    /// Signed in at.
    pub created_at: Timestamp,
    /// Ends by itself at.
    pub expires_at: Timestamp,
    /// The first refresh token's hash.
    pub refresh: RefreshTokenHash,
}

/// What decides whether a session may act, read in one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// The session.
    pub session: SessionId,
    /// Its user.
    pub user: UserId,
    /// The user's tenant.
    pub tenant: TenantId,
    /// The tenant's slug.
    pub slug: TenantSlug,
    /// The user's role now.
    pub role: Role,
    /// The user, as shown.
    pub account: User,
    /// Whether session, user and tenant are all alive.
    pub alive: bool,
    /// Whether the session was ended, for good.
    pub ended: bool,
    /// Ends by itself at.
    pub expires_at: Timestamp,
}

/// A session of one's own, as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Signed in at.
    pub created_at: Timestamp,
    /// Last kept alive by a refresh token, or signed in at.
    pub refreshed_at: Timestamp,
    /// Ends by itself at.
    pub expires_at: Timestamp,
}

/// A refresh token that is on record, and the session it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshTokenState {
    /// The session: all its refresh tokens are one family (RFC 9700 section 4.14.2).
    pub session: SessionId,
    /// The slug of the session's tenant.
    pub slug: TenantSlug,
    /// When it was used, if it was.
    pub used_at: Option<Timestamp>,
}

/// A one-time token with which a user sets the password: 256 random bits, shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationToken([u8; 32]);

impl InvitationToken {
    /// How long it is good for.
    pub const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

    /// A new one.
    #[must_use]
    pub fn fresh(random: &dyn Random) -> Self {
        let mut bytes = [0u8; 32];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// From the bytes that a client presents.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the one answer that shows them.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// What is stored.
    #[must_use]
    pub fn hash(&self) -> Sha256 {
        Sha256::of(&self.0)
    }
}

impl Debug for InvitationToken {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("InvitationToken(…)")
    }
}

/// An invitation that is on record and still good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationState {
    /// Whom it invites.
    pub user: UserId,
    /// The slug of the user's tenant.
    pub slug: TenantSlug,
}

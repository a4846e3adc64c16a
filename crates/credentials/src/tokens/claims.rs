//! The claims of a token: strict types, and their time.

use podarmor_domain::access::AccessClaims;
use podarmor_domain::id::{SessionId, TenantId, TokenId, UserId};
use podarmor_domain::{Error, FieldError, Timestamp};
use serde::{Deserialize, Serialize};

use super::TokenNames;

/// Whole seconds since the epoch; what is no unsigned integer does not parse.
type Seconds = u64;

/// 9999-12-31T23:59:59Z: later times are nobody's honest claim.
const LAST_SECOND: Seconds = 253_402_300_799;

#[derive(Serialize, Deserialize)]
pub(super) struct Claims {
    iss: String,
    aud: String,
    sub: String,
    tenant: String,
    sid: String,
    jti: String,
    iat: Seconds,
    nbf: Seconds,
    exp: Seconds,
}

impl Claims {
    pub(super) fn new(claims: &AccessClaims, names: &TokenNames) -> Self {
        let issued_at = seconds(claims.issued_at);
        Self {
            iss: names.issuer.clone(),
            aud: names.audience.clone(),
            sub: claims.user.to_string(),
            tenant: claims.tenant.to_string(),
            sid: claims.session.to_string(),
            jti: claims.token.to_string(),
            iat: issued_at,
            nbf: issued_at,
            exp: seconds(claims.expires_at),
        }
    }

    /// What the claims of a validly signed token say, when its time is now.
    pub(super) fn judge(&self, names: &TokenNames, now: Timestamp) -> Result<AccessClaims, Error> {
        let for_us = self.iss == names.issuer && self.aud == names.audience;
        let in_range = [self.iat, self.nbf, self.exp].iter().all(|time| *time <= LAST_SECOND);
        let leeway = AccessClaims::LEEWAY.as_secs();
        let now = seconds(now);
        let begun = self.nbf <= now + leeway && self.iat <= now + leeway;
        if !(for_us && in_range && begun) {
            return Err(Error::Unauthenticated);
        }
        let claims = self.read().map_err(|_| Error::Unauthenticated)?;
        if self.exp + leeway < now { Err(Error::TokenExpired) } else { Ok(claims) }
    }

    fn read(&self) -> Result<AccessClaims, FieldError> {
        Ok(AccessClaims {
            user: UserId::parse("sub", &self.sub)?,
            tenant: TenantId::parse("tenant", &self.tenant)?,
            session: SessionId::parse("sid", &self.sid)?,
            token: TokenId::parse("jti", &self.jti)?,
            issued_at: moment(self.iat),
            expires_at: moment(self.exp),
        })
    }
}

fn seconds(moment: Timestamp) -> Seconds {
    u64::try_from(moment.seconds()).unwrap_or(0)
}

fn moment(seconds: Seconds) -> Timestamp {
    Timestamp::from_micros(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000))
}

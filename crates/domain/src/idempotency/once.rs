//! Doing a request once: looking for the answer of the first, and recording it.

use crate::access::{Authorized, Permit};
use crate::error::Error;
use crate::idempotency::{AnswerSlot, IdempotencyKey, RecordedAnswer, StoredAnswer};
use crate::secret::SecretSeal;
use crate::store::TenantTx;
use crate::{Sha256, Timestamp};

/// A request that is to be done once, and how its answer is written down. A service that makes
/// `T` asks [`Once::replay`] first thing in its unit of work and calls [`Once::record`] last,
/// before it commits: both happen or neither.
pub struct Once<'a, T> {
    operation: &'a str,
    key: IdempotencyKey,
    request: Sha256,
    seal: &'a dyn SecretSeal,
    render: &'a (dyn Fn(&T) -> Result<StoredAnswer, Error> + Send + Sync),
}

impl<'a, T> Once<'a, T> {
    /// A request to `operation` (a word without spaces) whose content has this hash.
    #[must_use]
    pub fn new(
        operation: &'a str,
        key: IdempotencyKey,
        request: Sha256,
        seal: &'a dyn SecretSeal,
        render: &'a (dyn Fn(&T) -> Result<StoredAnswer, Error> + Send + Sync),
    ) -> Self {
        Self { operation, key, request, seal, render }
    }

    /// The answer of the first time, if there was one within [`IdempotencyKey::LIFETIME`]. Until
    /// the unit of work ends, others with the same key wait.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the key was used for another request; [`Error::Forbidden`]
    /// without a user; [`Error::Store`]; [`Error::Internal`] when the answer does not open.
    pub async fn replay<P: Permit>(
        once: Option<&Self>,
        who: &Authorized<P>,
        tx: &dyn TenantTx,
        now: Timestamp,
    ) -> Result<Option<StoredAnswer>, Error> {
        let Some(once) = once else { return Ok(None) };
        let slot = once.slot(who)?;
        let recorded = tx.lock_answer(&slot).await?.filter(|it| now.since(it.at) < IdempotencyKey::LIFETIME);
        let Some(recorded) = recorded else { return Ok(None) };
        if recorded.request != once.request {
            let message = format!("This {} was used for another request.", IdempotencyKey::HEADER);
            return Err(Error::Conflict(message));
        }
        let answer = once.seal.open(&once.context(who, &slot), &recorded.answer)?;
        Ok(Some(StoredAnswer(answer)))
    }

    /// Records the answer, in place of one that is past its time.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without a user; [`Error::Store`]; [`Error::Internal`].
    pub async fn record<P: Permit>(
        once: Option<&Self>,
        who: &Authorized<P>,
        tx: &dyn TenantTx,
        now: Timestamp,
        made: &T,
    ) -> Result<(), Error> {
        let Some(once) = once else { return Ok(()) };
        let slot = once.slot(who)?;
        let answer = once.seal.seal(&once.context(who, &slot), &(once.render)(made)?.0)?;
        let recorded = RecordedAnswer { request: once.request, answer, at: now };
        Ok(tx.put_answer(&slot, &recorded).await?)
    }

    fn slot<P: Permit>(&self, who: &Authorized<P>) -> Result<AnswerSlot, Error> {
        Ok(AnswerSlot::of(who.member()?.user(), self.operation, &self.key))
    }

    /// What an answer is sealed to: the tenant, the slot and the request.
    fn context<P: Permit>(&self, who: &Authorized<P>, slot: &AnswerSlot) -> Vec<u8> {
        let tenant = who.scope().tenant().uuid();
        [b"answer", &tenant.as_bytes()[..], slot.hash.as_bytes(), self.request.as_bytes()].concat()
    }
}

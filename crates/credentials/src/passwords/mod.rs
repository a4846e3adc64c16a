//! Passwords: argon2id hashes in PHC string format, and how many may be computed at once.

mod cost;
mod memory;
mod queue;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use podarmor_domain::Error;
use podarmor_domain::access::{Password, PasswordHash};
use podarmor_domain::ports::{PasswordHasher, Verification};
use zeroize::Zeroizing;

use crate::CredentialsError;
pub use cost::HashingCost;
use memory::WorkingMemory;
pub use queue::HashingLimits;
use queue::Queue;

/// Hashes and verifies passwords with argon2id (RFC 9106).
///
/// Each computation runs on a blocking thread and holds its place until it has ended, even when
/// the request it was for is long gone. When all places are taken, a bounded number of callers
/// waits a bounded time; everybody else is refused at once.
#[derive(Clone)]
pub struct Argon2Hasher {
    cost: HashingCost,
    dummy: Arc<str>,
    memory: WorkingMemory,
    queue: Queue,
}

impl Argon2Hasher {
    /// Sets hashing up, and computes the hash that stands in for one that does not exist.
    ///
    /// # Errors
    /// [`CredentialsError::Cost`] when the cost is out of bounds; [`CredentialsError::Hashing`],
    /// [`CredentialsError::Randomness`] when the dummy hash cannot be computed.
    pub fn new(cost: HashingCost, limits: HashingLimits) -> Result<Self, CredentialsError> {
        let mut nobodys = Zeroizing::new([0u8; 32]);
        getrandom::fill(nobodys.as_mut_slice()).map_err(CredentialsError::Randomness)?;
        // In memory of its own: a server that nobody signs in to keeps none.
        let dummy = cost.hash(nobodys.as_slice(), &WorkingMemory::default())?;
        Ok(Self { cost, dummy: dummy.into(), memory: WorkingMemory::default(), queue: Queue::new(limits) })
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: Password) -> Result<PasswordHash, Error> {
        let (cost, memory) = (self.cost, self.memory.clone());
        let hashed = self.queue.run(move || cost.hash(password.expose().as_bytes(), &memory)).await?;
        Ok(PasswordHash::from_phc(hashed.map_err(Error::internal)?))
    }

    async fn verify(&self, password: Password, hash: Option<PasswordHash>) -> Result<Verification, Error> {
        let (cost, dummy, memory) = (self.cost, Arc::clone(&self.dummy), self.memory.clone());
        self.queue.run(move || verify(cost, &dummy, &password, hash.as_ref(), &memory)).await
    }
}

/// Verifies against the stored hash; without a usable one, does the work of verifying against
/// the dummy and answers `Wrong` whatever comes out.
fn verify(
    cost: HashingCost,
    dummy: &str,
    password: &Password,
    hash: Option<&PasswordHash>,
    memory: &WorkingMemory,
) -> Verification {
    let stored = hash.and_then(|hash| match cost::read_stored(hash.as_phc()) {
        Ok(stored) => Some(stored),
        Err(reason) => {
            tracing::error!(reason, "a stored password hash cannot be used: its user cannot sign in");
            None
        }
    });
    let Some(stored) = stored else {
        let _always_wrong = cost::matches(dummy, password.expose().as_bytes(), memory);
        return Verification::Wrong;
    };
    match cost::matches(&stored.phc, password.expose().as_bytes(), memory) {
        false => Verification::Wrong,
        true if cost.made(&stored) => Verification::Right,
        true => Verification::RightButOutdated,
    }
}

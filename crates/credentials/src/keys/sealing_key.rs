//! One key that seals stored secrets, with the id of its file.

use std::fmt::{Debug, Formatter, Result as FmtResult};

use podarmor_domain::Timestamp;

use super::{SecretKey, key_id};
use crate::{CredentialsError, sealing};

/// A key that seals secrets in the database.
#[derive(Clone)]
pub struct SealingKey {
    id: String,
    created_at: Timestamp,
    key: SecretKey,
}

impl SealingKey {
    /// A new key. Its id is the time and the start of the id that stands in what it seals.
    ///
    /// # Errors
    /// [`CredentialsError::Randomness`].
    pub fn generate(now: Timestamp) -> Result<Self, CredentialsError> {
        let key = SecretKey::generate()?;
        let [a, b, c, d, ..] = sealing::id_of(&key);
        let id = key_id::of(now, &format!("{:08x}", u32::from_be_bytes([a, b, c, d])));
        Ok(Self { id, created_at: now, key })
    }

    /// A key from its file; one whose id does not tell when it was made was made when its file was.
    pub(super) fn of(id: &str, key: SecretKey, made: Timestamp) -> Self {
        Self { id: id.to_owned(), created_at: key_id::time_of(id).unwrap_or(made), key }
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// When it was made.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    pub(crate) const fn key(&self) -> &SecretKey {
        &self.key
    }
}

impl Debug for SealingKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        write!(f, "SealingKey({})", self.id)
    }
}

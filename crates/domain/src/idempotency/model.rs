//! Keys, and what is kept under them.

use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::time::Duration;

use crate::id::UserId;
use crate::secret::Sealed;
use crate::{FieldError, Sha256, Timestamp};

/// The client's own name for one request: 1 to 255 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The header that carries it.
    pub const HEADER: &str = "Idempotency-Key";
    /// How long an answer is kept under it.
    pub const LIFETIME: Duration = Duration::from_secs(24 * 3600);
    /// Its most characters.
    pub const MOST: usize = 255;

    /// Reads the value of the header.
    ///
    /// # Errors
    /// A [`FieldError`] at the header.
    pub fn parse(text: &[u8]) -> Result<Self, FieldError> {
        let refused = || FieldError::new(Self::HEADER, "must be 1 to 255 visible ASCII characters");
        let fits = (1..=Self::MOST).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic);
        let text = str::from_utf8(text).ok().filter(|_| fits).ok_or_else(refused)?;
        Ok(Self(text.to_owned()))
    }
}

/// Where an answer is kept, within a tenant: each user has keys of its own for each operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AnswerSlot {
    /// The user.
    pub user: UserId,
    /// The hash of user, operation and key.
    pub hash: Sha256,
}

impl AnswerSlot {
    /// The slot of a key.
    #[must_use]
    pub fn of(user: UserId, operation: &str, key: &IdempotencyKey) -> Self {
        // Neither an operation nor a key holds a space.
        let hash = Sha256::of(format!("{user} {operation} {}", key.0).as_bytes());
        Self { user, hash }
    }
}

/// An answer as it was given, in the words of whoever gave it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredAnswer(pub Vec<u8>);

/// It may hold a secret.
impl Debug for StoredAnswer {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        write!(f, "StoredAnswer({} bytes)", self.0.len())
    }
}

/// An answer as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedAnswer {
    /// The hash of the request that it answers.
    pub request: Sha256,
    /// The answer.
    pub answer: Sealed,
    /// When it was given.
    pub at: Timestamp,
}

/// What became of a request that may have been done before.
#[derive(Clone, Debug)]
pub enum Outcome<T> {
    /// It was done now.
    Done(T),
    /// It was done before, with this answer.
    Replayed(StoredAnswer),
}

impl<T> Outcome<T> {
    /// What was done now; `None` when it was done before.
    #[must_use]
    pub fn done(self) -> Option<T> {
        match self {
            Self::Done(made) => Some(made),
            Self::Replayed(_) => None,
        }
    }
}

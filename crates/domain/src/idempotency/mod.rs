//! Requests that may be sent twice and are done once: the client names each by a key, and the
//! answer of the first is kept, sealed, in the unit of work that did it.

mod model;
mod once;
mod ports;
mod service;
#[cfg(test)]
mod tests;

pub use model::{AnswerSlot, IdempotencyKey, Outcome, RecordedAnswer, StoredAnswer};
pub use once::Once;
pub use ports::{AnswerPurge, Answers};
pub use service::IdempotencyService;

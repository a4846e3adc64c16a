//! From facts to deliveries: what happened is recorded with the change itself (a transactional
//! outbox), expanded to those whom it concerns, and sent.

mod dispatcher;
mod expansion;
mod fact;
mod ports;
mod slots;

pub use dispatcher::{DispatchSettings, Dispatcher, Finished};
pub use fact::{Fact, FactPosition, RecordedFact, ScanFact, SeenFinding, SubscriptionFact, VersionFact};
pub use ports::{
    Audience, Backlog, Claimed, Dispatch, EndedAttempt, Lease, NewDelivery, NewEvent, Outbox, Pick, Subscriber, Then,
    Waiting, WatchHit,
};
pub use slots::{SlotLimits, Slots};

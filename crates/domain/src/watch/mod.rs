//! Watches on vulnerabilities: where they are now, and the wish to be told where they appear.

mod model;
mod ports;
mod service;

pub use model::{Watch, WatchMatch, WatchNote, WatchPosition, Watched};
#[cfg(feature = "testing")]
pub use ports::MockWatches;
pub use ports::{WatchWrites, Watches};
pub use service::{Added, WatchService};

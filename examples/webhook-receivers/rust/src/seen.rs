//! The deliveries that were accepted. In production this is a table with a unique key, written in
//! the transaction that acts on the event: memory is gone with the process.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

const REMEMBERED: usize = 10_000;

/// The last deliveries.
#[derive(Default)]
pub(crate) struct Seen(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    ids: HashSet<String>,
    /// Oldest first.
    order: VecDeque<String>,
}

impl Seen {
    /// Whether it is new.
    pub(crate) fn add(&self, delivery: &str) -> bool {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !remembered.ids.insert(delivery.to_owned()) {
            return false;
        }
        remembered.order.push_back(delivery.to_owned());
        if remembered.order.len() > REMEMBERED
            && let Some(oldest) = remembered.order.pop_front()
        {
            remembered.ids.remove(&oldest);
        }
        true
    }
}

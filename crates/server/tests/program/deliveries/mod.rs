//! Deliveries by the whole program: killed, stopped, cut off from its database, and faced with receivers of all kinds.

mod faults;
mod killed;
mod outcome;
mod portal;
mod restarted;
mod secrets;
mod suspended;

//! Attempts over real sockets of the loopback interface, and what both signatures are made of.

mod answers;
mod connections;
mod destinations;
mod fixtures;
mod hostile;
mod proxies;
mod receiver;
mod signatures;
mod tls;

pub(crate) use fixtures::{Names, Silence};

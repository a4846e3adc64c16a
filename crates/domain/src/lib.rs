//! What the `PodArmor` portal is about: tenants and their users, hardened container images and
//! their immutable versions, vulnerability scans, SBOM documents, and who may see which of them.
//!
//! Pure rules live here as plain functions; everything that needs IO, time or randomness is a
//! port (a trait), implemented by adapters. There is no web framework, no database and no
//! serialisation in this crate.
//!
//! The way in: [`access::Actor::authorize`] gives an [`access::Authorized`] for one permission;
//! the services ([`image::ImageService`], [`scan::ScanService`], [`sbom::SbomService`]) accept
//! nothing else, and only they open the [`store::Store`] for that caller's tenant.
#![deny(missing_docs)]

mod macros;

pub mod access;
pub mod baseline;
pub mod error;
pub mod event;
pub mod id;
pub mod idempotency;
pub mod image;
pub mod outbox;
pub mod paging;
pub mod ports;
pub mod request;
pub mod sbom;
pub mod scan;
pub mod secret;
pub mod sha256;
pub mod store;
pub mod tenant;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
pub mod timestamp;
pub mod watch;
pub mod webhook;

pub use error::{Error, ErrorKey, FieldError};
pub use sha256::Sha256;
pub use timestamp::Timestamp;

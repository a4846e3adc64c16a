//! API keys: scoped credentials for machines, good on the public API only.

mod model;
mod ports;
mod scope;
mod service;

pub use model::{ApiKey, ApiKeyHash, ApiKeyName, ApiKeySecret, ApiKeyState, NewApiKey};
pub use ports::{ApiKeyHasher, ApiKeyLookup, ApiKeyUse, ApiKeyWrites, ApiKeys};
pub use scope::{KeyPermit, ReadCatalog, ReadSbom, ReadVulns, Scope};
pub use service::{ApiKeyService, CreatedApiKey, KeyActors};

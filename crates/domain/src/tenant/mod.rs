//! Tenants: the customers of the publisher.

mod model;
mod ports;
mod service;

pub use model::{Tenant, TenantName, TenantSlug};
pub use ports::{TenantList, Tenants};
pub use service::TenantService;

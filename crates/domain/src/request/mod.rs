//! Feature requests: what a tenant asks of the publisher, and what becomes of it.

mod model;
mod ports;
mod service;
#[cfg(test)]
mod tests;
mod triage;

pub use model::{
    Author, Description, FeatureRequest, PackageEcosystem, PackageName, PackageVersion, Reply, RequestFilter,
    RequestKind, RequestPosition, RequestStatus, StatusChange, Title, WantedPackage, Wish,
};
pub use ports::{AllRequests, RequestTriage, RequestWrites, Requests};
pub use service::RequestService;
pub use triage::{Ruling, TriageService};

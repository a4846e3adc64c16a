//! Storage as the domain sees it: a handle for one tenant, or a unit of work for the publisher.
//!
//! No method of a tenant's handle takes a tenant: the handle carries it. An argument can be
//! passed wrongly; a scope cannot.

use async_trait::async_trait;

use crate::access::{
    ApiKeyUse, ApiKeyWrites, ApiKeys, LoginAttempts, OwnSessions, SessionList, Sessions, SystemScope, TenantScope,
    UserWrites, Users,
};
use crate::baseline::RecordedBaselines;
use crate::event::Events;
use crate::idempotency::{AnswerPurge, Answers};
use crate::image::{Images, Publications, Versions};
use crate::macros::words;
use crate::outbox::{Backlog, Dispatch, Outbox};
use crate::request::{AllRequests, RequestTriage, RequestWrites, Requests};
use crate::sbom::{SbomImports, Sboms};
use crate::scan::{RecordedScans, Scans};
use crate::tenant::Tenants;
use crate::watch::{WatchWrites, Watches};
use crate::webhook::{WebhookWrites, Webhooks};

words! {
    /// A uniqueness rule of the store, by name.
    Constraint {
        /// A tenant's slug.
        TenantSlug = "tenant_slug",
        /// A user's e-mail address within the tenant.
        UserEmail = "user_email",
        /// An image's name.
        ImageName = "image_name",
        /// A version's name within its image.
        VersionName = "version_name",
        /// A scan's content and time within its version.
        ScanIdentity = "scan_identity",
        /// An SBOM's content within its version.
        SbomIdentity = "sbom_identity",
        /// A baseline's content within its image.
        BaselineIdentity = "baseline_identity",
        /// A watched id within the tenant.
        WatchIdentity = "watch_identity",
        /// A subscription's kind and URL within the tenant.
        SubscriptionIdentity = "subscription_identity",
    }
}

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A uniqueness rule forbids it.
    #[error("already there ({0})")]
    Conflict(Constraint),
    /// The database is away or too busy; nothing was changed. The text is for the log.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Anything else; the cause is for the log.
    #[error("the database failed: {0}")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Reads for one tenant. Each call sees the latest commit.
pub trait TenantReads:
    Images + Versions + Scans + Sboms + Users + SessionList + ApiKeys + Events + Watches + Webhooks + Requests
{
}

/// One unit of work of a tenant: all of it or nothing. Dropped without [`TenantTx::commit`], it
/// leaves no trace.
#[async_trait]
pub trait TenantTx:
    UserWrites + OwnSessions + ApiKeyWrites + Answers + WatchWrites + WebhookWrites + RequestWrites
{
    /// Makes it durable.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// One unit of work of the publisher or of sign-in: all of it or nothing. Dropped without
/// [`SystemTx::commit`], it leaves no trace.
#[async_trait]
pub trait SystemTx:
    Tenants
    + Sessions
    + LoginAttempts
    + ApiKeyUse
    + AnswerPurge
    + RequestTriage
    + Publications
    + RecordedScans
    + SbomImports
    + RecordedBaselines
    + Outbox
    + Dispatch
{
    /// Makes it durable.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// The door to storage.
#[async_trait]
pub trait Store: Send + Sync {
    /// Reads as one tenant, whose licences decide what is there.
    fn read(&self, scope: TenantScope) -> Box<dyn TenantReads>;

    /// Begins a unit of work of one tenant. On SQLite it holds the one writer.
    async fn write(&self, scope: TenantScope) -> Result<Box<dyn TenantTx>, StoreError>;

    /// Begins a unit of work that sees everything. On SQLite it holds the one writer.
    async fn system(&self, scope: SystemScope) -> Result<Box<dyn SystemTx>, StoreError>;

    /// Reads that see everything, outside any unit of work.
    fn system_read(&self, scope: SystemScope) -> Box<dyn SystemReads>;

    /// Answers when the database does, within two seconds.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// Reads of the portal itself: who is this session, which tenants are there.
#[async_trait]
pub trait SystemReads:
    crate::access::SessionStates + crate::access::ApiKeyLookup + crate::tenant::TenantList + Backlog + AllRequests
{
}

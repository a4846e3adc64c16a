//! Everything that is stored, and the rules that follow from it: who sees what, and which
//! version is the latest.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::Timestamp;
use crate::access::{
    AttemptKey, NewApiKey, NewInvitation, NewSession, NewUser, RefreshTokenHash, UserRecord, UserState,
};
use crate::baseline::Baseline;
use crate::event::EventPosition;
use crate::id::{
    DeliveryId, EventId, FeatureRequestId, ImageId, LeaseToken, ScanId, SessionId, SubscriptionId, TenantId, UserId,
    VersionId,
};
use crate::idempotency::{AnswerSlot, RecordedAnswer};
use crate::image::{Image, ImageSummary, Version, VersionStatus};
use crate::outbox::{FactPosition, NewEvent, RecordedFact};
use crate::request::FeatureRequest;
use crate::sbom::SbomRecord;
use crate::scan::{Finding, Scan, Standing};
use crate::tenant::Tenant;
use crate::watch::Watch;
use crate::webhook::{Attempt, DeliveryStatus, StoredSubscription};

#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) tenants: BTreeMap<TenantId, Tenant>,
    pub(super) users: BTreeMap<UserId, NewUser>,
    pub(super) disabled: BTreeSet<UserId>,
    pub(super) sessions: BTreeMap<SessionId, StoredSession>,
    pub(super) refresh_tokens: HashMap<RefreshTokenHash, StoredToken>,
    /// At most one a user: a newer one replaces it.
    pub(super) invitations: BTreeMap<UserId, NewInvitation>,
    pub(super) api_keys: Vec<(TenantId, NewApiKey)>,
    pub(super) answers: BTreeMap<(TenantId, AnswerSlot), RecordedAnswer>,
    pub(super) requests: BTreeMap<FeatureRequestId, (TenantId, FeatureRequest)>,
    pub(super) attempts: HashMap<AttemptKey, Vec<Timestamp>>,
    pub(super) images: BTreeMap<ImageId, Image>,
    pub(super) licenses: BTreeSet<(TenantId, ImageId)>,
    pub(super) versions: BTreeMap<VersionId, Version>,
    pub(super) scans: BTreeMap<ScanId, StoredScan>,
    /// In the order of import: the last of a format is the current one.
    pub(super) sboms: Vec<(SbomRecord, Arc<[u8]>)>,
    pub(super) baselines: Vec<Baseline>,
    /// Since when the current findings of a version stand, in their order.
    pub(super) standing: BTreeMap<VersionId, Vec<Standing>>,
    pub(super) watches: Vec<StoredWatch>,
    /// Those that wait to be expanded, in order.
    pub(super) facts: Vec<RecordedFact>,
    pub(super) last_fact: i64,
    /// In the order of their positions.
    pub(super) events: Vec<StoredEvent>,
    pub(super) last_event: i64,
    pub(super) subscriptions: BTreeMap<SubscriptionId, (TenantId, StoredSubscription)>,
    pub(super) failing_since: HashMap<SubscriptionId, Timestamp>,
    pub(super) deliveries: BTreeMap<DeliveryId, StoredDelivery>,
}

#[derive(Clone)]
pub(super) struct StoredWatch {
    pub(super) tenant: TenantId,
    pub(super) watch: Watch,
    pub(super) after_fact: FactPosition,
}

#[derive(Clone)]
pub(super) struct StoredEvent {
    pub(super) position: EventPosition,
    pub(super) event: NewEvent,
    /// In whose feeds it is.
    pub(super) audience: BTreeSet<TenantId>,
    pub(super) test: bool,
}

#[derive(Clone)]
pub(super) struct StoredDelivery {
    pub(super) id: DeliveryId,
    pub(super) tenant: TenantId,
    pub(super) subscription: SubscriptionId,
    pub(super) event: EventId,
    pub(super) status: DeliveryStatus,
    pub(super) number: u32,
    pub(super) failures: u32,
    pub(super) next_attempt_at: Option<Timestamp>,
    pub(super) lease: Option<(LeaseToken, Timestamp)>,
    pub(super) claimed_at: Option<Timestamp>,
    pub(super) error: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) finished_at: Option<Timestamp>,
    pub(super) attempts: Vec<Attempt>,
}

#[derive(Clone)]
pub(super) struct StoredSession {
    pub(super) session: NewSession,
    pub(super) refreshed_at: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
}

impl StoredSession {
    /// Whether it has neither ended nor expired; user and tenant are not looked at.
    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.session.expires_at
    }
}

/// A refresh token is good for as long as its session.
#[derive(Clone)]
pub(super) struct StoredToken {
    pub(super) session: SessionId,
    pub(super) used_at: Option<Timestamp>,
}

#[derive(Clone)]
pub(super) struct StoredScan {
    pub(super) scan: Scan,
    pub(super) findings: Arc<[Finding]>,
}

impl State {
    /// A user of this tenant.
    pub(super) fn user_of(&self, tenant: TenantId, id: UserId) -> Option<&NewUser> {
        self.users.get(&id).filter(|stored| stored.tenant == tenant)
    }

    /// The users of a tenant, by e-mail address.
    pub(super) fn users_of(&self, tenant: TenantId) -> Vec<&NewUser> {
        let mut users: Vec<_> = self.users.values().filter(|stored| stored.tenant == tenant).collect();
        users.sort_unstable_by(|one, other| one.user.email.as_str().cmp(other.user.email.as_str()));
        users
    }

    /// A user as an admin sees it.
    pub(super) fn record(&self, stored: &NewUser) -> UserRecord {
        let state = match &stored.password {
            _ if self.disabled.contains(&stored.user.id) => UserState::Disabled,
            None => UserState::Invited,
            Some(_) => UserState::Active,
        };
        UserRecord { user: stored.user.clone(), state, created_at: stored.created_at }
    }

    /// Ends the sessions of a user that have not ended, but `except`.
    pub(super) fn end_sessions(&mut self, user: UserId, except: Option<SessionId>, at: Timestamp) {
        for stored in self.sessions.values_mut() {
            let theirs = stored.session.user == user && Some(stored.session.id) != except;
            if theirs && stored.ended_at.is_none() {
                stored.ended_at = Some(at);
            }
        }
    }

    /// Deletes the sessions that are not to be kept, their refresh tokens with them; answers how
    /// many.
    pub(super) fn retain_sessions(&mut self, keep: impl Fn(&StoredSession) -> bool) -> u64 {
        let before = self.sessions.len();
        self.sessions.retain(|_, stored| keep(stored));
        let sessions = &self.sessions;
        self.refresh_tokens.retain(|_, token| sessions.contains_key(&token.session));
        (before - sessions.len()) as u64
    }

    /// The image, if the tenant is licensed for it.
    pub(super) fn licensed(&self, tenant: TenantId, image: ImageId) -> Option<&Image> {
        self.licenses.contains(&(tenant, image)).then(|| self.images.get(&image)).flatten()
    }

    /// The version, if the tenant is licensed for its image.
    pub(super) fn licensed_version(&self, tenant: TenantId, version: VersionId) -> Option<(&Image, &Version)> {
        let version = self.versions.get(&version)?;
        Some((self.licensed(tenant, version.image)?, version))
    }

    /// The version, if it is one of this image and the tenant is licensed for it.
    pub(super) fn version_of(
        &self,
        tenant: TenantId,
        image: ImageId,
        version: VersionId,
    ) -> Option<(&Image, &Version)> {
        self.licensed_version(tenant, version).filter(|(_, version)| version.image == image)
    }

    /// The versions of an image, newest first.
    pub(super) fn versions_of(&self, image: ImageId) -> Vec<&Version> {
        let mut versions: Vec<_> = self.versions.values().filter(|version| version.image == image).collect();
        versions.sort_unstable_by_key(|version| std::cmp::Reverse((version.published_at, version.id)));
        versions
    }

    /// An image as it stands in a list.
    pub(super) fn summary(&self, image: &Image) -> ImageSummary {
        let versions = self.versions_of(image.id);
        let latest = versions
            .iter()
            .copied()
            .max_by_key(|version| (version.status == VersionStatus::Active, version.published_at, version.id));
        ImageSummary { image: image.clone(), version_count: versions.len() as u64, latest: latest.cloned() }
    }
}

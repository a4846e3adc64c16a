//! Mocks of the store and its handles, for what the in-memory store never does: failing. (The
//! mocks of the narrow ports stand beside those, as `MockImages` beside `Images`.)

use async_trait::async_trait;
use mockall::mock;

use crate::access::{
    ApiKey, ApiKeyHash, ApiKeyLookup, ApiKeyState, ApiKeyUse, ApiKeyWrites, ApiKeys, AttemptKey, InvitationState,
    LoginAccount, LoginAttempts, NewApiKey, NewInvitation, NewSession, NewUser, OwnSessions, PasswordHash,
    RefreshTokenHash, RefreshTokenState, Session, SessionList, SessionState, SessionStates, Sessions, SystemScope,
    TenantScope, User, UserPosition, UserRecord, UserWrites, Users,
};
use crate::baseline::{Baseline, RecordedBaselines};
use crate::event::{EventKind, EventPosition, Events, FeedEvent};
use crate::id::{
    ApiKeyId, DeliveryId, FeatureRequestId, ImageId, SbomId, ScanId, SessionId, SubscriptionId, TenantId, UserId,
    VersionId, WatchId,
};
use crate::idempotency::{AnswerPurge, AnswerSlot, Answers, RecordedAnswer};
use crate::image::{
    Image, ImageDetail, ImageName, ImagePosition, ImageQuery, ImageSummary, Images, Publications, Version, VersionName,
    VersionPosition, Versions,
};
use crate::outbox::{
    Backlog, Claimed, Dispatch, EndedAttempt, Fact, FactPosition, Lease, NewDelivery, NewEvent, Outbox, Pick,
    RecordedFact, Subscriber, Waiting, WatchHit,
};
use crate::paging::{PageLimit, PageRequest};
use crate::request::{
    AllRequests, FeatureRequest, RequestFilter, RequestPosition, RequestTriage, RequestWrites, Requests,
};
use crate::sbom::{SbomContent, SbomFormat, SbomImports, SbomRecord, Sboms};
use crate::scan::{
    Affected, Changes, Finding, FindingFilter, HistoryPosition, HistoryWindow, RecordedScans, Scan, Scans, Standing,
    VulnerabilityId,
};
use crate::store::{Store, StoreError, SystemReads, SystemTx, TenantReads, TenantTx};
use crate::tenant::{Tenant, TenantList, TenantSlug, Tenants};
use crate::watch::{Watch, WatchPosition, WatchWrites, Watched, Watches};
use crate::webhook::{
    Delivery, DeliveryFilter, DeliveryPosition, StoredSubscription, Subscription, SubscriptionPosition, TestDelivery,
    WebhookUrl, WebhookWrites, Webhooks,
};
use crate::{Sha256, Timestamp};

type Answer<T> = Result<T, StoreError>;

mock! {
    /// The door to storage.
    pub Store {}

    #[async_trait]
    impl Store for Store {
        fn read(&self, scope: TenantScope) -> Box<dyn TenantReads>;
        async fn write(&self, scope: TenantScope) -> Answer<Box<dyn TenantTx>>;
        async fn system(&self, scope: SystemScope) -> Answer<Box<dyn SystemTx>>;
        fn system_read(&self, scope: SystemScope) -> Box<dyn SystemReads>;
        async fn ping(&self) -> Answer<()>;
    }
}

mock! {
    /// One tenant's handle.
    pub TenantReads {}

    #[async_trait]
    impl Images for TenantReads {
        async fn list_images(&self, query: &ImageQuery, page: &PageRequest<ImagePosition>) -> Answer<Vec<ImageSummary>>;
        async fn count_images(&self, query: &ImageQuery, stop_at: u64) -> Answer<u64>;
        async fn find_image(&self, id: ImageId) -> Answer<Option<ImageDetail>>;
    }

    #[async_trait]
    impl Versions for TenantReads {
        async fn list_versions(
            &self,
            image: ImageId,
            page: &PageRequest<VersionPosition>,
        ) -> Answer<Option<Vec<Version>>>;
        async fn count_versions(&self, image: ImageId, stop_at: u64) -> Answer<u64>;
        async fn find_version(&self, image: ImageId, version: VersionId) -> Answer<Option<(Image, Version)>>;
    }

    #[async_trait]
    impl Scans for TenantReads {
        async fn scan_history(
            &self,
            image: ImageId,
            version: VersionId,
            window: &HistoryWindow,
            page: &PageRequest<HistoryPosition>,
        ) -> Answer<Option<Vec<Scan>>>;
        async fn count_scans(&self, version: VersionId, window: &HistoryWindow, stop_at: u64) -> Answer<u64>;
        async fn find_scan(&self, image: ImageId, version: VersionId, scan: ScanId) -> Answer<Option<(Scan, bool)>>;
        async fn latest_findings(
            &self,
            version: VersionId,
            filter: &FindingFilter,
            page: &PageRequest<u32>,
        ) -> Answer<Vec<(u32, Finding)>>;
        async fn count_latest_findings(&self, version: VersionId, filter: &FindingFilter, stop_at: u64) -> Answer<u64>;
        async fn affected_by(&self, vulnerability: &VulnerabilityId, limit: u32) -> Answer<Vec<Affected>>;
        async fn scan_findings(&self, scan: ScanId) -> Answer<Vec<Finding>>;
    }

    #[async_trait]
    impl Sboms for TenantReads {
        async fn find_sbom(
            &self,
            image: ImageId,
            version: VersionId,
            format: SbomFormat,
            content: Option<Sha256>,
        ) -> Answer<Option<(Image, Version, SbomRecord)>>;
        async fn sbom_content(&self, id: SbomId) -> Answer<Option<SbomContent>>;
    }

    #[async_trait]
    impl Users for TenantReads {
        async fn find_user(&self, id: UserId) -> Answer<Option<User>>;
        async fn find_user_record(&self, id: UserId) -> Answer<Option<UserRecord>>;
        async fn list_users(&self, page: &PageRequest<UserPosition>) -> Answer<Vec<UserRecord>>;
        async fn count_users(&self, stop_at: u64) -> Answer<u64>;
    }

    #[async_trait]
    impl SessionList for TenantReads {
        async fn list_sessions(&self, user: UserId) -> Answer<Vec<Session>>;
        async fn password_of(&self, user: UserId) -> Answer<Option<PasswordHash>>;
    }

    #[async_trait]
    impl ApiKeys for TenantReads {
        async fn list_api_keys(&self) -> Answer<Vec<ApiKey>>;
    }

    #[async_trait]
    impl Events for TenantReads {
        async fn events_after(&self, after: Option<EventPosition>, limit: PageLimit) -> Answer<Vec<FeedEvent>>;
    }

    #[async_trait]
    impl Watches for TenantReads {
        async fn list_watches(&self, page: &PageRequest<WatchPosition>) -> Answer<Vec<Watched>>;
        async fn count_watches(&self, stop_at: u64) -> Answer<u64>;
        async fn find_watch(&self, id: WatchId) -> Answer<Option<Watched>>;
    }

    #[async_trait]
    impl Webhooks for TenantReads {
        async fn list_subscriptions(&self, page: &PageRequest<SubscriptionPosition>) -> Answer<Vec<Subscription>>;
        async fn count_subscriptions(&self, stop_at: u64) -> Answer<u64>;
        async fn find_subscription(&self, id: SubscriptionId) -> Answer<Option<Subscription>>;
        async fn list_deliveries(
            &self,
            subscription: SubscriptionId,
            filter: DeliveryFilter,
            page: &PageRequest<DeliveryPosition>,
        ) -> Answer<Option<Vec<Delivery>>>;
        async fn count_deliveries(
            &self,
            subscription: SubscriptionId,
            filter: DeliveryFilter,
            stop_at: u64,
        ) -> Answer<u64>;
        async fn find_delivery(
            &self,
            subscription: SubscriptionId,
            delivery: DeliveryId,
        ) -> Answer<Option<Delivery>>;
    }

    #[async_trait]
    impl Requests for TenantReads {
        async fn list_requests(
            &self,
            filter: &RequestFilter,
            page: &PageRequest<RequestPosition>,
        ) -> Answer<Vec<FeatureRequest>>;
        async fn count_requests(&self, filter: &RequestFilter, stop_at: u64) -> Answer<u64>;
        async fn find_request(&self, id: FeatureRequestId) -> Answer<Option<FeatureRequest>>;
    }

    impl TenantReads for TenantReads {}
}

mock! {
    /// One unit of work of a tenant.
    pub TenantTx {}

    #[async_trait]
    impl UserWrites for TenantTx {
        async fn lock_users(&self) -> Answer<u64>;
        async fn user_record(&self, id: UserId) -> Answer<Option<UserRecord>>;
        async fn insert_tenant_user(&self, user: &NewUser) -> Answer<()>;
        async fn update_user(&self, record: &UserRecord, at: Timestamp) -> Answer<()>;
        async fn delete_user(&self, id: UserId) -> Answer<bool>;
        async fn insert_invitation(&self, invitation: &NewInvitation) -> Answer<()>;
    }

    #[async_trait]
    impl OwnSessions for TenantTx {
        async fn end_own_session(&self, user: UserId, session: SessionId, at: Timestamp) -> Answer<bool>;
        async fn end_sessions(&self, user: UserId, except: Option<SessionId>, at: Timestamp) -> Answer<()>;
        async fn change_password(
            &self,
            user: UserId,
            old: &PasswordHash,
            new: &PasswordHash,
            at: Timestamp,
        ) -> Answer<bool>;
    }

    #[async_trait]
    impl ApiKeyWrites for TenantTx {
        async fn lock_api_keys(&self) -> Answer<u64>;
        async fn insert_api_key(&self, key: &NewApiKey) -> Answer<()>;
        async fn delete_api_key(&self, id: ApiKeyId) -> Answer<bool>;
    }

    #[async_trait]
    impl WatchWrites for TenantTx {
        async fn lock_watches(&self) -> Answer<u64>;
        async fn watch_on(&self, vulnerability: &VulnerabilityId) -> Answer<Option<Watch>>;
        async fn insert_watch(&self, watch: &Watch) -> Answer<()>;
        async fn watched(&self, watch: Watch) -> Answer<Watched>;
        async fn delete_watch(&self, id: WatchId) -> Answer<bool>;
    }

    #[async_trait]
    impl WebhookWrites for TenantTx {
        async fn lock_subscriptions(&self) -> Answer<u64>;
        async fn stored_subscription(&self, id: SubscriptionId) -> Answer<Option<StoredSubscription>>;
        async fn subscription_to(&self, event: EventKind, url: &WebhookUrl) -> Answer<Option<StoredSubscription>>;
        async fn insert_subscription(&self, stored: &StoredSubscription) -> Answer<()>;
        async fn update_subscription(&self, stored: &StoredSubscription) -> Answer<bool>;
        async fn delete_subscription(&self, id: SubscriptionId) -> Answer<bool>;
        async fn insert_test(&self, subscription: SubscriptionId, test: &TestDelivery) -> Answer<()>;
        async fn redeliver(&self, subscription: SubscriptionId, delivery: DeliveryId) -> Answer<bool>;
        async fn redeliver_failed(&self, subscription: SubscriptionId, since: Timestamp) -> Answer<u64>;
    }

    #[async_trait]
    impl Answers for TenantTx {
        async fn lock_answer(&self, slot: &AnswerSlot) -> Answer<Option<RecordedAnswer>>;
        async fn put_answer(&self, slot: &AnswerSlot, answer: &RecordedAnswer) -> Answer<()>;
    }

    #[async_trait]
    impl RequestWrites for TenantTx {
        async fn lock_requests(&self) -> Answer<u64>;
        async fn may_see_image(&self, image: ImageId) -> Answer<bool>;
        async fn insert_request(&self, request: &FeatureRequest) -> Answer<()>;
    }

    #[async_trait]
    impl TenantTx for TenantTx {
        async fn commit(self: Box<Self>) -> Answer<()>;
    }
}

mock! {
    /// The portal's own handle.
    pub SystemReads {}

    #[async_trait]
    impl SessionStates for SystemReads {
        async fn session_state(&self, session: SessionId) -> Answer<Option<SessionState>>;
        async fn login_account(&self, slug: &str, email: &str) -> Answer<Option<LoginAccount>>;
    }

    #[async_trait]
    impl ApiKeyLookup for SystemReads {
        async fn api_key_state(&self, hash: &ApiKeyHash) -> Answer<Option<ApiKeyState>>;
    }

    #[async_trait]
    impl TenantList for SystemReads {
        async fn list_tenants(&self) -> Answer<Vec<(Tenant, u64)>>;
    }

    #[async_trait]
    impl Backlog for SystemReads {
        async fn backlog(&self, after: Option<SubscriptionId>, limit: u32) -> Answer<(Timestamp, Vec<Waiting>)>;
    }

    #[async_trait]
    impl AllRequests for SystemReads {
        async fn list_all_requests(
            &self,
            tenant: Option<TenantSlug>,
            filter: &RequestFilter,
            page: &PageRequest<RequestPosition>,
        ) -> Answer<Vec<(TenantSlug, FeatureRequest)>>;
        async fn find_any_request(&self, id: FeatureRequestId) -> Answer<Option<(TenantSlug, FeatureRequest)>>;
    }

    impl SystemReads for SystemReads {}
}

mock! {
    /// One unit of work.
    pub SystemTx {}

    #[async_trait]
    impl Tenants for SystemTx {
        async fn insert_tenant(&self, tenant: &Tenant) -> Answer<()>;
        async fn find_tenant(&self, slug: &TenantSlug) -> Answer<Option<Tenant>>;
        async fn set_suspended(&self, tenant: TenantId, suspended: bool) -> Answer<bool>;
        async fn insert_user(&self, user: &NewUser) -> Answer<()>;
    }

    #[async_trait]
    impl Sessions for SystemTx {
        async fn store_time(&self) -> Answer<Timestamp>;
        async fn insert_session(&self, session: &NewSession) -> Answer<()>;
        async fn end_oldest_sessions(&self, user: UserId, keep: u32, at: Timestamp) -> Answer<()>;
        async fn claim_refresh_token(&self, token: RefreshTokenHash, at: Timestamp) -> Answer<Option<SessionId>>;
        async fn refresh_token_state(&self, token: RefreshTokenHash) -> Answer<Option<RefreshTokenState>>;
        async fn insert_refresh_token(
            &self,
            session: SessionId,
            token: RefreshTokenHash,
            at: Timestamp,
        ) -> Answer<()>;
        async fn end_session(&self, session: SessionId, at: Timestamp) -> Answer<bool>;
        async fn session_state_now(&self, session: SessionId) -> Answer<Option<SessionState>>;
        async fn purge_sessions(&self, before: Timestamp) -> Answer<u64>;
        async fn password_stands(&self, user: UserId, password: &PasswordHash) -> Answer<bool>;
        async fn upgrade_password(&self, user: UserId, old: &PasswordHash, new: &PasswordHash) -> Answer<()>;
        async fn invitation(&self, token: Sha256, at: Timestamp) -> Answer<Option<InvitationState>>;
        async fn use_invitation(&self, token: Sha256, at: Timestamp) -> Answer<bool>;
        async fn reset_password(&self, user: UserId, password: &PasswordHash, at: Timestamp) -> Answer<()>;
    }

    #[async_trait]
    impl ApiKeyUse for SystemTx {
        async fn touch_api_key(&self, id: ApiKeyId, at: Timestamp, unless_since: Timestamp) -> Answer<()>;
        async fn api_keys_of(&self, tenant: &TenantSlug) -> Answer<Vec<ApiKey>>;
        async fn delete_any_api_key(&self, id: ApiKeyId) -> Answer<bool>;
    }

    #[async_trait]
    impl AnswerPurge for SystemTx {
        async fn purge_answers(&self, before: Timestamp) -> Answer<u64>;
    }

    #[async_trait]
    impl RequestTriage for SystemTx {
        async fn lock_request(&self, id: FeatureRequestId) -> Answer<Option<FeatureRequest>>;
        async fn update_request(&self, request: &FeatureRequest) -> Answer<()>;
    }

    #[async_trait]
    impl LoginAttempts for SystemTx {
        async fn lock_attempts(&self, key: &AttemptKey) -> Answer<(Timestamp, Vec<Timestamp>)>;
        async fn replace_attempts(&self, key: &AttemptKey, attempts: &[Timestamp]) -> Answer<()>;
        async fn clear_attempts(&self, key: &AttemptKey) -> Answer<u64>;
        async fn purge_attempts(&self, before: Timestamp) -> Answer<u64>;
    }

    #[async_trait]
    impl Publications for SystemTx {
        async fn find_image_by_name(&self, name: &ImageName) -> Answer<Option<Image>>;
        async fn insert_image(&self, image: &Image, at: Timestamp) -> Answer<()>;
        async fn update_image(&self, image: &Image, at: Timestamp) -> Answer<()>;
        async fn lock_version(&self, image: ImageId, name: &VersionName) -> Answer<Option<Version>>;
        async fn insert_version(&self, version: &Version) -> Answer<()>;
        async fn deprecate_version(&self, version: &Version, reason: &str, since: Timestamp) -> Answer<()>;
        async fn grant_license(&self, tenant: TenantId, image: ImageId, at: Timestamp) -> Answer<bool>;
        async fn revoke_license(&self, tenant: TenantId, image: ImageId) -> Answer<bool>;
    }

    #[async_trait]
    impl RecordedScans for SystemTx {
        async fn find_recorded(
            &self,
            version: VersionId,
            scanned_at: Timestamp,
            content: Sha256,
        ) -> Answer<Option<Scan>>;
        async fn scan_before(&self, version: VersionId, place: HistoryPosition) -> Answer<Option<ScanId>>;
        async fn scan_after(&self, version: VersionId, place: HistoryPosition) -> Answer<Option<HistoryPosition>>;
        async fn recorded_findings(&self, scan: ScanId) -> Answer<Vec<Finding>>;
        async fn insert_scan(&self, scan: &Scan, findings: &[Finding]) -> Answer<()>;
        async fn set_changes(&self, scan: ScanId, changes: Changes) -> Answer<()>;
        async fn make_latest(&self, scan: &Scan, findings: &[Finding], since: &[Timestamp]) -> Answer<()>;
        async fn standing(&self, version: VersionId) -> Answer<Vec<Standing>>;
        async fn move_standing(&self, version: VersionId, moved: &[Standing]) -> Answer<()>;
    }

    #[async_trait]
    impl SbomImports for SystemTx {
        async fn find_imported(
            &self,
            version: VersionId,
            format: SbomFormat,
            content: Sha256,
        ) -> Answer<Option<SbomRecord>>;
        async fn insert_sbom(&self, record: &SbomRecord, bytes: &[u8]) -> Answer<()>;
    }

    #[async_trait]
    impl RecordedBaselines for SystemTx {
        async fn find_baseline(&self, image: ImageId, content: Sha256) -> Answer<Option<Baseline>>;
        async fn insert_baseline(&self, baseline: &Baseline) -> Answer<()>;
    }

    #[async_trait]
    impl Outbox for SystemTx {
        async fn record_fact(&self, fact: &Fact) -> Answer<()>;
        async fn take_facts(&self, limit: u32) -> Answer<Vec<RecordedFact>>;
        async fn watches_on(&self, image: ImageId, ids: &[String], fact: FactPosition) -> Answer<Vec<WatchHit>>;
        async fn insert_events(&self, events: &[NewEvent]) -> Answer<Vec<Subscriber>>;
        async fn insert_deliveries(&self, deliveries: &[NewDelivery]) -> Answer<()>;
    }

    #[async_trait]
    impl Dispatch for SystemTx {
        async fn claim(&self, picks: &[Pick], lease: &Lease) -> Answer<Vec<Claimed>>;
        async fn record_attempts(&self, ended: &[EndedAttempt]) -> Answer<Vec<DeliveryId>>;
        async fn note_receivers(
            &self,
            working: &[SubscriptionId],
            failing: &[SubscriptionId],
        ) -> Answer<Vec<(SubscriptionId, Timestamp)>>;
        async fn disable_subscription(
            &self,
            id: SubscriptionId,
            reason: &str,
        ) -> Answer<Option<(TenantId, EventKind, String)>>;
        async fn interrupt_expired(&self) -> Answer<u64>;
        async fn purge_events(&self, before: Timestamp, limit: u32) -> Answer<u64>;
    }

    #[async_trait]
    impl SystemTx for SystemTx {
        async fn commit(self: Box<Self>) -> Answer<()>;
    }
}

/// A database that is away.
#[must_use]
pub fn away() -> StoreError {
    StoreError::Unavailable("connection refused".to_owned())
}

impl MockStore {
    /// A store whose next reads for a tenant go to this mock.
    #[must_use]
    pub fn reading(reads: MockTenantReads) -> Self {
        let mut store = Self::new();
        store.expect_read().times(1).return_once(move |_| Box::new(reads));
        store
    }

    /// A store whose next unit of work is this mock.
    #[must_use]
    pub fn working(tx: MockSystemTx) -> Self {
        let mut store = Self::new();
        store.expect_system().times(1).return_once(move |_| Ok(Box::new(tx)));
        store
    }

    /// A store whose next unit of work of a tenant is this mock.
    #[must_use]
    pub fn writing(tx: MockTenantTx) -> Self {
        let mut store = Self::new();
        store.expect_write().times(1).return_once(move |_| Ok(Box::new(tx)));
        store
    }

    /// A store that cannot even begin a unit of work.
    #[must_use]
    pub fn away() -> Self {
        let mut store = Self::new();
        store.expect_write().returning(|_| Err(away()));
        store.expect_system().returning(|_| Err(away()));
        store.expect_ping().returning(|| Err(away()));
        store
    }
}

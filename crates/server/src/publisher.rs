//! The publisher's services over one store, as the command line and the demo use them.

use std::sync::Arc;

use podarmor_domain::baseline::BaselineService;
use podarmor_domain::image::PublishingService;
use podarmor_domain::ports::{Clock, Random};
use podarmor_domain::request::TriageService;
use podarmor_domain::sbom::SbomImporter;
use podarmor_domain::scan::ScanRecorder;
use podarmor_domain::store::Store;
use podarmor_domain::tenant::TenantService;

/// What the publisher can do that needs no password hashing.
#[derive(Clone)]
pub(crate) struct Publisher {
    pub(crate) tenants: TenantService,
    pub(crate) publishing: PublishingService,
    pub(crate) scans: ScanRecorder,
    pub(crate) sboms: SbomImporter,
    pub(crate) baselines: BaselineService,
    pub(crate) triage: TriageService,
}

impl Publisher {
    /// Over a store.
    pub(crate) fn new(store: &Arc<dyn Store>, clock: &Arc<dyn Clock>, random: &Arc<dyn Random>) -> Self {
        Self {
            tenants: TenantService::new(Arc::clone(store), Arc::clone(clock), Arc::clone(random)),
            publishing: PublishingService::new(Arc::clone(store), Arc::clone(clock), Arc::clone(random)),
            scans: ScanRecorder::new(Arc::clone(store), Arc::clone(clock), Arc::clone(random)),
            sboms: SbomImporter::new(Arc::clone(store), Arc::clone(clock), Arc::clone(random)),
            baselines: BaselineService::new(Arc::clone(store), Arc::clone(clock), Arc::clone(random)),
            triage: TriageService::new(Arc::clone(store), Arc::clone(clock)),
        }
    }
}

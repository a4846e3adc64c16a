//! An image with everything below it, for the tests of who sees what.

use crate::id::ImageId;
use crate::image::{Image, ImageChange, Version};
use crate::paging::{PageLimit, PageRequest};
use crate::sbom::{SbomFormat, SbomRecord};
use crate::scan::{HistoryOrder, HistoryWindow, Scan};
use crate::testing::World;
use crate::testing::fixtures::{finding, fixed, report, scanner};

/// An image with one version, two scans, an SBOM and a baseline.
pub(super) struct Stock {
    pub(super) image: Image,
    pub(super) version: Version,
    pub(super) older: Scan,
    pub(super) latest: Scan,
    pub(super) sbom: SbomRecord,
}

impl Stock {
    pub(super) async fn of(world: &World, name: &str) -> Self {
        let image = world.image(name, ImageChange::default()).await;
        let version = world.version(name, "1.0", "2026-01-01T00:00:00Z").await;
        let findings = || vec![fixed("CVE-2026-0001", name), finding("CVE-2026-0002", "zlib")];
        let older = world.scan(name, "1.0", "2026-01-02T00:00:00Z", findings()).await;
        let latest = world.scan(name, "1.0", "2026-01-03T00:00:00Z", findings()).await;
        let sbom = world.sbom(name, "1.0", SbomFormat::Spdx23, format!("{{\"name\":\"{name}\"}}").as_bytes()).await;
        world.baseline(name, "2026-01-02T00:00:00Z").await;
        Self {
            image,
            version,
            older: older.scan.into_inner(),
            latest: latest.scan.into_inner(),
            sbom: sbom.record.into_inner(),
        }
    }

    pub(super) const fn id(&self) -> ImageId {
        self.image.id
    }
}

impl World {
    /// Records a baseline of the upstream image `debian:12`.
    pub(super) async fn baseline(&self, image: &str, scanned_at: &str) -> crate::baseline::Baseline {
        use crate::testing::{fixtures, publisher};
        let mut report = report(scanned_at, Some(fixtures::at(scanned_at)), [fixed("CVE-2026-0001", "openssl")]);
        report.scanner = scanner();
        report.subject.reference = Some("docker.io/library/debian:12".to_owned());
        report.subject.digests = vec![fixtures::digest("debian:12")];
        let (name, size) = (fixtures::image_name(image), 80_000_000);
        self.baselines().record(publisher(), &name, report, None, size).await.unwrap().into_inner()
    }
}

/// All of a history, oldest first.
pub(super) const EVER: HistoryWindow = HistoryWindow { from: None, to: None, order: HistoryOrder::Ascending };

/// A page of so many entries.
pub(super) fn limit<K>(limit: u32) -> PageRequest<K> {
    PageRequest { limit: PageLimit::new(limit).unwrap(), after: None, count: false }
}

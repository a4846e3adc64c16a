//! A fact: something that tenants are told, recorded in the unit of work that made it true.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::error::Error;
use crate::event::data::{
    CveActionable, ImageRebuilt, ImageScanned, PackageName, VersionDeprecated, WebhookDisabled, WebhookExhausted,
};
use crate::id::{ImageId, SubscriptionId, TenantId, VersionId};
use crate::image::{ImageName, Version};
use crate::scan::{Finding, Package, Partition, Scan, Severity};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A scan was recorded.
    ScanRecorded(Box<ScanFact>),
    /// A version was published.
    VersionPublished(VersionFact<ImageRebuilt>),
    /// A version was marked deprecated.
    VersionDeprecated(VersionFact<VersionDeprecated>),
    /// A subscription was disabled because its receiver does not answer.
    SubscriptionDisabled(SubscriptionFact<WebhookDisabled>),
    /// A delivery ran out of attempts.
    DeliveryExhausted(SubscriptionFact<WebhookExhausted>),
}

/// What happened to a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionFact<D> {
    /// The image.
    pub image: ImageId,
    /// The version.
    pub version: VersionId,
    /// The data of the event.
    pub data: D,
}

/// What happened to a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionFact<D> {
    /// Whose it is.
    pub tenant: TenantId,
    /// The subscription, which is not told about itself.
    pub subscription: SubscriptionId,
    /// The data of the event.
    pub data: D,
}

/// What a recorded scan means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanFact {
    /// The image.
    pub image: ImageId,
    /// The version.
    pub version: VersionId,
    /// The data of `image.scanned`.
    pub scanned: ImageScanned,
    /// Findings with an id that the scan before did not show. Empty for a scan that came late.
    pub appeared: Vec<SeenFinding>,
    /// The data of `cve.actionable`, one each.
    pub actionable: Vec<CveActionable>,
}

/// A finding, with the ids that are new with this scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenFinding {
    /// The id under which the scanner reports it.
    pub vulnerability: String,
    /// Which of its id and its related ids the scan before did not show.
    pub new_ids: Vec<String>,
    /// The package.
    pub package: PackageName,
    /// How bad it is.
    pub severity: String,
    /// Whether there is a fix.
    pub fix_state: String,
    /// The versions that fix it.
    pub fixed_in: Vec<String>,
}

/// The place of a fact in the order in which facts were recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactPosition(pub i64);

/// A fact that waits to be expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedFact {
    /// Its place.
    pub position: FactPosition,
    /// When it was recorded.
    pub at: Timestamp,
    /// What happened.
    pub fact: Fact,
}

impl Fact {
    /// As it is stored.
    ///
    /// # Errors
    /// [`Error::Internal`], which no fact of this type can meet.
    pub fn encode(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(Error::internal)
    }

    /// From what is stored.
    ///
    /// # Errors
    /// [`Error::Internal`] when it was written by something else.
    pub fn decode(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(Error::internal)
    }

    /// A version was published.
    pub(crate) fn published(image: &ImageName, version: &Version) -> Self {
        let data = ImageRebuilt {
            image_name: image.to_string(),
            version: version.name.to_string(),
            digest: version.digest.to_string(),
            size_bytes: version.size_bytes,
            published_at: version.published_at,
        };
        Self::VersionPublished(VersionFact { image: version.image, version: version.id, data })
    }

    /// A version was marked deprecated.
    pub(crate) fn deprecated(image: &ImageName, version: &Version, reason: &str, since: Timestamp) -> Self {
        let data = VersionDeprecated {
            image_name: image.to_string(),
            version: version.name.to_string(),
            digest: version.digest.to_string(),
            reason: reason.to_owned(),
            deprecated_at: since,
        };
        Self::VersionDeprecated(VersionFact { image: version.image, version: version.id, data })
    }

    /// A scan became the version's latest; `previous` are the findings of the latest before.
    pub(crate) fn scanned(
        image: &ImageName,
        version: &Version,
        scan: &Scan,
        previous: &[Finding],
        findings: &[Finding],
    ) -> Self {
        let mut fact = Self::scan_fact(image, version, scan);
        fact.appeared = appeared(previous, findings);
        fact.actionable = actionable(&fact.scanned, previous, findings);
        Self::ScanRecorded(Box::new(fact))
    }

    /// A scan joined the history behind a later one.
    pub(crate) fn scanned_late(image: &ImageName, version: &Version, scan: &Scan) -> Self {
        Self::ScanRecorded(Box::new(Self::scan_fact(image, version, scan)))
    }

    fn scan_fact(image: &ImageName, version: &Version, scan: &Scan) -> ScanFact {
        let scanned = ImageScanned {
            image_name: image.to_string(),
            version: version.name.to_string(),
            outstanding_count: scan.counts.outstanding(),
            residual_count: scan.counts.residual(),
            critical_count: scan.counts.by_severity.get(Severity::Critical),
            high_count: scan.counts.by_severity.get(Severity::High),
            scanned_at: scan.scanned_at,
        };
        let (appeared, actionable) = (Vec::new(), Vec::new());
        ScanFact { image: version.image, version: version.id, scanned, appeared, actionable }
    }
}

fn ids(finding: &Finding) -> impl Iterator<Item = &str> {
    std::iter::once(finding.vulnerability.as_str()).chain(finding.related.iter().map(String::as_str))
}

fn package(package: &Package) -> PackageName {
    PackageName { name: package.name.clone(), version: package.version.clone(), kind: package.kind.clone() }
}

fn appeared(previous: &[Finding], findings: &[Finding]) -> Vec<SeenFinding> {
    let before: HashSet<&str> = previous.iter().flat_map(ids).collect();
    let seen = |finding: &Finding| {
        let mut new_ids: Vec<String> = ids(finding).filter(|id| !before.contains(id)).map(str::to_owned).collect();
        new_ids.sort_unstable();
        new_ids.dedup();
        (!new_ids.is_empty()).then(|| SeenFinding {
            vulnerability: finding.vulnerability.clone(),
            new_ids,
            package: package(&finding.package),
            severity: finding.severity.to_string(),
            fix_state: finding.fix_state.to_string(),
            fixed_in: finding.fixed_in.clone(),
        })
    };
    findings.iter().filter_map(seen).collect()
}

/// A fix appeared for what the scan before showed without one. What is fixable from the first is
/// no such thing, nor is a finding that stands on both sides in both scans.
fn actionable(scanned: &ImageScanned, previous: &[Finding], findings: &[Finding]) -> Vec<CveActionable> {
    let on = |side: Partition| {
        let those = previous.iter().filter(move |finding| finding.fix_state.partition() == side);
        those.map(|finding| (finding.vulnerability.as_str(), &finding.package)).collect::<HashSet<_>>()
    };
    let (residual, outstanding) = (on(Partition::Residual), on(Partition::Outstanding));
    let mut told = HashSet::new();
    let moved = findings.iter().filter(|finding| {
        let key = (finding.vulnerability.as_str(), &finding.package);
        finding.fix_state.partition() == Partition::Outstanding
            && residual.contains(&key)
            && !outstanding.contains(&key)
            && told.insert(key)
    });
    moved
        .map(|finding| CveActionable {
            cve_id: finding.vulnerability.clone(),
            image_name: scanned.image_name.clone(),
            version: scanned.version.clone(),
            package: package(&finding.package),
            severity: finding.severity.to_string(),
            fixed_in: finding.fixed_in.clone(),
            scanned_at: scanned.scanned_at,
        })
        .collect()
}

#[cfg(test)]
mod tests;

//! Vulnerability scans: what a scanner said of a version, exactly as it said it.

mod changes;
mod counts;
mod finding;
mod grouping;
mod model;
mod partition;
mod ports;
mod recording;
mod ruling;
mod service;
mod standing;

pub use changes::Changes;
pub use counts::{Counts, SeverityCounts};
pub use finding::{Cvss, Epss, Finding, Package};
pub use grouping::{Findings, Match};
pub use model::{
    Affected, FindingFilter, HistoryOrder, HistoryPosition, HistoryWindow, PackageName, Report, Scan, Scanner, Subject,
    VulnerabilityId,
};
pub use partition::{FixState, Partition, Residual, Severity};
pub use ports::{RecordedScans, Scans};
pub(crate) use recording::scan_time;
pub use recording::{Recorded, ScanRecorder};
pub use ruling::ruling_link;
pub use service::{FindingPage, ScanService, VersionFindings};
pub use standing::Standing;

//! Findings as JSON: all of a scan's in one compressed document, and the part of a current
//! finding that nothing is searched by. This JSON never leaves the database; a field may be
//! added, with a default, but none renamed.

use std::borrow::Cow;
use std::io::{BufReader, BufWriter, Write as _};

use podarmor_domain::scan::{Cvss, Epss, Finding, FixState, Package, Severity};
use podarmor_domain::store::StoreError;
use serde::{Deserialize, Serialize};

use crate::error::other;

/// Fast enough to stay out of the way of an import; the text is repetitive and shrinks anyway.
const LEVEL: i32 = 3;

#[derive(Serialize, Deserialize)]
struct FindingJson<'a> {
    id: Cow<'a, str>,
    package: [Cow<'a, str>; 3],
    fix_state: Cow<'a, str>,
    severity: Cow<'a, str>,
    occurrences: u32,
    detail: DetailJson<'a>,
}

#[derive(Serialize, Deserialize)]
struct DetailJson<'a> {
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    fixed_in: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purl: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cvss: Vec<CvssJson<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    epss: Option<EpssJson<'a>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    known_exploited: bool,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    related: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    namespace: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data_source: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<Cow<'a, str>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct CvssJson<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Cow<'a, str>>,
    version: Cow<'a, str>,
    vector: Cow<'a, str>,
    score: f64,
}

#[derive(Serialize, Deserialize)]
struct EpssJson<'a> {
    probability: f64,
    percentile: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<Cow<'a, str>>,
}

/// All findings of a scan, in order, as one zstd frame.
pub(crate) fn pack(findings: &[Finding]) -> Result<Vec<u8>, StoreError> {
    let encoder = zstd::Encoder::new(Vec::new(), LEVEL).map_err(other)?;
    // serde_json writes a few bytes at a time.
    let mut writer = BufWriter::with_capacity(64 * 1024, encoder);
    let list = Listed(findings);
    serde_json::to_writer(&mut writer, &list).map_err(other)?;
    writer.flush().map_err(other)?;
    let encoder = writer.into_inner().map_err(|error| other(error.into_error()))?;
    encoder.finish().map_err(other)
}

/// The findings of [`pack`].
pub(crate) fn unpack(frame: &[u8]) -> Result<Vec<Finding>, String> {
    let decoder = zstd::Decoder::with_buffer(frame).map_err(|error| error.to_string())?;
    let list: Vec<FindingJson<'static>> =
        serde_json::from_reader(BufReader::with_capacity(64 * 1024, decoder)).map_err(|error| error.to_string())?;
    list.into_iter().map(FindingJson::into_finding).collect()
}

/// What a current finding keeps as text.
pub(crate) fn detail(finding: &Finding) -> Result<String, StoreError> {
    serde_json::to_string(&DetailJson::of(finding)).map_err(other)
}

/// A current finding from its columns and that text.
pub(crate) fn with_detail(finding: Finding, detail: &str) -> Result<Finding, serde_json::Error> {
    let detail: DetailJson<'static> = serde_json::from_str(detail)?;
    Ok(detail.complete(finding))
}

/// Serialises the list without building it twice in memory.
struct Listed<'a>(&'a [Finding]);

impl Serialize for Listed<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(FindingJson::of))
    }
}

impl<'a> FindingJson<'a> {
    fn of(finding: &'a Finding) -> Self {
        let Package { name, version, kind } = &finding.package;
        Self {
            id: Cow::Borrowed(&finding.vulnerability),
            package: [name, version, kind].map(|text| Cow::Borrowed(text.as_str())),
            fix_state: Cow::Borrowed(finding.fix_state.as_str()),
            severity: Cow::Borrowed(finding.severity.as_str()),
            occurrences: finding.occurrences,
            detail: DetailJson::of(finding),
        }
    }

    fn into_finding(self) -> Result<Finding, String> {
        let [name, version, kind] = self.package.map(Cow::into_owned);
        let fix_state = FixState::parse("fix_state", &self.fix_state).map_err(|error| error.to_string())?;
        let severity = Severity::parse("severity", &self.severity).map_err(|error| error.to_string())?;
        let package = Package { name, version, kind };
        Ok(self.detail.complete(bare(self.id.into_owned(), package, fix_state, severity, self.occurrences)))
    }
}

/// A finding without its detail.
pub(crate) const fn bare(
    vulnerability: String,
    package: Package,
    fix_state: FixState,
    severity: Severity,
    occurrences: u32,
) -> Finding {
    Finding {
        vulnerability,
        package,
        fix_state,
        severity,
        occurrences,
        fixed_in: Vec::new(),
        purl: None,
        cvss: Vec::new(),
        epss: None,
        known_exploited: false,
        related: Vec::new(),
        namespace: None,
        data_source: None,
        description: None,
    }
}

impl<'a> DetailJson<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            fixed_in: Cow::Borrowed(&finding.fixed_in),
            purl: borrowed(finding.purl.as_ref()),
            cvss: finding.cvss.iter().map(CvssJson::of).collect(),
            epss: finding.epss.as_ref().map(EpssJson::of),
            known_exploited: finding.known_exploited,
            related: Cow::Borrowed(&finding.related),
            namespace: borrowed(finding.namespace.as_ref()),
            data_source: borrowed(finding.data_source.as_ref()),
            description: borrowed(finding.description.as_ref()),
        }
    }

    fn complete(self, finding: Finding) -> Finding {
        Finding {
            fixed_in: self.fixed_in.into_owned(),
            purl: self.purl.map(Cow::into_owned),
            cvss: self.cvss.into_iter().map(CvssJson::into_cvss).collect(),
            epss: self.epss.map(EpssJson::into_epss),
            known_exploited: self.known_exploited,
            related: self.related.into_owned(),
            namespace: self.namespace.map(Cow::into_owned),
            data_source: self.data_source.map(Cow::into_owned),
            description: self.description.map(Cow::into_owned),
            ..finding
        }
    }
}

impl<'a> CvssJson<'a> {
    fn of(cvss: &'a Cvss) -> Self {
        Self {
            source: borrowed(cvss.source.as_ref()),
            version: Cow::Borrowed(&cvss.version),
            vector: Cow::Borrowed(&cvss.vector),
            score: cvss.base_score,
        }
    }

    fn into_cvss(self) -> Cvss {
        Cvss {
            source: self.source.map(Cow::into_owned),
            version: self.version.into_owned(),
            vector: self.vector.into_owned(),
            base_score: self.score,
        }
    }
}

impl<'a> EpssJson<'a> {
    fn of(epss: &'a Epss) -> Self {
        Self { probability: epss.probability, percentile: epss.percentile, date: borrowed(epss.date.as_ref()) }
    }

    fn into_epss(self) -> Epss {
        Epss { probability: self.probability, percentile: self.percentile, date: self.date.map(Cow::into_owned) }
    }
}

fn borrowed(text: Option<&String>) -> Option<Cow<'_, str>> {
    text.map(|text| Cow::Borrowed(text.as_str()))
}

//! Findings, and which of them are asked for.

use podarmor_domain::scan::{
    Cvss, Epss, Finding, FindingFilter, FixState, Package, PackageName, Partition, Severity, ruling_link,
};
use podarmor_domain::{Error, FieldError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which findings, and which page of them. Everything given must hold.
#[derive(Deserialize, IntoParams, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ListFindings {
    /// Any of these severities, comma-separated: `critical`, `high`, `medium`, `low`,
    /// `negligible`, `unknown`.
    #[garde(skip)]
    #[param(
        pattern = "^(critical|high|medium|low|negligible|unknown)(,(critical|high|medium|low|negligible|unknown))*$"
    )]
    severity: Option<String>,
    /// Any of these fix states, comma-separated: `fixed`, `not-fixed`, `wont-fix`, `unknown`.
    #[garde(skip)]
    #[param(pattern = "^(fixed|not-fixed|wont-fix|unknown)(,(fixed|not-fixed|wont-fix|unknown))*$")]
    fix_state: Option<String>,
    /// Only this side of the partition.
    #[garde(skip)]
    #[param(inline)]
    partition: Option<PartitionBody>,
    /// Only this package, by exact name.
    #[garde(skip)]
    #[param(min_length = 1, max_length = 300)]
    package: Option<String>,
    /// Entries a page.
    #[garde(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<u32>,
    /// Where to go on: the `nextCursor` of the page before.
    #[garde(skip)]
    #[param(max_length = 2048)]
    pub(crate) cursor: Option<String>,
    /// Whether to count all matching findings.
    #[garde(skip)]
    #[param(default = false)]
    pub(crate) count: Option<bool>,
}

impl ListFindings {
    pub(crate) fn filter(&self) -> Result<FindingFilter, Error> {
        Ok(FindingFilter {
            severity: each(self.severity.as_deref(), |word| Severity::parse("severity", word))?,
            fix_state: each(self.fix_state.as_deref(), |word| FixState::parse("fixState", word))?,
            partition: self.partition.map(|side| match side {
                PartitionBody::Outstanding => Partition::Outstanding,
                PartitionBody::Residual => Partition::Residual,
            }),
            package: self.package.as_deref().map(|name| PackageName::parse("package", name)).transpose()?,
        })
    }
}

/// The values of a comma-separated list, sorted, so that the same question has one form.
fn each<T: Ord>(list: Option<&str>, parse: impl Fn(&str) -> Result<T, FieldError>) -> Result<Vec<T>, FieldError> {
    let mut values: Vec<T> = list.into_iter().flat_map(|list| list.split(',')).map(parse).collect::<Result<_, _>>()?;
    values.sort_unstable();
    values.dedup();
    Ok(values)
}

/// Outstanding (there is a fix to pull) or residual.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Partition)]
pub(crate) enum PartitionBody {
    Outstanding,
    Residual,
}

/// How bad it is, as the scanner says.
#[derive(ToSchema)]
#[schema(as = Severity, rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum SeveritySchema {
    Critical,
    High,
    Medium,
    Low,
    Negligible,
    Unknown,
}

/// Whether there is a fix.
#[derive(ToSchema)]
#[schema(as = FixState, rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum FixStateSchema {
    Fixed,
    NotFixed,
    WontFix,
    Unknown,
}

/// A vulnerability in a package.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FindingBody {
    /// The vulnerability's id, as the scanner names it.
    vulnerability_id: String,
    /// How bad it is.
    #[schema(value_type = SeveritySchema)]
    severity: &'static str,
    /// The package it is in.
    package: PackageBody,
    /// Whether there is a fix.
    #[schema(value_type = FixStateSchema)]
    fix_state: &'static str,
    /// Outstanding or residual.
    partition: PartitionBody,
    /// Versions of the package that fix it.
    fixed_in: Vec<String>,
    /// How many of the scanner's matches this finding stands for.
    occurrences: u32,
    /// The worst CVSS base score.
    cvss_score: Option<f64>,
    /// CVSS ratings.
    cvss: Vec<CvssBody>,
    /// The likelihood of exploitation, where the report has it.
    epss: Option<EpssBody>,
    /// Whether the report lists it as known to be exploited (CISA KEV).
    known_exploited: bool,
    /// Other ids of the same vulnerability.
    related: Vec<String>,
    /// What it is about.
    description: Option<String>,
    /// Where the scanner's entry comes from.
    data_source: Option<String>,
    /// The page of the package's maintainer about this vulnerability.
    ruling_url: Option<String>,
}

/// A package as the scanner names it.
#[derive(Serialize, ToSchema)]
pub(crate) struct PackageBody {
    /// The name.
    name: String,
    /// The installed version.
    version: String,
    /// The kind: `deb`, `npm`, `python` and so on; empty when the scanner does not say.
    r#type: String,
    /// The package URL.
    purl: Option<String>,
}

/// What tells a package from others in the same image.
#[derive(Serialize, ToSchema)]
#[schema(as = PackageName)]
pub(crate) struct PackageNameBody {
    /// The name.
    name: String,
    /// The installed version.
    version: String,
    /// The kind: `deb`, `npm`, `python` and so on; empty when the scanner does not say.
    r#type: String,
}

impl From<&Package> for PackageNameBody {
    fn from(package: &Package) -> Self {
        Self { name: package.name.clone(), version: package.version.clone(), r#type: package.kind.clone() }
    }
}

/// A CVSS rating.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CvssBody {
    /// Who rated.
    source: Option<String>,
    /// The version of CVSS.
    version: String,
    /// The vector.
    vector: String,
    /// The base score, 0 to 10.
    base_score: f64,
}

/// The likelihood of exploitation within 30 days (FIRST EPSS).
#[derive(Serialize, ToSchema)]
pub(crate) struct EpssBody {
    /// The probability, 0 to 1.
    probability: f64,
    /// The share of vulnerabilities rated the same or lower, 0 to 1.
    percentile: f64,
    /// The day of the model's run.
    date: Option<String>,
}

impl From<&Cvss> for CvssBody {
    fn from(cvss: &Cvss) -> Self {
        Self {
            source: cvss.source.clone(),
            version: cvss.version.clone(),
            vector: cvss.vector.clone(),
            base_score: cvss.base_score,
        }
    }
}

impl From<&Epss> for EpssBody {
    fn from(epss: &Epss) -> Self {
        Self { probability: epss.probability, percentile: epss.percentile, date: epss.date.clone() }
    }
}

impl From<&Finding> for FindingBody {
    fn from(finding: &Finding) -> Self {
        let package = &finding.package;
        Self {
            vulnerability_id: finding.vulnerability.clone(),
            severity: finding.severity.as_str(),
            package: PackageBody {
                name: package.name.clone(),
                version: package.version.clone(),
                r#type: package.kind.clone(),
                purl: finding.purl.clone(),
            },
            fix_state: finding.fix_state.as_str(),
            partition: match finding.fix_state.partition() {
                Partition::Outstanding => PartitionBody::Outstanding,
                Partition::Residual => PartitionBody::Residual,
            },
            fixed_in: finding.fixed_in.clone(),
            occurrences: finding.occurrences,
            cvss_score: finding.cvss_score(),
            cvss: finding.cvss.iter().map(CvssBody::from).collect(),
            epss: finding.epss.as_ref().map(EpssBody::from),
            known_exploited: finding.known_exploited,
            related: finding.related.clone(),
            description: finding.description.clone(),
            data_source: finding.data_source.clone(),
            ruling_url: ruling_link(finding),
        }
    }
}

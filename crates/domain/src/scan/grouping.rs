//! From a scanner's matches to findings and counts.

use std::collections::HashSet;
use std::hash::Hash;

use crate::FieldError;
use crate::scan::{Counts, Cvss, Finding, FixState, Package, Severity};

/// One match of a scanner, before grouping: a finding that stands for itself.
pub type Match = Finding;

/// The findings of one scan, grouped, in their fixed order (worst severity first, outstanding
/// before residual, then by id and package), with the counts of the matches they came from.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Findings {
    list: Vec<Finding>,
    counts: Counts,
}

/// What makes two matches one finding.
fn identity(one: &Match) -> (Severity, FixState, &str, &Package) {
    (one.severity, one.fix_state, &one.vulnerability, &one.package)
}

impl Findings {
    /// Groups matches.
    ///
    /// # Errors
    /// A [`FieldError`] that names the match whose text holds a NUL, which no database keeps
    /// alike, or whose names are longer than an index takes.
    pub fn group(matches: impl IntoIterator<Item = Match>) -> Result<Self, FieldError> {
        let mut list: Vec<Match> = matches.into_iter().collect();
        let mut counts = Counts::default();
        for (index, one) in list.iter().enumerate() {
            refuse_unfit(index, one)?;
            counts.add(one.severity, one.fix_state, one.occurrences);
        }
        // Sorted in place and merged with the neighbour: a report of half a million matches is
        // not copied into a map of keys first.
        list.sort_by(|one, other| identity(one).cmp(&identity(other)));
        list.dedup_by(|later, kept| {
            let same = identity(later) == identity(kept);
            if same {
                merge(kept, later);
            }
            same
        });
        list.iter_mut().for_each(drop_repetitions);
        counts.distinct_vulnerabilities = distinct_ids(&list);
        Ok(Self { list, counts })
    }

    /// The findings in order.
    #[must_use]
    pub fn list(&self) -> &[Finding] {
        &self.list
    }

    /// The counts of the matches.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The findings alone.
    #[must_use]
    pub fn into_list(self) -> Vec<Finding> {
        self.list
    }
}

fn distinct_ids(list: &[Finding]) -> u64 {
    let mut ids: Vec<&str> = list.iter().map(|finding| finding.vulnerability.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.len() as u64
}

fn merge(into: &mut Finding, one: &mut Match) {
    into.occurrences = into.occurrences.saturating_add(one.occurrences);
    into.known_exploited |= one.known_exploited;
    into.epss = into.epss.take().or(one.epss.take());
    into.purl = into.purl.take().or(one.purl.take());
    into.description = into.description.take().or(one.description.take());
    into.data_source = into.data_source.take().or(one.data_source.take());
    into.namespace = into.namespace.take().or(one.namespace.take());
    into.fixed_in.append(&mut one.fixed_in);
    into.related.append(&mut one.related);
    into.cvss.append(&mut one.cvss);
}

/// Drops what merging repeated, once a finding, so that a report of many equal matches costs no
/// more than reading it.
fn drop_repetitions(finding: &mut Finding) {
    if finding.occurrences > 1 {
        keep_first(&mut finding.fixed_in, Clone::clone);
        keep_first(&mut finding.related, Clone::clone);
        keep_first(&mut finding.cvss, |cvss| {
            (cvss.source.clone(), cvss.version.clone(), cvss.vector.clone(), cvss.base_score.to_bits())
        });
    }
}

fn keep_first<T, K: Eq + Hash>(list: &mut Vec<T>, key: impl Fn(&T) -> K) {
    let mut seen = HashSet::with_capacity(list.len());
    list.retain(|one| seen.insert(key(one)));
}

/// Names that findings are looked up by have at most so many bytes: an index entry of a database
/// holds no more.
const LONGEST_NAME: usize = 2_000;

fn refuse_unfit(index: usize, one: &Match) -> Result<(), FieldError> {
    let fields = [
        ("vulnerability.id", &one.vulnerability),
        ("artifact.name", &one.package.name),
        ("artifact.version", &one.package.version),
        ("artifact.type", &one.package.kind),
    ];
    let optional = [
        ("artifact.purl", &one.purl),
        ("vulnerability.namespace", &one.namespace),
        ("vulnerability.dataSource", &one.data_source),
        ("vulnerability.description", &one.description),
    ];
    let texts = fields.into_iter().map(|(name, text)| (name, text.as_str()));
    let texts = texts.chain(optional.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?))));
    let texts = texts.chain(one.fixed_in.iter().map(|text| ("vulnerability.fix.versions", text.as_str())));
    let texts = texts.chain(one.related.iter().map(|text| ("relatedVulnerabilities", text.as_str())));
    let texts = texts.chain(one.cvss.iter().flat_map(cvss_texts));
    let texts =
        texts.chain(one.epss.iter().filter_map(|epss| Some(("vulnerability.epss.date", epss.date.as_deref()?))));
    let place = |name: &str| format!("/matches/{index}/{}", name.replace('.', "/"));
    if let Some((name, _)) = texts.into_iter().find(|(_, text)| text.contains('\0')) {
        return Err(FieldError::new(place(name), "must not contain a NUL"));
    }
    let related = one.related.iter().map(|text| ("relatedVulnerabilities", text));
    match fields.into_iter().chain(related).find(|(_, text)| text.len() > LONGEST_NAME) {
        Some((name, _)) => Err(FieldError::new(place(name), format!("must have at most {LONGEST_NAME} bytes"))),
        None => Ok(()),
    }
}

fn cvss_texts(cvss: &Cvss) -> [(&'static str, &str); 3] {
    let source = cvss.source.as_deref().unwrap_or_default();
    [
        ("vulnerability.cvss.source", source),
        ("vulnerability.cvss.version", &cvss.version),
        ("vulnerability.cvss.vector", &cvss.vector),
    ]
}

#[cfg(test)]
mod tests;

//! From a scanner's matches to findings and counts.

use std::collections::BTreeMap;

use crate::FieldError;
use crate::scan::{Counts, Finding, FixState, Package, Severity};

/// One match of a scanner, before grouping: a finding that stands for itself.
pub type Match = Finding;

/// The findings of one scan, grouped, in their fixed order (worst severity first, outstanding
/// before residual, then by id and package), with the counts of the matches they came from.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Findings {
    list: Vec<Finding>,
    counts: Counts,
}

type Identity = (Severity, FixState, String, Package);

impl Findings {
    /// Groups matches.
    ///
    /// # Errors
    /// A [`FieldError`] that names the match whose text holds a NUL, which no database keeps
    /// alike.
    pub fn group(matches: impl IntoIterator<Item = Match>) -> Result<Self, FieldError> {
        let mut counts = Counts::default();
        let mut groups: BTreeMap<Identity, Finding> = BTreeMap::new();
        for (index, one) in matches.into_iter().enumerate() {
            refuse_nul(index, &one)?;
            counts.add(one.severity, one.fix_state, one.occurrences);
            let identity = (one.severity, one.fix_state, one.vulnerability.clone(), one.package.clone());
            match groups.entry(identity) {
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(one);
                }
                std::collections::btree_map::Entry::Occupied(mut place) => merge(place.get_mut(), one),
            }
        }
        let mut ids: Vec<&str> = groups.values().map(|finding| finding.vulnerability.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        counts.distinct_vulnerabilities = ids.len() as u64;
        Ok(Self { list: groups.into_values().collect(), counts })
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

fn merge(into: &mut Finding, one: Match) {
    into.occurrences = into.occurrences.saturating_add(one.occurrences);
    into.known_exploited |= one.known_exploited;
    into.epss = into.epss.take().or(one.epss);
    into.purl = into.purl.take().or(one.purl);
    into.description = into.description.take().or(one.description);
    into.data_source = into.data_source.take().or(one.data_source);
    into.namespace = into.namespace.take().or(one.namespace);
    add_missing(&mut into.fixed_in, one.fixed_in);
    add_missing(&mut into.related, one.related);
    add_missing(&mut into.cvss, one.cvss);
}

fn add_missing<T: PartialEq>(into: &mut Vec<T>, more: Vec<T>) {
    for one in more {
        if !into.contains(&one) {
            into.push(one);
        }
    }
}

fn refuse_nul(index: usize, one: &Match) -> Result<(), FieldError> {
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
    match texts.into_iter().find(|(_, text)| text.contains('\0')) {
        None => Ok(()),
        Some((name, _)) => {
            Err(FieldError::new(format!("/matches/{index}/{}", name.replace('.', "/")), "must not contain a NUL"))
        }
    }
}

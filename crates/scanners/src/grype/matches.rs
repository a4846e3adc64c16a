//! One match after another, each read and kept as a finding that stands for itself.

use std::collections::HashSet;
use std::fmt::{Formatter, Result as FmtResult};

use podarmor_domain::scan::{Cvss, Epss, FixState, Match, Package, Severity};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::json::{Kind, Object, Text, stated};

/// All matches, in pieces: each is freed once it is consumed, and none is ever moved to grow.
pub(super) struct Matches(Vec<Vec<Match>>);

const PIECE: usize = 1024;

impl Matches {
    pub(super) fn into_iter(self) -> impl Iterator<Item = Match> {
        self.0.into_iter().flatten()
    }
}

impl<'de> Deserialize<'de> for Matches {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(MatchesVisitor)
    }
}

struct MatchesVisitor;

impl<'de> Visitor<'de> for MatchesVisitor {
    type Value = Matches;

    fn expecting(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("an array of matches")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Matches, A::Error> {
        let mut pieces: Vec<Vec<Match>> = Vec::new();
        while let Some(Object(entry)) = seq.next_element::<Object<Entry>>()? {
            match pieces.last_mut() {
                Some(piece) if piece.len() < PIECE => piece.push(entry.into_match()),
                _ => pieces.push(vec![entry.into_match()]),
            }
        }
        Ok(Matches(pieces))
    }
}

/// One element of `matches`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    vulnerability: Object<Vulnerability>,
    related_vulnerabilities: Option<Vec<Object<Related>>>,
    artifact: Object<Artifact>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vulnerability {
    id: Text,
    severity: Option<Text>,
    description: Option<Text>,
    namespace: Option<Text>,
    data_source: Option<Text>,
    fix: Option<Object<Fix>>,
    /// Before there was `fix`.
    fixed_in_version: Option<Text>,
    cvss: Option<Vec<Object<Rating>>>,
    /// Before there was `cvss`.
    cvss_v2: Option<Object<OldRating>>,
    cvss_v3: Option<Object<OldRating>>,
    epss: Option<Vec<Object<Likelihood>>>,
    known_exploited: Option<Vec<Kind>>,
}

#[derive(Deserialize)]
struct Related {
    id: Text,
    cvss: Option<Vec<Object<Rating>>>,
}

#[derive(Deserialize)]
struct Artifact {
    name: Text,
    version: Text,
    r#type: Option<Text>,
    purl: Option<Text>,
}

#[derive(Deserialize)]
struct Fix {
    versions: Option<Vec<Text>>,
    state: Option<Text>,
}

#[derive(Deserialize)]
struct Rating {
    source: Option<Text>,
    version: Option<Text>,
    vector: Option<Text>,
    metrics: Option<Object<Metrics>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    base_score: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OldRating {
    base_score: Option<f64>,
    vector: Option<Text>,
}

#[derive(Deserialize)]
struct Likelihood {
    epss: f64,
    percentile: f64,
    date: Option<Text>,
}

impl Entry {
    fn into_match(self) -> Match {
        let Self { vulnerability: Object(one), related_vulnerabilities, artifact: Object(artifact) } = self;
        let mut related_vulnerabilities = related_vulnerabilities.unwrap_or_default();
        let mut cvss = ratings(one.cvss);
        cvss.extend(old_rating(one.cvss_v2, "2.0"));
        cvss.extend(old_rating(one.cvss_v3, "3.0"));
        // Distributions rate nothing; the one entry related to theirs is then the same
        // vulnerability's in the NVD. Several would be different vulnerabilities.
        if let ([], [Object(related)]) = (cvss.as_slice(), related_vulnerabilities.as_mut_slice()) {
            cvss = ratings(related.cvss.take());
        }
        let (fix_state, fixed_in) = fix(one.fix, one.fixed_in_version);
        Match {
            related: related_ids(&one.id.0, related_vulnerabilities),
            vulnerability: one.id.0,
            package: Package {
                name: artifact.name.0,
                version: artifact.version.0,
                kind: stated(artifact.r#type).unwrap_or_default(),
            },
            fix_state,
            severity: one.severity.map_or(Severity::Unknown, |Text(word)| Severity::of_scanner(&word)),
            occurrences: 1,
            fixed_in,
            purl: stated(artifact.purl),
            cvss,
            epss: likelihood(one.epss),
            known_exploited: one.known_exploited.is_some_and(|entries| !entries.is_empty()),
            namespace: stated(one.namespace),
            data_source: stated(one.data_source),
            description: stated(one.description),
        }
    }
}

/// The state as the report has it; reports older than fix states name a version or nothing.
fn fix(fix: Option<Object<Fix>>, fixed_in_version: Option<Text>) -> (FixState, Vec<String>) {
    let Some(Object(fix)) = fix else {
        let versions: Vec<String> = stated(fixed_in_version).into_iter().collect();
        let state = if versions.is_empty() { FixState::Unknown } else { FixState::Fixed };
        return (state, versions);
    };
    let state = fix.state.map_or(FixState::Unknown, |Text(word)| FixState::of_scanner(&word));
    (state, fix.versions.unwrap_or_default().into_iter().filter_map(|version| stated(Some(version))).collect())
}

/// The NVD's entry is related to a distribution's of the same id; that is no other id.
fn related_ids(own: &str, related: Vec<Object<Related>>) -> Vec<String> {
    let mut seen = HashSet::new();
    let ids = related.into_iter().map(|Object(Related { id: Text(id), .. })| id);
    ids.filter(|id| id != own && !id.is_empty() && seen.insert(id.clone())).collect()
}

fn ratings(list: Option<Vec<Object<Rating>>>) -> Vec<Cvss> {
    let rating = |Object(rating): Object<Rating>| {
        let base_score = rating.metrics.and_then(|Object(metrics)| metrics.base_score);
        let vector = stated(rating.vector)?;
        let version = stated(rating.version).unwrap_or_else(|| version_of(&vector, ""));
        Some(Cvss { source: stated(rating.source), version, vector, base_score: score(base_score)? })
    };
    list.unwrap_or_default().into_iter().filter_map(rating).collect()
}

fn old_rating(rating: Option<Object<OldRating>>, version: &str) -> Option<Cvss> {
    let Object(rating) = rating?;
    let vector = stated(rating.vector)?;
    Some(Cvss { source: None, version: version_of(&vector, version), vector, base_score: score(rating.base_score)? })
}

/// The version that the vector names (`CVSS:3.1/…`), else the one given.
fn version_of(vector: &str, otherwise: &str) -> String {
    let named = vector.strip_prefix("CVSS:").and_then(|rest| rest.split_once('/'));
    named.map_or(otherwise, |(version, _)| version).to_owned()
}

/// A base score that lies on the scale.
fn score(base_score: Option<f64>) -> Option<f64> {
    base_score.filter(|score| (0.0..=10.0).contains(score))
}

/// The highest, where an advisory stands for several CVEs.
fn likelihood(list: Option<Vec<Object<Likelihood>>>) -> Option<Epss> {
    let share = |number: f64| (0.0..=1.0).contains(&number);
    let sensible = list.unwrap_or_default().into_iter().map(|Object(one)| one);
    let sensible = sensible.filter(|one| share(one.epss) && share(one.percentile));
    let highest = sensible.max_by(|a, b| a.epss.total_cmp(&b.epss))?;
    Some(Epss { probability: highest.epss, percentile: highest.percentile, date: stated(highest.date) })
}

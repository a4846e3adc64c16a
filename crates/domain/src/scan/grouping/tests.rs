//! Grouping loses no match and invents none.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::testing::fixtures::{finding, fixed, full_finding};

fn package(name: &str, version: &str, kind: &str) -> Package {
    Package { name: name.to_owned(), version: version.to_owned(), kind: kind.to_owned() }
}

#[test]
fn matches_that_differ_in_nothing_but_their_place_are_one_finding() {
    let elsewhere = Finding { purl: Some("pkg:deb/debian/zlib@1.0".to_owned()), ..finding("CVE-1", "zlib") };
    let three = Finding { occurrences: 3, ..finding("CVE-1", "zlib") };
    let grouped = Findings::group([finding("CVE-1", "zlib"), elsewhere, three]).unwrap();
    assert_eq!(grouped.list().len(), 1);
    assert_eq!(grouped.list()[0].occurrences, 5);
    assert_eq!(grouped.list()[0].purl.as_deref(), Some("pkg:deb/debian/zlib@1.0"));
    assert_eq!((grouped.counts().total(), grouped.counts().distinct_vulnerabilities), (5, 1));
}

#[test]
fn every_part_of_the_identity_keeps_matches_apart() {
    let one = || finding("CVE-1", "zlib");
    let matches = [
        one(),
        finding("CVE-2", "zlib"),
        finding("CVE-1", "bash"),
        Finding { package: package("zlib", "2.0", "deb"), ..one() },
        Finding { package: package("zlib", "1.0", "rpm"), ..one() },
        Finding { fix_state: FixState::WontFix, ..one() },
        Finding { severity: Severity::Low, ..one() },
    ];
    let grouped = Findings::group(matches).unwrap();
    assert_eq!(grouped.list().len(), 7);
    assert_eq!((grouped.counts().total(), grouped.counts().distinct_vulnerabilities), (7, 2));
    assert_eq!(grouped.counts().by_severity.get(Severity::Low), 1);
}

#[test]
fn what_one_match_knows_and_another_does_not_is_kept() {
    let mut other = full_finding("CVE-1", "zlib");
    other.fixed_in = vec!["1.1".to_owned(), "2.0".to_owned()];
    other.related = vec!["CVE-9".to_owned()];
    let bare = Finding { severity: Severity::High, ..fixed("CVE-1", "zlib") };
    let full = full_finding("CVE-1", "zlib");
    let grouped = Findings::group([bare, full.clone(), other]).unwrap();
    let expected = Finding {
        occurrences: 3,
        fixed_in: vec!["1.1".to_owned(), "2.0".to_owned()],
        related: vec![full.related[0].clone(), "CVE-9".to_owned()],
        ..full
    };
    assert_eq!(grouped.into_list(), [expected]);
}

#[test]
fn the_worst_comes_first_then_what_is_outstanding_then_ids_and_packages() {
    let matches = [
        Finding { severity: Severity::Unknown, ..fixed("CVE-1", "a") },
        Finding { severity: Severity::Critical, ..finding("CVE-9", "a") },
        Finding { severity: Severity::Critical, ..fixed("CVE-9", "b") },
        Finding { severity: Severity::Critical, ..fixed("CVE-9", "a") },
        Finding { severity: Severity::Critical, ..fixed("CVE-10", "c") },
        Finding { severity: Severity::Critical, fix_state: FixState::WontFix, ..finding("CVE-1", "a") },
    ];
    let grouped = Findings::group(matches).unwrap();
    let order: Vec<_> = grouped
        .list()
        .iter()
        .map(|one| format!("{} {} {} {}", one.severity, one.fix_state, one.vulnerability, one.package.name))
        .collect();
    assert_eq!(
        order,
        [
            "critical fixed CVE-10 c",
            "critical fixed CVE-9 a",
            "critical fixed CVE-9 b",
            "critical not-fixed CVE-9 a",
            "critical wont-fix CVE-1 a",
            "unknown fixed CVE-1 a",
        ]
    );
}

#[test]
fn a_nul_is_refused_with_its_place() {
    type Spoil = fn(&mut Finding);
    let nul = || "a\0b".to_owned();
    let cases: [(&str, Spoil); 14] = [
        ("vulnerability/id", |one| one.vulnerability.push('\0')),
        ("artifact/name", |one| one.package.name.push('\0')),
        ("artifact/version", |one| one.package.version.push('\0')),
        ("artifact/type", |one| one.package.kind.push('\0')),
        ("artifact/purl", |one| one.purl = Some("\0".to_owned())),
        ("vulnerability/namespace", |one| one.namespace = Some("\0".to_owned())),
        ("vulnerability/dataSource", |one| one.data_source = Some("\0".to_owned())),
        ("vulnerability/description", |one| one.description = Some("\0".to_owned())),
        ("vulnerability/fix/versions", |one| one.fixed_in.push("\0".to_owned())),
        ("relatedVulnerabilities", |one| one.related.push("\0".to_owned())),
        ("vulnerability/cvss/source", |one| one.cvss[1].source = Some("\0".to_owned())),
        ("vulnerability/cvss/version", |one| one.cvss[1].version.push('\0')),
        ("vulnerability/cvss/vector", |one| one.cvss[1].vector.push('\0')),
        ("vulnerability/epss/date", |one| one.epss.as_mut().unwrap().date = Some("\0".to_owned())),
    ];
    for (place, spoil) in cases {
        let mut bad = full_finding("CVE-2", "zlib");
        spoil(&mut bad);
        let refused = Findings::group([finding("CVE-1", "zlib"), bad, finding(&nul(), "zlib")]).unwrap_err();
        assert_eq!(refused.to_string(), format!("/matches/1/{place}: must not contain a NUL"));
    }
    // Other control characters are data.
    assert!(Findings::group([finding("CVE-\u{1}\n", "zlib")]).is_ok());
}

fn any_match() -> impl Strategy<Value = Match> {
    let severity = proptest::sample::select(Severity::ALL);
    let fix_state = proptest::sample::select(FixState::ALL);
    let text = |pattern| proptest::string::string_regex(pattern).unwrap();
    (severity, fix_state, text("[AB]"), text("[ab]"), text("[12]?"), 1..5_u32, proptest::option::of(text("[xyz]")))
        .prop_map(|(severity, fix_state, id, name, version, occurrences, related)| Finding {
            severity,
            fix_state,
            occurrences,
            package: package(&name, &version, "deb"),
            related: related.into_iter().collect(),
            ..finding(&id, "")
        })
}

/// A finding without what depends on which match came first.
type Gist = (Severity, FixState, String, Package, u32, BTreeSet<String>);

fn gists(findings: &Findings) -> Vec<Gist> {
    let gist = |one: &Finding| {
        let related = one.related.iter().cloned().collect();
        (one.severity, one.fix_state, one.vulnerability.clone(), one.package.clone(), one.occurrences, related)
    };
    findings.list().iter().map(gist).collect()
}

proptest! {
    #[test]
    fn counts_are_those_of_the_matches(matches in prop::collection::vec(any_match(), 0..60)) {
        let grouped = Findings::group(matches.clone()).unwrap();
        let counts = grouped.counts();
        let sum = |passes: &dyn Fn(&Match) -> bool| -> u64 {
            matches.iter().filter(|one| passes(one)).map(|one| u64::from(one.occurrences)).sum()
        };
        prop_assert_eq!(counts.total(), sum(&|_| true));
        for severity in Severity::ALL {
            prop_assert_eq!(counts.by_severity.get(*severity), sum(&|one| one.severity == *severity));
            let outstanding = sum(&|one| one.severity == *severity && one.fix_state == FixState::Fixed);
            prop_assert_eq!(counts.outstanding_by_severity.get(*severity), outstanding);
        }
        prop_assert_eq!(counts.awaiting_upstream, sum(&|one| one.fix_state == FixState::NotFixed));
        prop_assert_eq!(counts.wont_fix, sum(&|one| one.fix_state == FixState::WontFix));
        prop_assert_eq!(counts.unclassified, sum(&|one| one.fix_state == FixState::Unknown));
        let ids: BTreeSet<_> = matches.iter().map(|one| &one.vulnerability).collect();
        prop_assert_eq!(counts.distinct_vulnerabilities, ids.len() as u64);
        let total: u64 = grouped.list().iter().map(|one| u64::from(one.occurrences)).sum();
        prop_assert_eq!(total, counts.total());
    }

    #[test]
    fn the_order_of_the_matches_does_not_matter(
        (matches, shuffled) in prop::collection::vec(any_match(), 0..40)
            .prop_flat_map(|matches| (Just(matches.clone()), Just(matches).prop_shuffle())),
    ) {
        let (one, other) = (Findings::group(matches).unwrap(), Findings::group(shuffled).unwrap());
        prop_assert_eq!(one.counts(), other.counts());
        prop_assert_eq!(gists(&one), gists(&other));
    }

    #[test]
    fn grouping_again_changes_nothing(matches in prop::collection::vec(any_match(), 0..40)) {
        let once = Findings::group(matches).unwrap();
        prop_assert_eq!(&Findings::group(once.list().to_vec()).unwrap(), &once);
        let identities: BTreeMap<_, _> = once.list().iter().map(|one| {
            ((one.severity, one.fix_state, &one.vulnerability, &one.package), one.occurrences)
        }).collect();
        prop_assert_eq!(identities.len(), once.list().len());
    }
}

#[test]
fn a_name_longer_than_an_index_takes_is_refused_with_its_place() {
    let long = "x".repeat(2_001);
    let refused = Findings::group([finding("CVE-2026-0001", "bash"), finding("CVE-2026-0002", &long)]).unwrap_err();
    assert_eq!(refused.path, "/matches/1/artifact/name");
    assert!(Findings::group([finding(&long, "bash")]).is_err());
    assert!(Findings::group([finding(&long[1..], "bash")]).is_ok());
}

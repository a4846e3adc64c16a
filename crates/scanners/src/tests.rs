//! Whole reports: what is read of them, what is refused and where, and that nothing panics.

use podarmor_domain::Sha256;
use podarmor_domain::scan::{Finding, FixState, Severity};
use proptest::prelude::*;

use super::{OtherFormat, ReportError, read_report};

/// A small report in today's layout, every kept member filled.
const MODERN: &str = r#"{
 "matches": [{
  "vulnerability": {
   "id": "GHSA-aaaa-bbbb-cccc", "severity": "High", "description": "Bad.", "namespace": "github:language:python",
   "dataSource": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc", "urls": [], "risk": 1.5,
   "cvss": [{"source": "s", "type": "Primary", "version": "3.1", "vector": "CVSS:3.1/AV:N", "metrics": {"baseScore": 8}, "vendorMetadata": {}},
            {"version": "4.0", "vector": "CVSS:4.0/AV:N", "metrics": {"baseScore": 11}}],
   "epss": [{"cve": "CVE-2024-1", "epss": 0.25, "percentile": 0.5, "date": "2026-07-07"},
            {"cve": "CVE-2024-2", "epss": 0.5, "percentile": 0.75, "date": "2026-07-08"}],
   "knownExploited": [{"cve": "CVE-2024-1"}],
   "fix": {"versions": ["1.2", "1.1.9"], "state": "fixed", "available": []}
  },
  "relatedVulnerabilities": [{"id": "CVE-2024-1"}, {"id": "CVE-2024-2"}, {"id": "CVE-2024-1"}],
  "matchDetails": [],
  "artifact": {"id": "x", "name": "flask", "version": "1.0", "type": "python", "purl": "pkg:pypi/flask@1.0"}
 }],
 "source": {"type": "image", "target": {"userInput": "app:1", "manifestDigest": "sha256:bad", "repoDigests": []}},
 "distro": {}, "alertsByPackage": [],
 "descriptor": {"name": "grype", "version": "0.112.0", "timestamp": "2026-07-08T15:54:26.7861743+02:00",
  "db": {"status": {"built": "2026-07-08T06:30:00Z"}}}
}"#;

/// A report of one match, made of the members of its vulnerability.
fn report_of(vulnerability: &str) -> String {
    format!(
        r#"{{"matches":[{{"vulnerability":{{"id":"CVE-2020-1"{vulnerability}}},"artifact":{{"name":"bash","version":"5"}}}}],"descriptor":{{"name":"grype","version":"0.7.0"}}}}"#
    )
}

#[track_caller]
fn finding(vulnerability: &str) -> Finding {
    let report = read_report(report_of(vulnerability).as_bytes()).unwrap();
    report.findings.into_list().pop().unwrap()
}

#[test]
fn everything_kept_is_read() {
    let report = read_report(MODERN.as_bytes()).unwrap();
    assert_eq!(report.content, Sha256::of(MODERN.as_bytes()));
    assert_eq!((report.scanner.name.as_str(), report.scanner.version.as_str()), ("grype", "0.112.0"));
    assert_eq!(report.scanner.db_built_at.unwrap().to_string(), "2026-07-08T06:30:00Z");
    assert_eq!(report.scanned_at.unwrap().to_string(), "2026-07-08T13:54:26.786174Z");
    assert_eq!((report.subject.reference.as_deref(), report.subject.digests.len()), (Some("app:1"), 0));
    let found = &report.findings.list()[0];
    assert_eq!((found.severity, found.fix_state, found.occurrences), (Severity::High, FixState::Fixed, 1));
    assert_eq!((found.package.name.as_str(), found.package.kind.as_str()), ("flask", "python"));
    assert_eq!(found.fixed_in, ["1.2", "1.1.9"]);
    assert_eq!(found.related, ["CVE-2024-1", "CVE-2024-2"]);
    assert_eq!((found.cvss.len(), found.cvss_score()), (1, Some(8.0)));
    let epss = found.epss.as_ref().unwrap();
    assert_eq!((epss.probability, epss.date.as_deref()), (0.5, Some("2026-07-08")));
    assert!(found.known_exploited);
    assert_eq!(found.purl.as_deref(), Some("pkg:pypi/flask@1.0"));
    assert_eq!(found.description.as_deref(), Some("Bad."));
}

#[test]
fn a_fix_state_is_kept_and_its_absence_is_unknown() {
    for (members, state, fixed_in) in [
        ("", FixState::Unknown, vec![]),
        (r#","fix":null"#, FixState::Unknown, vec![]),
        (r#","fix":{}"#, FixState::Unknown, vec![]),
        (r#","fix":{"state":"","versions":null}"#, FixState::Unknown, vec![]),
        (r#","fix":{"state":"later"}"#, FixState::Unknown, vec![]),
        (r#","fix":{"state":"not-fixed","versions":[]}"#, FixState::NotFixed, vec![]),
        (r#","fix":{"state":"wont-fix","versions":["2"]}"#, FixState::WontFix, vec!["2"]),
        (r#","fix":{"state":"unknown"},"fixedInVersion":"2""#, FixState::Unknown, vec![]),
        (r#","fixedInVersion":"2.1""#, FixState::Fixed, vec!["2.1"]),
        (r#","fixedInVersion":"""#, FixState::Unknown, vec![]),
    ] {
        let finding = finding(members);
        assert_eq!(
            (finding.fix_state, finding.fixed_in),
            (state, fixed_in.into_iter().map(String::from).collect()),
            "{members}"
        );
    }
}

#[test]
fn what_an_old_report_lacks_is_absent() {
    let bare = finding("");
    assert_eq!((bare.severity, bare.package.kind.as_str()), (Severity::Unknown, ""));
    assert!(bare.purl.is_none() && bare.epss.is_none() && bare.cvss.is_empty() && !bare.known_exploited);
    assert!(!finding(r#","knownExploited":[],"epss":null,"cvss":null"#).known_exploited);
    let old = finding(
        r#","cvssV2":{"baseScore":7.2,"vector":"AV:L"},"cvssV3":{"baseScore":8,"vector":"CVSS:3.1/AV:N"},"severity":"Negligible""#,
    );
    let versions: Vec<&str> = old.cvss.iter().map(|cvss| cvss.version.as_str()).collect();
    assert_eq!((versions, old.cvss_score(), old.severity), (vec!["2.0", "3.1"], Some(8.0), Severity::Negligible));
    assert!(finding(r#","cvssV2":{"baseScore":-1,"vector":"AV:L"},"cvssV3":{"vector":""}"#).cvss.is_empty());
}

#[test]
fn the_one_related_entry_rates_where_the_own_does_not() {
    let related = |count: usize| {
        let entry = r#"{"id":"CVE-2020-1","cvss":[{"version":"2.0","vector":"AV:N","metrics":{"baseScore":5}}]}"#;
        let list = vec![entry; count].join(",");
        let members = r#""vulnerability""#;
        report_of("").replace(members, &format!(r#""relatedVulnerabilities":[{list}],{members}"#))
    };
    for (count, score) in [(0, None), (1, Some(5.0)), (2, None)] {
        let found = read_report(related(count).as_bytes()).unwrap().findings.into_list().pop().unwrap();
        assert_eq!((found.cvss_score(), found.related.len()), (score, 0), "{count}");
    }
}

/// What `document` is refused with, when the refusal names a place.
#[track_caller]
fn refused(document: &str) -> (bool, String, String) {
    let error = read_report(document.as_bytes()).unwrap_err();
    let place = error.place().unwrap().clone();
    (matches!(error, ReportError::NotJson { .. }), place.pointer, error.to_string())
}

#[test]
fn a_wrong_type_is_refused_with_its_place() {
    for (from, to, pointer) in [
        (r#""High""#, "7", "/matches/0/vulnerability/severity"),
        (r#""High""#, r#""\u0000""#, "/matches/0/vulnerability/severity"),
        (r#""1.1.9""#, "null", "/matches/0/vulnerability/fix/versions/1"),
        (r#""GHSA-aaaa-bbbb-cccc", "severity""#, r#"null, "severity""#, "/matches/0/vulnerability/id"),
        (r#""s", "type""#, r#""\u0000", "type""#, "/matches/0/vulnerability/cvss/0/source"),
        (r#"{"baseScore": 8}"#, "[8]", "/matches/0/vulnerability/cvss/0/metrics"),
        (r#""name": "flask","#, "", "/matches/0/artifact"),
        (r#""name": "flask","#, r#""name": "a", "name": "b","#, "/matches/0/artifact"),
        (r#"2026-07-08T15:54:26.7861743+02:00"#, "yesterday", "/descriptor/timestamp"),
        (r#""descriptor": {"#, r#""descriptor": {"db": null, "#, "/descriptor"),
        (r#""descriptor": {"#, r#""matches": [], "descriptor": {"#, ""),
        (r#"{"userInput""#, r#"7, "x": {"userInput""#, "/source/target"),
        (r#""app:1""#, r#""\u0000""#, "/source/target/userInput"),
    ] {
        assert!(MODERN.contains(from), "{from}");
        let (not_json, place, text) = refused(&MODERN.replacen(from, to, 1));
        assert_eq!((not_json, place.as_str()), (false, pointer), "{text}");
    }
    let text = refused(&MODERN.replacen(r#""High""#, "7", 1)).2;
    assert!(text.ends_with("expected a string, at /matches/0/vulnerability/severity (line 4, column 45)"), "{text}");
}

#[test]
fn an_object_is_not_given_as_an_array() {
    let positional = r#"{"matches":[{"vulnerability":{"id":"A"},"artifact":["bash","5"]}],"descriptor":{}}"#;
    assert_eq!(refused(positional).1, "/matches/0/artifact");
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    let cut = &MODERN[..MODERN.find("Bad.").unwrap()];
    let (not_json, place, text) = refused(cut);
    assert!(not_json && text.contains("cut off"), "{text}");
    assert_eq!(place, "/matches/0/vulnerability/description");
    let open = format!(r#"{{"matches":[],"descriptor":{{}},"x/~":{}"#, "[".repeat(100_000));
    let (not_json, place, text) = refused(&open);
    assert!(not_json && text.contains("recursion limit") && place.starts_with("/x~1~0/0/0"), "{text}");
    for document in ["", " ", "NAME INSTALLED", "{} {}", "{\"a\":\"\\ud800\"}", "{\"a\":1e999}", "\u{feff}{}"] {
        assert!(refused(document).0, "{document}");
    }
    assert!(matches!(read_report(b"{\"a\":\"\xff\"}"), Err(ReportError::NotJson { .. })));
}

#[test]
fn refusals_do_not_repeat_what_strangers_wrote_at_length() {
    let key = format!("\\u001b[31m{}", "k".repeat(10_000));
    let text = refused(&format!(r#"{{"{key}":[}}"#)).2;
    assert!(text.chars().count() < 300 && !text.contains('\u{1b}'), "{text}");
    let text = refused(&MODERN.replacen("[{", &format!("[\"{}\",{{", "v".repeat(10_000)), 1)).2;
    assert!(text.chars().count() < 500, "{text}");
}

#[test]
fn other_formats_are_refused_by_name() {
    let error = read_report(br#"{"SchemaVersion":2,"ArtifactName":"nginx","Results":[]}"#).unwrap_err();
    assert_eq!(error, ReportError::OtherFormat(OtherFormat::Trivy));
    assert_eq!(error.to_string(), "this is a Trivy report, which is not read here; a report of `grype -o json` is");
    assert_eq!(read_report(b"{}"), Err(ReportError::Unidentified));
}

const SEVERITIES: [&str; 7] = ["Critical", "High", "Medium", "Low", "Negligible", "Unknown", ""];
const STATES: [&str; 5] = ["fixed", "not-fixed", "wont-fix", "unknown", ""];

/// Indexes into the tables above, an id and a package.
type Row = (usize, usize, u8, u8);

fn generated(rows: &[Row]) -> String {
    let matches: Vec<String> = rows
        .iter()
        .map(|(severity, state, id, package)| {
            format!(
                r#"{{"artifact":{{"name":"p{package}","version":"1","type":"deb","purl":""}},"vulnerability":{{"id":"CVE-{id}","severity":"{}","fix":{{"state":"{}","versions":[]}}}}}}"#,
                SEVERITIES[*severity], STATES[*state]
            )
        })
        .collect();
    format!(r#"{{"descriptor":{{}},"matches":[{}]}}"#, matches.join(","))
}

proptest! {
    #[test]
    fn counts_equal_a_naive_count(rows in prop::collection::vec((0usize..7, 0usize..5, 0u8..4, 0u8..4), 0..60)) {
        let report = read_report(generated(&rows).as_bytes()).unwrap();
        let counts = report.findings.counts();
        let with = |fits: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| fits(row)).count() as u64;
        prop_assert_eq!(counts.total(), rows.len() as u64);
        prop_assert_eq!(counts.by_severity.get(Severity::High), with(&|row| row.0 == 1));
        prop_assert_eq!(counts.by_severity.get(Severity::Unknown), with(&|row| row.0 >= 5));
        prop_assert_eq!(counts.outstanding(), with(&|row| row.1 == 0));
        prop_assert_eq!(counts.awaiting_upstream, with(&|row| row.1 == 1));
        prop_assert_eq!(counts.wont_fix, with(&|row| row.1 == 2));
        prop_assert_eq!(counts.unclassified, with(&|row| row.1 >= 3));
        let ids: std::collections::HashSet<u8> = rows.iter().map(|row| row.2).collect();
        prop_assert_eq!(counts.distinct_vulnerabilities, ids.len() as u64);
        let occurrences: u64 = report.findings.list().iter().map(|finding| u64::from(finding.occurrences)).sum();
        prop_assert_eq!(occurrences, rows.len() as u64);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_report(&bytes);
    }

    #[test]
    fn a_cut_report_is_refused(length in 0..MODERN.len()) {
        prop_assert!(read_report(&MODERN.as_bytes()[..length]).is_err());
    }

    #[test]
    fn a_mutated_report_never_panics(
        changes in prop::collection::vec((0..MODERN.len(), prop::sample::select(b"\"{}[]:,\\0-n\x00\xff".to_vec())), 1..4),
    ) {
        let mut bytes = MODERN.as_bytes().to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        let _ = read_report(&bytes);
    }
}

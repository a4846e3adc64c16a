//! What is refused, with its place; nothing panics.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use podarmor_sbom::{Format, OtherFormat, SbomError, check, read};
use proptest::prelude::*;

const SPDX: &str = include_str!("fixtures/everything.spdx.json");
const CYCLONEDX: &str = include_str!("fixtures/everything.cdx.json");
const SYFT: &str = include_str!("fixtures/everything.syft.json");
const TAG_VALUE: &str = include_str!("fixtures/everything.spdx");
const ALL: [&str; 4] = [SPDX, CYCLONEDX, SYFT, TAG_VALUE];

/// The pointer of what `document` is refused with.
#[track_caller]
fn place(document: &str) -> String {
    let error = read(document.as_bytes()).unwrap_err();
    let place = error.place().unwrap_or_else(|| panic!("{error}")).clone();
    assert!(place.line > 0, "{error}");
    assert!(!check(document.as_bytes()).is_empty());
    place.pointer
}

#[test]
fn a_document_cut_anywhere_is_refused() {
    for document in [SPDX, CYCLONEDX, SYFT] {
        for (at, _) in document.char_indices().step_by(7) {
            assert!(read(&document.as_bytes()[..at]).is_err(), "cut at {at}");
        }
    }
}

#[test]
fn a_member_that_comes_twice_is_refused_at_every_depth() {
    let twice = CYCLONEDX.replacen("\"tagId\": \"openssl\"", "\"tagId\": \"a\", \"tagId\": \"openssl\"", 1);
    assert_eq!(place(&twice), "/components/0/swid");
    let twice = SPDX.replacen("\"summary\": \"TLS\"", "\"summary\": \"TLS\", \"summary\": \"TLS\"", 1);
    assert_eq!(place(&twice), "/packages/1");
    let names: String = (0..60).map(|n| format!("\"n{n}\":{n},")).collect();
    let many = format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","x":{{{names}"n50":0}}}}"#);
    assert_eq!(place(&many), "/x");
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    let with = |text: &str| SPDX.replacen("\"TLS\"", text, 1);
    assert_eq!(place(&with("\"\\ud800\"")), "/packages/1/summary");
    assert_eq!(place(&with("1e999")), "/packages/1/summary");
    assert!(place(&with(&"[".repeat(1_000_000))).starts_with("/packages/1/summary/0/0"));
    assert!(matches!(
        read(&b"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"a\":\"\xff\"}"[..]),
        Err(SbomError::NotJson { .. })
    ));
}

#[test]
fn what_has_another_type_is_refused_with_its_place() {
    for (document, from, to, pointer) in [
        (SPDX, "\"versionInfo\": \"2.36\"", "\"versionInfo\": 2.36", "/packages/2/versionInfo"),
        (SPDX, "\"checksums\": []", "\"checksums\": {}", "/files/2/checksums"),
        (CYCLONEDX, "\"scope\": \"required\",", "\"hashes\": 1,", "/components/0"),
        (CYCLONEDX, "\"name\": \"no-ref\"", "\"name\": []", "/components/0/components/1/name"),
        (CYCLONEDX, "\"dependsOn\": [\"app\"]", "\"dependsOn\": \"app\"", "/dependencies/0/dependsOn"),
        (SYFT, "\"name\": \"apt\"", "\"name\": {}", "/artifacts/0/name"),
        (SYFT, "\"child\": \"gone\"", "\"child\": 7", "/artifactRelationships/6/child"),
    ] {
        assert!(document.contains(from), "{from}");
        assert_eq!(place(&document.replacen(from, to, 1)), pointer);
    }
    assert!(place(&TAG_VALUE.replacen("FileName:", "FileName", 1)).is_empty());
    assert!(place(&TAG_VALUE.replacen("</text>", "", 99)).is_empty());
}

#[test]
fn other_versions_and_formats_are_refused_by_name() {
    let version = |format| Err(SbomError::UnsupportedVersion(format));
    let old = CYCLONEDX.replacen("\"1.6\"", "\"1.2\"", 1);
    assert_eq!(read(old.as_bytes()), version(Format::CycloneDx { version: "1.2".into() }));
    assert!(read(old.as_bytes()).unwrap_err().to_string().contains("CycloneDX 1.2"));
    let old = SPDX.replacen("SPDX-2.3", "SPDX-2.1", 1);
    assert_eq!(read(old.as_bytes()), version(Format::Spdx { version: "2.1".into() }));
    let old = TAG_VALUE.replacen("SPDX-2.2", "SPDX-2.1", 1);
    assert_eq!(read(old.as_bytes()), version(Format::SpdxTagValue { version: "2.1".into() }));
    assert_eq!(
        read(b"<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\">"),
        Err(SbomError::OtherFormat(OtherFormat::CycloneDxXml))
    );
    assert_eq!(read(b"{}"), Err(SbomError::Unidentified));
}

#[test]
fn too_many_relationships_are_over_the_limit() {
    let start = r#"{"spdxVersion":"SPDX-2.3","relationships":[{}"#;
    let document = format!("{start}{}]}}", ",{}".repeat(2_000_000));
    let error = read(document.as_bytes()).unwrap_err();
    assert!(
        matches!(&error, SbomError::OverLimit { place, .. } if place.pointer.starts_with("/relationships")),
        "{error}"
    );
}

#[test]
fn findings_have_a_place_and_are_bounded() {
    let findings = check(SPDX.replacen("\"2025-01-02T03:04:05Z\"", "\"today\"", 1).as_bytes());
    let pointers: Vec<&str> = findings.iter().map(|finding| finding.pointer.as_str()).collect();
    assert_eq!(
        pointers,
        [
            "/creationInfo/created",
            "/packages/2/licenseConcluded",
            "/files/2/checksums",
            "/relationships/13/relatedSpdxElement",
        ]
    );
    let findings = check(CYCLONEDX.as_bytes());
    let pointers: Vec<&str> = findings.iter().map(|finding| finding.pointer.as_str()).collect();
    assert_eq!(pointers, ["/components/2/bom-ref", "/dependencies/1"]);
    let wrong = format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","components":[7{}]}}"#, ",7".repeat(1000));
    assert_eq!(check(wrong.as_bytes()).len(), podarmor_sbom::MOST_FINDINGS);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_document_never_panics(
        which in 0..ALL.len(),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::sample::select(b"\"{}[]:,\\0-n@\x00\xff \n".to_vec())), 1..6,
        ),
    ) {
        let mut bytes = ALL[which].as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = check(&bytes);
        if let Ok(reading) = read(&bytes) {
            for write in [podarmor_sbom::write_spdx, podarmor_sbom::write_cyclonedx] {
                let rendered = write(&reading.bom);
                prop_assert_eq!(check(&rendered), []);
                prop_assert!(read(&rendered).is_ok());
            }
        }
    }
}

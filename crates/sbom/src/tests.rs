//! Whole documents: what they are identified as, what is refused and where, and that nothing
//! panics.

use proptest::prelude::*;

use super::{OtherFormat, SbomError, identify};

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A small document as syft writes it, in each format.
const SPDX: &str = r#"{
 "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "alpine",
 "packages": [
  {"name": "musl", "SPDXID": "SPDXRef-musl", "versionInfo": "1.2", "checksums": [{"algorithm": "SHA256", "checksumValue": "BBBB"}]},
  {"name": "alpine", "SPDXID": "SPDXRef-root", "versionInfo": "3.12", "primaryPackagePurpose": "CONTAINER",
   "checksums": [{"algorithm": "SHA256", "checksumValue": "AAAA"}],
   "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:oci/alpine@sha256%3AAAAA?arch=amd64"}]}
 ],
 "relationships": [
  {"spdxElementId": "SPDXRef-root", "relatedSpdxElement": "SPDXRef-musl", "relationshipType": "CONTAINS"},
  {"spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-root", "relationshipType": "DESCRIBES"}
 ]
}"#;
const CYCLONEDX: &str = r#"{"$schema": "x", "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
 "metadata": {"component": {"type": "container", "name": "alpine", "version": "sha256:AAAA"}}, "components": [{"type": "library"}]}"#;
const SYFT: &str = r#"{"artifacts": [], "schema": {"version": "16.0.18", "url": "x"},
 "source": {"type": "image", "name": "alpine", "metadata": {"userInput": "alpine:3", "manifestDigest": "sha256:AAAA", "repoDigests": ["alpine@sha256:BBBB"]}}}"#;

/// With whole digests in place of the short ones.
fn with_digests(document: &str) -> String {
    document.replace("AAAA", A).replace("BBBB", B)
}

#[track_caller]
fn check(document: &str, format: &str, digests: &[&str], name: Option<&str>) {
    let identified = identify(with_digests(document).as_bytes()).unwrap();
    let digests: Vec<String> = digests.iter().map(|hex| format!("sha256:{hex}")).collect();
    assert_eq!((identified.format.to_string().as_str(), identified.name.as_deref()), (format, name), "{document}");
    assert_eq!(identified.subject_digests, digests, "{document}");
}

#[test]
fn the_documents_of_syft_are_identified() {
    check(SPDX, "SPDX 2.3 (JSON)", &[A], Some("alpine"));
    check(CYCLONEDX, "CycloneDX 1.5 (JSON)", &[A], Some("alpine"));
    check(SYFT, "syft JSON 16.0.18", &[A, B], Some("alpine"));
}

#[test]
fn the_subject_of_spdx_is_what_it_describes() {
    let spdx = |members: &str| format!(r#"{{"spdxVersion":"SPDX-2.2",{members}}}"#);
    let package = |members: &str| {
        spdx(&format!(r#""documentDescribes":["SPDXRef-root"],"packages":[{{"SPDXID":"SPDXRef-root",{members}}}]"#))
    };
    let checksum =
        r#""checksums":[{"algorithm":"SHA1","checksumValue":"BBBB"},{"algorithm":"SHA256","checksumValue":"AAAA"}]"#;
    let reversed = r#""relationships":[{"spdxElementId":"SPDXRef-root","relatedSpdxElement":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBED_BY"}]"#;
    for (document, found) in [
        (package(checksum), true),
        (package(&format!(r#""primaryPackagePurpose":"SOURCE",{checksum}"#)), false),
        (package(r#""versionInfo":"sha256:AAAA""#), true),
        (
            package(r#""externalRefs":[{"referenceType":"purl","referenceLocator":"pkg:oci/a@sha256:AAAA?tag=1"}]"#),
            true,
        ),
        (
            package(r#""externalRefs":[{"referenceType":"cpe23Type","referenceLocator":"pkg:oci/a@sha256:AAAA"}]"#),
            false,
        ),
        (package(checksum).replace("documentDescribes", "other"), false),
        (package(checksum).replace(r#""documentDescribes":["SPDXRef-root"]"#, reversed), true),
        (spdx(r#""packages":null,"documentDescribes":null"#), false),
    ] {
        check(&document, "SPDX 2.2 (JSON)", if found { &[A] } else { &[] }, None);
    }
    check(&spdx(r#""name":"a@sha256:AAAA""#), "SPDX 2.2 (JSON)", &[A], Some(&format!("a@sha256:{A}")));
}

#[test]
fn the_subject_of_cyclonedx_is_a_container() {
    let purl = CYCLONEDX.replace("sha256:AAAA\"", r#"v1", "purl": "pkg:oci/a@sha256%3aAAAA?tag=v1""#);
    check(&purl, "CycloneDX 1.5 (JSON)", &[A], Some("alpine"));
    let hashes = r#"v1", "hashes": [{"alg": "MD5", "content": "BBBB"}, {"alg": "SHA-256", "content": "AAAA"}]"#;
    check(&CYCLONEDX.replace("sha256:AAAA\"", hashes), "CycloneDX 1.5 (JSON)", &[A], Some("alpine"));
    check(&CYCLONEDX.replace("container", "file"), "CycloneDX 1.5 (JSON)", &[], Some("alpine"));
    check(r#"{"bomFormat":"CycloneDX","specVersion":"1.6"}"#, "CycloneDX 1.6 (JSON)", &[], None);
}

#[test]
fn the_subject_of_syft_is_its_source() {
    let old = SYFT.replace("\"name\": \"alpine\", \"metadata\"", "\"target\"");
    check(&old, "syft JSON 16.0.18", &[A, B], Some("alpine:3"));
    let source = |source: &str| format!(r#"{{"artifacts":[],"schema":{{"version":"3.0"}},"source":{source}}}"#);
    check(&source(r#"{"type":"directory","target":"/app"}"#), "syft JSON 3.0", &[], Some("/app"));
    check(&source(r#"{"name":"app","metadata":{"path":"app"}}"#), "syft JSON 3.0", &[], Some("app"));
    check(&source("null"), "syft JSON 3.0", &[], None);
}

#[test]
fn other_formats_are_refused_by_name() {
    for (document, other) in [
        ("SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n", OtherFormat::SpdxTagValue),
        ("\u{feff}# made by hand\n\n  SPDXVersion: SPDX-2.1", OtherFormat::SpdxTagValue),
        ("<?xml version=\"1.0\"?>\n<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\">", OtherFormat::CycloneDxXml),
        ("<rdf:RDF xmlns:spdx=\"http://spdx.org/rdf/terms#\">", OtherFormat::SpdxRdf),
        (r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]}"#, OtherFormat::Spdx3),
        (r#"{"matches":[],"descriptor":{}}"#, OtherFormat::Grype),
        (r#"{"SchemaVersion":2,"ArtifactName":"nginx"}"#, OtherFormat::Trivy),
        (r#"{"version":"2.1.0","runs":[]}"#, OtherFormat::Sarif),
    ] {
        assert_eq!(identify(document.as_bytes()), Err(SbomError::OtherFormat(other)), "{document}");
    }
    for document in ["{}", "[]", "7", "null", r#"{"bomFormat":"Other","specVersion":"1"}"#, r#"{"artifacts":[]}"#] {
        assert_eq!(identify(document.as_bytes()), Err(SbomError::Unidentified), "{document}");
    }
}

/// What `document` is refused with, when the refusal names a place.
#[track_caller]
fn refused(document: &str) -> (bool, String, String) {
    let error = identify(document.as_bytes()).unwrap_err();
    let place = error.place().unwrap().clone();
    (matches!(error, SbomError::NotJson { .. }), place.pointer, error.to_string())
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    for document in [SPDX, CYCLONEDX, SYFT] {
        assert!(refused(&document[..document.len() - 1]).2.contains("cut off"));
        assert!(refused(&format!("{document}x")).0);
    }
    let members = r#"{"spdxVersion": "SPDX-2.3", "comment": "#;
    let (not_json, place, text) = refused(&format!("{members}\"\\udc00\"}}"));
    assert!(not_json && place == "/comment" && text.ends_with("at /comment (line 1, column 46)"), "{text}");
    assert!(matches!(identify(format!("{members}\"").as_bytes()), Err(SbomError::NotJson { .. })));
    let (not_json, place, text) = refused(&format!("{members}{}", "[".repeat(100_000)));
    assert!(not_json && place.starts_with("/comment/0/0") && text.contains("recursion limit"), "{text}");
    for document in ["", "<html>", "\u{feff}{}", "{'a':1}", "SPDXID: x", "[", &"[".repeat(100_000)] {
        assert!(refused(document).0, "{document:.9}");
    }
    assert!(matches!(identify(b"{\"spdxVersion\":\"SPDX-2.3\",\"x\":\"\xff\"}"), Err(SbomError::NotJson { .. })));
}

#[test]
fn nesting_is_read_up_to_the_limit() {
    let nested = |depth: usize| {
        format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth))
    };
    assert!(identify(nested(100).as_bytes()).is_ok());
    assert!(refused(&nested(128)).0);
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    for (document, from, to, pointer) in [
        (SPDX, "\"SPDX-2.3\"", "2.3", "/spdxVersion"),
        (SPDX, "SPDX-2.3", "2.3", "/spdxVersion"),
        (SPDX, "SPDX-2.3", "SPDX-two", "/spdxVersion"),
        (SPDX, "\"1.2\"", "1.2", "/packages/0/versionInfo"),
        (SPDX, "[{\"algorithm\": \"SHA256\"", "[[], {\"algorithm\": \"SHA256\"", "/packages/0/checksums/0"),
        (SPDX, "\"name\": \"alpine\",", "\"name\": \"alpine\", \"name\": \"alpine\",", ""),
        (SPDX, "\"dataLicense\"", "\"x\": 1, \"x\"", ""),
        (CYCLONEDX, "\"1.5\"", "1.5", "/specVersion"),
        (CYCLONEDX, "\"specVersion\": \"1.5\",", "", ""),
        (CYCLONEDX, "\"container\"", "[]", "/metadata/component/type"),
        (SYFT, "\"16.0.18\"", "\"\"", "/schema/version"),
        (SYFT, "{\"userInput\"", "7, \"x\": {\"userInput\"", "/source/metadata"),
    ] {
        assert!(document.contains(from), "{from}");
        let (not_json, place, text) = refused(&document.replacen(from, to, 1));
        assert_eq!((not_json, place.as_str()), (false, pointer), "{text}");
    }
    let many: String = (0..2000).map(|n| format!("\"{n}\":{n},")).collect();
    assert!(refused(&format!("{{{many}\"bomFormat\":\"CycloneDX\"}}")).2.contains("more than 1024 members"));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = identify(&bytes);
    }

    #[test]
    fn arbitrary_text_never_panics(text in "(SPDXVersion:|<|\\{\"spdxVersion\":)?.{0,100}") {
        let _ = identify(text.as_bytes());
    }

    #[test]
    fn a_cut_document_is_refused(length in 0..SPDX.len()) {
        for document in [SPDX, CYCLONEDX, SYFT] {
            let cut = &document.as_bytes()[..length.min(document.len() - 1)];
            prop_assert!(identify(cut).is_err());
        }
    }

    #[test]
    fn a_mutated_document_never_panics(
        which in prop::sample::select(vec![SPDX, CYCLONEDX, SYFT]),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::sample::select(b"\"{}[]:,\\0-n@\x00\xff".to_vec())), 1..4,
        ),
    ) {
        let mut bytes = with_digests(which).into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(identified) = identify(&bytes) {
            for digest in identified.subject_digests {
                prop_assert!(digest.len() == 71 && digest.starts_with("sha256:"));
            }
        }
    }
}

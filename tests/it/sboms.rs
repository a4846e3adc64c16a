//! SBOM downloads: byte for byte, in any coding, in parts.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podarmor_domain::sbom::SbomFormat;
use podarmor_tests::{Answer, CYCLONEDX, SPDX, on_both_databases};
use reqwest::Method;
use sha2::{Digest as _, Sha256};

fn digest_header(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(bytes)))
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A document worth compressing.
fn large() -> Vec<u8> {
    let packages: Vec<String> =
        (0..3_000).map(|n| format!("{{\"name\" :\"package-{n}\", \"n\":{}}}", n * 7919 % 10_007)).collect();
    format!("{{\"spdxVersion\":\"SPDX-2.3\",\"packages\":[{}]}}\n", packages.join(",\n")).into_bytes()
}

fn decode(answer: &Answer) -> Vec<u8> {
    let mut plain = Vec::new();
    match answer.header("content-encoding") {
        "gzip" => drop(flate2::read::GzDecoder::new(answer.bytes.as_slice()).read_to_end(&mut plain).unwrap()),
        "zstd" => plain = zstd::decode_all(answer.bytes.as_slice()).unwrap(),
        "" => plain.clone_from(&answer.bytes),
        other => panic!("not decoded here: {other}"),
    }
    plain
}

on_both_databases! {
    async fn a_document_comes_back_byte_for_byte_under_a_name_to_save_it(world: TestWorld) {
        let viewer = world.viewer();
        let version = world.version_path("a", "shared", "1.0-r1").await;
        for (kind, bytes, media, file) in [
            ("spdx", SPDX, "application/spdx+json", "shared-1.0-r1.spdx.json"),
            ("cyclonedx", CYCLONEDX, "application/vnd.cyclonedx+json; version=1.5", "shared-1.0-r1.cdx.json"),
        ] {
            let path = format!("{version}/sbom/{kind}");
            let answer = viewer.get(&path).await.ok();
            assert_eq!(answer.bytes, bytes, "{kind}");
            assert_eq!(answer.header("content-type"), media);
            assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"{file}\""));
            assert_eq!(answer.header("x-sbom-origin"), "verbatim");
            assert_eq!(answer.header("x-sbom-digest"), digest_header(bytes));
            assert_eq!(answer.header("repr-digest"), digest_header(bytes));
            assert_eq!(answer.header("cache-control"), "private, no-cache");
            assert_eq!(answer.header("accept-ranges"), "bytes");
            assert!(answer.header("last-modified").ends_with(" GMT"));
            let again = viewer.get_with(&path, "if-none-match", answer.header("etag")).await;
            assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0));
            assert_eq!(again.header("etag"), answer.header("etag"));
            let head = world.app.send(viewer.request(Method::HEAD, &path)).await.ok();
            assert_eq!((head.header("content-length"), head.bytes.len()), (bytes.len().to_string().as_str(), 0));
            assert_eq!(head.header("etag"), answer.header("etag"));
        }
    }

    async fn every_coding_holds_the_same_document_under_a_tag_of_its_own(world: TestWorld) {
        let document = large();
        world.publisher.sbom("only-a", "1.0-r0", SbomFormat::Spdx23, &document).await;
        let viewer = world.viewer();
        let path = format!("{}/sbom/spdx", world.version_path("a", "only-a", "1.0-r0").await);
        let mut tags = Vec::new();
        for (asked, coding) in [("identity", ""), ("gzip", "gzip"), ("zstd", "zstd"), ("br;q=0, zstd;q=0.5, gzip;q=0.1", "zstd"), ("deflate", "")] {
            for _ in 0..2 {
                let answer = viewer.get_with(&path, "accept-encoding", asked).await.ok();
                assert_eq!(answer.header("content-encoding"), coding, "{asked}");
                assert_eq!(decode(&answer), document, "{asked}");
                assert_eq!(answer.header("repr-digest"), digest_header(&answer.bytes), "{asked}");
                assert_eq!(answer.header("x-sbom-digest"), digest_header(&document), "{asked}");
                tags.push(answer.header("etag").to_owned());
            }
        }
        assert_eq!(viewer.get_with(&path, "accept-encoding", "br").await.ok().header("content-encoding"), "br");
        tags.sort();
        tags.dedup();
        assert_eq!(tags.len(), 3, "{tags:?}");
    }

    async fn s5_parts_of_a_document_are_its_very_bytes(world: TestWorld) {
        let document = large();
        world.publisher.sbom("only-a", "1.0-r0", SbomFormat::Spdx23, &document).await;
        let viewer = world.viewer();
        let path = format!("{}/sbom/spdx", world.version_path("a", "only-a", "1.0-r0").await);
        let length = document.len();
        for (range, from, to) in [("bytes=0-0", 0, 0), ("bytes=-1", length - 1, length - 1), ("bytes=5-", 5, length - 1), ("bytes=7-99999999", 7, length - 1)] {
            let request = viewer.request(Method::GET, &path).header("range", range).header("accept-encoding", "zstd");
            let part = world.app.send(request).await;
            assert_eq!((part.status.as_u16(), part.header("content-encoding")), (206, ""), "{range}");
            assert_eq!(part.bytes, document[from..=to], "{range}");
            assert_eq!(part.header("content-range"), format!("bytes {from}-{to}/{length}"));
        }
        for range in ["bytes=0-0", "bytes=99999999-"] {
            let head = viewer.request(Method::HEAD, &path).header("range", range).header("accept-encoding", "zstd");
            let head = world.app.send(head).await;
            assert_eq!((head.status.as_u16(), head.header("content-encoding")), (200, "zstd"), "a range is of GET: {range}");
        }
        let beyond = viewer.get_with(&path, "range", &format!("bytes={length}-")).await;
        assert_eq!((beyond.status.as_u16(), beyond.header("content-range")), (416, format!("bytes */{length}").as_str()));
        for whole in ["bytes=0-1,5-6", "bytes=9-3", "lines=1-2", &format!("bytes={}", vec!["0-1"; 1000].join(","))] {
            assert_eq!(viewer.get_with(&path, "range", whole).await.ok().bytes, document, "{}", &whole[..9]);
        }
        let tag = viewer.get(&path).await.ok().header("etag").to_owned();
        for (condition, status) in [(tag.as_str(), 206), ("\"other\"", 200)] {
            let request = viewer.request(Method::GET, &path).header("range", "bytes=1-2").header("if-range", condition);
            assert_eq!(world.app.send(request).await.status.as_u16(), status, "{condition}");
        }
    }

    async fn a_later_upload_becomes_current_and_the_earlier_stays_to_be_had_by_its_hash(world: TestWorld) {
        let viewer = world.viewer();
        let path = format!("{}/sbom/spdx", world.version_path("a", "shared", "1.0-r1").await);
        let later = b"{\"spdxVersion\":\"SPDX-2.3\",\"later\":true}";
        world.publisher.sbom("shared", "1.0-r1", SbomFormat::Spdx23, later).await;
        assert_eq!(viewer.get(&path).await.ok().bytes, later);
        assert_eq!(viewer.get(&format!("{path}?digest=sha-256:{}", hex(SPDX))).await.ok().bytes, SPDX);
        world.publisher.sbom("shared", "1.0-r1", SbomFormat::Spdx23, SPDX).await;
        assert_eq!(viewer.get(&path).await.ok().bytes, later, "the same bytes again change nothing");
        assert_eq!(viewer.get(&format!("{path}?digest=sha-256:{}", hex(b"other"))).await.refusal(), "404 NOT_FOUND");
        assert_eq!(viewer.get(&format!("{path}?digest={}", hex(SPDX))).await.refusal(), "400 VALIDATION_ERROR");
    }

    async fn what_was_not_imported_is_not_found_and_what_does_not_fit_accept_is_refused(world: TestWorld) {
        let viewer = world.viewer();
        let path = world.version_path("a", "shared", "1.0-r0").await;
        assert_eq!(viewer.get(&format!("{path}/sbom/spdx")).await.refusal(), "404 NOT_FOUND");
        assert_eq!(viewer.get(&format!("{path}/sbom/syft")).await.refusal(), "404 NOT_FOUND");
        let path = format!("{}/sbom/spdx", world.version_path("a", "shared", "1.0-r1").await);
        assert_eq!(viewer.get_with(&path, "accept", "text/html").await.refusal(), "406 NOT_ACCEPTABLE");
        for fits in ["application/spdx+json", "application/json", "*/*", "text/html, application/*;q=0.1"] {
            assert_eq!(viewer.get_with(&path, "accept", fits).await.status, 200, "{fits}");
        }
    }
}

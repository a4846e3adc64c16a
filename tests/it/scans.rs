//! The history of a version, one scan, the findings of the latest.

use podarmor_domain::testing::fixtures::{finding, fixed};
use podarmor_tests::{findings, last_scan, on_both_databases};
use serde_json::{Value, json};

fn ids(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| item["vulnerabilityId"].as_str().unwrap().to_owned()).collect()
}

on_both_databases! {
    async fn the_history_is_oldest_first_and_tells_what_changed(world: TestWorld) {
        let viewer = world.viewer();
        let path = format!("{}/scan-history", world.version_path("a", "shared", "1.0-r1").await);
        let history = viewer.get(&path).await.ok().json();
        let points: Vec<Value> = history["items"].as_array().unwrap().iter().map(|scan| {
            json!([scan["scannedAt"], scan["counts"]["total"], scan["changes"]["appeared"], scan["changes"]["resolved"]])
        }).collect();
        assert_eq!(points, [json!(["2026-02-02T00:00:00Z", 6, 5, 0]), json!([last_scan(), 5, 0, 1])]);
        assert_eq!(history["items"][0]["scanner"]["dbBuiltAt"], "2026-03-01T01:02:03.000004Z");
        let backwards = viewer.get(&format!("{path}?order=desc&limit=1&count=true")).await.ok().json();
        assert_eq!(backwards["items"][0]["scannedAt"], last_scan());
        assert_eq!(backwards["total"], json!({ "count": 2, "type": "exact" }));
        for (query, want) in [
            ("from=2026-02-03T00:00:00Z", 1), ("to=2026-02-02T00:00:00Z", 1),
            ("from=2026-02-02T01:00:00%2B01:00&to=2026-02-03T00:00:00Z", 2), ("from=2027-01-01T00:00:00Z", 0),
        ] {
            let part = viewer.get(&format!("{path}?{query}")).await.ok().json();
            assert_eq!(part["items"].as_array().unwrap().len(), want, "{query}");
        }
        assert_eq!(viewer.get(&format!("{path}?from=yesterday")).await.refusal(), "400 VALIDATION_ERROR");
    }

    async fn an_older_scan_that_comes_late_joins_the_history_and_changes_nothing_current(world: TestWorld) {
        let viewer = world.viewer();
        let path = world.version_path("a", "shared", "1.0-r1").await;
        let before = viewer.get(&format!("{path}/vulnerabilities")).await.ok().json();
        world.publisher.scan("shared", "1.0-r1", "2026-02-02T12:00:00Z", vec![fixed("CVE-2026-0007", "xz")]).await;
        assert_eq!(viewer.get(&format!("{path}/vulnerabilities")).await.ok().json(), before);
        let history = viewer.get(&format!("{path}/scan-history")).await.ok().json();
        let changes: Vec<Value> = history["items"].as_array().unwrap().iter().map(|scan| scan["changes"].clone()).collect();
        assert_eq!(changes, [
            json!({ "appeared": 5, "resolved": 0 }), json!({ "appeared": 1, "resolved": 5 }), json!({ "appeared": 4, "resolved": 1 }),
        ]);
    }

    async fn findings_come_worst_first_with_all_the_scanner_said(world: TestWorld) {
        let path = world.version_path("a", "shared", "1.0-r0").await;
        let viewer = world.viewer();
        let list = viewer.get(&format!("{path}/vulnerabilities?count=true")).await.ok().json();
        assert_eq!(ids(&list), ["CVE-2026-0002", "CVE-2026-0001", "CVE-2026-0003", "CVE-2026-0004", "CVE-2026-0005"]);
        assert_eq!(list["items"][0]["occurrences"], 2);
        assert_eq!(list["total"]["count"], 5);
        assert_eq!(list["scan"]["counts"]["total"], 6);
        assert_eq!(list["items"][1], json!({
            "vulnerabilityId": "CVE-2026-0001", "severity": "high",
            "package": { "name": "bash", "version": "1.0", "type": "deb", "purl": "pkg:deb/debian/bash@1.0?arch=amd64&distro=debian-12" },
            "fixState": "fixed", "partition": "outstanding", "fixedIn": ["1.1"], "occurrences": 1,
            "cvssScore": 9.8,
            "cvss": [
                { "source": "nvd@nist.gov", "version": "3.1", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "baseScore": 9.8 },
                { "source": null, "version": "2.0", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "baseScore": 7.5 },
            ],
            "epss": { "probability": 0.00042, "percentile": 0.13071, "date": "2026-02-28" },
            "knownExploited": true, "related": ["GHSA-xxxx-yyyy-zzzz"],
            "description": "Reads behind the end of a buffer.",
            "dataSource": "https://security-tracker.debian.org/tracker/CVE-2026-0001",
            "rulingUrl": "https://security-tracker.debian.org/tracker/CVE-2026-0001",
        }));
    }

    async fn latest_and_older_scans_filter_and_page_alike(world: TestWorld) {
        let viewer = world.viewer();
        let path = world.version_path("a", "shared", "1.0-r1").await;
        world.publisher.scan("shared", "1.0-r1", "2026-03-01T00:00:00Z", findings()).await;
        world.publisher.scan("shared", "1.0-r1", "2026-02-20T00:00:00Z", findings()).await;
        let history = viewer.get(&format!("{path}/scan-history?order=desc")).await.ok().json();
        let scan = |index: usize| format!("{path}/scans/{}", history["items"][index]["scanId"].as_str().unwrap());
        let (latest, older, current) = (scan(0), scan(1), format!("{path}/vulnerabilities"));
        let cases = [
            ("", 5), ("severity=critical", 1), ("severity=medium,unknown", 3), ("fixState=fixed", 2),
            ("fixState=wont-fix,unknown", 2), ("partition=outstanding", 2), ("partition=residual", 3),
            ("partition=residual&fixState=fixed", 0), ("package=openssl", 1), ("package=OpenSSL", 0), ("package=open", 0),
            ("severity=medium&fixState=not-fixed&partition=residual&package=zlib", 1),
        ];
        for (query, want) in cases {
            let mut answers = Vec::new();
            for start in [&latest, &older, &current] {
                let whole = viewer.get(&format!("{start}?count=true&{query}")).await.ok().json();
                assert_eq!(whole["total"]["count"], want, "{start} {query}");
                let path = if query.is_empty() { (*start).clone() } else { format!("{start}?{query}") };
                let paged = viewer.all(&path, 2).await;
                assert_eq!(json!(paged), whole["items"], "{start} {query}");
                answers.push(paged);
            }
            assert_eq!(answers[0], answers[1], "{query}");
            assert_eq!(answers[0], answers[2], "{query}");
        }
        for bad in ["severity=bad", "severity=Critical", "fixState=", "partition=both", "package="] {
            assert_eq!(viewer.get(&format!("{current}?{bad}")).await.refusal(), "400 VALIDATION_ERROR", "{bad}");
        }
    }

    async fn a_list_that_was_begun_goes_on_in_its_scan_whatever_is_recorded_meanwhile(world: TestWorld) {
        let viewer = world.viewer();
        let path = format!("{}/vulnerabilities", world.version_path("a", "shared", "1.0-r1").await);
        let public = format!("/v1/images/{}/vulnerabilities", world.image_id("a", "shared").await);
        let by_key = async |path: String| world.get_with_key(world.key("read:vulns"), &path).await.ok().json();
        let whole = viewer.get(&path).await.ok().json();
        let first = viewer.get(&format!("{path}?limit=3&count=true")).await.ok().json();
        let public_first = by_key(format!("{public}?limit=3")).await;
        world.publisher.scan("shared", "1.0-r1", "2026-06-01T00:00:00Z", vec![finding("CVE-2026-4444", "zlib"); 9]).await;
        world.publisher.version("shared", "2.0-r0", "2026-06-02T00:00:00Z").await;
        let second = |first: &serde_json::Value| format!("limit=3&cursor={}", first["nextCursor"].as_str().unwrap());
        let rest = viewer.get(&format!("{path}?count=true&{}", second(&first))).await.ok().json();
        assert_eq!((&rest["scan"], &rest["total"]), (&first["scan"], &first["total"]));
        let both: Vec<_> = [&first, &rest].iter().flat_map(|page| page["items"].as_array().unwrap().clone()).collect();
        assert_eq!(json!(both), whole["items"]);
        let rest = by_key(format!("{public}?{}", second(&public_first))).await;
        assert_eq!((&rest["version"], &rest["scannedAt"]), (&public_first["version"], &public_first["scannedAt"]));
        assert_eq!(rest["vulnerabilities"], json!(&whole["items"].as_array().unwrap()[3..]));
        let anew = viewer.get(&path).await.ok().json();
        assert_eq!(anew["items"][0]["vulnerabilityId"], "CVE-2026-4444");
        assert_eq!(by_key(public.clone()).await["version"], "2.0-r0");
    }

    async fn a_fix_that_appears_moves_the_finding_to_outstanding_by_itself(world: TestWorld) {
        let viewer = world.viewer();
        let path = world.version_path("a", "only-a", "1.0-r0").await;
        world.publisher.scan("only-a", "1.0-r0", "2026-03-01T00:00:00Z", vec![finding("CVE-2026-0003", "zlib")]).await;
        assert_eq!(viewer.get(&path).await.ok().json()["counts"]["outstanding"], 0);
        world.publisher.scan("only-a", "1.0-r0", "2026-03-02T00:00:00Z", vec![fixed("CVE-2026-0003", "zlib")]).await;
        let counts = viewer.get(&path).await.ok().json()["counts"].clone();
        assert_eq!((counts["outstanding"].as_u64(), counts["residual"].as_u64()), (Some(1), Some(0)));
        let history = viewer.get(&format!("{path}/scan-history?order=desc&limit=1")).await.ok().json();
        assert_eq!(history["items"][0]["changes"], json!({ "appeared": 0, "resolved": 0 }));
    }
}

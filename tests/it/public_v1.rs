//! The public API.

use podarmor_domain::scan::Finding;
use podarmor_domain::testing::fixtures::{finding, fixed};
use podarmor_tests::{CYCLONEDX, SPDX, on_both_databases};
use reqwest::Method;
use serde_json::{Value, json};

on_both_databases! {
    async fn all_licensed_images_come_at_once_and_in_pages_only_when_asked(world: TestWorld) {
        let key = world.key("read:catalog");
        for number in 0..210 {
            let name = format!("many-{number:03}");
            world.publisher.image(&name, podarmor_domain::image::ImageChange::default()).await;
            world.publisher.grant("a", &name).await;
        }
        let all = world.get_with_key(key, "/v1/images").await.ok().json();
        assert_eq!((all["images"].as_array().unwrap().len(), &all["nextCursor"]), (212, &Value::Null));
        let mut paged = Vec::new();
        let mut next = "/v1/images?limit=100".to_owned();
        loop {
            let page = world.get_with_key(key, &next).await.ok();
            paged.extend(page.json()["images"].as_array().unwrap().clone());
            match page.json()["nextCursor"].as_str() {
                Some(cursor) => next = format!("/v1/images?limit=100&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(json!(paged), all["images"]);
        let theirs = world.get_with_key(world.key("b"), "/v1/images").await.ok().json();
        let names: Vec<&str> = theirs["images"].as_array().unwrap().iter().map(|image| image["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["only-b", "shared"]);
    }

    async fn an_image_tells_what_a_gate_needs(world: TestWorld) {
        let id = world.image_id("a", "shared").await;
        let path = format!("/v1/images/{id}");
        let answer = world.get_with_key(world.key("read:catalog"), &path).await.ok();
        assert!(answer.header("vary").contains("X-API-Key"), "{}", answer.header("vary"));
        let image = answer.json();
        assert_eq!((image["name"].as_str(), image["baseOs"].as_str(), image["sizeBytes"].as_u64()), (Some("shared"), Some("unknown"), Some(42_000_000)));
        assert_eq!(image["vulnerabilityCounts"], json!({
            "critical": 2, "high": 0, "medium": 2, "low": 0, "negligible": 0, "unknown": 1, "total": 5, "outstanding": 2, "residual": 3,
        }));
        let request = world.app.request(Method::GET, &path).bearer_auth(world.key("read:catalog"));
        let again = world.app.send(request.header("if-none-match", answer.header("etag"))).await;
        assert_eq!(again.status, 304);
        let findings = world.get_with_key(world.key("read:vulns"), &format!("{path}/vulnerabilities")).await.ok().json();
        assert_eq!((findings["version"].as_str(), findings["vulnerabilities"].as_array().unwrap().len()), (Some("1.0-r1"), 4));
        assert_eq!(findings["vulnerabilities"][0]["fixState"], "fixed");
        let page = world.get_with_key(world.key("read:vulns"), &format!("{path}/vulnerabilities?limit=3&count=true")).await.ok().json();
        assert_eq!((page["vulnerabilities"].as_array().unwrap().len(), page["total"]["count"].as_u64()), (3, Some(4)));
        for (format, bytes) in [("spdx", SPDX), ("cyclonedx", CYCLONEDX)] {
            let sbom = world.get_with_key(world.key("read:sbom"), &format!("{path}/sbom?format={format}")).await.ok();
            assert_eq!(sbom.bytes, bytes);
        }
        for bad in ["", "?format=syft", "?format=spdx&format=spdx", "?format=SPDX"] {
            let answer = world.get_with_key(world.key("read:sbom"), &format!("{path}/sbom{bad}")).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{bad}");
        }
    }

    async fn a_cve_is_found_under_any_of_its_ids_in_licensed_images_alone(world: TestWorld) {
        let alias = Finding { related: vec!["CVE-2026-7777".to_owned()], ..fixed("GHSA-abcd-efgh-2345", "lodash") };
        for image in ["only-a", "only-b"] {
            world.publisher.scan(image, "1.0-r1", "2026-06-01T00:00:00Z", vec![alias.clone(), finding("CVE-2026-8888", "zlib")]).await;
        }
        let ask = async |key: &str, id: &str| world.get_with_key(world.key(key), &format!("/v1/cve/{id}")).await;
        for id in ["CVE-2026-7777", "cve-2026-7777", "GHSA-abcd-efgh-2345", "ghsa-ABCD-efgh-2345"] {
            let answer = ask("read:vulns", id).await.ok().json();
            let places = answer["affected"].as_array().unwrap();
            assert_eq!(places.len(), 1, "{id}");
            assert_eq!((places[0]["image"].as_str(), places[0]["version"].as_str(), places[0]["latest"].as_bool()), (Some("only-a"), Some("1.0-r1"), Some(true)));
            assert_eq!((places[0]["package"]["name"].as_str(), places[0]["fixState"].as_str()), (Some("lodash"), Some("fixed")));
        }
        let shared = ask("read:vulns", "CVE-2026-0002").await.ok().json();
        let places: Vec<String> = shared["affected"].as_array().unwrap().iter().map(|place| format!("{} {}", place["image"].as_str().unwrap(), place["version"].as_str().unwrap())).collect();
        assert_eq!(places, ["only-a 1.0-r0", "shared 1.0-r1", "shared 1.0-r0"]);
        assert_eq!(ask("read:vulns", "CVE-2026-9999").await.ok().json(), json!({ "cveId": "CVE-2026-9999", "affected": [] }));
        for bad in ["CVE-26-1", "2026-1234", "CVE-2026-123", "GHSA-1", "CVE-2026-1234%00", "'"] {
            assert_eq!(ask("read:vulns", bad).await.refusal(), "400 VALIDATION_ERROR", "{bad}");
        }
    }

    async fn six_hundred_a_minute_a_key_and_nobody_pays_for_anothers(world: TestWorld) {
        let key = world.key("read:sbom");
        let path = "/v1/images/019ab7c2-51f0-7d43-9c1e-3f6a8e2b7d90/sbom?format=spdx";
        let first = world.get_with_key(key, path).await;
        assert_eq!(first.header("ratelimit-policy"), "\"key\";q=600;w=60");
        assert_eq!((first.refusal().as_str(), first.header("x-ratelimit-limit")), ("404 NOT_FOUND", "600"));
        let mut refused = None;
        for _ in 0..1_500 {
            let answer = world.get_with_key(key, path).await;
            if answer.status == 429 {
                refused = Some(answer);
                break;
            }
        }
        let refused = refused.expect("more than 600 a minute are refused");
        assert_eq!(refused.refusal(), "429 RATE_LIMITED");
        assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
        assert!(refused.header("ratelimit").starts_with("\"key\";r=0;t="), "{}", refused.header("ratelimit"));
        assert_eq!(world.get_with_key(world.key("all"), path).await.refusal(), "404 NOT_FOUND");
        for _ in 0..20 {
            let stranger = format!("{}{}", &key[..50], if key.ends_with('A') { 'B' } else { 'A' });
            assert_eq!(world.get_with_key(&stranger, path).await.refusal(), "401 UNAUTHENTICATED", "what is no key is not counted");
        }
    }

    async fn t4_another_tenants_image_answers_a_key_like_an_unknown_one(world: TestWorld) {
        let theirs = world.image_id("b", "only-b").await;
        let unknown = "019ab7c2-51f0-7d43-9c1e-3f6a8e2b7d90";
        for rest in ["", "/sbom?format=spdx", "/vulnerabilities"] {
            for method in ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"] {
                let ask = async |id: &str| {
                    let request = world.app.request(method.parse().unwrap(), &format!("/v1/images/{id}{rest}"));
                    let answer = world.app.send(request.bearer_auth(world.key("all"))).await;
                    let body = if answer.bytes.is_empty() { Value::Null } else { answer.without_request_id() };
                    (answer.status.as_u16(), body)
                };
                assert_eq!(ask(&theirs).await, ask(unknown).await, "{method} {rest}");
            }
        }
    }
}

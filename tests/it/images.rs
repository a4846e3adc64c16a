//! The list of images, an image, its versions.

use podarmor_domain::image::{HardeningLabel, ImageChange, VersionName};
use podarmor_domain::scan::Report;
use podarmor_domain::testing::fixtures::{at, finding, fixed, image_name, report};
use podarmor_domain::testing::publisher;
use podarmor_tests::{TestWorld, findings, on_both_databases};
use serde_json::{Value, json};

fn names(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

/// Twenty-five more images: every fifth unscanned, every seventh without a version.
async fn add_many(world: &TestWorld) {
    for number in 0..25 {
        let name = format!("many-{number:02}");
        world.publisher.image(&name, ImageChange::default()).await;
        world.publisher.grant("a", &name).await;
        if number % 7 != 0 {
            let day = 1 + number / 3;
            world.publisher.version(&name, "1-r0", &format!("2026-03-{day:02}T00:00:00Z")).await;
            if number % 5 != 0 {
                let matches = (0..number % 4).map(|n| fixed(&format!("CVE-2026-1{n:03}"), "openssl")).collect();
                world.publisher.scan(&name, "1-r0", "2026-04-01T00:00:00Z", matches).await;
            }
        }
    }
}

on_both_databases! {
    async fn an_image_in_the_list_has_the_documented_shape(world: TestWorld) {
        let list = world.viewer().get("/api/docker-images").await.ok().json();
        let item = &list["items"][1];
        let counts = json!({
            "total": 5, "outstanding": 2, "residual": 3,
            "residualBreakdown": { "awaitingUpstream": 1, "wontFix": 1, "unclassified": 1 },
            "critical": 2, "high": 0, "medium": 2, "low": 0, "negligible": 0, "unknown": 1,
            "outstandingBySeverity": { "critical": 2, "high": 0, "medium": 0, "low": 0, "negligible": 0, "unknown": 0 },
            "distinctVulnerabilities": 4,
        });
        let latest = &item["latestVersion"];
        assert_eq!(*item, json!({
            "id": item["id"], "name": "shared", "displayName": "shared", "description": "The image shared.",
            "repository": "shared", "baseOs": "unknown", "kind": "build", "hardening": [], "versionCount": 2,
            "latestVersion": {
                "id": latest["id"], "version": "1.0-r1", "digest": latest["digest"],
                "publishedAt": "2026-02-01T00:00:00Z", "sizeBytes": 42_000_000, "status": "active",
                "lastScannedAt": "2026-02-03T00:00:00Z", "counts": counts,
            },
        }));
        assert_eq!(list["nextCursor"], Value::Null);
        assert!(list.get("total").is_none());
    }

    async fn every_order_pages_through_all_images_once_and_unscanned_ones_come_last(world: TestWorld) {
        add_many(&world).await;
        let viewer = world.viewer();
        for sort in ["name", "-name", "-publishedAt", "-outstanding"] {
            let path = format!("/api/docker-images?sort={sort}");
            let whole = viewer.all(&path, 200).await;
            assert_eq!(whole.len(), 27, "{sort}");
            for limit in [1, 4, 26, 27] {
                assert_eq!(viewer.all(&path, limit).await, whole, "{sort} by {limit}");
            }
            let rank = |item: &Value| match sort {
                "-publishedAt" => item["latestVersion"]["publishedAt"].as_str().map(str::to_owned).unwrap_or_default(),
                "-outstanding" => item["latestVersion"]["counts"]["outstanding"].as_u64().map_or(String::new(), |n| format!("{n:09}")),
                _ => item["name"].as_str().unwrap().to_owned(),
            };
            let ranks: Vec<String> = whole.iter().map(rank).collect();
            let mut ordered = ranks.clone();
            ordered.sort();
            if sort != "name" {
                ordered.reverse();
            }
            assert_eq!(ranks, ordered, "{sort}");
        }
    }

    async fn filters_hold_together_and_totals_come_on_request(world: TestWorld) {
        let label = |text| HardeningLabel::parse("hardening", text).unwrap();
        let change = ImageChange { hardening: Some(vec![label("non-root"), label("distroless")]), ..ImageChange::default() };
        world.publisher.image("shared", change).await;
        let viewer = world.viewer();
        let cases = [
            ("search=SHARED", vec!["shared"]),
            ("search=the%20image", vec!["only-a", "shared"]),
            ("kind=build", vec!["shared"]),
            ("kind=deploy", vec!["only-a"]),
            ("hardening=non-root", vec!["shared"]),
            ("hardening=distroless,non-root", vec!["shared"]),
            ("hardening=distroless,fips", vec![]),
            ("hardening=root", vec![]),
            ("baseOs=unknown", vec!["only-a", "shared"]),
            ("baseOs=debian-12", vec![]),
            ("outstanding=true", vec!["only-a", "shared"]),
            ("outstanding=false", vec![]),
            ("kind=build&search=only", vec![]),
        ];
        for (query, want) in cases {
            let list = viewer.get(&format!("/api/docker-images?count=true&{query}")).await.ok().json();
            assert_eq!(names(&list), want, "{query}");
            assert_eq!(list["total"], json!({ "count": want.len(), "type": "exact" }), "{query}");
        }
    }

    async fn what_does_not_fit_is_named(world: TestWorld) {
        let viewer = world.viewer();
        let long = "x".repeat(201);
        let cases = [
            ("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), ("limit=-1", "limit"),
            ("limit=1&limit=2", "limit"), ("kind=other", "kind"), ("sort=size", "sort"),
            ("outstanding=yes", "outstanding"), ("hardening=A", "hardening"), ("hardening=", "hardening"),
            ("baseOs=%00", "query"), ("search=%00", "query"), ("search=%ff", "query"), ("search=%c0%80", "query"),
            ("search=%0a", "search"), ("search=", "search"), ("search=%e2%80%ae", "search"), ("search=%", "query"),
            ("page=2", "page"), ("count=1", "count"),
        ];
        for (query, path) in cases.into_iter().chain([(format!("search={long}").as_str(), "search")]) {
            let answer = viewer.get(&format!("/api/docker-images?{query}")).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{query}");
            assert_eq!(answer.json()["details"][0]["path"], path, "{query}: {}", answer.text());
        }
    }

    async fn an_image_shows_its_versions_newest_first_and_deprecated_ones_are_never_the_latest_while_another_is_active(world: TestWorld) {
        let viewer = world.viewer();
        let id = world.image_id("a", "shared").await;
        let version = VersionName::parse("version", "1.0-r1").unwrap();
        let reason = "Superseded by a rebuild.";
        world.publisher.publishing().deprecate_version(publisher(), &image_name("shared"), &version, reason).await.unwrap();
        let detail = viewer.get(&format!("/api/docker-images/{id}")).await.ok().json();
        assert_eq!(detail["latestVersion"]["version"], "1.0-r0");
        let order: Vec<&str> = detail["versions"].as_array().unwrap().iter().map(|v| v["version"].as_str().unwrap()).collect();
        assert_eq!(order, ["1.0-r1", "1.0-r0"]);
        let one = viewer.get(&world.version_path("a", "shared", "1.0-r1").await).await.ok().json();
        assert_eq!(one["status"], "deprecated");
        assert_eq!(one["deprecation"]["reason"], reason);
        assert_eq!((one["imageName"].as_str(), one["platforms"][0].as_str()), (Some("shared"), Some("linux/amd64")));
        let versions = viewer.all(&format!("/api/docker-images/{id}/versions"), 1).await;
        assert_eq!(versions.len(), 2);
    }

    async fn upstream_is_compared_with_everything_needed_to_repeat_it_and_a_loss_is_a_loss(world: TestWorld) {
        let mut matches = findings();
        matches.extend((0..6).map(|n| fixed(&format!("CVE-2026-2{n:03}"), "openssl")));
        let mut baseline: Report = report("upstream", Some(at("2026-02-05T00:00:00Z")), matches);
        baseline.subject.reference = Some("docker.io/library/thing:1".to_owned());
        let change = ImageChange { upstream_image: podarmor_domain::image::ImageReference::parse("u", "docker.io/library/thing:1").ok(), ..ImageChange::default() };
        world.publisher.image("shared", change).await;
        world.publisher.baselines().record(publisher(), &image_name("shared"), baseline, None, 21_000_000).await.unwrap();
        let id = world.image_id("a", "shared").await;
        let upstream = world.viewer().get(&format!("/api/docker-images/{id}")).await.ok().json()["upstream"].clone();
        assert_eq!(upstream["fixable"], 9);
        assert_eq!(upstream["fewerOutstandingPercent"], 77.78);
        assert_eq!(upstream["fewerCvesPercent"], 58.33);
        assert_eq!(upstream["smallerPercent"], -100.0);
        assert_eq!(upstream["fixableCut"], 7);
        assert_eq!(upstream["upstreamImage"], "docker.io/library/thing:1");
        assert!(upstream["command"].as_str().unwrap().starts_with("grype docker.io/library/thing"));
        assert_eq!(upstream["scanner"]["name"], "grype");
    }

    async fn an_unscanned_version_says_null_and_never_zero(world: TestWorld) {
        world.publisher.version("shared", "2.0-r0", "2026-05-01T00:00:00Z").await;
        let path = world.version_path("a", "shared", "2.0-r0").await;
        let viewer = world.viewer();
        let version = viewer.get(&path).await.ok().json();
        assert_eq!((&version["counts"], &version["lastScannedAt"]), (&Value::Null, &Value::Null));
        let findings = viewer.get(&format!("{path}/vulnerabilities")).await.ok().json();
        assert_eq!((&findings["scan"], &findings["items"]), (&Value::Null, &json!([])));
        world.publisher.scan("shared", "2.0-r0", "2026-05-02T00:00:00Z", vec![finding("CVE-2026-0009", "zlib")]).await;
        assert_eq!(viewer.get(&path).await.ok().json()["counts"]["total"], 1);
    }
}

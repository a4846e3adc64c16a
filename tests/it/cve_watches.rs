//! Watches on vulnerabilities.

use podarmor_domain::access::Role;
use podarmor_tests::{Answer, TestWorld, on_both_databases};
use reqwest::Method;
use serde_json::{Value, json};

async fn add(world: &TestWorld, body: &Value) -> Answer {
    world.as_role("a", Role::Admin).send(Method::POST, "/api/cve-watches", body).await
}

/// Image and version of each match.
fn places(watch: &Value) -> Vec<String> {
    let matches = watch["matches"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    matches.iter().map(|it| format!("{} {}", text(&it["image"]), text(&it["version"]))).collect()
}

on_both_databases! {
    async fn a_watch_tells_where_the_cve_is_is_there_once_and_goes_when_it_is_removed(world: TestWorld) {
        let admin = world.as_role("a", Role::Admin);
        let made = add(&world, &json!({ "cveId": "cve-2026-0002", "note": "for the payment team" })).await.ok();
        assert_eq!((made.status.as_u16(), made.header("cache-control")), (201, "no-store"));
        let watch = made.json();
        let path = format!("/api/cve-watches/{}", watch["id"].as_str().unwrap());
        assert_eq!(made.header("location"), path);
        assert_eq!((&watch["cveId"], &watch["note"]), (&json!("CVE-2026-0002"), &json!("for the payment team")));
        assert_eq!(watch["createdBy"], admin.get("/api/auth/me").await.ok().json()["id"]);
        let everywhere = ["only-a 1.0-r1", "only-a 1.0-r0", "shared 1.0-r1", "shared 1.0-r0"];
        assert_eq!((places(&watch), &watch["matchCount"]), (everywhere.map(str::to_owned).to_vec(), &json!(4)));
        let first = &watch["matches"][0];
        let version = world.version_path("a", "only-a", "1.0-r1").await;
        let ids: Vec<&str> = version.split('/').collect();
        assert_eq!(
            *first,
            json!({
                "imageId": ids[3], "image": "only-a", "versionId": ids[5], "version": "1.0-r1",
                "vulnerabilityId": "CVE-2026-0002", "package": first["package"], "severity": "critical",
                "fixState": "fixed", "fixedIn": first["fixedIn"], "since": "2026-02-02T00:00:00Z",
            })
        );
        assert_eq!(first["package"]["name"], "openssl");

        let again = add(&world, &json!({ "cveId": "CVE-2026-0002", "note": "another" })).await.ok();
        assert_eq!((again.status.as_u16(), again.header("location")), (200, path.as_str()));
        assert_eq!(again.json(), watch, "as it is");
        let list = world.viewer().get("/api/cve-watches?count=true").await.ok().json();
        assert_eq!(list, json!({ "items": [watch], "nextCursor": null, "total": { "count": 1, "type": "exact" } }));

        assert_eq!(admin.delete(&path).await.status, 204);
        assert_eq!(admin.delete(&path).await.refusal(), "404 NOT_FOUND", "t11");
        assert_eq!(admin.all("/api/cve-watches", 10).await, Vec::<Value>::new());
        let fresh = add(&world, &json!({ "cveId": "CVE-2026-0002" })).await.ok();
        assert_eq!((fresh.status.as_u16(), &fresh.json()["note"]), (201, &Value::Null));
    }

    async fn a_watch_follows_aliases_and_matches_what_is_licensed_and_now(world: TestWorld) {
        let watch = add(&world, &json!({ "cveId": "ghsa-XXXX-yyyy-ZZZZ" })).await.ok().json();
        assert_eq!(watch["cveId"], "GHSA-xxxx-yyyy-zzzz");
        assert_eq!(places(&watch), ["only-a 1.0-r0", "shared 1.0-r0"], "the latest scan of 1.0-r1 does not show it");
        assert_eq!(watch["matches"][0]["vulnerabilityId"], "CVE-2026-0001");
        let unknown = add(&world, &json!({ "cveId": "CVE-1999-0001" })).await.ok().json();
        assert_eq!((&unknown["matches"], &unknown["matchCount"]), (&json!([]), &json!(0)));
        world.publisher.revoke("a", "only-a").await;
        let list = world.viewer().all("/api/cve-watches", 1).await;
        let found: Vec<&Value> = list.iter().map(|watch| &watch["cveId"]).collect();
        assert_eq!(found, ["CVE-1999-0001", "GHSA-xxxx-yyyy-zzzz"], "newest first");
        assert_eq!((places(&list[1]), &list[1]["matchCount"]), (vec!["shared 1.0-r0".to_owned()], &json!(1)));
    }

    async fn watches_are_each_tenants_own_and_so_are_their_cursors(world: TestWorld) {
        for id in ["CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003"] {
            add(&world, &json!({ "cveId": id })).await.ok();
        }
        let theirs = world.as_role("b", Role::Admin);
        assert_eq!(theirs.all("/api/cve-watches", 10).await, Vec::<Value>::new());
        let own = theirs.send(Method::POST, "/api/cve-watches", &json!({ "cveId": "CVE-2026-0002" })).await.ok();
        assert_eq!(own.status, 201, "what a watches is nothing to b");
        assert_eq!(places(&own.json())[0], "only-b 1.0-r1");
        let page = world.viewer().get("/api/cve-watches?limit=2").await.ok();
        let cursor = page.json()["nextCursor"].as_str().unwrap().to_owned();
        assert_eq!(page.header("link"), format!("</api/cve-watches?limit=2&cursor={cursor}>; rel=\"next\""));
        for (who, list) in [(theirs, "/api/cve-watches"), (world.viewer(), "/api/webhooks")] {
            let answer = who.get(&format!("{list}?limit=2&cursor={cursor}")).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "t7");
            assert_eq!(answer.json()["details"][0]["path"], "cursor");
        }
    }

    async fn what_does_not_fit_is_refused_and_named(world: TestWorld) {
        let long = "x".repeat(1_001);
        let cases = [
            (json!({}), "cveId"),
            (json!({ "cveId": null }), "cveId"),
            (json!({ "cveId": ["CVE-2026-0001"] }), "cveId"),
            (json!({ "cveId": "" }), "cveId"),
            (json!({ "cveId": "CVE-2026-1" }), "cveId"),
            (json!({ "cveId": "CVE-2026-0001\u{0}" }), "cveId"),
            (json!({ "cveId": " CVE-2026-0001" }), "cveId"),
            (json!({ "cveId": "GHSA-xxxx-yyyy" }), "cveId"),
            (json!({ "cveId": "CVE-2026-0001", "note": "a\u{0}b" }), "note"),
            (json!({ "cveId": "CVE-2026-0001", "note": long }), "note"),
            (json!({ "cveId": "CVE-2026-0001", "tenantId": "b" }), "tenantId"),
            (json!({ "cveId": "CVE-2026-0001", "createdBy": "me" }), "createdBy"),
            (json!({ "cveId": "CVE-2026-0001", "id": "x" }), "id"),
        ];
        for (body, path) in cases {
            let answer = add(&world, &body).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{body}");
            assert_eq!(answer.json()["details"][0]["path"], path, "{body}: {}", answer.text());
        }
        assert_eq!(world.viewer().all("/api/cve-watches", 10).await, Vec::<Value>::new());
    }
}

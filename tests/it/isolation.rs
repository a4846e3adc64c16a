//! What one tenant sees of another: nothing, and nothing that tells there is something.

use std::collections::BTreeMap;

use podarmor_domain::access::Role;
use podarmor_http::portal_operations;
use podarmor_tests::{Answer, Receiver, TestWorld, on_both_databases, wait_until};
use reqwest::Method;
use serde_json::json;

const UNKNOWN: &str = "019ab7c2-51f0-7d43-9c1e-3f6a8e2b7d90";

/// Ids along one path, as their owner sees them.
struct Ids {
    image: String,
    version: String,
    scan: String,
}

async fn ids(world: &TestWorld, tenant: &str, image: &str, version: &str) -> Ids {
    let path = world.version_path(tenant, image, version).await;
    let viewer = world.as_role(tenant, Role::Viewer);
    let history = viewer.get(&format!("{path}/scan-history")).await.ok().json();
    let parts: Vec<&str> = path.split('/').collect();
    Ids {
        image: parts[3].to_owned(),
        version: parts[5].to_owned(),
        scan: history["items"][0]["scanId"].as_str().unwrap().to_owned(),
    }
}

fn fill(path: &str, image: &str, version: &str, scan: &str) -> String {
    path.replace("{id}", image).replace("{vid}", version).replace("{scanId}", scan)
}

/// Everything of an answer but what differs between any two answers; whether the server reads an
/// unwanted body to its end or closes is chance.
fn comparable(answer: &Answer) -> (u16, BTreeMap<String, String>, serde_json::Value) {
    let headers = answer.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let headers = headers.filter(|(name, _)| !["date", "x-request-id", "connection"].contains(&name.as_str()));
    let body = if answer.bytes.is_empty() { serde_json::Value::Null } else { answer.without_request_id() };
    (answer.status.as_u16(), headers.collect(), body)
}

on_both_databases! {
    async fn t4_t5_t6_a_foreign_id_anywhere_in_a_path_answers_like_an_unknown_one(world: TestWorld) {
        let theirs = ids(&world, "b", "only-b", "1.0-r1").await;
        let ours = ids(&world, "a", "only-a", "1.0-r1").await;
        let older = ids(&world, "a", "only-a", "1.0-r0").await;
        let mut walked = 0;
        for operation in portal_operations().into_iter().filter(|operation| operation.path.contains("docker-images/{")) {
            let combinations = [
                (&theirs.image, &theirs.version, &theirs.scan),
                (&ours.image, &theirs.version, &theirs.scan),
                (&theirs.image, &ours.version, &ours.scan),
                (&ours.image, &ours.version, &theirs.scan),
                (&ours.image, &ours.version, &older.scan),
            ];
            for (image, version, scan) in combinations {
                let path = fill(&operation.path, image, version, scan);
                let reachable = [
                    fill(&operation.path, &ours.image, &ours.version, &ours.scan),
                    fill(&operation.path, &older.image, &older.version, &older.scan),
                ];
                if reachable.contains(&path) {
                    continue;
                }
                let unknown = fill(&operation.path, UNKNOWN, UNKNOWN, UNKNOWN);
                for role in Role::ALL {
                    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST"] {
                        let member = world.as_role("a", *role);
                        let method: Method = method.parse().unwrap();
                        let foreign = world.app.send(member.request(method.clone(), &path)).await;
                        let missing = world.app.send(member.request(method.clone(), &unknown)).await;
                        assert_eq!(comparable(&foreign), comparable(&missing), "{method} {path} as {role}");
                        assert!(foreign.status.is_client_error(), "{method} {path} as {role}: {}", foreign.status);
                        walked += 1;
                    }
                }
            }
        }
        assert!(walked > 300, "walked only {walked}");
    }

    async fn t4_what_another_tenant_has_of_its_own_answers_like_something_unknown_and_stays(world: TestWorld) {
        let theirs = world.as_role("b", Role::Admin);
        let user = theirs.get("/api/auth/me").await.ok().json()["id"].as_str().unwrap().to_owned();
        let key = theirs.get("/api/api-keys").await.ok().json()["items"][0]["id"].as_str().unwrap().to_owned();
        let wish = serde_json::json!({ "type": "bug", "title": "A title", "description": "" });
        let request = theirs.send(Method::POST, "/api/feature-requests", &wish).await.ok().json()["id"].as_str().unwrap().to_owned();
        let session = theirs.get("/api/auth/sessions").await.ok().json()["items"][0]["id"].as_str().unwrap().to_owned();
        let watch = json!({ "cveId": "CVE-2026-0002" });
        let watch = theirs.send(Method::POST, "/api/cve-watches", &watch).await.ok().json()["id"].as_str().unwrap().to_owned();
        let receiver = Receiver::start().await;
        let hook = json!({ "event": "version_deprecated", "url": receiver.url("/hook") });
        let hook = theirs.send(Method::POST, "/api/webhooks", &hook).await.ok().json()["id"].as_str().unwrap().to_owned();
        let test = theirs.send(Method::POST, &format!("/api/webhooks/{hook}/test"), &json!({})).await.ok().json();
        let delivery = test["id"].as_str().unwrap();
        let deliveries = format!("/api/webhooks/{hook}/deliveries");
        wait_until("it is delivered", async || theirs.get(&deliveries).await.ok().json()["items"][0]["status"] == "delivered").await;
        let canaries = async || {
            let mut all = Vec::new();
            for path in ["/api/users", "/api/api-keys", "/api/auth/sessions", "/api/cve-watches", "/api/webhooks", "/api/feature-requests", &deliveries] {
                all.push(theirs.get(path).await.ok().json());
            }
            all
        };
        let before = canaries().await;
        let mut walked = 0;
        for operation in portal_operations().into_iter().filter(|operation| operation.path.contains("{id}")) {
            let foreign = match operation.path.as_str() {
                path if path.starts_with("/api/users/") => &user,
                path if path.starts_with("/api/api-keys/") => &key,
                path if path.starts_with("/api/auth/sessions/") => &session,
                path if path.starts_with("/api/cve-watches/") => &watch,
                path if path.starts_with("/api/webhooks/") => &hook,
                path if path.starts_with("/api/feature-requests/") => &request,
                path => {
                    assert!(path.starts_with("/api/docker-images/"), "{path}: whose ids are these?");
                    continue;
                }
            };
            for role in Role::ALL {
                for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST"] {
                    let body = match operation.id {
                        "update_webhook" => json!({ "active": false }),
                        "recover_deliveries" => json!({ "since": "2026-01-01T00:00:00Z" }),
                        _ => json!({ "role": "viewer" }),
                    };
                    let ask = |id: &str, delivery: &str| {
                        let path = operation.path.replace("{id}", id).replace("{did}", delivery);
                        let request = world.as_role("a", *role).request(method.parse().unwrap(), &path);
                        world.app.send(request.json(&body))
                    };
                    let (there, nowhere) = (ask(foreign, delivery).await, ask(UNKNOWN, UNKNOWN).await);
                    assert_eq!(comparable(&there), comparable(&nowhere), "{method} {} as {role}", operation.path);
                    assert!(there.status.is_client_error(), "{method} {} as {role}: {}", operation.path, there.status);
                    walked += 1;
                }
            }
        }
        assert!(walked >= 270, "walked only {walked}");
        assert_eq!(canaries().await, before, "g6");
        assert_eq!(receiver.received().len(), 1);
    }

    async fn two_tenants_see_their_own_licences_and_no_others(world: TestWorld) {
        for (tenant, names) in [("a", ["only-a", "shared"]), ("b", ["only-b", "shared"])] {
            let viewer = world.as_role(tenant, Role::Viewer);
            for query in ["", "?sort=-name", "?sort=-publishedAt", "?sort=-outstanding", "?outstanding=true", "?search=image"] {
                let list = viewer.get(&format!("/api/docker-images{query}")).await.ok().json();
                let mut seen: Vec<&str> = list["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
                seen.sort_unstable();
                assert_eq!(seen, names, "{tenant} {query}");
            }
            let counted = viewer.get("/api/docker-images?count=true&limit=1").await.ok().json();
            assert_eq!(counted["total"]["count"], 2);
        }
    }

    async fn t6_a_revoked_licence_hides_the_image_at_once_while_paging_and_with_a_valid_etag(world: TestWorld) {
        let viewer = world.viewer();
        let version = world.version_path("a", "only-a", "1.0-r1").await;
        let tag = viewer.get(&version).await.ok().header("etag").to_owned();
        let first = viewer.get("/api/docker-images?limit=1").await.ok().json();
        assert_eq!(first["items"][0]["name"], "only-a");
        let sbom = viewer.get(&format!("{version}/sbom/spdx")).await.ok();
        world.publisher.revoke("a", "only-a").await;
        assert_eq!(viewer.get_with(&version, "if-none-match", &tag).await.refusal(), "404 NOT_FOUND");
        let cached = viewer.get_with(&format!("{version}/sbom/spdx"), "if-none-match", sbom.header("etag")).await;
        assert_eq!(cached.refusal(), "404 NOT_FOUND");
        assert_eq!(viewer.get(&format!("{version}/sbom/spdx")).await.refusal(), "404 NOT_FOUND");
        let cursor = first["nextCursor"].as_str().unwrap();
        let rest = viewer.get(&format!("/api/docker-images?limit=1&cursor={cursor}")).await.ok().json();
        assert_eq!(rest["items"][0]["name"], "shared");
        assert_eq!(rest["nextCursor"], serde_json::Value::Null);
    }

    async fn t10_filters_and_searches_are_no_oracle_for_what_is_not_licensed(world: TestWorld) {
        let viewer = world.viewer();
        for search in ["only-b", "%25", "_nly", "%5C", "%27%20OR%201=1--", "*", "%22", "shared%25", "onl_-a"] {
            let list = viewer.get(&format!("/api/docker-images?count=true&search={search}")).await.ok().json();
            assert_eq!(list["items"], serde_json::json!([]), "{search}");
            assert_eq!(list["total"]["count"], 0, "{search}");
        }
    }
}

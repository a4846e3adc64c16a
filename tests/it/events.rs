//! The feed of events.

use podarmor_domain::access::Role;
use podarmor_domain::event::data::ImageScanned;
use podarmor_tests::{Receiver, SignedIn, findings, on_both_databases, wait_until};
use reqwest::Method;
use serde_json::{Value, json};

/// What the world's making has told a tenant: of each of its two images two versions and three
/// scans.
const AT_FIRST: usize = 10;

/// Everything behind a place, and where to go on.
async fn read_on(who: &SignedIn<'_>, mut after: Option<String>, limit: usize) -> (Vec<Value>, Option<String>) {
    let mut items = Vec::new();
    loop {
        let place = after.as_deref().map(|cursor| format!("&after={cursor}")).unwrap_or_default();
        let page = who.get(&format!("/api/events?limit={limit}{place}")).await.ok();
        let body = page.json();
        let more = body["items"].as_array().unwrap().clone();
        assert!(more.len() <= limit);
        let next = body["nextCursor"].as_str().map(str::to_owned);
        if more.is_empty() {
            assert_eq!((&next, page.header("link")), (&after, ""), "at the end one stays where one is");
            return (items, after);
        }
        let link = format!("</api/events?limit={limit}&after={}>; rel=\"next\"", next.as_deref().unwrap());
        assert_eq!(page.header("link"), link);
        items.extend(more);
        after = next;
    }
}

async fn all(who: &SignedIn<'_>) -> Vec<Value> {
    read_on(who, None, 200).await.0
}

async fn wait_for(who: &SignedIn<'_>, count: usize) -> Vec<Value> {
    wait_until("the events are told", async || all(who).await.len() >= count).await;
    let events = all(who).await;
    assert_eq!(events.len(), count, "{events:?}");
    events
}

on_both_databases! {
    async fn the_feed_tells_everything_once_in_order_and_is_polled_with_its_own_cursor(world: TestWorld) {
        let viewer = world.viewer();
        let told = wait_for(&viewer, AT_FIRST).await;
        let (paged, end) = read_on(&viewer, None, 3).await;
        assert_eq!(paged, told);
        assert!(told.iter().all(|event| event["tenantId"] == told[0]["tenantId"]));

        world.publisher.scan("shared", "1.0-r1", "2026-03-01T00:00:00Z", findings()).await;
        let told = wait_for(&viewer, AT_FIRST + 1).await;
        let (fresh, end) = read_on(&viewer, end, 50).await;
        assert_eq!(fresh, told[AT_FIRST..]);
        let version = world.version_path("a", "shared", "1.0-r1").await;
        let ids: Vec<&str> = version.split('/').collect();
        let event = &fresh[0];
        assert_eq!((&event["event"], &event["imageId"], &event["versionId"]), (&json!("image.scanned"), &json!(ids[3]), &json!(ids[5])));
        let data: ImageScanned = serde_json::from_value(event["data"].clone()).unwrap();
        assert_eq!((data.image_name.as_str(), data.version.as_str()), ("shared", "1.0-r1"));
        assert_eq!((data.outstanding_count, data.residual_count), (3, 3));
        assert_eq!(event["data"]["scannedAt"], "2026-03-01T00:00:00Z");

        let watch = json!({ "cveId": "CVE-2026-7777" });
        let watch = world.as_role("a", Role::Admin).send(Method::POST, "/api/cve-watches", &watch).await.ok().json();
        let more = podarmor_domain::testing::fixtures::fixed("CVE-2026-7777", "zlib");
        world.publisher.scan("shared", "1.0-r1", "2026-03-02T00:00:00Z", vec![more]).await;
        wait_for(&viewer, AT_FIRST + 3).await;
        let (fresh, _) = read_on(&viewer, end, 50).await;
        let kinds: Vec<&str> = fresh.iter().map(|event| event["event"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["image.scanned", "cve.watched"]);
        assert_eq!((&fresh[1]["data"]["watchId"], &fresh[1]["data"]["cveId"]), (&watch["id"], &json!("CVE-2026-7777")));
    }

    async fn t12_a_tenant_is_told_of_its_own_images_alone(world: TestWorld) {
        let (ours, theirs) = (world.viewer(), world.as_role("b", Role::Viewer));
        let (one, other) = (wait_for(&ours, AT_FIRST).await, wait_for(&theirs, AT_FIRST).await);
        assert_ne!(one[0]["tenantId"], other[0]["tenantId"]);
        let watch = json!({ "cveId": "CVE-2026-7777" });
        world.as_role("b", Role::Admin).send(Method::POST, "/api/cve-watches", &watch).await.ok();
        let found = podarmor_domain::testing::fixtures::fixed("CVE-2026-7777", "zlib");
        world.publisher.scan("only-b", "1.0-r1", "2026-03-01T00:00:00Z", vec![found]).await;
        assert_eq!(wait_for(&theirs, AT_FIRST + 2).await.len(), AT_FIRST + 2);
        let told = all(&ours).await;
        assert_eq!(told.len(), AT_FIRST);
        assert!(!json!(told).to_string().contains("only-b"));
    }

    async fn t7_a_place_in_the_feed_is_good_for_its_tenant_and_this_list_alone(world: TestWorld) {
        let viewer = world.viewer();
        wait_for(&viewer, AT_FIRST).await;
        let page = viewer.get("/api/events?limit=2").await.ok().json();
        let cursor = page["nextCursor"].as_str().unwrap();
        let foreign = viewer.get("/api/docker-images?limit=1").await.ok().json()["nextCursor"].as_str().unwrap().to_owned();
        let cases = [
            (world.as_role("b", Role::Viewer), format!("after={cursor}"), "after"),
            (viewer, format!("after={}", &cursor[1..]), "after"),
            (viewer, "after=".to_owned(), "after"),
            (viewer, format!("after={foreign}"), "after"),
            (viewer, format!("after={}", "A".repeat(2_000)), "after"),
            (viewer, format!("cursor={cursor}"), "cursor"),
            (viewer, "count=true".to_owned(), "count"),
            (viewer, "limit=0".to_owned(), "limit"),
            (viewer, "limit=201".to_owned(), "limit"),
        ];
        for (who, query, path) in cases {
            let answer = who.get(&format!("/api/events?{query}")).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{query}");
            assert_eq!(answer.json()["details"][0]["path"], path, "{query}");
        }
        let tag = viewer.get("/api/events").await.ok().header("etag").to_owned();
        assert_eq!(viewer.get_with("/api/events", "if-none-match", &tag).await.status, 304);
    }

    async fn a_delivery_says_what_the_feed_says(world: TestWorld) {
        let viewer = world.viewer();
        wait_for(&viewer, AT_FIRST).await;
        let receiver = Receiver::start().await;
        let admin = world.as_role("a", Role::Admin);
        for format in ["podarmor", "cloudevents"] {
            let body = json!({ "event": "image.scanned", "url": receiver.url(&format!("/{format}")), "format": format });
            admin.send(Method::POST, "/api/webhooks", &body).await.ok();
        }
        world.publisher.scan("shared", "1.0-r1", "2026-03-01T00:00:00Z", findings()).await;
        let event = wait_for(&viewer, AT_FIRST + 1).await.pop().unwrap();
        wait_until("both are delivered", async || receiver.received().len() == 2).await;
        for delivery in receiver.received() {
            let body = delivery.json();
            assert_eq!(body["data"], event["data"]);
            if delivery.line.contains("/cloudevents") {
                assert_eq!(delivery.headers["content-type"], "application/cloudevents+json");
                assert_eq!((&body["id"], &body["time"]), (&event["eventId"], &event["occurredAt"]));
                assert_eq!((&body["tenantid"], &body["versionid"]), (&event["tenantId"], &event["versionId"]));
            } else {
                assert_eq!(delivery.headers["content-type"], "application/json");
                for member in ["event", "eventId", "tenantId", "imageId", "versionId"] {
                    assert_eq!(body[member], event[member], "{member}");
                }
                assert_eq!(body["deliveryId"], delivery.headers["webhook-id"]);
            }
        }
    }
}

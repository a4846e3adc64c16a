//! Cursors belong to one tenant and one query, and cannot be made or changed by a client.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use podarmor_domain::access::Role;
use podarmor_tests::on_both_databases;

on_both_databases! {
    async fn t7_a_foreign_tampered_or_made_up_cursor_is_refused_by_name(world: TestWorld) {
        let viewer = world.viewer();
        let list = "/api/docker-images?limit=1";
        let cursor = viewer.get(list).await.ok().json()["nextCursor"].as_str().unwrap().to_owned();
        viewer.get(&format!("{list}&cursor={cursor}")).await.ok();

        let refused = |what: String| {
            let world = &world;
            async move {
                let answer = world.viewer().get(&what).await;
                assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{what}");
                assert_eq!(answer.json()["details"][0]["path"], "cursor", "{what}");
            }
        };
        let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            refused(format!("{list}&cursor={}", URL_SAFE_NO_PAD.encode(changed))).await;
        }
        for length in 0..cursor.len() {
            refused(format!("{list}&cursor={}", &cursor[..length])).await;
        }
        refused(format!("{list}&cursor={}", "A".repeat(60_000))).await;
        refused(format!("{list}&cursor={}", URL_SAFE_NO_PAD.encode("{\"rank\":0,\"name\":\"a\"}"))).await;
        for other in ["&sort=-name", "&search=a", "&kind=build", "&outstanding=true"] {
            refused(format!("{list}{other}&cursor={cursor}")).await;
        }
        let image = world.image_id("a", "shared").await;
        refused(format!("/api/docker-images/{image}/versions?limit=1&cursor={cursor}")).await;

        let stranger = world.as_role("b", Role::Viewer).get(&format!("{list}&cursor={cursor}")).await;
        assert_eq!(stranger.refusal(), "400 VALIDATION_ERROR");
    }

    async fn the_longest_position_makes_a_cursor_that_is_taken_back(world: TestWorld) {
        let admin = world.as_role("a", Role::Admin);
        for last in ["🦀", "🦁"] {
            let email = format!("{}@{last}", "🦀".repeat(252));
            let body = serde_json::json!({ "email": email, "name": "Long", "role": "viewer" });
            admin.send(reqwest::Method::POST, "/api/users", &body).await.ok();
        }
        assert_eq!(admin.all("/api/users", 1).await.len(), 5);
    }

    async fn a_cursor_goes_on_with_another_page_size(world: TestWorld) {
        let viewer = world.viewer();
        let first = viewer.get("/api/docker-images?limit=1").await.ok();
        let cursor = first.json()["nextCursor"].as_str().unwrap().to_owned();
        assert_eq!(first.header("link"), format!("</api/docker-images?limit=1&cursor={cursor}>; rel=\"next\""));
        let rest = viewer.get(&format!("/api/docker-images?limit=200&cursor={cursor}")).await.ok();
        assert_eq!(rest.json()["items"].as_array().unwrap().len(), 1);
        assert_eq!(rest.header("link"), "");
    }
}

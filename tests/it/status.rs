//! How the portal says it is.

use podarmor_tests::on_both_databases;

on_both_databases! {
    async fn the_status_is_public_and_says_what_works(world: TestWorld) {
        let answer = world.app.get("/api/status").await.ok();
        let body = answer.json();
        assert_eq!((body["status"].as_str(), body["components"]["database"].as_str()), (Some("ok"), Some("ok")));
        assert_eq!(body["version"], podarmor_server::VERSION);
        assert!(podarmor_domain::Timestamp::parse("time", body["time"].as_str().unwrap()).is_ok());
        assert_eq!(answer.header("cache-control"), "no-store");
        for probe in ["/livez", "/readyz"] {
            assert_eq!(world.app.get(probe).await.ok().json(), serde_json::json!({ "status": "ok" }));
        }
    }
}

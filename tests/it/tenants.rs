//! Which tenant a request names: by header, by host.

use podarmor_tests::{App, config, on_both_databases};
use reqwest::Method;

on_both_databases! {
    async fn t3_the_subdomain_names_the_tenant_where_a_base_domain_is_configured(world: TestWorld) {
        let mut with_domain = config(&world.database);
        with_domain.base_domain = Some("portal.example".to_owned());
        let app = App::start_with(&with_domain).await;
        let token = world.viewer().token;
        let ask = async |host: &str, tenant: Option<&str>, forwarded: Option<&str>| {
            let mut request = app.request(Method::GET, "/api/docker-images").bearer_auth(token).header("host", host);
            if let Some(tenant) = tenant {
                request = request.header("x-tenant", tenant);
            }
            if let Some(host) = forwarded {
                request = request.header("x-forwarded-host", host);
            }
            let answer = app.send(request).await;
            if answer.status.is_success() { "200".to_owned() } else { answer.refusal() }
        };
        assert_eq!(ask("a.portal.example", None, None).await, "200");
        assert_eq!(ask("A.Portal.Example:8443", None, None).await, "200");
        assert_eq!(ask("a.portal.example", Some("a"), None).await, "200");
        assert_eq!(ask("b.portal.example", Some("a"), None).await, "403 TENANT_MISMATCH");
        assert_eq!(ask("a.portal.example", Some("b"), None).await, "403 TENANT_MISMATCH");
        assert_eq!(ask("b.portal.example", None, None).await, "403 TENANT_MISMATCH");
        assert_eq!(ask("portal.example", Some("a"), None).await, "200");
        for nobody in ["portal.example", "x.a.portal.example", "aportal.example", "a.portal.example.evil.example", "127.0.0.1"] {
            assert_eq!(ask(nobody, None, Some("a.portal.example")).await, "400 TENANT_REQUIRED", "{nobody}");
        }
        assert_eq!(ask("a.portal.example", None, Some("b.portal.example")).await, "200", "what a stranger forwards does not count");
        app.stop().await;
        let plain = world.app.request(Method::GET, "/api/docker-images").bearer_auth(token).header("host", "a.portal.example");
        assert_eq!(world.app.send(plain).await.refusal(), "400 TENANT_REQUIRED");
    }

    async fn the_shield_limits_an_address_only_where_the_operator_wants_it(world: TestWorld) {
        for _ in 0..40 {
            assert_eq!(world.app.get("/livez").await.status, 200);
        }
        let mut shielded = config(&world.database);
        shielded.shield_per_second = Some(5);
        let app = App::start_with(&shielded).await;
        let from = |address: &'static str| app.send(app.request(Method::GET, "/livez").header("x-forwarded-for", address));
        let mut refused = None;
        for _ in 0..40 {
            let answer = from("203.0.113.5").await;
            if answer.status == 429 {
                refused = Some(answer);
                break;
            }
        }
        let refused = refused.expect("forty at once are more than five a second");
        assert_eq!(refused.refusal(), "429 RATE_LIMITED");
        assert!(!refused.header("retry-after").is_empty());
        assert_eq!(from("203.0.113.6").await.status, 200, "somebody else");
        app.stop().await;
    }
}

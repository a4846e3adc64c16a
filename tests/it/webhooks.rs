//! Webhook subscriptions and their deliveries.

use podarmor_domain::access::Role;
use podarmor_domain::webhook::DestinationPolicy;
use podarmor_tests::{Answer, App, Receiver, TestWorld, config, on_both_databases, wait_until};
use reqwest::Method;
use serde_json::{Value, json};

const UNKNOWN: &str = "019ab7c2-51f0-7d43-9c1e-3f6a8e2b7d90";
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9099/hook";

async fn post(world: &TestWorld, path: &str, body: &Value) -> Answer {
    world.as_role("a", Role::Admin).send(Method::POST, path, body).await
}

async fn make(world: &TestWorld, body: &Value) -> Answer {
    post(world, "/api/webhooks", body).await
}

fn path_of(webhook: &Value) -> String {
    format!("/api/webhooks/{}", webhook["id"].as_str().unwrap())
}

fn paused(event: &str, url: &str) -> Value {
    json!({ "event": event, "url": url, "active": false })
}

/// The subscription in an answer that also has a secret.
fn without_secret(answer: &Value) -> Value {
    let mut shown = answer.clone();
    shown.as_object_mut().unwrap().remove("secret");
    shown
}

async fn deliveries(world: &TestWorld, path: &str, query: &str) -> Vec<Value> {
    let list = world.viewer().get(&format!("{path}/deliveries{query}")).await.ok().json();
    list["items"].as_array().unwrap().clone()
}

on_both_databases! {
    async fn a_webhook_is_made_with_a_secret_that_is_shown_once(world: TestWorld) {
        let made = make(&world, &json!({ "event": "image.scanned", "url": "HTTP://127.0.0.1:9099/hook", "active": false })).await.ok();
        assert_eq!((made.status.as_u16(), made.header("cache-control")), (201, "no-store"));
        let webhook = made.json();
        let path = path_of(&webhook);
        assert_eq!(made.header("location"), path);
        let secret = webhook["secret"].as_str().unwrap();
        assert!(secret.starts_with("whsec_") && secret.len() == 50, "{}", secret.len());
        let shown = without_secret(&webhook);
        assert_eq!(
            shown,
            json!({
                "id": webhook["id"], "event": "image.scanned", "url": NOWHERE, "active": false, "format": "podarmor",
                "secretHint": format!("whsec_…{}", &secret[46..]), "createdAt": webhook["createdAt"],
                "updatedAt": webhook["createdAt"], "lastDelivery": null, "disabledReason": null,
            })
        );
        let read = world.viewer().get(&path).await.ok();
        assert_eq!((read.json(), read.header("cache-control")), (shown.clone(), "private, no-cache"));
        let list = world.viewer().get("/api/webhooks?count=true").await.ok().json();
        assert_eq!(list, json!({ "items": [shown], "nextCursor": null, "total": { "count": 1, "type": "exact" } }));
    }

    async fn a_second_post_for_the_same_event_and_url_changes_what_it_names(world: TestWorld) {
        let first = make(&world, &paused("image.scanned", NOWHERE)).await.ok().json();
        let change = json!({ "event": "image.scanned", "url": NOWHERE, "format": "cloudevents" });
        let again = make(&world, &change).await.ok();
        assert_eq!((again.status.as_u16(), again.header("location")), (200, path_of(&first).as_str()));
        let again = again.json();
        assert_eq!(again.get("secret"), None);
        for (member, value) in [("id", &first["id"]), ("active", &json!(false)), ("format", &json!("cloudevents")), ("secretHint", &first["secretHint"])] {
            assert_eq!(again[member], *value, "{member}");
        }
        let own = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
        let brought = make(&world, &json!({ "event": "image.scanned", "url": NOWHERE, "secret": own })).await.ok().json();
        assert_eq!((&brought["secretHint"], brought.get("secret")), (&json!("whsec_…MTIz"), None));
        assert_eq!(brought["format"], "cloudevents", "what is not named stays");
        let other = make(&world, &json!({ "event": "cve.watched", "url": NOWHERE, "secret": own, "active": false })).await.ok();
        assert_eq!((other.status.as_u16(), other.json().get("secret")), (201, None), "it is known already");
        assert_eq!(world.viewer().all("/api/webhooks", 1).await.len(), 2);
    }

    async fn a_put_changes_what_it_names_and_collides_with_what_is_there(world: TestWorld) {
        let admin = world.as_role("a", Role::Admin);
        let one = make(&world, &paused("image.scanned", NOWHERE)).await.ok().json();
        let two = make(&world, &paused("image.scanned", "http://127.0.0.1:9099/two")).await.ok().json();
        let three = make(&world, &paused("cve.watched", NOWHERE)).await.ok().json();
        let put = async |webhook: &Value, body: Value| admin.send(Method::PUT, &path_of(webhook), &body).await;
        assert_eq!(put(&two, json!({ "url": NOWHERE })).await.refusal(), "409 CONFLICT");
        assert_eq!(put(&three, json!({ "event": "image.scanned" })).await.refusal(), "409 CONFLICT");
        assert_eq!(admin.get(&path_of(&two)).await.ok().json(), without_secret(&two));
        let changed = put(&one, json!({ "event": "version_deprecated", "format": "cloudevents", "active": true })).await.ok();
        assert_eq!(changed.header("cache-control"), "no-store");
        let changed = changed.json();
        assert_eq!((&changed["event"], &changed["url"]), (&json!("version_deprecated"), &one["url"]));
        assert_eq!((&changed["format"], &changed["active"]), (&json!("cloudevents"), &json!(true)));
        assert_eq!((&changed["secretHint"], changed.get("secret")), (&one["secretHint"], None));
        assert_eq!(put(&two, json!({ "url": NOWHERE })).await.status, 200, "the place is free");
        assert_eq!(admin.get(&path_of(&one)).await.ok().json(), changed);
    }

    async fn a_deleted_webhook_is_gone_for_every_use(world: TestWorld) {
        let admin = world.as_role("a", Role::Admin);
        let webhook = make(&world, &paused("image.scanned", NOWHERE)).await.ok().json();
        let path = path_of(&webhook);
        assert_eq!(admin.delete(&path).await.status, 204);
        let uses = [
            (Method::GET, String::new(), Value::Null), (Method::DELETE, String::new(), Value::Null),
            (Method::PUT, String::new(), json!({ "active": true })), (Method::POST, "/test".to_owned(), Value::Null),
            (Method::POST, "/rotate-secret".to_owned(), Value::Null), (Method::GET, "/deliveries".to_owned(), Value::Null),
            (Method::POST, "/recover".to_owned(), json!({ "since": "2026-01-01T00:00:00Z" })),
            (Method::POST, format!("/deliveries/{UNKNOWN}/redeliver"), Value::Null),
        ];
        for (method, action, body) in uses {
            let answer = admin.send(method.clone(), &format!("{path}{action}"), &body).await;
            assert_eq!(answer.refusal(), "404 NOT_FOUND", "t11 {method} {action}");
        }
        assert_eq!(make(&world, &paused("image.scanned", NOWHERE)).await.ok().status, 201);
    }

    async fn a_rotation_shows_the_new_secret_once(world: TestWorld) {
        let webhook = make(&world, &paused("image.scanned", NOWHERE)).await.ok().json();
        let path = path_of(&webhook);
        let rotated = post(&world, &format!("{path}/rotate-secret"), &Value::Null).await.ok();
        assert_eq!((rotated.status.as_u16(), rotated.header("cache-control")), (200, "no-store"));
        let rotated = rotated.json();
        let secret = rotated["secret"].as_str().unwrap();
        assert_ne!(rotated["secret"], webhook["secret"]);
        assert_eq!(rotated["secretHint"], format!("whsec_…{}", &secret[46..]));
        assert_eq!(world.viewer().get(&path).await.ok().json(), without_secret(&rotated));
    }

    async fn what_does_not_fit_is_refused_and_named(world: TestWorld) {
        let webhook = make(&world, &paused("image.rebuilt", NOWHERE)).await.ok().json();
        let secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
        let whole = json!({ "event": "image.scanned", "url": NOWHERE, "secret": secret, "active": false, "format": "podarmor" });
        let cases = [
            ("event", json!({ "image.scanned": null })), ("event", json!("image.*")), ("event", json!("IMAGE.SCANNED")),
            ("event", json!("version.deprecated")), ("event", json!(["image.scanned"])), ("event", json!("image.scanned\u{0}")),
            ("format", json!({ "podarmor": null })), ("format", json!("xml")), ("format", json!(1)),
            ("active", json!("true")), ("active", json!(1)), ("url", json!(1)), ("url", json!("")), ("url", json!(null)),
            ("url", json!("http://127.0.0.1:9099/a\u{0}")), ("url", json!("http://127.0.0.1:9099/\r\nX: y")),
            ("secret", json!("whsec_short")), ("secret", json!(format!("{secret}\r\n"))), ("secret", json!("x")), ("secret", json!({})),
            ("secretHint", json!("x")), ("disabledReason", json!(null)), ("tenantId", json!("b")), ("id", json!(UNKNOWN)),
            ("createdAt", json!("2026-01-01T00:00:00Z")), ("lastDelivery", json!(null)), ("__proto__", json!({})), ("role", json!("admin")),
        ];
        for (member, value) in cases {
            let mut body = whole.clone();
            body[member] = value;
            let answer = make(&world, &body).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{body}");
            assert_eq!(answer.json()["details"][0]["path"], member, "{body}: {}", answer.text());
            assert!(!answer.text().contains(secret));
        }
        let admin = world.as_role("a", Role::Admin);
        for (body, path) in [
            (json!({}), "body"), (json!({ "event": null }), "event"), (json!({ "url": null, "active": true }), "url"),
            (json!({ "active": null }), "active"), (json!({ "format": null }), "format"), (json!({ "secret": secret }), "secret"),
            (json!({ "event": { "image.scanned": null } }), "event"), (json!({ "disabledReason": "x" }), "disabledReason"),
        ] {
            let answer = admin.send(Method::PUT, &path_of(&webhook), &body).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{body}");
            assert_eq!(answer.json()["details"][0]["path"], path, "{body}: {}", answer.text());
        }
        let twice = admin.request(Method::POST, "/api/webhooks").header("content-type", "application/json");
        let twice = twice.body(format!("{{\"event\":\"image.scanned\",\"event\":\"cve.watched\",\"url\":\"{NOWHERE}\"}}"));
        assert_eq!(world.app.send(twice).await.refusal(), "400 VALIDATION_ERROR", "z4");
        for body in [json!({}), json!({ "since": "yesterday" }), json!({ "since": 1 })] {
            let answer = post(&world, &format!("{}/recover", path_of(&webhook)), &body).await;
            assert_eq!(answer.json()["details"][0]["path"], "since", "{body}");
        }
        let answer = admin.get(&format!("{}/deliveries?status=lost", path_of(&webhook))).await;
        assert_eq!((answer.refusal().as_str(), &answer.json()["details"][0]["path"]), ("400 VALIDATION_ERROR", &json!("status")));
        assert_eq!(world.viewer().all("/api/webhooks", 10).await, [without_secret(&webhook)]);
    }

    async fn w1_w5_w6_a_url_that_leads_where_nothing_may_be_sent_is_refused_on_post_and_put(world: TestWorld) {
        let mut strict = config(&world.database);
        strict.webhooks.destinations = DestinationPolicy::default();
        strict.webhooks.worker = false;
        let app = App::start_with(&strict).await;
        let admin = world.as_role("a", Role::Admin);
        let send = async |method: Method, path: &str, body: Value| {
            let request = app.request(method, path).bearer_auth(admin.token).header("x-tenant", admin.tenant);
            app.send(request.json(&body)).await
        };
        let hook = json!({ "event": "image.scanned", "url": "https://8.8.8.8/hook", "active": false });
        let webhook = send(Method::POST, "/api/webhooks", hook).await.ok().json();
        let mut refused: Vec<String> = HOSTS.iter().map(|host| format!("https://{host}/hook")).collect();
        refused.extend(URLS.iter().map(|url| (*url).to_owned()));
        for url in &refused {
            let made = send(Method::POST, "/api/webhooks", json!({ "event": "cve.watched", "url": url, "active": false })).await;
            let changed = send(Method::PUT, &path_of(&webhook), json!({ "url": url })).await;
            for answer in [made, changed] {
                assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{url}");
                assert_eq!(answer.json()["details"][0]["path"], "url", "{url}");
            }
        }
        assert_eq!(admin.all("/api/webhooks", 10).await, [without_secret(&webhook)], "nothing was made or changed");
        let normal = send(Method::PUT, &path_of(&webhook), json!({ "url": "HTTPS://8.8.8.8:443/a b".replace(' ', "%20") })).await.ok();
        assert_eq!(normal.json()["url"], "https://8.8.8.8/a%20b");
        app.stop().await;
    }

    async fn z2_only_admins_change_webhooks_and_are_refused_before_anything_is_looked_at(world: TestWorld) {
        let webhook = make(&world, &paused("image.scanned", NOWHERE)).await.ok().json();
        for path in [path_of(&webhook), format!("/api/webhooks/{UNKNOWN}"), "/api/webhooks/x".to_owned()] {
            let writes = [
                (Method::POST, "/api/webhooks".to_owned()), (Method::PUT, path.clone()), (Method::DELETE, path.clone()),
                (Method::POST, format!("{path}/test")), (Method::POST, format!("{path}/rotate-secret")),
                (Method::POST, format!("{path}/recover")), (Method::POST, format!("{path}/deliveries/{UNKNOWN}/redeliver")),
            ];
            for role in [Role::Viewer, Role::User] {
                for (method, path) in &writes {
                    let answer = world.as_role("a", role).send(method.clone(), path, &json!({ "nonsense": true })).await;
                    assert_eq!(answer.refusal(), "403 FORBIDDEN", "{role} {method} {path}");
                }
            }
        }
        for role in Role::ALL {
            let member = world.as_role("a", *role);
            member.get(&path_of(&webhook)).await.ok();
            member.get(&format!("{}/deliveries", path_of(&webhook))).await.ok();
        }
    }

    async fn a_test_is_delivered_like_everything_and_can_be_sent_again(world: TestWorld) {
        let receiver = Receiver::start().await;
        let webhook = make(&world, &json!({ "event": "image.scanned", "url": receiver.url("/hook") })).await.ok().json();
        let path = path_of(&webhook);
        let accepted = post(&world, &format!("{path}/test"), &Value::Null).await.ok();
        assert_eq!((accepted.status.as_u16(), accepted.header("cache-control")), (202, "no-store"));
        let accepted = accepted.json();
        assert_eq!((&accepted["event"], &accepted["test"]), (&json!("image.scanned"), &json!(true)));
        wait_until("it is delivered", async || deliveries(&world, &path, "?status=delivered").await.len() == 1).await;
        let delivery = deliveries(&world, &path, "").await.pop().unwrap();
        assert_eq!((&delivery["id"], &delivery["eventId"]), (&accepted["id"], &accepted["eventId"]));
        assert_eq!((&delivery["error"], &delivery["nextAttemptAt"]), (&Value::Null, &Value::Null));
        let attempt = &delivery["attempts"][0];
        assert_eq!(
            *attempt,
            json!({
                "number": 1, "status": "delivered", "startedAt": attempt["startedAt"], "durationMs": attempt["durationMs"],
                "responseCode": 204, "error": null, "responseExcerpt": null,
            })
        );
        let shown = world.viewer().get(&path).await.ok().json();
        assert_eq!(shown["lastDelivery"], json!({ "id": delivery["id"], "status": "delivered", "at": delivery["finishedAt"] }));
        assert!(deliveries(&world, &path, "?status=failed").await.is_empty());

        let again = post(&world, &format!("{path}/deliveries/{}/redeliver", delivery["id"].as_str().unwrap()), &Value::Null).await.ok();
        assert_eq!((again.status.as_u16(), &again.json()["id"]), (202, &delivery["id"]));
        wait_until("it arrives again", async || receiver.received().len() == 2).await;
        let numbers: Vec<Value> = receiver.received().iter().map(|one| one.json()["attemptNumber"].clone()).collect();
        assert_eq!(numbers, [1, 2]);
        assert!(receiver.received().iter().all(|one| one.json()["deliveryId"] == delivery["id"]));
        assert!(world.viewer().get("/api/events?limit=200").await.ok().json().to_string().find(delivery["eventId"].as_str().unwrap()).is_none(), "a test is no event");
    }

    async fn what_failed_is_listed_and_recovered_and_an_inactive_webhook_sends_nothing(world: TestWorld) {
        let receiver = Receiver::start().await;
        receiver.answer(500);
        let webhook = make(&world, &json!({ "event": "image.scanned", "url": receiver.url("/hook") })).await.ok().json();
        let path = path_of(&webhook);
        post(&world, &format!("{path}/test"), &Value::Null).await.ok();
        wait_until("it has failed", async || deliveries(&world, &path, "?status=failed").await.len() == 1).await;
        let failed = deliveries(&world, &path, "").await.pop().unwrap();
        assert_eq!(failed["attempts"].as_array().unwrap().len(), 3);
        for attempt in failed["attempts"].as_array().unwrap() {
            assert_eq!((&attempt["status"], &attempt["responseCode"]), (&json!("failed"), &json!(500)));
            assert_eq!(attempt["responseExcerpt"], Value::Null, "w9: only the operator let this address in");
        }
        let later = json!({ "since": "2999-01-01T00:00:00Z" });
        assert_eq!(post(&world, &format!("{path}/recover"), &later).await.ok().json(), json!({ "count": 0 }));
        receiver.answer(204);
        let recovered = post(&world, &format!("{path}/recover"), &json!({ "since": failed["createdAt"] })).await.ok();
        assert_eq!((recovered.status.as_u16(), recovered.json()), (202, json!({ "count": 1 })));
        wait_until("it is delivered", async || deliveries(&world, &path, "?status=delivered").await.len() == 1).await;
        assert_eq!(receiver.received().last().unwrap().json()["attemptNumber"], 4);

        world.as_role("a", Role::Admin).send(Method::PUT, &path, &json!({ "active": false })).await.ok();
        let redeliver = format!("/deliveries/{}/redeliver", failed["id"].as_str().unwrap());
        for (action, body) in [("/test", Value::Null), ("/recover", later), (redeliver.as_str(), Value::Null)] {
            assert_eq!(post(&world, &format!("{path}{action}"), &body).await.refusal(), "409 CONFLICT", "{action}");
        }
    }

    async fn t5_a_delivery_is_found_under_its_own_webhook_alone(world: TestWorld) {
        let receiver = Receiver::start().await;
        let one = make(&world, &json!({ "event": "image.scanned", "url": receiver.url("/one") })).await.ok().json();
        let two = make(&world, &json!({ "event": "image.scanned", "url": receiver.url("/two") })).await.ok().json();
        let delivery = post(&world, &format!("{}/test", path_of(&one)), &Value::Null).await.ok().json();
        let again = |webhook: &Value| format!("{}/deliveries/{}/redeliver", path_of(webhook), delivery["id"].as_str().unwrap());
        let mixed = post(&world, &again(&two), &Value::Null).await;
        assert_eq!(mixed.refusal(), "404 NOT_FOUND");
        let unknown = post(&world, &format!("{}/deliveries/{UNKNOWN}/redeliver", path_of(&two)), &Value::Null).await;
        assert_eq!(mixed.without_request_id(), unknown.without_request_id());
        let theirs = world.as_role("b", Role::Admin);
        assert_eq!(theirs.send(Method::POST, &again(&one), &Value::Null).await.refusal(), "404 NOT_FOUND");
        wait_until("it is delivered", async || deliveries(&world, &path_of(&one), "?status=delivered").await.len() == 1).await;
        assert!(deliveries(&world, &path_of(&two), "").await.is_empty());
    }

    async fn t7_a_cursor_of_deliveries_belongs_to_the_webhook_and_the_filter(world: TestWorld) {
        let receiver = Receiver::start().await;
        let one = make(&world, &json!({ "event": "image.scanned", "url": receiver.url("/one") })).await.ok().json();
        let two = make(&world, &paused("image.scanned", NOWHERE)).await.ok().json();
        let mut sent = Vec::new();
        for _ in 0..3 {
            sent.insert(0, post(&world, &format!("{}/test", path_of(&one)), &Value::Null).await.ok().json()["id"].clone());
        }
        let list = format!("{}/deliveries", path_of(&one));
        let ids: Vec<Value> = world.viewer().all(&list, 1).await.iter().map(|it| it["id"].clone()).collect();
        assert_eq!(ids, sent, "newest first");
        let counted = world.viewer().get(&format!("{list}?limit=1&count=true")).await.ok().json();
        assert_eq!(counted["total"], json!({ "count": 3, "type": "exact" }));
        let cursor = counted["nextCursor"].as_str().unwrap();
        for path in [format!("{}/deliveries?limit=1", path_of(&two)), format!("{list}?limit=1&status=delivered"), "/api/webhooks?limit=1".to_owned()] {
            let answer = world.viewer().get(&format!("{path}&cursor={cursor}")).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{path}");
            assert_eq!(answer.json()["details"][0]["path"], "cursor", "{path}");
        }
    }
}

/// Hosts that are not public, in every spelling.
const HOSTS: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "0",
    "0.0.0.0",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "localhost",
    "localhost.",
    "a.localhost",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001::1]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.192",
    "198.18.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
];

/// URLs with users, odd spellings, other schemes and ports.
const URLS: &[&str] = &[
    "https://a@169.254.169.254/",
    "https://good@evil.example/",
    "https://u:p@host.example/",
    "https://@8.8.8.8/",
    "https://8.8.8.8/#part",
    "https:\\\\8.8.8.8/",
    "https:8.8.8.8/",
    "http:169.254.169.254",
    "https:///path",
    "https://8.8.\t8.8/",
    "https://8.8.8.8/\r\nX: y",
    " https://8.8.8.8/",
    "file:///etc/passwd",
    "ftp://8.8.8.8/",
    "gopher://8.8.8.8/",
    "data:text/plain,x",
    "unix:/run/x",
    "http://8.8.8.8/",
    "https://8.8.8.8:0/",
    "https://8.8.8.8:22/",
    "https://8.8.8.8:25/",
    "https://8.8.8.8:65536/",
];

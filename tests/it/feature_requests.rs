//! Feature requests: filed, read, answered by the operator.

use podarmor_domain::access::Role;
use podarmor_domain::id::FeatureRequestId;
use podarmor_domain::request::{Reply, RequestStatus, Ruling};
use podarmor_domain::testing::publisher;
use podarmor_tests::{Answer, Backend, SignedIn, TestWorld, on_both_databases};
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/api/feature-requests";

async fn file(who: &SignedIn<'_>, body: &Value) -> Answer {
    who.send(Method::POST, PATH, body).await
}

fn small(title: &str) -> Value {
    json!({ "type": "feature", "title": title, "description": "" })
}

async fn rule(world: &TestWorld, id: &Value, status: Option<RequestStatus>, reply: Option<&str>) {
    let id = FeatureRequestId::parse("id", id.as_str().unwrap()).unwrap();
    let ruling = Ruling { status, reply: reply.map(|text| Reply::parse("reply", text).unwrap()) };
    world.publisher.triage().rule(publisher(), id, ruling).await.unwrap();
}

on_both_databases! {
    async fn a_user_files_a_request_everybody_of_the_tenant_reads_it_and_the_operator_answers(world: TestWorld) {
        let user = world.as_role("a", Role::User);
        let image = world.image_id("a", "only-a").await;
        let body = json!({
            "type": "package", "title": "libpq, bitte 🦀", "description": "Line one.\n\tLine two: \\u0000 \"%_'\n", "imageId": image,
            "package": { "name": "libpq", "version": "16.1", "ecosystem": "debian" },
        });
        let filed = file(&user, &body).await.ok();
        assert_eq!((filed.status.as_u16(), filed.header("cache-control")), (201, "no-store"));
        let made = filed.json();
        assert_eq!(filed.header("location"), format!("{PATH}/{}", made["id"].as_str().unwrap()));
        let me = user.get("/api/auth/me").await.ok().json();
        let mut expected = body.clone();
        for (name, value) in [
            ("id", made["id"].clone()), ("status", json!("open")), ("reply", Value::Null), ("history", json!([])),
            ("createdBy", json!({ "id": me["id"], "name": "user of a" })),
            ("createdAt", made["createdAt"].clone()), ("updatedAt", made["createdAt"].clone()),
        ] {
            expected[name] = value;
        }
        assert_eq!(made, expected);
        for role in Role::ALL {
            let member = world.as_role("a", *role);
            let shown = member.get(filed.header("location")).await.ok();
            assert_eq!(shown.json(), made, "{role}");
            assert_eq!(member.get(PATH).await.ok().json(), json!({ "items": [made], "nextCursor": null }), "{role}");
            let tag = shown.header("etag");
            assert_eq!(member.get_with(filed.header("location"), "if-none-match", tag).await.status, 304);
        }
        let (planned, shipped) = (Some(RequestStatus::Planned), Some(RequestStatus::Shipped));
        rule(&world, &made["id"], planned, Some("With the next rebuild.")).await;
        rule(&world, &made["id"], shipped, None).await;
        let shown = user.get(filed.header("location")).await.ok().json();
        assert_eq!((&shown["status"], &shown["reply"]), (&json!("shipped"), &json!("With the next rebuild.")));
        let history = shown["history"].as_array().unwrap();
        let steps: Vec<Value> = history.iter().map(|step| json!([step["status"], step["reply"]])).collect();
        assert_eq!(steps, [json!(["planned", "With the next rebuild."]), json!(["shipped", null])]);
        assert_eq!(history[1]["at"], shown["updatedAt"]);
        // Whoever asked may be gone: the request stays.
        let admin = world.as_role("a", Role::Admin);
        admin.delete(&format!("/api/users/{}", me["id"].as_str().unwrap())).await.ok();
        let shown = admin.get(filed.header("location")).await.ok().json();
        assert_eq!(shown["createdBy"], json!({ "id": me["id"], "name": null }));
    }

    async fn requests_page_newest_first_and_filter(world: TestWorld) {
        let (user, theirs) = (world.as_role("a", Role::User), world.as_role("b", Role::User));
        let mut titles = Vec::new();
        for (number, kind) in ["feature", "package", "bug", "feature", "bug"].into_iter().enumerate() {
            let title = format!("number {number}");
            let made = file(&user, &json!({ "type": kind, "title": title, "description": "x" })).await.ok().json();
            file(&theirs, &small("of somebody else")).await.ok();
            if number == 2 {
                rule(&world, &made["id"], Some(RequestStatus::InProgress), None).await;
            }
            titles.insert(0, title);
        }
        let of = |items: &[Value]| items.iter().map(|it| it["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        for size in [1, 2, 200] {
            assert_eq!(of(&user.all(PATH, size).await), titles, "{size}");
        }
        for (query, numbers) in [
            ("type=bug", &[4, 2][..]), ("type=package", &[1]), ("status=in_progress", &[2]), ("status=open", &[4, 3, 1, 0]),
            ("type=bug&status=open", &[4]), ("status=shipped", &[]),
        ] {
            let expected: Vec<String> = numbers.iter().map(|number| format!("number {number}")).collect();
            assert_eq!(of(&user.all(&format!("{PATH}?{query}"), 1).await), expected, "{query}");
            let counted = user.get(&format!("{PATH}?{query}&limit=1&count=true")).await.ok().json();
            assert_eq!(counted["total"], json!({ "count": numbers.len(), "type": "exact" }), "{query}");
        }
        // A cursor is good for its tenant and its query.
        let first = user.get(&format!("{PATH}?limit=1")).await.ok();
        let cursor = first.json()["nextCursor"].as_str().unwrap().to_owned();
        assert_eq!(first.header("link"), format!("<{PATH}?limit=1&cursor={cursor}>; rel=\"next\""));
        let elsewhere = [
            theirs.get(&format!("{PATH}?cursor={cursor}")).await,
            user.get(&format!("{PATH}?type=bug&cursor={cursor}")).await,
            user.get(&format!("{PATH}?cursor={}", cursor.to_lowercase())).await,
        ];
        for refused in elsewhere {
            assert_eq!(refused.refusal(), "400 VALIDATION_ERROR", "t7");
            assert_eq!(refused.json()["details"][0]["path"], "cursor");
        }
        for (query, path) in [("type=x", "type"), ("status=done", "status"), ("status=%00", "query"), ("limit=0", "limit"), ("state=open", "state")] {
            let refused = user.get(&format!("{PATH}?{query}")).await;
            assert_eq!((refused.refusal().as_str(), &refused.json()["details"][0]["path"]), ("400 VALIDATION_ERROR", &json!(path)));
        }
    }

    async fn t8_an_image_of_somebody_else_is_refused_like_an_unknown_one(world: TestWorld) {
        let (user, theirs) = (world.as_role("a", Role::User), world.image_id("b", "only-b").await);
        let about = |image: &str| {
            let mut body = small("About an image");
            body["imageId"] = json!(image);
            body
        };
        let foreign = file(&user, &about(&theirs)).await;
        let unknown = file(&user, &about("019ab7c2-51f0-7d43-9c1e-3f6a8e2b7d90")).await;
        assert_eq!(foreign.refusal(), "400 VALIDATION_ERROR");
        assert_eq!(foreign.json()["details"][0]["path"], "imageId");
        assert_eq!(foreign.without_request_id(), unknown.without_request_id());
        assert_eq!(user.get(PATH).await.ok().json()["items"], json!([]));
        world.publisher.grant("a", "only-b").await;
        assert_eq!(file(&user, &about(&theirs)).await.status, 201);
    }

    async fn z3_v4_v5_v6_what_does_not_fit_is_refused_and_named(world: TestWorld) {
        let user = world.as_role("a", Role::User);
        let with = |name: &str, value: Value| {
            let mut body = small("A title");
            body[name] = value;
            body
        };
        let package = |name: &str, value: Value| {
            let mut package = json!({ "name": "libpq" });
            package[name] = value;
            with("package", package)
        };
        let mut cases = vec![
            (with("type", json!("idea")), "type"), (with("type", Value::Null), "type"),
            (with("title", json!("ab")), "title"), (with("title", json!("x".repeat(201))), "title"), (with("title", json!("a\r\nb")), "title"),
            (with("title", json!("a\tbc")), "title"), (with("title", json!("nul \0")), "title"), (with("title", json!("a\u{202e}bc")), "title"),
            (with("description", json!("x".repeat(10_001))), "description"), (with("description", json!("nul\0")), "description"),
            (with("description", json!(1)), "description"), (with("imageId", json!("1")), "imageId"),
            (with("package", json!({})), "package.name"), (with("package", json!("libpq")), "package"),
            (package("name", json!("")), "package.name"), (package("name", json!("a\nb")), "package.name"),
            (package("version", json!("x".repeat(101))), "package.version"), (package("ecosystem", json!("nul\0")), "package.ecosystem"),
            (package("purl", json!("x")), "package.purl"),
            (json!({ "type": "bug", "description": "" }), "title"), (json!({ "type": "bug", "title": "A title" }), "description"),
        ];
        for field in ["status", "id", "tenantId", "createdBy", "createdAt", "reply", "history", "__proto__"] {
            cases.push((with(field, json!("shipped")), field));
        }
        for (body, path) in cases {
            let answer = file(&user, &body).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{body}");
            assert_eq!(answer.json()["details"][0]["path"], path, "{body}: {}", answer.text());
        }
        for body in [&b"{\"type\":\"bug\",\"title\":\"\xc0\x80 overlong\",\"description\":\"\"}"[..], b"{\"type\":\"bug\",\"title\":\"\xed\xa0\x80 half\",\"description\":\"\"}"] {
            let request = user.request(Method::POST, PATH).header("content-type", "application/json").body(body.to_vec());
            assert_eq!(world.app.send(request).await.refusal(), "400 VALIDATION_ERROR");
        }
        assert_eq!(user.get(PATH).await.ok().json()["items"], json!([]));
        // Limits are in characters, of the normalised text.
        let whole = json!({ "type": "bug", "title": "e\u{301}".repeat(200), "description": "é".repeat(10_000) });
        let made = file(&user, &whole).await.ok().json();
        assert_eq!((made["title"].as_str(), made["description"].as_str()), (Some("é".repeat(200).as_str()), whole["description"].as_str()));
    }

    async fn a_tenant_has_at_most_ten_thousand_requests(world: TestWorld) {
        let (user, theirs) = (world.as_role("a", Role::User), world.as_role("b", Role::User));
        let made = file(&user, &small("The first")).await.ok().json();
        let columns = "tenant_id, kind, status, created_at, updated_at, created_by, title, description, history";
        let (id, numbers) = match world.backend {
            Backend::Sqlite => ("randomblob(16)", "RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9998)"),
            Backend::Postgres => ("gen_random_uuid()", "n(i) AS (SELECT generate_series(1, 9998))"),
        };
        let copy = format!(
            "INSERT INTO feature_request (id, {columns}) WITH {numbers} SELECT {id}, {columns} FROM feature_request, n"
        );
        assert_eq!(world.database.execute(&copy).await, 9_998);
        let counted = user.get(&format!("{PATH}?count=true&limit=1")).await.ok().json();
        assert_eq!(counted["total"], json!({ "count": 9_999, "type": "exact" }));
        let last = world.app.send(user.request(Method::POST, PATH).header("idempotency-key", "k").json(&small("The last"))).await.ok();
        assert_eq!(file(&user, &small("Too many")).await.refusal(), "409 CONFLICT");
        let again = world.app.send(user.request(Method::POST, PATH).header("idempotency-key", "k").json(&small("The last"))).await.ok();
        assert_eq!(again.bytes, last.bytes, "a retry is no new request");
        assert_eq!(file(&theirs, &small("Elsewhere")).await.status, 201);
        assert_eq!(user.get(&format!("{PATH}/{}", made["id"].as_str().unwrap())).await.status, 200);
    }
}

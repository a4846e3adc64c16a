//! Every operation of both APIs, for everybody: what the permission table says is what the server
//! does.

use std::sync::Arc;

use podarmor_domain::Timestamp;
use podarmor_domain::access::{Permission, Role, Scope};
use podarmor_domain::ports::Clock;
use podarmor_http::{Access, Operation, portal_operations, public_v1_operations};
use podarmor_tests::{Answer, App, TestWorld, config, on_both_databases};
use reqwest::Method;

const UNKNOWN: &str = "019ab7c2-51f0-7d43-9c1e-3f6a8e2b7d90";
const NO_TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What a call sends, and what it gets from somebody who may. A new operation without a row here
/// fails the test.
const CALLS: &[(&str, &str, &str)] = &[
    ("login", r#"{"email":"nobody@a.example","password":"wrong"}"#, "401 INVALID_CREDENTIALS"),
    ("refresh_session", "{\"refreshToken\":\"TOKEN\"}", "401 UNAUTHENTICATED"),
    ("logout", "", "204"),
    ("get_me", "", "200"),
    ("list_sessions", "", "200"),
    ("end_session", "", "404 NOT_FOUND"),
    (
        "change_password",
        r#"{"currentPassword":"wrong password","newPassword":"a sentence of my own"}"#,
        "401 INVALID_CREDENTIALS",
    ),
    ("set_password", "{\"token\":\"TOKEN\",\"newPassword\":\"a sentence of my own\"}", "401 INVALID_CREDENTIALS"),
    ("list_users", "", "200"),
    ("invite_user", r#"{"email":"new@a.example","name":"New","role":"viewer"}"#, "201"),
    ("get_user", "", "404 NOT_FOUND"),
    ("update_user", "{}", "404 NOT_FOUND"),
    ("delete_user", "", "404 NOT_FOUND"),
    ("invite_user_again", "", "404 NOT_FOUND"),
    ("list_api_keys", "", "200"),
    ("create_api_key", r#"{"name":"another","scopes":["read:sbom"]}"#, "201"),
    ("revoke_api_key", "", "404 NOT_FOUND"),
    ("list_feature_requests", "", "200"),
    ("create_feature_request", r#"{"type":"bug","title":"A title","description":""}"#, "201"),
    ("get_feature_request", "", "404 NOT_FOUND"),
    ("list_docker_images", "", "200"),
    ("get_docker_image", "", "200"),
    ("list_versions", "", "200"),
    ("get_version", "", "200"),
    ("get_scan_history", "", "200"),
    ("get_scan", "", "200"),
    ("list_vulnerabilities", "", "200"),
    ("download_spdx_sbom", "", "200"),
    ("download_cyclonedx_sbom", "", "200"),
    ("list_cve_watches", "", "200"),
    ("add_cve_watch", r#"{"cveId":"CVE-2026-0002"}"#, "201"),
    ("remove_cve_watch", "", "404 NOT_FOUND"),
    ("list_webhooks", "", "200"),
    ("create_webhook", r#"{"event":"version_deprecated","url":"http://127.0.0.1:9099/hook","active":false}"#, "201"),
    ("get_webhook", "", "404 NOT_FOUND"),
    ("update_webhook", r#"{"active":true}"#, "404 NOT_FOUND"),
    ("delete_webhook", "", "404 NOT_FOUND"),
    ("rotate_webhook_secret", "", "404 NOT_FOUND"),
    ("test_webhook", "", "404 NOT_FOUND"),
    ("recover_deliveries", r#"{"since":"2026-01-01T00:00:00Z"}"#, "404 NOT_FOUND"),
    ("list_deliveries", "", "404 NOT_FOUND"),
    ("redeliver", "", "404 NOT_FOUND"),
    ("list_events", "", "200"),
    ("get_status", "", "200"),
    ("get_livez", "", "200"),
    ("get_readyz", "", "200"),
    ("get_openapi_document", "", "200"),
    ("get_jwks", "", "200"),
    ("list_images", "", "200"),
    ("get_image", "", "200"),
    ("download_sbom", "", "200"),
    ("list_image_vulnerabilities", "", "200"),
    ("find_cve", "", "200"),
    ("get_public_openapi_document", "", "200"),
];

fn everything() -> Vec<Operation> {
    portal_operations().into_iter().chain(public_v1_operations()).collect()
}

fn row(operation: &Operation) -> &'static (&'static str, &'static str, &'static str) {
    CALLS.iter().find(|(id, ..)| *id == operation.id).expect(operation.id)
}

/// Whose call it is.
#[derive(Clone)]
struct Caller {
    who: String,
    credential: Option<String>,
    kind: Kind,
    tenant: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nobody,
    Member(Role),
    Expired,
    Key(Option<Scope>),
}

/// Paths of `a`'s shared image; ids of anything else are unknown ones.
struct Paths {
    image: String,
    version: String,
    scan: String,
}

impl Paths {
    async fn of(world: &TestWorld) -> Self {
        let version = world.version_path("a", "shared", "1.0-r1").await;
        let history = world.viewer().get(&format!("{version}/scan-history")).await.ok().json();
        let parts: Vec<&str> = version.split('/').collect();
        Self {
            image: parts[3].to_owned(),
            version: parts[5].to_owned(),
            scan: history["items"][0]["scanId"].as_str().unwrap().to_owned(),
        }
    }

    fn fill(&self, operation: &Operation) -> String {
        let image = if operation.path.contains("images") { &self.image } else { UNKNOWN };
        let path = operation.path.replace("{id}", image).replace("{vid}", &self.version);
        let path = path.replace("{scanId}", &self.scan).replace("{cveId}", "CVE-2026-0001").replace("{did}", UNKNOWN);
        if operation.id == "download_sbom" { format!("{path}?format=spdx") } else { path }
    }
}

async fn call(world: &TestWorld, paths: &Paths, operation: &Operation, caller: &Caller) -> Answer {
    let mut request = world.app.request(operation.method.as_str().parse().unwrap(), &paths.fill(operation));
    let body = row(operation).1.replace("TOKEN", NO_TOKEN);
    if !body.is_empty() {
        request = request.header("content-type", "application/json").body(body);
    }
    if let Some(credential) = &caller.credential {
        request = request.bearer_auth(credential);
    }
    if let Some(tenant) = caller.tenant {
        request = request.header("x-tenant", tenant);
    }
    let from = podarmor_tests::fresh_address().to_string();
    world.app.send(request.header("x-forwarded-for", from)).await
}

/// What the tables say this caller gets.
fn expected(operation: &Operation, caller: &Caller) -> &'static str {
    let permitted = row(operation).2;
    match (operation.access, caller.kind, caller.tenant) {
        (Access::Public, ..) => permitted,
        (Access::SignIn | Access::NamesTenant, _, None) => "400 TENANT_REQUIRED",
        (Access::SignIn | Access::NamesTenant, ..) => permitted,
        (Access::Needs(_), Kind::Expired, _) => "401 TOKEN_EXPIRED",
        (Access::Needs(_), Kind::Nobody | Kind::Key(_), _) => "401 UNAUTHENTICATED",
        (Access::Needs(_), Kind::Member(_), None) => "400 TENANT_REQUIRED",
        (Access::Needs(_), Kind::Member(_), Some("b")) => "403 TENANT_MISMATCH",
        (Access::Needs(permission), Kind::Member(role), Some(_)) if permission.allows(role) => permitted,
        (Access::Needs(_), Kind::Member(_), Some(_)) => "403 FORBIDDEN",
        (Access::NeedsScope(_), Kind::Nobody | Kind::Member(_) | Kind::Expired, _) => "401 UNAUTHENTICATED",
        (Access::NeedsScope(_), Kind::Key(_), Some("b")) => "403 TENANT_MISMATCH",
        (Access::NeedsScope(scope), Kind::Key(has), _) if has.is_none_or(|has| has == scope) => permitted,
        (Access::NeedsScope(_), Kind::Key(_), _) => "403 FORBIDDEN",
    }
}

fn outcome(answer: &Answer) -> String {
    if answer.status.is_success() { answer.status.as_u16().to_string() } else { answer.refusal() }
}

/// A clock that stands still, an hour ago.
struct Earlier(Timestamp);

impl Clock for Earlier {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// An access token that a server of an hour ago gave out.
async fn expired_token(world: &TestWorld) -> String {
    let now = podarmor_credentials::SystemClock.now();
    let earlier = Timestamp::from_micros(now.micros() - 3_600_000_000);
    let app = App::start_at(&config(&world.database), Arc::new(Earlier(earlier))).await;
    let token = app.login("a", "admin@a.example", TestWorld::PASSWORD).await.ok().json()["accessToken"].clone();
    app.stop().await;
    token.as_str().unwrap().to_owned()
}

async fn callers(world: &TestWorld, expired: &str) -> Vec<Caller> {
    let mut credentials: Vec<(String, Option<String>, Kind)> = vec![
        ("nobody".to_owned(), None, Kind::Nobody),
        ("an expired token".to_owned(), Some(expired.to_owned()), Kind::Expired),
        ("a key of all scopes".to_owned(), Some(world.key("all").to_owned()), Kind::Key(None)),
    ];
    for scope in Scope::ALL {
        let key = world.key(scope.as_str()).to_owned();
        credentials.push((format!("a key of {scope}"), Some(key), Kind::Key(Some(*scope))));
    }
    for role in Role::ALL {
        // Signed in for this alone: one of the calls signs out.
        let address = format!("{role}@a.example");
        let token = world.app.login("a", &address, TestWorld::PASSWORD).await.ok().json()["accessToken"].clone();
        credentials.push((role.to_string(), token.as_str().map(str::to_owned), Kind::Member(*role)));
    }
    let at = |tenant| {
        credentials.iter().map(move |(who, credential, kind)| Caller {
            who: format!("{who} at {tenant:?}"),
            credential: credential.clone(),
            kind: *kind,
            tenant,
        })
    };
    [None, Some("b"), Some("a")].into_iter().flat_map(at).collect()
}

on_both_databases! {
    async fn t1_z1_every_operation_answers_everybody_as_the_permission_table_says(world: TestWorld) {
        let paths = Paths::of(&world).await;
        let expired = expired_token(&world).await;
        let mut asked = 0;
        for operation in everything() {
            for caller in callers(&world, &expired).await {
                let answer = call(&world, &paths, &operation, &caller).await;
                assert_eq!(outcome(&answer), expected(&operation, &caller), "{} as {}", operation.id, caller.who);
                asked += 1;
            }
        }
        assert_eq!(asked, CALLS.len() * 9 * 3);
    }

    async fn z2_permission_and_tenant_are_decided_before_the_request_is_looked_at(world: TestWorld) {
        let viewer = world.viewer();
        let nonsense = "/api/docker-images/not-an-id?limit=no";
        assert_eq!(world.app.get(nonsense).await.refusal(), "401 UNAUTHENTICATED");
        let foreign = world.app.request(Method::GET, nonsense).bearer_auth(viewer.token).header("x-tenant", "b");
        assert_eq!(world.app.send(foreign).await.refusal(), "403 TENANT_MISMATCH");
        assert_eq!(viewer.get(nonsense).await.refusal(), "400 VALIDATION_ERROR");
        assert_eq!(world.app.get("/api/no-such-route").await.refusal(), "404 NOT_FOUND");
        let method = world.app.request(Method::PATCH, "/api/docker-images");
        assert_eq!(world.app.send(method).await.refusal(), "405 METHOD_NOT_ALLOWED");
        for (method, path) in [(Method::POST, "/api/users"), (Method::POST, "/api/feature-requests"), (Method::PUT, "/api/users/x"), (Method::POST, "/api/api-keys"), (Method::DELETE, "/api/api-keys/x"), (Method::POST, "/api/cve-watches"), (Method::POST, "/api/webhooks"), (Method::PUT, "/api/webhooks/x"), (Method::POST, "/api/webhooks/x/recover"), (Method::POST, "/api/webhooks/x/deliveries/y/redeliver")] {
            let invalid = viewer.request(method.clone(), path).header("content-type", "application/json").body("{");
            assert_eq!(world.app.send(invalid).await.refusal(), "403 FORBIDDEN", "{method} {path}");
        }
    }

    async fn t2_the_tenant_is_named_once_and_well_or_the_request_is_refused(world: TestWorld) {
        let token = world.viewer().token;
        let long = "a".repeat(10_000);
        let cases: &[(&[&str], &str)] = &[
            (&[], "400 TENANT_REQUIRED"),
            (&[""], "400 TENANT_REQUIRED"),
            (&["a", "b"], "400 VALIDATION_ERROR"),
            (&["b", "a"], "400 VALIDATION_ERROR"),
            (&["a,b"], "400 VALIDATION_ERROR"),
            (&["a b"], "400 VALIDATION_ERROR"),
            (&[&long], "400 VALIDATION_ERROR"),
            (&["nobody"], "403 TENANT_MISMATCH"),
            (&["A"], "200"),
            (&["a"], "200"),
        ];
        for (values, want) in cases {
            let mut request = world.app.request(Method::GET, "/api/docker-images").bearer_auth(token);
            for value in *values {
                request = request.header("x-tenant", *value);
            }
            assert_eq!(outcome(&world.app.send(request).await), *want, "{values:?}");
        }
    }
}

#[test]
fn every_operation_has_a_row_and_every_row_an_operation() {
    let all = everything();
    let mut ids: Vec<&str> = all.iter().map(|operation| operation.id).collect();
    let mut rows: Vec<&str> = CALLS.iter().map(|(id, ..)| *id).collect();
    ids.sort_unstable();
    rows.sort_unstable();
    assert_eq!(ids, rows);
}

/// The table of the API reference, in the words of the code. A change here changes what
/// customers may do.
#[test]
fn the_permission_table_is_this() {
    let table: Vec<String> = Permission::ALL
        .iter()
        .map(|permission| {
            let roles: Vec<&str> = permission.roles().iter().map(|role| role.as_str()).collect();
            format!("{permission}: {}", roles.join(" "))
        })
        .collect();
    assert_eq!(
        table,
        [
            "images:read: viewer user admin",
            "scans:read: viewer user admin",
            "sboms:read: viewer user admin",
            "watches:read: viewer user admin",
            "watches:write: admin",
            "webhooks:read: viewer user admin",
            "webhooks:write: admin",
            "session:own: viewer user admin",
            "users:read: admin",
            "users:write: admin",
            "api-keys:read: admin",
            "api-keys:write: admin",
            "requests:read: viewer user admin",
            "requests:write: user admin",
        ]
    );
}

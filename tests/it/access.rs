//! Every operation, for everybody: what the permission table says is what the server does.

use podarmor_domain::access::Role;
use podarmor_http::{Access, Operation, operations};
use podarmor_tests::{Answer, TestWorld, on_both_databases};
use reqwest::Method;

/// What a call without any credentials of its own needs to get past its access rule. A new
/// operation without a row here fails the test.
const CALLS: &[(&str, &str)] = &[
    ("login", "{\"email\":\"nobody@a.example\",\"password\":\"wrong\"}"),
    ("get_me", ""),
    ("list_docker_images", ""),
    ("get_docker_image", ""),
    ("list_versions", ""),
    ("get_version", ""),
    ("get_scan_history", ""),
    ("get_scan", ""),
    ("list_vulnerabilities", ""),
    ("download_spdx_sbom", ""),
    ("download_cyclonedx_sbom", ""),
    ("get_status", ""),
    ("get_livez", ""),
    ("get_readyz", ""),
    ("get_openapi_document", ""),
];

/// The path of an operation, filled with the ids of tenant `a`'s shared image.
async fn path_of(world: &TestWorld, operation: &Operation) -> String {
    let version = world.version_path("a", "shared", "1.0-r1").await;
    let history = world.viewer().get(&format!("{version}/scan-history")).await.ok().json();
    let scan = history["items"][0]["scanId"].as_str().unwrap().to_owned();
    let parts: Vec<&str> = version.split('/').collect();
    operation.path.replace("{id}", parts[3]).replace("{vid}", parts[5]).replace("{scanId}", &scan)
}

struct Caller<'a> {
    who: String,
    token: Option<&'a str>,
    tenant: Option<&'a str>,
}

async fn call(world: &TestWorld, operation: &Operation, caller: &Caller<'_>) -> Answer {
    let path = path_of(world, operation).await;
    let mut request = world.app.request(operation.method.as_str().parse::<Method>().unwrap(), &path);
    let body = CALLS.iter().find(|(id, _)| *id == operation.id).expect(operation.id).1;
    if !body.is_empty() {
        request = request.header("content-type", "application/json").body(body);
    }
    if let Some(token) = caller.token {
        request = request.bearer_auth(token);
    }
    if let Some(tenant) = caller.tenant {
        request = request.header("x-tenant", tenant);
    }
    let from = podarmor_tests::fresh_address().to_string();
    world.app.send(request.header("x-forwarded-for", from)).await
}

/// What the table says this caller gets.
fn expected(operation: &Operation, role: Option<Role>, tenant: Option<&str>) -> &'static str {
    match (operation.access, role, tenant) {
        (Access::Public, ..) => "200",
        (Access::SignIn, _, None) => "400 TENANT_REQUIRED",
        (Access::SignIn, ..) => "401 INVALID_CREDENTIALS",
        (Access::Needs(_), None, _) => "401 UNAUTHENTICATED",
        (Access::Needs(_), Some(_), None) => "400 TENANT_REQUIRED",
        (Access::Needs(_), Some(_), Some("b")) => "403 TENANT_MISMATCH",
        (Access::Needs(permission), Some(role), Some(_)) if permission.allows(role) => "200",
        (Access::Needs(_), Some(_), Some(_)) => "403 FORBIDDEN",
    }
}

fn outcome(answer: &Answer) -> String {
    if answer.status.is_success() { answer.status.as_u16().to_string() } else { answer.refusal() }
}

on_both_databases! {
    async fn t1_z1_every_operation_answers_everybody_as_the_permission_table_says(world: TestWorld) {
        for operation in operations() {
            for tenant in [Some("a"), Some("b"), None] {
                for role in Role::ALL.iter().copied().map(Some).chain([None]) {
                    let token = role.map(|role| world.as_role("a", role).token);
                    let caller = Caller { who: format!("{role:?} at {tenant:?}"), token, tenant };
                    let answer = call(&world, &operation, &caller).await;
                    let want = expected(&operation, role, tenant);
                    assert_eq!(outcome(&answer), want, "{} as {}", operation.id, caller.who);
                }
            }
        }
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
    let mut ids: Vec<&str> = operations().iter().map(|operation| operation.id).collect();
    let mut rows: Vec<&str> = CALLS.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    rows.sort_unstable();
    assert_eq!(ids, rows);
}

/// The table of the API reference, in the words of the code. A change here changes what
/// customers may do.
#[test]
fn the_permission_table_is_this() {
    use podarmor_domain::access::Permission;
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
            "session:own: viewer user admin",
        ]
    );
}

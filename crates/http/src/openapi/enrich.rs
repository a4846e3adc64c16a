//! What every operation has in common, written into the document from the same tables that the
//! server works by: access rules, error answers, headers.

use actix_web::http::StatusCode;
use podarmor_domain::ErrorKey;
use podarmor_domain::access::Permission;
use podarmor_domain::idempotency::IdempotencyKey;
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema as _, ToSchema as _};

use crate::error::{ErrorBody, status_of};
use crate::guard::Access;
use crate::operation::Operation;

/// What is particular to one document.
pub(crate) struct About {
    title: &'static str,
    description: &'static str,
    tags: &'static [(&'static str, &'static str)],
}

/// The portal's own API.
pub(crate) const PORTAL: About = About {
    title: "PodArmor portal API",
    description: "\
Programmatic access to the images you are licensed for, their vulnerability scans and their SBOMs.

**Signing in.** `POST /api/auth/login` with the tenant in `X-Tenant` answers an access token. Send it as \
`Authorization: Bearer …` together with `X-Tenant` on every other call. Where the portal has a base domain, the subdomain names \
the tenant as well; named in both, they must agree. The tenant's name is read without regard to case. API keys are for `/v1` only.

**Lists** take `limit` (1 to 200) and `cursor`, and answer `items` and `nextCursor`, also as a `Link` header. A cursor belongs \
to the tenant and to the query that it came from. `count=true` adds the total; counting stops at 10,000.

**Errors** have one shape; `error` is a stable key, `message` is for humans. With `Accept: application/problem+json` they come \
as RFC 9457 problem details with the same members. What fails before it is a request at all (a head that cannot be parsed or \
does not arrive) is answered 400, 408 or 431 without a body.

**Sending again.** Operations that take an `Idempotency-Key` are done once: the same user sending the same request under the same \
key within 24 hours gets the first answer again, byte for byte, with `Idempotency-Replayed: true`; another request under that key is \
a `CONFLICT`. Only successes are kept.

**Webhooks.** What is sent to subscriptions, its headers, signatures and retries are under `webhooks`. Who prefers to pull reads \
the same events from `GET /api/events`, whose cursor is good for polling.

**Caching.** Reads carry a strong `ETag` and honour `If-None-Match`. `HEAD` works wherever `GET` does. Answers are compressed \
with zstd, br or gzip when asked. Every answer carries `X-Request-Id`, yours if you sent a sane one.

**Limits.** Signing in is limited to 5 attempts per address in any 15 minutes, changing a password to 5 per user. Request bodies \
have at most 64 KiB and no `Content-Encoding`. Query parameters and body fields that are not listed are refused; only what needs \
no credentials and names no tenant, such as `GET /api/status`, ignores the query. An operator may \
limit requests per address; then any operation can answer 429 with `Retry-After`.",
    tags: &[
        ("Auth", "Signing in and out, one's own sessions and password."),
        ("Users", "Users of the tenant, for its admins."),
        ("API keys", "Keys for the public API, for the tenant's admins."),
        ("Feature requests", "What the tenant asks of the publisher, and what becomes of it."),
        ("Images", "Hardened images and their immutable versions."),
        ("Scans", "What scanners found, over time."),
        ("SBOMs", "Software bills of materials, byte for byte."),
        ("CVE watches", "Being told where a vulnerability appears."),
        ("Webhooks", "Being told what happens: subscriptions, their deliveries, and the feed of events."),
        ("Status", "How the portal is."),
        ("Documentation", "This document, and the keys that verify tokens."),
    ],
};

/// The public API.
pub(crate) const PUBLIC_V1: About = About {
    title: "PodArmor public API",
    description: "\
For machines: a pipeline that gates on vulnerability counts, an inventory that collects SBOMs.

**Credentials.** An API key, made by an admin of the tenant, as `Authorization: Bearer pa_live_…` or `X-API-Key`. The key names \
the tenant; `X-Tenant` is not needed and must agree when sent. Each key has scopes; an operation names the one it needs.

**Parameters** that are not listed are refused.

**Limit.** 600 requests a minute a key. `RateLimit`, `RateLimit-Policy` and `X-RateLimit-*` are on every answer to a key, \
`Retry-After` on a 429.

**Errors** have one shape; `error` is a stable key, `message` is for humans. With `Accept: application/problem+json` they come \
as RFC 9457 problem details with the same members.

**Caching.** Reads carry a strong `ETag` and honour `If-None-Match`. `HEAD` works wherever `GET` does. Answers are compressed \
with zstd, br or gzip when asked. Every answer carries `X-Request-Id`, yours if you sent a sane one.",
    tags: &[
        ("Images", "The images the tenant is licensed for."),
        ("Scans", "What scanners found."),
        ("SBOMs", "Software bills of materials, byte for byte."),
        ("Documentation", "This document."),
    ],
};

/// Adds everything shared.
pub(crate) fn enrich(document: &mut Value, about: &About, operations: &[Operation]) {
    document["info"] = json!({
        "title": about.title,
        "description": about.description,
        "version": env!("CARGO_PKG_VERSION"),
    });
    let tag = |(name, description): &(&str, &str)| json!({ "name": name, "description": description });
    document["tags"] = about.tags.iter().map(tag).collect();
    add_components(document, operations);
    for operation in operations {
        let method = operation.method.as_str().to_ascii_lowercase();
        describe(&mut document["paths"][&operation.path][&method], operation);
    }
}

fn add_components(document: &mut Value, operations: &[Operation]) {
    let schemas = &mut document["components"]["schemas"];
    let mut collected = Vec::new();
    ErrorBody::schemas(&mut collected);
    for (name, schema) in collected {
        schemas[name] = json!(schema);
    }
    schemas["ErrorBody"] = json!(ErrorBody::schema());
    require_what_is_always_there(schemas);
    schemas["ErrorBody"]["properties"]["details"]["type"] = json!("array");
    if schemas["WebhookChange"].is_object() {
        schemas["WebhookChange"]["minProperties"] = json!(1);
    }
    let keys: Vec<&str> = ErrorKey::ALL.iter().map(|key| key.as_str()).collect();
    schemas["ErrorKey"] = json!({
        "type": "string",
        "description": "The stable key of a refusal. Keys may be added, never changed.",
        "enum": keys,
    });
    let by_key = operations.iter().any(|operation| matches!(operation.access, Access::NeedsScope(_)));
    document["components"]["securitySchemes"] = if by_key {
        json!({
            "key": { "type": "http", "scheme": "bearer", "bearerFormat": "pa_live_…", "description": "An API key." },
            "keyHeader": { "type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key." },
        })
    } else {
        json!({
            "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The `accessToken` of the login." },
            "tenant": { "type": "apiKey", "in": "header", "name": "X-Tenant", "description": "Your tenant: the subdomain you sign in on." },
        })
    };
}

/// Answers spell out what is null; only these members are left out instead.
const LEFT_OUT: &[&str] = &["total", "details"];
/// Bodies of requests say themselves what they require, and so does an answer with a member that
/// is there at times.
const REQUIRE_THEMSELVES: &[&str] = &[
    "UpdateUserBody",
    "NewApiKeyBody",
    "NewCveWatch",
    "NewWebhook",
    "WebhookChange",
    "CreatedWebhook",
    "NewFeatureRequestBody",
    "WantedPackageBody",
];

fn require_what_is_always_there(schemas: &mut Value) {
    let Some(schemas) = schemas.as_object_mut() else { return };
    for (_, schema) in schemas.iter_mut().filter(|(name, _)| !REQUIRE_THEMSELVES.contains(&name.as_str())) {
        require_in(schema);
        schema.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten().for_each(require_in);
    }
}

fn require_in(schema: &mut Value) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    let required: Vec<&String> = properties.keys().filter(|name| !LEFT_OUT.contains(&name.as_str())).collect();
    schema["required"] = json!(required);
}

fn describe(entry: &mut Value, operation: &Operation) {
    match operation.access {
        Access::Public => entry["security"] = json!([]),
        Access::NamesTenant | Access::SignIn => entry["security"] = json!([{ "tenant": [] }]),
        Access::Needs(permission) => {
            entry["security"] = json!([{ "bearer": [], "tenant": [] }]);
            entry["x-required-permission"] = json!(permission.as_str());
            entry["x-allowed-roles"] = json!(roles(permission));
        }
        Access::NeedsScope(scope) => {
            entry["security"] = json!([{ "key": [] }, { "keyHeader": [] }]);
            entry["x-required-scope"] = json!(scope.as_str());
            entry["x-required-permission"] = json!(scope.permission().as_str());
        }
    }
    let has_parameters = entry["parameters"].as_array().is_some_and(|list| !list.is_empty());
    let keys = refusals(operation, has_parameters, entry["requestBody"].is_object());
    for status in statuses(&keys) {
        let of_status: Vec<ErrorKey> = keys.iter().copied().filter(|key| status_of(*key) == status).collect();
        let place = &mut entry["responses"][status.as_str()];
        if place.is_null() {
            *place = refusal(status, &of_status);
        }
    }
    add_headers(entry, operation);
}

fn roles(permission: Permission) -> Vec<&'static str> {
    permission.roles().iter().map(|role| role.as_str()).collect()
}

/// What can collide with the state of things, beside what is done once.
const CONFLICTING: &[&str] =
    &["update_user", "delete_user", "update_webhook", "test_webhook", "recover_deliveries", "redeliver"];

/// The keys that an operation can answer.
fn refusals(operation: &Operation, has_parameters: bool, has_body: bool) -> Vec<ErrorKey> {
    use ErrorKey as Key;
    let mut keys = vec![Key::NotAcceptable, Key::InternalError];
    let mut add = |condition: bool, more: &[ErrorKey]| {
        if condition {
            keys.extend_from_slice(more);
        }
    };
    let path_names_a_thing = operation.path.contains('{') && operation.id != "find_cve";
    let needs_store = operation.access != Access::Public || operation.path == "/readyz";
    let signed_in = matches!(operation.access, Access::Needs(_));
    let by_key = matches!(operation.access, Access::NeedsScope(_));
    let names_tenant = matches!(operation.access, Access::NamesTenant | Access::SignIn | Access::Needs(_));
    let about_a_password = matches!(operation.id, "change_password" | "set_password");
    add(has_parameters || has_body || by_key, &[Key::ValidationError]);
    add(names_tenant, &[Key::ValidationError, Key::TenantRequired, Key::TenantMismatch]);
    add(signed_in, &[Key::Unauthenticated, Key::TokenExpired, Key::Forbidden]);
    add(by_key, &[Key::Unauthenticated, Key::Forbidden, Key::TenantMismatch, Key::RateLimited]);
    add(operation.access == Access::SignIn, &[Key::InvalidCredentials, Key::RateLimited]);
    add(operation.id == "refresh_session", &[Key::Unauthenticated]);
    add(about_a_password, &[Key::InvalidCredentials, Key::RateLimited]);
    add(operation.done_once, &[Key::ValidationError, Key::Conflict]);
    add(CONFLICTING.contains(&operation.id), &[Key::Conflict]);
    add(has_body, &[Key::PayloadTooLarge, Key::UnsupportedMediaType]);
    add(path_names_a_thing, &[Key::NotFound]);
    add(needs_store, &[Key::ServiceUnavailable]);
    keys
}

fn statuses(keys: &[ErrorKey]) -> Vec<StatusCode> {
    let mut statuses: Vec<StatusCode> = keys.iter().map(|key| status_of(*key)).collect();
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

fn refusal(status: StatusCode, keys: &[ErrorKey]) -> Value {
    let mut keys: Vec<ErrorKey> = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    let names: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    let examples: Map<String, Value> =
        keys.iter().map(|key| (key.to_string(), json!({ "value": example(*key) }))).collect();
    let schema = json!({ "$ref": "#/components/schemas/ErrorBody" });
    let mut headers = Map::new();
    let mut header = |name: &str, description: &str, kind: &str| {
        headers.insert(name.into(), json!({ "description": description, "schema": { "type": kind } }));
    };
    if status == StatusCode::UNAUTHORIZED {
        header("WWW-Authenticate", "`Bearer`.", "string");
    }
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        header("Retry-After", "Seconds until it is worth trying again.", "integer");
    }
    json!({
        "description": names.join(" or "),
        "headers": headers,
        "content": { "application/json": { "schema": schema, "examples": examples } },
    })
}

fn example(key: ErrorKey) -> Value {
    let message = match key {
        ErrorKey::ValidationError => "The request does not fit; see details.",
        ErrorKey::TenantRequired => "Name the tenant in the X-Tenant header.",
        ErrorKey::Unauthenticated => "No usable credentials were sent.",
        ErrorKey::InvalidCredentials => "Tenant, e-mail address or password is wrong.",
        ErrorKey::TokenExpired => "The access token has expired; refresh it or sign in again.",
        ErrorKey::Forbidden => "Your role or API key does not allow this.",
        ErrorKey::TenantMismatch => "The credentials belong to another tenant than the one named.",
        ErrorKey::NotFound => "There is no such thing here.",
        ErrorKey::MethodNotAllowed => "This path takes GET, HEAD.",
        ErrorKey::NotAcceptable => "This is to be had as application/json.",
        ErrorKey::Conflict => "This is already there.",
        ErrorKey::PayloadTooLarge => "The body may have at most 65536 bytes.",
        ErrorKey::RangeNotSatisfiable => "No byte of the document is in this range.",
        ErrorKey::UnsupportedMediaType => "Send the body as application/json.",
        ErrorKey::RateLimited => "Too many attempts; try again in 412 s.",
        ErrorKey::InternalError => "Something went wrong on our side; the request id leads us to the cause.",
        ErrorKey::ServiceUnavailable => "The service is unavailable for the moment; try again later.",
    };
    let mut body = json!({
        "error": key.as_str(),
        "message": message,
        "requestId": "019ab7c2-51f0-7d43-9c1e-3f6a8e2b7d90",
    });
    if key == ErrorKey::ValidationError {
        body["details"] = json!([{ "path": "limit", "message": "must be 1 to 200" }]);
    }
    body
}

/// Headers of answers, and the 304 and the partial answers that go with them.
fn add_headers(entry: &mut Value, operation: &Operation) {
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let is_sbom = operation.path.contains("/sbom");
    let documents = operation.path.ends_with(".json");
    let cached = matches!(operation.access, Access::Needs(_) | Access::NeedsScope(_)) || documents;
    if cached && operation.method == actix_web::http::Method::GET {
        entry["responses"]["200"]["headers"]["ETag"] = text("The strong entity tag of this representation.");
        entry["responses"]["304"] = json!({ "description": "What you have still holds (`If-None-Match`)." });
        push_parameter(entry, "If-None-Match", "Entity tags you have.");
    }
    let pages = entry["parameters"]
        .as_array()
        .is_some_and(|list| list.iter().any(|it| it["name"] == "cursor" || it["name"] == "after"));
    if pages {
        entry["responses"]["200"]["headers"]["Link"] = text("The next page, `rel=\"next\"`.");
    }
    if let Access::NeedsScope(_) = operation.access {
        for status in ["200", "400", "403", "404", "406", "429"] {
            if entry["responses"][status].is_object() {
                let headers = &mut entry["responses"][status]["headers"];
                headers["RateLimit"] = text("What is left, and seconds until all of it is back.");
                headers["RateLimit-Policy"] = text("The limit: `q` requests in `w` seconds.");
            }
        }
    }
    if entry["responses"]["201"].is_object() {
        for status in ["200", "201"] {
            if entry["responses"][status].is_object() {
                entry["responses"][status]["headers"]["Location"] = text("Where it is.");
            }
        }
    }
    if operation.done_once {
        add_idempotency(entry);
    }
    if operation.access == Access::SignIn {
        for status in ["200", "400", "401", "413", "415", "429"] {
            let headers = &mut entry["responses"][status]["headers"];
            headers["RateLimit"] = text("What is left, and seconds until a place is free.");
            headers["RateLimit-Policy"] = text("The limit: `q` attempts in `w` seconds.");
        }
    }
    if is_sbom {
        let headers = &mut entry["responses"]["200"]["headers"];
        headers["Content-Disposition"] = text("`attachment`, with the name to save it under.");
        headers["X-SBOM-Digest"] = text("The hash of the document itself, `sha-256=:…:`.");
        headers["X-SBOM-Origin"] = text("`verbatim`: the publisher's own bytes.");
        headers["Repr-Digest"] = text("The hash of the representation sent (RFC 9530).");
        headers["Last-Modified"] = text("When the document was imported.");
        headers["Accept-Ranges"] = text("`bytes`, of the document without coding.");
        entry["responses"]["206"] =
            json!({ "description": "The part asked for.", "headers": { "Content-Range": text("Which part.") } });
        entry["responses"]["416"] = refusal(StatusCode::RANGE_NOT_SATISFIABLE, &[ErrorKey::RangeNotSatisfiable]);
        entry["responses"]["416"]["headers"]["Content-Range"] = text("The length.");
        push_parameter(entry, "Range", "One range of bytes.");
        push_parameter(entry, "If-Range", "Serve the range only of this very representation.");
    }
}

fn add_idempotency(entry: &mut Value) {
    let name = IdempotencyKey::HEADER;
    push_parameter(entry, name, "Your own name for this request: sent again under it, it is not done again.");
    if let Some(parameter) = entry["parameters"].as_array_mut().and_then(|list| list.last_mut()) {
        let most = IdempotencyKey::MOST;
        parameter["schema"] = json!({ "type": "string", "minLength": 1, "maxLength": most, "pattern": "^[!-~]+$" });
    }
    for status in ["200", "201"] {
        if entry["responses"][status].is_object() {
            entry["responses"][status]["headers"]["Idempotency-Replayed"] = json!({
                "description": "There when the request was done before, and this is its answer.",
                "schema": { "type": "string", "enum": ["true"] },
            });
        }
    }
}

fn push_parameter(entry: &mut Value, name: &str, description: &str) {
    let parameter = json!({
        "name": name, "in": "header", "required": false, "description": description, "schema": { "type": "string" },
    });
    match entry["parameters"].as_array_mut() {
        Some(list) => list.push(parameter),
        None => entry["parameters"] = json!([parameter]),
    }
}

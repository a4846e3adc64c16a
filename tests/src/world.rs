//! The test world: tenants `a` and `b` with a viewer, a user and an admin each; an image that
//! both are licensed for, one that only `a` is, one that only `b` is.

use std::collections::BTreeMap;
use std::sync::Arc;

use podarmor_credentials::{Argon2Hasher, HashingCost, HashingLimits, SystemRandom};
use podarmor_domain::access::{NewPassword, Role, Scope, UserName, UserService};
use podarmor_domain::image::{ImageChange, ImageKind};
use podarmor_domain::sbom::SbomFormat;
use podarmor_domain::scan::{Finding, FixState, Severity};
use podarmor_domain::testing::fixtures::{at, email, finding, fixed, full_finding, slug};
use podarmor_domain::testing::{World, publisher};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::{Answer, App, Backend, TestDatabase};

/// A server with the world in it.
pub struct TestWorld {
    /// The server.
    pub app: App,
    /// Which database it runs on.
    pub backend: Backend,
    /// The publisher beside it, over the same store.
    pub publisher: World,
    /// Access tokens by tenant and role.
    tokens: BTreeMap<(String, String), String>,
    /// API keys of `a` by scope, and one of `b` with all scopes under `b`.
    keys: BTreeMap<String, String>,
    /// Kept until the server is gone.
    pub database: TestDatabase,
}

/// Somebody who is signed in.
#[derive(Clone, Copy)]
pub struct SignedIn<'a> {
    app: &'a App,
    /// The tenant.
    pub tenant: &'a str,
    /// The access token.
    pub token: &'a str,
}

/// The SPDX document of every version that has one, unlike any a serialiser would write.
pub const SPDX: &[u8] =
    b"{\"spdxVersion\" : \"SPDX-2.3\",\r\n\t\"name\":\"\\u00e4\xc3\xa4\",  \"packages\":[ ] ,\"x\":1.0e0}\n\n";
/// The CycloneDX document of every version that has one.
pub const CYCLONEDX: &[u8] = b"{ \"bomFormat\":\"CycloneDX\", \"specVersion\" :\"1.5\" }";

impl TestWorld {
    /// The password of everybody.
    pub const PASSWORD: &'static str = "correct horse battery staple";

    /// Makes a server with the world in it.
    pub async fn new(backend: Backend) -> Self {
        let database = TestDatabase::new(backend).await;
        let app = App::start(&database).await;
        let publisher = World::new(app.store());
        // Behind every scan that a test records.
        publisher.clock.set(at("2026-07-01T00:00:00Z"));
        let mut world = Self { app, backend, publisher, tokens: BTreeMap::new(), keys: BTreeMap::new(), database };
        world.add_tenants().await;
        world.add_images().await;
        world.add_keys().await;
        world
    }

    async fn add_keys(&mut self) {
        let every: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        let mut wanted: Vec<(&str, String, Vec<&str>)> =
            every.iter().map(|scope| ("a", (*scope).to_owned(), vec![*scope])).collect();
        wanted.push(("a", "all".to_owned(), every.clone()));
        wanted.push(("b", "b".to_owned(), every.clone()));
        for (tenant, name, scopes) in wanted {
            let body = serde_json::json!({ "name": name, "scopes": scopes });
            let request = self.as_role(tenant, Role::Admin).request(Method::POST, "/api/api-keys").json(&body);
            let made = self.app.send(request).await.ok().json();
            self.keys.insert(name, made["key"].as_str().unwrap().to_owned());
        }
    }

    /// The API key of `a` with this scope (`all`: with all of them; `b`: the one of `b`).
    #[must_use]
    pub fn key(&self, scope: &str) -> &str {
        &self.keys[scope]
    }

    /// `GET` with an API key.
    pub async fn get_with_key(&self, key: &str, path: &str) -> Answer {
        self.app.send(self.app.request(Method::GET, path).bearer_auth(key)).await
    }

    async fn add_tenants(&mut self) {
        let cheap = HashingCost { memory_kib: 64, passes: 1, lanes: 1 };
        let hasher = Arc::new(Argon2Hasher::new(cheap, HashingLimits::default()).unwrap());
        let clock = self.publisher.clock.clone();
        let users = UserService::new(self.app.store(), hasher, clock, Arc::new(SystemRandom));
        for tenant in ["a", "b"] {
            self.publisher.tenant(tenant).await;
            for role in Role::ALL {
                let address = format!("{role}@{tenant}.example");
                let name = UserName::parse("name", &format!("{role} of {tenant}")).unwrap();
                let password = NewPassword::parse("password", Self::PASSWORD).unwrap();
                users.create(publisher(), &slug(tenant), email(&address), name, *role, password).await.unwrap();
                let answer = self.app.login(tenant, &address, Self::PASSWORD).await.ok();
                let token = answer.json()["accessToken"].as_str().unwrap().to_owned();
                self.tokens.insert((tenant.to_owned(), role.to_string()), token);
            }
        }
    }

    async fn add_images(&self) {
        for (image, tenants) in [("shared", &["a", "b"][..]), ("only-a", &["a"]), ("only-b", &["b"])] {
            let change = ImageChange {
                description: Some(format!("The image {image}.")),
                kind: Some(if image == "shared" { ImageKind::Build } else { ImageKind::Deploy }),
                ..ImageChange::default()
            };
            self.publisher.image(image, change).await;
            for tenant in tenants {
                self.publisher.grant(tenant, image).await;
            }
            for (version, published) in [("1.0-r0", "2026-01-01T00:00:00Z"), ("1.0-r1", "2026-02-01T00:00:00Z")] {
                self.publisher.version(image, version, published).await;
            }
            self.publisher.scan(image, "1.0-r0", "2026-01-02T00:00:00Z", findings()).await;
            self.publisher.scan(image, "1.0-r1", "2026-02-02T00:00:00Z", findings()).await;
            let later = findings().into_iter().skip(1).collect();
            self.publisher.scan(image, "1.0-r1", "2026-02-03T00:00:00Z", later).await;
            self.publisher.sbom(image, "1.0-r1", SbomFormat::Spdx23, SPDX).await;
            self.publisher.sbom(image, "1.0-r1", SbomFormat::CycloneDx15, CYCLONEDX).await;
        }
    }

    /// Somebody of a tenant.
    #[must_use]
    pub fn as_role<'a>(&'a self, tenant: &'a str, role: Role) -> SignedIn<'a> {
        SignedIn { app: &self.app, tenant, token: &self.tokens[&(tenant.to_owned(), role.to_string())] }
    }

    /// The viewer of `a`.
    #[must_use]
    pub fn viewer(&self) -> SignedIn<'_> {
        self.as_role("a", Role::Viewer)
    }

    /// The id of an image, by name, as this tenant sees it.
    pub async fn image_id(&self, tenant: &str, name: &str) -> String {
        let list = self.as_role(tenant, Role::Viewer).get("/api/docker-images").await.ok().json();
        let image = list["items"].as_array().unwrap().iter().find(|item| item["name"] == name);
        image.unwrap_or_else(|| panic!("no image {name} in {list}"))["id"].as_str().unwrap().to_owned()
    }

    /// The path of an image's version.
    pub async fn version_path(&self, tenant: &str, image: &str, version: &str) -> String {
        let id = self.image_id(tenant, image).await;
        let detail = self.as_role(tenant, Role::Viewer).get(&format!("/api/docker-images/{id}")).await.ok().json();
        let versions = detail["versions"].as_array().unwrap();
        let found = versions.iter().find(|entry| entry["version"] == version).unwrap();
        format!("/api/docker-images/{id}/versions/{}", found["id"].as_str().unwrap())
    }
}

impl SignedIn<'_> {
    /// Sends a JSON body.
    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.app.send(self.request(method, path).json(body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.app.send(self.request(Method::DELETE, path)).await
    }

    /// A request with the credentials.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.app.request(method, path).bearer_auth(self.token).header("x-tenant", self.tenant)
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.app.send(self.request(Method::GET, path)).await
    }

    /// `GET` with one more header.
    pub async fn get_with(&self, path: &str, name: &str, value: &str) -> Answer {
        self.app.send(self.request(Method::GET, path).header(name, value)).await
    }

    /// Every item of a list, page by page.
    pub async fn all(&self, path: &str, limit: usize) -> Vec<Value> {
        let mut items = Vec::new();
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut next = format!("{path}{separator}limit={limit}");
        loop {
            let page = self.get(&next).await.ok().json();
            let more = page["items"].as_array().unwrap();
            assert!(more.len() <= limit, "{page}");
            items.extend(more.iter().cloned());
            match page["nextCursor"].as_str() {
                Some(cursor) => next = format!("{path}{separator}limit={limit}&cursor={cursor}"),
                None => return items,
            }
        }
    }
}

/// Six matches, five findings: all fix states, three severities, one package in two places.
#[must_use]
pub fn findings() -> Vec<Finding> {
    let twice = Finding { severity: Severity::Critical, ..fixed("CVE-2026-0002", "openssl") };
    vec![
        full_finding("CVE-2026-0001", "bash"),
        twice.clone(),
        twice,
        finding("CVE-2026-0003", "zlib"),
        Finding { fix_state: FixState::WontFix, ..finding("CVE-2026-0004", "tar") },
        Finding { fix_state: FixState::Unknown, severity: Severity::Unknown, ..finding("CVE-2026-0005", "curl") },
    ]
}

/// The time of the last scan of `1.0-r1`.
#[must_use]
pub fn last_scan() -> String {
    at("2026-02-03T00:00:00Z").to_string()
}

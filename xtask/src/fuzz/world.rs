//! A small world in which every read finds something: two tenants, users of each role, images with versions, scans and SBOMs.
//! The documents are those of the demo.

use serde_json::{Value, json};

use crate::failure::Outcome;
use crate::portal::{PASSWORD, Portal, Server, Session, TENANT};
use crate::workspace;

/// Signs in during the runs; the admin's own sessions must not be ended by that.
const SIGNER: &str = "viewer@example.com";
const OTHER_TENANT: &str = "other";
/// What each key may ask a minute is 600; schemathesis asks a few hundred times a second at most.
const KEYS: usize = 30;
/// Image, version, scans and SBOMs, older versions first.
const VERSIONS: [(&str, &str, [&str; 2], [&str; 2]); 3] = [
    (
        "base",
        "1.0.0-r0",
        ["debian12-base-12.15-r0-2026-07-14", "debian12-base-12.15-r0-2026-09-01"],
        ["debian12-base-12.15-r0.spdx", "debian12-base-12.15-r0.cdx"],
    ),
    (
        "base",
        "1.1.0-r0",
        ["debian12-base-12.15-r1-2026-11-04", "debian12-base-12.15-r1-2026-11-19"],
        ["debian12-base-12.15-r0.spdx", "debian12-base-12.15-r1.cdx"],
    ),
    (
        "web",
        "1.22.1-r2",
        ["nginx-deploy-1.22.1-r2-2026-07-21", "nginx-deploy-1.22.1-r2-2026-11-20"],
        ["nginx-deploy-1.22.1-r2.spdx", "nginx-deploy-1.22.1-r2.cdx"],
    ),
];

pub(super) struct World {
    pub(super) server: Server,
    authorization: String,
    /// Secrets of keys with all scopes
    keys: Vec<String>,
    /// Ids of what must outlive the runs
    protected: Vec<String>,
    /// Image, version and scan that belong together, by the names of path parameters; some stop short of a scan
    places: Vec<Value>,
    /// Ids of vulnerabilities that are found
    cves: Vec<String>,
}

impl World {
    pub(super) fn make(portal: &Portal) -> Outcome<Self> {
        fill(portal)?;
        let server = portal.serve_behind_proxy()?;
        let admin = Session::sign_in(&server)?;
        let [(_, authorization), _] = admin.headers();
        let mut world = Self {
            authorization: authorization.to_owned(),
            keys: Vec::new(),
            protected: texts(&admin.list("/api/users")?, "id"),
            places: Vec::new(),
            cves: Vec::new(),
            server,
        };
        world.make_keys(&admin)?;
        world.look_around(&admin)?;
        Ok(world)
    }

    fn make_keys(&mut self, admin: &Session) -> Outcome {
        for number in 0..KEYS {
            let wanted =
                json!({ "name": format!("fuzz {number}"), "scopes": ["read:catalog", "read:sbom", "read:vulns"] });
            let made = admin.post("/api/api-keys", &wanted)?;
            self.protected.extend(texts(std::slice::from_ref(&made), "id"));
            self.keys.extend(texts(&[made], "key"));
        }
        Ok(())
    }

    fn look_around(&mut self, admin: &Session) -> Outcome {
        for image in texts(&admin.list("/api/docker-images")?, "id") {
            self.places.push(json!({ "id": image }));
            let versions = format!("/api/docker-images/{image}/versions");
            for version in texts(&admin.list(&versions)?, "id") {
                let history = admin.json(&format!("{versions}/{version}/scan-history"))?;
                for scan in texts(history["items"].as_array().map_or(&[], Vec::as_slice), "scanId") {
                    self.places.push(json!({ "id": image, "vid": version, "scanId": scan }));
                }
                self.places.push(json!({ "id": image, "vid": version }));
                let findings = admin.list(&format!("{versions}/{version}/vulnerabilities"))?;
                self.cves.extend(texts(&findings, "vulnerabilityId").into_iter().filter(|id| id.starts_with("CVE-")));
            }
        }
        if self.cves.is_empty() {
            return Err("the portal shows nothing of what was imported".into());
        }
        self.cves.truncate(50);
        Ok(())
    }

    /// What hooks.py reads.
    pub(super) fn description(&self, run: usize, by_key: bool, alone: bool, outcome: &str) -> Value {
        json!({
            "url": format!("http://{}", self.server.address),
            "tenant": TENANT,
            "authorization": self.authorization,
            "keys": if by_key { self.keys.iter().map(|key| format!("Bearer {key}")).collect() } else { Vec::new() },
            "signer": SIGNER,
            "password": PASSWORD,
            "protected": self.protected,
            "places": self.places,
            "cves": self.cves,
            "run": run,
            "alone": alone,
            "outcome": outcome,
        })
    }
}

fn fill(portal: &Portal) -> Outcome {
    portal.create_tenant()?;
    portal.create_user(TENANT, "user@example.com", "user")?;
    portal.create_user(TENANT, SIGNER, "viewer")?;
    portal.run(&["tenant", "create", OTHER_TENANT, "--name", "Other"])?;
    portal.create_user(OTHER_TENANT, "admin@other.example", "admin")?;
    let demo = workspace::root().join("crates/server/demo");
    let file = |folder: &str, name: &str| demo.join(folder).join(format!("{name}.json.gz")).display().to_string();
    for (image, version, scans, sboms) in VERSIONS {
        portal.publish(image, version, 30_000_000)?;
        for scan in scans {
            portal.run(&["scan", "import", image, version, &file("scans", scan)])?;
        }
        for sbom in sboms {
            portal.run(&["sbom", "import", image, version, &file("sboms", sbom)])?;
        }
    }
    // One image has a version that was never scanned, one has no version, one is another tenant's.
    portal.publish("plain", "1.0.0-r0", 1_000_000)?;
    portal.run(&["image", "put", "empty"])?;
    portal.run(&["license", "grant", TENANT, "empty"])?;
    portal.run(&["license", "grant", OTHER_TENANT, "base"])?;
    portal.run(&["image", "put", "foreign"])?;
    portal.run(&["license", "grant", OTHER_TENANT, "foreign"])?;
    portal.run(&["image", "put", "base", "--upstream-image", "docker.io/library/debian:12-slim"])?;
    let baseline = file("baselines", "debian12-base");
    portal.run(&["baseline", "import", "base", &baseline, "--size", "29145500"]).map(drop)
}

/// One member of each.
fn texts(items: &[Value], member: &str) -> Vec<String> {
    items.iter().filter_map(|item| item[member].as_str().map(str::to_owned)).collect()
}

//! Somebody signed in, reading over REST.

use serde_json::{Value, json};

use super::Server;
use super::http::{self, Answer};
use crate::failure::{Context, Outcome};

pub(crate) const TENANT: &str = "example";
pub(crate) const EMAIL: &str = "admin@example.com";
/// Of an installation that lives for minutes on the loopback address.
pub(crate) const PASSWORD: &str = "correct horse battery staple 42";

pub(crate) struct Session {
    address: String,
    authorization: String,
}

/// One image's version, as the REST API names it.
pub(crate) struct Place {
    path: String,
}

impl Session {
    pub(crate) fn sign_in(server: &Server) -> Outcome<Self> {
        let body = json!({ "email": EMAIL, "password": PASSWORD });
        let answer = http::post_json(&server.address, "/api/auth/login", &[("x-tenant", TENANT)], &body)?;
        let answer = answer.json().context("login")?;
        let token = answer["accessToken"].as_str().ok_or("login: no accessToken in the answer")?;
        Ok(Self { address: server.address.clone(), authorization: format!("Bearer {token}") })
    }

    /// What every request carries.
    pub(crate) fn headers(&self) -> [(&str, &str); 2] {
        [("authorization", &self.authorization), ("x-tenant", TENANT)]
    }

    pub(crate) fn get(&self, path: &str) -> Outcome<Answer> {
        http::get(&self.address, path, &self.headers()).context(path)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Outcome<Value> {
        http::post_json(&self.address, path, &self.headers(), body)?.json().context(path)
    }

    pub(crate) fn json(&self, path: &str) -> Outcome<Value> {
        self.get(path)?.json().context(path)
    }

    /// All items of a list, over its pages.
    pub(crate) fn list(&self, path: &str) -> Outcome<Vec<Value>> {
        let mut items = Vec::new();
        let mut page = format!("{path}?limit=200");
        loop {
            let answer = self.json(&page)?;
            let found = answer["items"].as_array().ok_or_else(|| format!("{path}: no items"))?;
            items.extend(found.iter().cloned());
            let Some(cursor) = answer["nextCursor"].as_str() else { return Ok(items) };
            page = format!("{path}?limit=200&cursor={}", percent_encoded(cursor));
        }
    }

    /// A page of the tenant's events, from the first on or behind a cursor.
    pub(crate) fn events(&self, after: Option<&str>) -> Outcome<Value> {
        let after = after.map(|cursor| format!("&after={}", percent_encoded(cursor))).unwrap_or_default();
        self.json(&format!("/api/events?limit=200{after}"))
    }

    /// Where an image's only version is, and what the portal says of it.
    pub(crate) fn only_version(&self, images: &[Value], image: &str) -> Outcome<(Place, Value)> {
        let found = images
            .iter()
            .find(|found| found["name"] == image)
            .ok_or_else(|| format!("the portal does not list {image}"))?;
        let id = found["id"].as_str().ok_or_else(|| format!("{image} has no id"))?;
        let detail = self.json(&format!("/api/docker-images/{id}"))?;
        let version = detail["versions"].get(0).ok_or_else(|| format!("{image} has no version"))?;
        let version_id = version["id"].as_str().ok_or_else(|| format!("{image}: version without id"))?;
        let path = format!("/api/docker-images/{id}/versions/{version_id}");
        Ok((Place { path }, version.clone()))
    }
}

impl Place {
    pub(crate) fn below(&self, rest: &str) -> String {
        format!("{}/{rest}", self.path)
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

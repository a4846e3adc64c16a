//! What the demo prints: who can sign in, where to look, and three lines to paste.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use podarmor_domain::ports::Random;
use serde_json::json;

use super::load::Loaded;
use super::manifest::{TenantEntry, UserEntry};
use crate::console::Answer;
use crate::wire;

/// The password of every demo user. Where others than this machine can reach the portal, it is
/// made anew at each start.
pub(super) fn password(address: SocketAddr, random: &dyn Random) -> String {
    if address.ip().is_loopback() {
        return "podarmor-demo".to_owned();
    }
    let mut bytes = [0u8; 10];
    random.fill(&mut bytes);
    bytes.iter().fold("demo-".to_owned(), |mut password, byte| {
        let _infallible = write!(password, "{byte:02x}");
        password
    })
}

/// What to do first.
pub(super) fn tour(address: SocketAddr, folder: &Path, loaded: &Loaded, password: &str) -> Answer {
    let base = wire::url_of(address);
    let curl = curl_lines(&base, loaded, password);
    let folder = folder.display();
    let mut text = format!(
        "The demo is up with {} images for {} tenants; its folder is {folder}.\n\nSign in with the password {password}:\n",
        loaded.images,
        loaded.tenants.len(),
    );
    for (tenant, user) in one_of_each_role(&loaded.tenants) {
        let _infallible = writeln!(text, "  {:6}  X-Tenant: {}  {}", user.role, tenant.slug, user.email);
    }
    let others = loaded.tenants.iter().skip(1).filter_map(|tenant| Some((tenant, tenant.users.first()?)));
    let others = others.map(|(tenant, user)| format!("{} ({})", tenant.slug, user.email)).collect::<Vec<_>>();
    let _infallible = write!(
        text,
        "Other tenants with other images, same password: {}\n\nSwagger UI: {base}/api/docs/\n\n\
         Three lines to paste into a shell, in this order:\n\n{}\n\nCtrl-C stops it.",
        others.join(", "),
        curl.join("\n\n"),
    );
    let users =
        loaded.tenants.iter().flat_map(|tenant| tenant.users.iter().map(move |user| sign_in(tenant, user, password)));
    let json = json!({
        "url": base,
        "swaggerUi": format!("{base}/api/docs/"),
        "folder": folder.to_string(),
        "users": users.collect::<Vec<_>>(),
        "curl": curl,
    });
    Answer { text, json }
}

fn sign_in(tenant: &TenantEntry, user: &UserEntry, password: &str) -> serde_json::Value {
    json!({"tenant": tenant.slug, "email": user.email, "role": user.role, "password": password})
}

/// The users of the first tenant, one a role.
fn one_of_each_role(tenants: &[TenantEntry]) -> Vec<(&TenantEntry, &UserEntry)> {
    let mut chosen: Vec<(&TenantEntry, &UserEntry)> = Vec::new();
    for (tenant, user) in tenants.iter().flat_map(|tenant| tenant.users.iter().map(move |user| (tenant, user))) {
        if chosen.iter().all(|(_, known)| known.role != user.role) {
            chosen.push((tenant, user));
        }
    }
    chosen
}

fn curl_lines(base: &str, loaded: &Loaded, password: &str) -> Vec<String> {
    let Some((tenant, user)) = one_of_each_role(&loaded.tenants).into_iter().next() else { return Vec::new() };
    let (slug, email) = (&tenant.slug, &user.email);
    let mut lines = vec![
        format!(
            r#"TOKEN=$(curl -s {base}/api/auth/login -H 'X-Tenant: {slug}' -H 'Content-Type: application/json' -d '{{"email":"{email}","password":"{password}"}}' | sed 's/.*"accessToken":"\([^"]*\)".*/\1/')"#
        ),
        format!(r#"curl -s {base}/api/docker-images -H 'X-Tenant: {slug}' -H "Authorization: Bearer $TOKEN""#),
    ];
    if let Some((image, version)) = loaded.sbom {
        lines.push(format!(
            r#"curl -sOJ {base}/api/docker-images/{image}/versions/{version}/sbom/spdx -H 'X-Tenant: {slug}' -H "Authorization: Bearer $TOKEN""#
        ));
    }
    lines
}

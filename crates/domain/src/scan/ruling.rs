//! Where the maintainer of a package says what he thinks of a vulnerability.

use crate::scan::Finding;

/// The page of the package's maintainer (the distribution, for its packages) about this
/// vulnerability; `None` where there is no such page.
#[must_use]
pub fn ruling_link(finding: &Finding) -> Option<String> {
    let id = std::iter::once(&finding.vulnerability).chain(&finding.related).map(String::as_str).find(|id| is_cve(id));
    let distribution = finding.namespace.as_deref().and_then(|namespace| namespace.split(':').next());
    match (distribution.unwrap_or_default(), id) {
        ("debian", Some(cve)) => Some(format!("https://security-tracker.debian.org/tracker/{cve}")),
        ("ubuntu", Some(cve)) => Some(format!("https://ubuntu.com/security/{cve}")),
        ("redhat" | "rhel", Some(cve)) => Some(format!("https://access.redhat.com/security/cve/{cve}")),
        ("alpine", Some(cve)) => Some(format!("https://security.alpinelinux.org/vuln/{cve}")),
        ("github", _) if is_ghsa(&finding.vulnerability) => {
            Some(format!("https://github.com/advisories/{}", finding.vulnerability))
        }
        // Reports older than namespaces still name the kind of the package.
        ("", Some(cve)) if is_debian(finding) => Some(format!("https://security-tracker.debian.org/tracker/{cve}")),
        _ => None,
    }
}

fn is_debian(finding: &Finding) -> bool {
    finding.purl.as_deref().is_some_and(|purl| purl.starts_with("pkg:deb/debian/"))
}

fn is_cve(id: &str) -> bool {
    id.strip_prefix("CVE-").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
}

fn is_ghsa(id: &str) -> bool {
    id.strip_prefix("GHSA-").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
}

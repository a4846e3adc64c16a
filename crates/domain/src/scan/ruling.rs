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
    id.strip_prefix("CVE-")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
}

fn is_ghsa(id: &str) -> bool {
    let fits = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    id.strip_prefix("GHSA-").is_some_and(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixtures::finding;

    fn link(id: &str, related: &[&str], namespace: Option<&str>, purl: Option<&str>) -> Option<String> {
        ruling_link(&Finding {
            related: related.iter().map(ToString::to_string).collect(),
            namespace: namespace.map(str::to_owned),
            purl: purl.map(str::to_owned),
            ..finding(id, "zlib")
        })
    }

    #[test]
    fn a_distribution_rules_on_its_own_packages() {
        for (namespace, expected) in [
            ("debian:distro:debian:12", "https://security-tracker.debian.org/tracker/CVE-2026-0001"),
            ("ubuntu:distro:ubuntu:24.04", "https://ubuntu.com/security/CVE-2026-0001"),
            ("redhat:distro:redhat:9", "https://access.redhat.com/security/cve/CVE-2026-0001"),
            ("rhel:distro:rhel:9", "https://access.redhat.com/security/cve/CVE-2026-0001"),
            ("alpine:distro:alpine:3.20", "https://security.alpinelinux.org/vuln/CVE-2026-0001"),
        ] {
            assert_eq!(link("CVE-2026-0001", &[], Some(namespace), None).as_deref(), Some(expected));
            assert_eq!(
                link("DSA-5000-1", &["GHSA-a", "CVE-2026-0001"], Some(namespace), None).as_deref(),
                Some(expected)
            );
            assert_eq!(link("DSA-5000-1", &[], Some(namespace), None), None);
        }
    }

    #[test]
    fn an_advisory_of_github_is_its_own_page() {
        let expected = Some("https://github.com/advisories/GHSA-jfh8-c2jp-5v3q".to_owned());
        assert_eq!(link("GHSA-jfh8-c2jp-5v3q", &["CVE-2021-44228"], Some("github:language:java"), None), expected);
        assert_eq!(link("CVE-2021-44228", &[], Some("github:language:java"), None), None);
    }

    #[test]
    fn without_a_namespace_a_debian_package_url_will_do() {
        let tracker = Some("https://security-tracker.debian.org/tracker/CVE-2026-0001".to_owned());
        assert_eq!(link("CVE-2026-0001", &[], None, Some("pkg:deb/debian/zlib@1.0")), tracker);
        assert_eq!(link("CVE-2026-0001", &[], Some(""), Some("pkg:deb/debian/zlib@1.0")), tracker);
        assert_eq!(link("CVE-2026-0001", &[], None, Some("pkg:deb/ubuntu/zlib@1.0")), None);
        assert_eq!(link("CVE-2026-0001", &[], None, None), None);
    }

    #[test]
    fn nothing_but_an_id_becomes_part_of_a_link() {
        for id in ["CVE-2026-0001/../../evil", "CVE-2026-0001?x", "CVE-2026-0001 ", "cve-2026-0001", "CVE-", "x"] {
            assert_eq!(link(id, &[], Some("debian:distro:debian:12"), None), None, "{id}");
        }
        for id in ["GHSA-a/b", "GHSA-a\nb", "GHSA-é", "GHSA-"] {
            assert_eq!(link(id, &[], Some("github:language:java"), None), None, "{id}");
        }
        assert_eq!(link("CVE-2026-0001", &[], Some("nvd:cpe"), None), None);
        assert_eq!(link("CVE-2026-0001", &[], Some("debian-evil:x"), None), None);
    }
}

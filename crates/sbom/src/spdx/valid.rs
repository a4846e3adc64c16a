//! What SPDX takes as a locator, as far as what checks documents (`spdx-tools`) agrees. What is
//! not taken is carried.

/// Schemes of the URLs of web sites and advisories.
const SCHEMES: [&str; 7] = ["http://", "https://", "ssh://", "git://", "svn://", "sftp://", "ftp://"];

/// Whether it is the URL of a web site: a host with a dot and a top-level domain of letters.
pub(crate) fn is_url(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| starts_with(text, scheme)) && host_of(text).is_some()
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

/// What follows the host of a URL, if that is one.
fn host_of(text: &str) -> Option<&str> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let rest = &text[text.find("://")? + 3..];
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at(end);
    let host = match authority.rsplit_once('@') {
        Some((user, host)) if user.bytes().all(is_of_user) && !user.is_empty() => host,
        Some(_) => return None,
        None => authority,
    };
    let host = match host.split_once(':') {
        Some((host, port)) if (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit()) => host,
        Some(_) => return None,
        None => host,
    };
    let labels = host.split(['.', '-']);
    let plain = labels.clone().all(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric()));
    let (_, last) = host.rsplit_once('.')?;
    let top = last.len() >= 2 && last.bytes().take(2).all(|b| b.is_ascii_alphabetic());
    (plain && top && labels.count() <= 100).then_some(after)
}

const fn is_of_user(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'!' | b'~' | b'*' | b'(' | b')' | b'%')
}

/// Whether it names a version control system, as `git+https://…` does.
pub(crate) fn is_download_from_vcs(text: &str) -> bool {
    ["git+", "hg+", "svn+", "bzr+"].iter().any(|prefix| starts_with(text, prefix))
}

/// Whether a package can be said to be downloaded from there (clause 7.7).
pub(crate) fn is_download_location(text: &str) -> bool {
    if !is_download_from_vcs(text) {
        return is_url(text);
    }
    let url = text.split_once('+').map_or("", |(_, url)| url);
    is_url(url) && host_of(url).is_some_and(|after| after.is_empty() || after.starts_with('/'))
}

/// Whether it has the shape of a package URL.
pub(crate) fn is_purl(text: &str) -> bool {
    let rest = text.strip_prefix("pkg:").and_then(|rest| rest.split_once('/'));
    let deep = |name: &str| !name.trim_matches('/').is_empty();
    rest.is_some_and(|(kind, name)| !kind.is_empty() && deep(name)) && !text.chars().any(char::is_control)
}

/// The type of the reference for a CPE, if it is a well-formed one (clauses F.2.1 and F.2.2).
pub(crate) fn cpe_type(text: &str) -> Option<&'static str> {
    if is_cpe23(text) {
        Some("cpe23Type")
    } else if is_cpe22(text) {
        Some("cpe22Type")
    } else {
        None
    }
}

fn is_cpe23(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("cpe:2.3:") else { return false };
    let mut parts = 0;
    let mut rest = Some(rest);
    while let Some(text) = rest {
        let (part, after) = split_attribute(text);
        let fits = match parts {
            0 => matches!(part, "a" | "h" | "o" | "*" | "-"),
            6 => is_language(part),
            1..=10 => is_attribute(part),
            _ => false,
        };
        if !fits {
            return false;
        }
        parts += 1;
        rest = after;
    }
    parts == 11
}

/// The text up to a colon that is not quoted, and what follows it.
fn split_attribute(text: &str) -> (&str, Option<&str>) {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if quoted => quoted = false,
            b'\\' => quoted = true,
            b':' => return (&text[..at], Some(&text[at + 1..])),
            _ => (),
        }
    }
    (text, None)
}

fn is_attribute(part: &str) -> bool {
    if matches!(part, "*" | "-") {
        return true;
    }
    let inner = wild(part, str::strip_prefix);
    let mut bytes = wild(inner, str::strip_suffix).bytes();
    let mut any = false;
    while let Some(byte) = bytes.next() {
        let fits = match byte {
            b'\\' => {
                bytes.next().is_some_and(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'-' | b'.' | b'_'))
            }
            b'-' | b'.' | b'_' => true,
            _ => byte.is_ascii_alphanumeric(),
        };
        if !fits {
            return false;
        }
        any = true;
    }
    any
}

/// Without the wild cards at one of its ends: one `*`, or any number of `?`. A quoted one at the
/// end leaves its backslash, which then quotes nothing.
fn wild<'t>(part: &'t str, strip: fn(&'t str, &'static str) -> Option<&'t str>) -> &'t str {
    if let Some(inner) = strip(part, "*") {
        return if inner.ends_with('\\') { part } else { inner };
    }
    let mut part = part;
    while let Some(inner) = strip(part, "?") {
        if inner.ends_with('\\') {
            break;
        }
        part = inner;
    }
    part
}

fn is_language(part: &str) -> bool {
    let (language, region) = part.split_once('-').unwrap_or((part, "US"));
    let letters = |text: &str| text.bytes().all(|b| b.is_ascii_alphabetic());
    let digits = region.len() == 3 && region.bytes().all(|b| b.is_ascii_digit());
    matches!(part, "*" | "-")
        || (2..=3).contains(&language.len()) && letters(language) && (digits || region.len() == 2 && letters(region))
}

fn is_cpe22(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("cpe:/") else { return false };
    let rest = rest.strip_prefix(['a', 'h', 'o', 'A', 'H', 'O']).unwrap_or(rest);
    let mut parts = rest.split(':');
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'~' | b'%');
    parts.next() == Some("") && rest.matches(':').count() <= 6 && parts.all(|part| part.bytes().all(fits))
}

/// Whether it can name an element of a document (clause 7.2).
pub(crate) fn is_id(text: &str) -> bool {
    text.strip_prefix("SPDXRef-").is_some_and(|id| !id.is_empty() && id.bytes().all(is_of_id))
}

const fn is_of_id(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

/// Whether it is a URI without a fragment, as a document is named by.
pub(crate) fn is_namespace(text: &str) -> bool {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&b);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        && text.len() > scheme.len() + 1
        && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_need_a_host_with_a_domain() {
        for url in ["https://example.org", "http://www.example.org:80/a?b#c", "ftp://u@ftp.gnu.org/x", "HTTPS://A.COM"]
        {
            assert!(is_url(url), "{url}");
        }
        for none in [
            "",
            "example.org",
            "https://localhost/x",
            "https://10.0.0.1",
            "https://a..org",
            "mailto:a@b.org",
            "https://example.org/a b",
            "https://exa_mple.org",
            "https://",
            "git+https://example.org/a",
        ] {
            assert!(!is_url(none), "{none}");
        }
        assert!(is_download_location("git+https://example.org/a@v1#sub"));
        assert!(!is_download_location("git+https://example.org?x"));
        assert!(!is_download_location("NONE"));
    }

    #[test]
    fn cpes_are_told_from_what_only_looks_like_one() {
        for cpe in [
            "cpe:2.3:a:openssl:openssl:3.0.15:*:*:*:*:*:*:*",
            r"cpe:2.3:a:\@babel\/generator:\@babel\/generator:7.29.15:*:*:*:*:*:*:*",
            r"cpe:2.3:a:a\:b:c:1\+2:*:*:*:*:node.js:*:*",
            "cpe:2.3:a:a:b?:*c:*:*:en-US:*:*:*:*",
        ] {
            assert_eq!(cpe_type(cpe), Some("cpe23Type"), "{cpe}");
        }
        assert_eq!(cpe_type("cpe:/a:apache:log4j:2.14"), Some("cpe22Type"));
        for none in [
            "",
            "cpe:2.3:a:a:b",
            "cpe:2.3:a:a:b:1:*:*:*:*:*:*:*:*",
            "cpe:2.3:x:a:b:1:*:*:*:*:*:*:*",
            "cpe:2.3:a:a b:b:1:*:*:*:*:*:*:*",
            "cpe:2.3:a::b:1:*:*:*:*:*:*:*",
            "cpe:/x",
            "cpe:/a:b c",
            r"cpe:2.3:a:a:b\:1:*:*:*:*:*:*:*",
            "cpe:2.3:a:a:b:1+2:*:*:*:*:*:*:*",
        ] {
            assert_eq!(cpe_type(none), None, "{none}");
        }
    }

    #[test]
    fn names_of_elements_and_documents_are_checked() {
        assert!(is_id("SPDXRef-a.b-C") && !is_id("SPDXRef-") && !is_id("SPDXRef-a_b") && !is_id("a"));
        assert!(is_namespace("urn:cdx:a/1") && is_namespace("https://example.org/a"));
        assert!(!is_namespace("a b:c") && !is_namespace("x") && !is_namespace("https://a#b") && !is_namespace("a:"));
        assert!(is_purl("pkg:deb/debian/apt@1") && !is_purl("pkg:deb") && !is_purl("deb/a") && !is_purl("pkg:a/"));
    }
}

//! Where deliveries may go: the rule over a URL, and the rule over a resolved address.

use std::fmt::{Display, Formatter, Result as FmtResult};
use std::net::IpAddr;

use url::{Host, Url};

use crate::FieldError;
use crate::webhook::address::{Network, is_public};

/// What the operator allows beyond `https` to public addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DestinationPolicy {
    /// Networks that deliveries may go to although they are not public.
    pub allow_nets: Vec<Network>,
    /// Whether `http` is allowed beside `https`.
    pub allow_http: bool,
}

/// How an address was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// It is reachable for everybody.
    Public,
    /// Only the operator's list lets it in: what it answers is nobody's to read.
    ByOperator,
}

impl DestinationPolicy {
    /// Judges a resolved address; `None` when nothing may be sent there.
    #[must_use]
    pub fn admit(&self, address: IpAddr) -> Option<Admitted> {
        if is_public(address) {
            return Some(Admitted::Public);
        }
        let address = address.to_canonical();
        self.allow_nets.iter().any(|net| net.contains(&address)).then_some(Admitted::ByOperator)
    }
}

/// A URL that deliveries are sent to, in the normal form of the WHATWG URL standard: `https` (or
/// `http` where the operator allows it), no user, no fragment, port 443 or from 1024 up (80 as
/// well for `http`), at most 2,048 characters. An address in it was judged; a name is judged when
/// it is resolved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebhookUrl(Url);

const LONGEST: usize = 2_048;

impl WebhookUrl {
    /// Reads and judges a URL.
    ///
    /// # Errors
    /// A [`FieldError`] at `path` that says what does not fit.
    pub fn parse(path: &str, text: &str, policy: &DestinationPolicy) -> Result<Self, FieldError> {
        judge(text, policy).map(Self).map_err(|reason| FieldError::new(path, reason))
    }

    /// A URL that was judged when it was stored. It is judged again when something is sent.
    ///
    /// # Errors
    /// A [`FieldError`] when it is no URL with a host.
    pub fn from_stored(text: &str) -> Result<Self, FieldError> {
        let url = Url::parse(text).ok().filter(Url::has_host);
        url.map(Self).ok_or_else(|| FieldError::new("url", "is no URL with a host"))
    }

    /// Judges it again, as at its creation: what the operator allows may have changed since.
    ///
    /// # Errors
    /// Why nothing may be sent there.
    pub fn judge_again(&self, policy: &DestinationPolicy) -> Result<(), &'static str> {
        judge(self.as_str(), policy).map(drop)
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host: a name, or an address in its one normal form.
    #[must_use]
    pub fn host(&self) -> Option<Host<&str>> {
        self.0.host()
    }

    /// The host where it is a name, which has to be resolved.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.domain()
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }
}

impl Display for WebhookUrl {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str(self.as_str())
    }
}

fn judge(text: &str, policy: &DestinationPolicy) -> Result<Url, &'static str> {
    if text.len() > LONGEST {
        return Err("must have at most 2048 characters");
    }
    // The parser drops tabs and line breaks, and takes backslashes for slashes: what would be
    // stored is not what was sent.
    if text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err("must not contain white space, control characters or backslashes");
    }
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    let plain = lower.starts_with("http://");
    if !(lower.starts_with("https://") || (plain && policy.allow_http)) {
        return Err(if policy.allow_http { "must start with https:// or http://" } else { "must start with https://" });
    }
    // `https:///path` would be read as a host named "path".
    if authority(text).is_empty() {
        return Err("must have a host");
    }
    let url = Url::parse(text).map_err(|_| "is not a URL")?;
    // The parser looks for a host behind further slashes.
    if authority(text).is_empty() {
        return Err("must have a host");
    }
    if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
        return Err("must not contain a user or a password");
    }
    if url.fragment().is_some() {
        return Err("must not have a fragment");
    }
    // The normal form can be longer than what was sent: percent-encoding triples.
    if url.as_str().len() > LONGEST {
        return Err("must have at most 2048 characters once percent-encoded");
    }
    let port = url.port_or_known_default().unwrap_or(0);
    if !(port == 443 || port >= 1_024 || (plain && port == 80)) {
        return Err("must use port 443 or a port from 1024 up");
    }
    judge_host(url.host(), policy)?;
    Ok(url)
}

/// Between the slashes and the path, as it was sent: `https://@host` has an empty user, which the
/// parser drops.
fn authority(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

fn judge_host(host: Option<Host<&str>>, policy: &DestinationPolicy) -> Result<(), &'static str> {
    let address = match host {
        None => return Err("must have a host"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(name)) => return judge_name(name, policy),
    };
    policy.admit(address).map(drop).ok_or(NOT_ALLOWED)
}

/// Why an address is refused.
pub const NOT_ALLOWED: &str = "leads to an address that is not public and that the operator has not allowed";

/// Names that are loopback by definition (RFC 6761 section 6.3), whatever a resolver says.
fn judge_name(name: &str, policy: &DestinationPolicy) -> Result<(), &'static str> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let local = name == "localhost" || name.ends_with(".localhost");
    let loopback = IpAddr::from([127, 0, 0, 1]);
    if name.is_empty() || (local && policy.admit(loopback).is_none()) { Err(NOT_ALLOWED) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict(text: &str) -> Result<WebhookUrl, FieldError> {
        WebhookUrl::parse("url", text, &DestinationPolicy::default())
    }

    fn for_tests() -> DestinationPolicy {
        DestinationPolicy { allow_nets: vec!["127.0.0.0/8".parse().unwrap()], allow_http: true }
    }

    #[test]
    fn w1_every_spelling_of_a_local_address_is_refused() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "0",
            "0.0.0.0",
            "①②⑦.0.0.1",
            "127。0。0。1",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "a.localhost.",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[2001::1]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.169.254",
            "192.0.0.192",
            "198.18.0.1",
            "192.0.2.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "127.0.0.1.",
        ] {
            let refused = strict(&format!("https://{host}/hook"));
            assert!(refused.is_err(), "{host}: {refused:?}");
        }
    }

    #[test]
    fn w5_users_fragments_and_odd_spellings_are_refused() {
        for text in [
            "https://a@169.254.169.254/",
            "https://good@evil.example",
            "https://u:p@host.example/",
            "https://@host.example/",
            "https://:@host.example/",
            "https://host.example/#part",
            "https:\\\\host.example/",
            "https:host.example",
            "https:/host.example",
            "http:169.254.169.254",
            "https://",
            "https:///path",
            "https:////host.example/",
            "https://ho\tst.example/",
            "https://host.example/\r\nX: y",
            " https://host.example/",
            "https://host.example/ ",
            "https://host.example/a b",
        ] {
            assert!(strict(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn w6_schemes_and_ports() {
        for text in [
            "file:///etc/passwd",
            "ftp://host.example/",
            "gopher://host.example/",
            "data:text/plain,x",
            "unix:/run/x",
            "http://host.example/",
            "https://host.example:0/",
            "https://host.example:22/",
            "https://host.example:25/",
            "https://host.example:80/",
            "https://host.example:65536/",
            "https://host.example:1023/",
        ] {
            assert!(strict(text).is_err(), "{text}");
        }
        for (text, stored) in [
            ("HTTPS://Host.Example", "https://host.example/"),
            ("https://host.example:443/x?y=1", "https://host.example/x?y=1"),
            ("https://host.example:6379/", "https://host.example:6379/"),
            ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
            ("https://8.8.8.8/hook", "https://8.8.8.8/hook"),
        ] {
            assert_eq!(strict(text).unwrap().as_str(), stored);
        }
        let too_long = format!("https://host.example/{}", "a".repeat(2_028));
        assert!(strict(&too_long).is_err());
        assert!(strict(&too_long[..2_048]).is_ok());
        assert!(strict(&format!("https://host.example/{}", "ä".repeat(900))).is_err(), "longer once encoded");
    }

    #[test]
    fn the_operator_lets_in_what_is_listed_and_nothing_beside_it() {
        let read = |text: &str| WebhookUrl::parse("url", text, &for_tests());
        for text in [
            "http://127.0.0.1:8080/",
            "http://localhost:8080/",
            "http://host.example/",
            "http://[::ffff:127.0.0.1]:8080/",
        ] {
            assert!(read(text).is_ok(), "{text}");
        }
        assert!(read("http://10.0.0.1:8080/").is_err());
        assert!(read("http://[::1]:8080/").is_err());
        let policy = for_tests();
        assert_eq!(policy.admit("127.0.0.1".parse().unwrap()), Some(Admitted::ByOperator));
        assert_eq!(policy.admit("8.8.8.8".parse().unwrap()), Some(Admitted::Public));
        assert_eq!(policy.admit("10.0.0.1".parse().unwrap()), None);
    }

    #[test]
    fn a_stored_url_is_judged_again() {
        let stored = WebhookUrl::from_stored("http://127.0.0.1:8080/").unwrap();
        assert!(stored.judge_again(&for_tests()).is_ok());
        assert!(stored.judge_again(&DestinationPolicy::default()).is_err());
        assert!(WebhookUrl::from_stored("mailto:a@b").is_err());
    }

    #[test]
    fn only_a_name_has_to_be_resolved() {
        assert_eq!(strict("https://host.example/").unwrap().name(), Some("host.example"));
        assert_eq!(strict("https://8.8.8.8/").unwrap().name(), None);
        assert_eq!(strict("https://[2606:4700::1111]/").unwrap().name(), None);
    }
}

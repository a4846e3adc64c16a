//! Which address a request came from, when proxies may stand in between.

use std::net::IpAddr;

use crate::FieldError;

/// A network in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    bits: u128,
    prefix: u32,
    v6: bool,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address.parse::<IpAddr>().ok()?, Some(prefix.parse::<u32>().ok()?)),
            None => (text.parse().ok()?, None),
        };
        let width = if address.is_ipv6() { 128 } else { 32 };
        let prefix = prefix.unwrap_or(width);
        (prefix <= width).then(|| Self { bits: bits(address), prefix: prefix + 128 - width, v6: address.is_ipv6() })
    }

    const fn contains(&self, address: IpAddr) -> bool {
        let shift = 128 - self.prefix;
        self.v6 == address.is_ipv6() && (shift == 128 || (bits(address) ^ self.bits) >> shift == 0)
    }
}

const fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_bits() as u128,
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// The proxies whose word about the client's address is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// Reads comma-separated networks such as `10.0.0.0/8, fd00::/8`.
    ///
    /// # Errors
    /// A [`FieldError`] at `path` that names the entry which is no network.
    pub fn parse(path: &str, text: &str) -> Result<Self, FieldError> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let networks = entries.map(|entry| {
            Network::parse(entry)
                .ok_or_else(|| FieldError::new(path, format!("{entry:?} is no network in CIDR notation")))
        });
        networks.collect::<Result<_, _>>().map(Self)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

/// The forwarding headers of a request, every line in the order received.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forwarding<'a> {
    /// Lines of `X-Forwarded-For`.
    pub x_forwarded_for: &'a [&'a str],
    /// Lines of `Forwarded` (RFC 7239).
    pub forwarded: &'a [&'a str],
}

/// The client's address: the peer's, unless the peer is a trusted proxy; then the right-most
/// address in the forwarding headers that is not a trusted proxy itself.
///
/// Whatever cannot be read makes the peer the client: a proxy that sends nonsense is limited as
/// one address rather than not at all. When both headers are sent, they must agree; else the
/// peer it is.
#[must_use]
pub fn client_address(peer: IpAddr, trusted: &TrustedProxies, headers: Forwarding<'_>) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.trusts(peer) {
        return peer;
    }
    let x_forwarded_for = right_most_untrusted(headers.x_forwarded_for, trusted, address_of_list_entry);
    let forwarded = right_most_untrusted(headers.forwarded, trusted, address_of_forwarded_element);
    match (x_forwarded_for, forwarded) {
        (Chain::Client(address), Chain::Absent) | (Chain::Absent, Chain::Client(address)) => address,
        (Chain::Client(one), Chain::Client(other)) if one == other => one,
        _ => peer,
    }
}

enum Chain {
    Absent,
    Client(IpAddr),
    Unusable,
}

fn right_most_untrusted(lines: &[&str], trusted: &TrustedProxies, address: fn(&str) -> Option<IpAddr>) -> Chain {
    if lines.is_empty() {
        return Chain::Absent;
    }
    for entry in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        match address(entry.trim()) {
            None => return Chain::Unusable,
            Some(hop) if !trusted.trusts(hop) => return Chain::Client(hop),
            Some(_) => {}
        }
    }
    Chain::Unusable
}

/// An address as `X-Forwarded-For` has it: bare, with a port, or IPv6 in brackets.
fn address_of_list_entry(entry: &str) -> Option<IpAddr> {
    let entry = match entry.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            if !(port.is_empty() || is_port(port.strip_prefix(':')?)) {
                return None;
            }
            address
        }
        None => match entry.split_once(':') {
            Some((address, port)) if !port.contains(':') && is_port(port) => address,
            _ => entry,
        },
    };
    // A zone (RFC 4007) names an interface of the proxy, it does not tell clients apart.
    let address = entry.split_once('%').map_or(entry, |(address, _zone)| address);
    address.parse().ok().map(|address: IpAddr| address.to_canonical())
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.parse::<u16>().is_ok()
}

/// The `for=` of one element of `Forwarded`.
fn address_of_forwarded_element(element: &str) -> Option<IpAddr> {
    let mut nodes = element.split(';').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim())
    });
    let node = nodes.next()?;
    if nodes.next().is_some() {
        return None;
    }
    let quoted = node.strip_prefix('"').and_then(|node| node.strip_suffix('"'));
    address_of_list_entry(quoted.unwrap_or(node))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn from_proxy(xff: &[&str], forwarded: &[&str]) -> String {
        let trusted = TrustedProxies::parse("t", "10.0.0.0/8, fd00::/8").unwrap();
        client_address(PROXY.parse().unwrap(), &trusted, Forwarding { x_forwarded_for: xff, forwarded }).to_string()
    }

    #[test]
    fn r5_an_untrusted_peer_cannot_say_who_it_is() {
        let headers = Forwarding { x_forwarded_for: &["1.2.3.4"], forwarded: &["for=1.2.3.4"] };
        let trusted = TrustedProxies::parse("t", "10.0.0.0/8").unwrap();
        assert_eq!(client_address("198.51.100.7".parse().unwrap(), &trusted, headers).to_string(), "198.51.100.7");
        assert_eq!(client_address(PROXY.parse().unwrap(), &TrustedProxies::default(), headers).to_string(), PROXY);
    }

    #[test]
    fn r6_a_trusted_proxy_names_the_right_most_untrusted_address() {
        let many = vec!["6.6.6.6"; 200].join(",");
        let cases: &[(&[&str], &[&str], &str)] = &[
            (&["6.6.6.6, 203.0.113.9"], &[], "203.0.113.9"),
            (&["6.6.6.6, 203.0.113.9, 10.1.1.1"], &[], "203.0.113.9"),
            (&["6.6.6.6", "203.0.113.9"], &[], "203.0.113.9"),
            (&["6.6.6.6, unknown, 203.0.113.9"], &[], "203.0.113.9"),
            (&["203.0.113.9, unknown"], &[], PROXY),
            (&["203.0.113.9:4711"], &[], "203.0.113.9"),
            (&["[2001:db8::5]:4711"], &[], "2001:db8::5"),
            (&["fe80::5%eth0"], &[], "fe80::5"),
            (&["::ffff:203.0.113.9"], &[], "203.0.113.9"),
            (&[&many, "203.0.113.9"], &[], "203.0.113.9"),
            (&[], &["for=6.6.6.6, for=\"[2001:db8::7]:80\";proto=https"], "2001:db8::7"),
            (&["203.0.113.9"], &["for=203.0.113.9"], "203.0.113.9"),
            (&["203.0.113.9"], &["for=203.0.113.10"], PROXY),
            (&["10.2.2.2"], &[], PROXY),
            (&[""], &[], PROXY),
            (&["nonsense"], &[], PROXY),
            (&[], &[], PROXY),
        ];
        for (xff, forwarded, expected) in cases {
            assert_eq!(from_proxy(xff, forwarded), *expected, "{xff:?} {forwarded:?}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic_or_trust_a_stranger(xff in ".{0,60}", forwarded in ".{0,60}") {
            let peer: IpAddr = "198.51.100.7".parse().unwrap();
            let trusted = TrustedProxies::parse("t", "10.0.0.0/8").unwrap();
            let headers = Forwarding { x_forwarded_for: &[&xff], forwarded: &[&forwarded] };
            prop_assert_eq!(client_address(peer, &trusted, headers), peer);
            let _any = client_address(PROXY.parse().unwrap(), &trusted, headers);
        }
    }
}

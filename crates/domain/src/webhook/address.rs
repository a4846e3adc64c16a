//! Which addresses a delivery may go to: global unicast alone, unless the operator allows more.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network in CIDR notation (RFC 4632, RFC 4291 section 2.3).
pub use ipnet::IpNet as Network;

/// Whether an address is reachable for everybody (IANA's special-purpose registries, RFC 6890).
/// Addresses that only wrap another (mapped, compatible, NAT64, 6to4, Teredo) are refused: what
/// they lead to depends on a translator that nobody here knows.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

const fn is_public_v4(address: Ipv4Addr) -> bool {
    // Azure's host answers its guests there, credentials included; nobody else has it.
    if matches!(address.octets(), [168, 63, 129, 16]) {
        return false;
    }
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        // This network, private use, shared (CGNAT), loopback, link-local and metadata.
        (0 | 10 | 127, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            // Protocol assignments and metadata, documentation, 6to4 relays, AMT, AS112.
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 52, 193)
            | (192, 31, 196)
            | (192, 175, 48)
            | (198, 51, 100)
            | (203, 0, 113)
            // Benchmarking.
            | (198, 18 | 19, _)
            // Multicast, reserved, broadcast.
            | (224..=255, ..)
    )
}

const fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, ..] = address.segments();
    match first {
        // Protocol assignments (Teredo among them) and documentation.
        0x2001 => !matches!((second, third), (0x0000..=0x01ff | 0x0db8, _)),
        // 6to4 and documentation (RFC 9637).
        0x2002 => false,
        0x3fff => second > 0x0fff,
        // Global unicast is 2000::/3 (RFC 4291 section 2.4); all else is something else.
        0x2000..=0x3ffe => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w1_special_addresses_are_not_public() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.169.254",
            "168.63.129.16",
            "::ffff:168.63.129.16",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.88.99.1",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:a9fe:a9fe",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2001:20::1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "100::1",
            "3fff::1",
            "5f00::1",
            "4000::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn global_addresses_are_public() {
        for text in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "168.63.129.17",
            "172.32.0.1",
            "172.15.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2001:200::1",
            "3fff:1000::1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }
}

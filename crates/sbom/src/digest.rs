//! Image digests, from the several ways in which documents write them, and hashes of content.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// Digests, normalised, in order.
#[derive(Default)]
pub(crate) struct Digests(BTreeSet<String>);

impl Digests {
    /// Adds `sha256:…`; anything else is passed over.
    pub(crate) fn add(&mut self, text: &str) {
        if let Some(hex) = text.strip_prefix("sha256:") {
            self.add_hex(hex);
        }
    }

    /// Adds 64 hexadecimal digits.
    pub(crate) fn add_hex(&mut self, hex: &str) {
        if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            self.0.insert(format!("sha256:{}", hex.to_ascii_lowercase()));
        }
    }

    /// Adds the digest of a reference such as `alpine@sha256:…`.
    pub(crate) fn add_reference(&mut self, reference: &str) {
        if let Some((_, digest)) = reference.rsplit_once('@') {
            self.add(digest);
        }
    }

    /// Adds the version of a package URL of an image, which is its digest (the `oci` and
    /// `docker` types of the purl specification), percent-encoded or not.
    pub(crate) fn add_purl(&mut self, purl: &str) {
        if is_image(purl) {
            let end = purl.find(['?', '#']).unwrap_or(purl.len());
            self.add_reference(&purl[..end].replace("%3A", ":").replace("%3a", ":"));
        }
    }

    pub(crate) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_vec(self) -> Vec<String> {
        self.0.into_iter().collect()
    }
}

fn is_image(purl: &str) -> bool {
    purl.starts_with("pkg:oci/") || purl.starts_with("pkg:docker/")
}

/// The first 128 bits of the SHA-256 of `parts`, hexadecimal. Their lengths count too, so that
/// what is moved from one to the next is told apart.
pub(crate) fn short_hash(parts: &[&str]) -> String {
    let mut sha256 = Sha256::new();
    for part in parts {
        sha256.update((part.len() as u64).to_le_bytes());
        sha256.update(part);
    }
    let mut hex = String::with_capacity(32);
    for byte in sha256.finalize().iter().take(16) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// A UUID made of `parts` (RFC 9562, version 8), as a URN.
pub(crate) fn uuid(parts: &[&str]) -> String {
    let hex = short_hash(parts);
    let variant = match hex.as_bytes()[16] {
        b'0'..=b'3' => '8',
        b'4'..=b'7' => '9',
        b'8' | b'9' | b'a' | b'b' => 'a',
        _ => 'b',
    };
    format!("urn:uuid:{}-{}-8{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn digests_are_found_in_every_writing() {
        let mut digests = Digests::default();
        digests.add(&format!("sha256:{HEX}"));
        digests.add_hex(&HEX.to_ascii_uppercase());
        digests.add_reference(&format!("registry:5000/a/b:1@sha256:{HEX}"));
        digests.add_purl(&format!("pkg:oci/b@sha256%3A{HEX}?repository_url=r%2Fa@x#y"));
        digests.add_purl(&format!("pkg:docker/a/b@sha256:{HEX}"));
        assert_eq!(digests.into_vec(), [format!("sha256:{HEX}")]);
    }

    #[test]
    fn what_is_none_is_passed_over() {
        let mut digests = Digests::default();
        for text in ["", "sha256:", "1.0", &format!("sha512:{HEX}"), &format!("sha256:{HEX}0"), &"é".repeat(32)] {
            digests.add(text);
            digests.add_hex(text);
            digests.add_reference(text);
            digests.add_reference(&format!("a@{text}"));
            digests.add_purl(text);
            digests.add_purl(&format!("pkg:oci/a@{text}"));
        }
        digests.add_purl(&format!("pkg:deb/debian/a@sha256:{HEX}"));
        assert!(digests.is_empty());
    }
}

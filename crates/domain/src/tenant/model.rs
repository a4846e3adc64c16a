//! What a tenant is.

use crate::id::TenantId;
use crate::text::{one_line, text_type};
use crate::{FieldError, Timestamp};

text_type! {
    /// The tenant's name in headers and host names: a DNS label (RFC 1035 section 2.3.1) of
    /// lower-case letters, digits and inner hyphens, at most 63. Upper case is folded, as host
    /// names fold it.
    TenantSlug, |path, text| {
        let slug = text.to_ascii_lowercase();
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let edges = !slug.starts_with('-') && !slug.ends_with('-');
        if (1..=63).contains(&slug.len()) && edges && slug.chars().all(inner) {
            Ok(slug)
        } else {
            Err(FieldError::new(path, "must be 1 to 63 letters, digits and inner hyphens"))
        }
    }
}

text_type! {
    /// The tenant's name for people: one line of 1 to 100 characters.
    TenantName, |path, text| one_line(path, text, 1, 100)
}

/// A customer of the publisher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name in headers and host names.
    pub slug: TenantSlug,
    /// Its name for people.
    pub name: TenantName,
    /// A suspended tenant cannot sign in, and its tokens do not work.
    pub suspended: bool,
    /// Since when.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_dns_labels_and_fold_as_host_names_do() {
        let longest = "a".repeat(63);
        for (text, expected) in [
            ("acme", "acme"),
            ("ACME", "acme"),
            ("a-1", "a-1"),
            ("0", "0"),
            ("xn--mnchen-3ya", "xn--mnchen-3ya"),
            (&longest, &longest),
        ] {
            assert_eq!(TenantSlug::parse("slug", text).unwrap().as_str(), expected);
        }
        // The Kelvin sign folds to k in Unicode; host names know nothing of it.
        for text in
            ["", "-a", "a-", "-", "a.b", "a_b", "a b", " a", "a\n", "a\0", "ä", "\u{212a}elvin", "a/b", &"a".repeat(64)]
        {
            assert!(TenantSlug::parse("slug", text).is_err(), "{text:?}");
        }
    }
}

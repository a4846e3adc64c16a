//! The names around an image, as types that cannot hold a bad value.

use crate::FieldError;
use crate::text::{one_line, shaped, text_type};

const fn alphanumeric(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

text_type! {
    /// An image's name: lower-case letters, digits, `.`, `_` and `-`, starting with a letter or
    /// digit, at most 128. Safe in a URL, a file name and a header.
    ImageName, |path, text| {
        shaped(text, 128, alphanumeric, |c| alphanumeric(c) || matches!(c, '.' | '_' | '-')).ok_or_else(|| {
            FieldError::new(path, "must be 1 to 128 of a-z 0-9 . _ -, starting with a letter or digit")
        })
    }
}

text_type! {
    /// A version's name, such as `17.0.19-r0`: the grammar of an image tag (OCI distribution
    /// specification 1.1).
    VersionName, |path, text| {
        shaped(text, 128, |c| c.is_ascii_alphanumeric() || c == '_', |c| {
            c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
        }).ok_or_else(|| {
            FieldError::new(path, "must be 1 to 128 of A-Z a-z 0-9 _ . -, not starting with . or -")
        })
    }
}

text_type! {
    /// The digest of an image manifest: `sha256:` and 64 lower-case hexadecimal digits (OCI
    /// image specification 1.1).
    Digest, |path, text| {
        let hex = text.strip_prefix("sha256:").unwrap_or_default();
        let fits = hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if fits { Ok(text.to_owned()) } else {
            Err(FieldError::new(path, "must be sha256: and 64 lower-case hexadecimal digits"))
        }
    }
}

text_type! {
    /// Where the image is pulled from: registry and path, without tag.
    Repository, |path, text| {
        shaped(text, 255, alphanumeric, |c| alphanumeric(c) || matches!(c, '.' | '_' | '-' | '/' | ':')).ok_or_else(|| {
            FieldError::new(path, "must be 1 to 255 of a-z 0-9 . _ - / :, starting with a letter or digit")
        })
    }
}

text_type! {
    /// A reference to an image of somebody else, tag or digest included.
    ImageReference, |path, text| {
        let rest = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@');
        shaped(text, 512, |c| c.is_ascii_alphanumeric(), rest).ok_or_else(|| {
            FieldError::new(path, "must be an image reference of at most 512 characters")
        })
    }
}

text_type! {
    /// The base operating system, such as `debian-12`.
    BaseOs, |path, text| {
        shaped(text, 64, alphanumeric, |c| alphanumeric(c) || matches!(c, '.' | '-')).ok_or_else(|| {
            FieldError::new(path, "must be 1 to 64 of a-z 0-9 . -, starting with a letter or digit")
        })
    }
}

text_type! {
    /// A hardening label, such as `non-root`.
    HardeningLabel, |path, text| {
        shaped(text, 64, alphanumeric, |c| alphanumeric(c) || c == '-').ok_or_else(|| {
            FieldError::new(path, "must be 1 to 64 of a-z 0-9 -, starting with a letter or digit")
        })
    }
}

text_type! {
    /// An operating system and architecture, such as `linux/arm64` or `linux/arm/v7`.
    Platform, |path, text| {
        let inner = |c: char| alphanumeric(c) || matches!(c, '.' | '_' | '-');
        let part = |part: &str| part.starts_with(alphanumeric) && part.chars().all(inner);
        let parts = text.split('/').count();
        if text.len() <= 64 && (2..=3).contains(&parts) && text.split('/').all(part) { Ok(text.to_owned()) } else {
            Err(FieldError::new(path, "must be os/architecture or os/architecture/variant"))
        }
    }
}

text_type! {
    /// The image's name for people: one line of 1 to 100 characters.
    DisplayName, |path, text| one_line(path, text, 1, 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bad in every name: these break headers, logs, URLs or file names.
    const HOSTILE: [&str; 13] =
        ["", " ", "a b", "a\n", "a\r\nb", "a\0", "a\u{7f}", "é", "日本", "a\u{202e}", "../a", "a\"", "a;b"];

    fn check<T>(parse: fn(&str, &str) -> Result<T, FieldError>, show: fn(&T) -> &str, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(parse("path", text).as_ref().map(show), Ok(*text));
        }
        for text in bad.iter().chain(&HOSTILE) {
            let refused = parse("path", text).err();
            assert_eq!(refused.expect(text).path, "path", "{text:?}");
        }
    }

    fn long(length: usize) -> String {
        "a".repeat(length)
    }

    #[test]
    fn image_names() {
        let good = ["java17", "java17-deploy", "0.a_b-c", "a..b", &long(128)];
        let bad = ["Java17", "-a", ".a", "_a", "a/b", "a:b", "a@b", &long(129)];
        check(ImageName::parse, ImageName::as_str, &good, &bad);
    }

    #[test]
    fn version_names() {
        let good = ["17.0.19-r0", "latest", "V1", "_a", "0", &long(128)];
        let bad = [".a", "-a", "a/b", "a:b", "1.0+build", &long(129)];
        check(VersionName::parse, VersionName::as_str, &good, &bad);
    }

    #[test]
    fn digests() {
        let hex = "0123456789abcdef".repeat(4);
        let good = format!("sha256:{hex}");
        let bad = [
            hex.clone(),
            format!("sha512:{hex}"),
            format!("sha256:{}", hex.to_uppercase()),
            format!("sha256:{}", &hex[1..]),
            format!("sha256:{hex}0"),
            format!("sha256:{}g", &hex[1..]),
            format!("SHA256:{hex}"),
            "sha256:".to_owned(),
        ];
        let bad: Vec<_> = bad.iter().map(String::as_str).collect();
        check(Digest::parse, Digest::as_str, &[&good], &bad);
    }

    #[test]
    fn repositories_and_references() {
        let good = ["registry.example:5000/a/b_c", "a", &long(255)];
        let bad = ["Registry/a", "/a", "a@b", &long(256)];
        check(Repository::parse, Repository::as_str, &good, &bad);
        let digest = format!("docker.io/library/debian:12@sha256:{}", "a".repeat(64));
        let good = ["debian:12", "Debian", digest.as_str(), &long(512)];
        let bad = ["-a", "/a", ":a", "https://a?b", &long(513)];
        check(ImageReference::parse, ImageReference::as_str, &good, &bad);
    }

    #[test]
    fn bases_labels_and_platforms() {
        check(
            BaseOs::parse,
            BaseOs::as_str,
            &["debian-12", "alpine-3.20", &long(64)],
            &["Debian", "-a", ".a", "a_b", &long(65)],
        );
        check(
            HardeningLabel::parse,
            HardeningLabel::as_str,
            &["non-root", "fips140", &long(64)],
            &["a.b", "A", "-a", &long(65)],
        );
        let good = ["linux/amd64", "linux/arm/v7", "windows/x86_64"];
        let long_part = format!("linux/{}", long(59));
        let bad = ["linux", "linux/", "/amd64", "linux//v7", "a/b/c/d", "Linux/amd64", long_part.as_str()];
        check(Platform::parse, Platform::as_str, &good, &bad);
    }

    #[test]
    fn display_names() {
        let hundred = "ü".repeat(100);
        for text in ["Java 17", "日本語 🦀", &hundred] {
            assert_eq!(DisplayName::parse("displayName", text).unwrap().as_str(), text);
        }
        for text in ["", " a", "a\nb", "a\0", "\u{202e}a", &format!("{hundred}ü")] {
            assert!(DisplayName::parse("displayName", text).is_err(), "{text:?}");
        }
    }
}

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
        let part = |part: &str| !part.is_empty() && part.chars().all(|c| alphanumeric(c) || matches!(c, '.' | '_' | '-'));
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

//! Hashes and the names that the formats have for their algorithms.

use crate::text::Text;

/// A hash of the contents of a component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash<'a> {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The value, hexadecimal, as it is written in the document.
    pub value: Text<'a>,
}

macro_rules! algorithms {
    ($($name:ident $spdx:literal $cyclonedx:literal $digits:literal $doc:literal,)*) => {
        /// A hash algorithm that SPDX 2.3 or CycloneDX 1.6 has a name for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Algorithm {
            $(#[doc = $doc] $name,)*
        }

        impl Algorithm {
            /// The name in SPDX (2.3, clause 7.10).
            #[must_use]
            pub const fn spdx(self) -> &'static str {
                match self { $(Self::$name => $spdx,)* }
            }

            /// The name in CycloneDX, if it has one.
            #[must_use]
            pub fn cyclonedx(self) -> Option<&'static str> {
                let name = match self { $(Self::$name => $cyclonedx,)* };
                (!name.is_empty()).then_some(name)
            }

            /// Every algorithm.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The algorithm that `name` stands for in SPDX.
            #[must_use]
            pub fn from_spdx(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.spdx() == name)
            }

            /// The algorithm that `name` stands for in CycloneDX.
            #[must_use]
            pub fn from_cyclonedx(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.cyclonedx() == Some(name))
            }

            /// The hexadecimal digits of a value; 0 where that is a matter of choice.
            pub(crate) const fn digits(self) -> usize {
                match self { $(Self::$name => $digits,)* }
            }
        }
    };
}

algorithms! {
    Sha1 "SHA1" "SHA-1" 40 "SHA-1.",
    Sha224 "SHA224" "" 56 "SHA-224; SPDX only.",
    Sha256 "SHA256" "SHA-256" 64 "SHA-256.",
    Sha384 "SHA384" "SHA-384" 96 "SHA-384.",
    Sha512 "SHA512" "SHA-512" 128 "SHA-512.",
    Sha3_256 "SHA3-256" "SHA3-256" 64 "SHA3-256.",
    Sha3_384 "SHA3-384" "SHA3-384" 96 "SHA3-384.",
    Sha3_512 "SHA3-512" "SHA3-512" 128 "SHA3-512.",
    Blake2b256 "BLAKE2b-256" "BLAKE2b-256" 64 "BLAKE2b-256.",
    Blake2b384 "BLAKE2b-384" "BLAKE2b-384" 96 "BLAKE2b-384.",
    Blake2b512 "BLAKE2b-512" "BLAKE2b-512" 128 "BLAKE2b-512.",
    Blake3 "BLAKE3" "BLAKE3" 0 "BLAKE3.",
    Md2 "MD2" "" 32 "MD2; SPDX only.",
    Md4 "MD4" "" 32 "MD4; SPDX only.",
    Md5 "MD5" "MD5" 32 "MD5.",
    Md6 "MD6" "" 0 "MD6; SPDX only.",
    Adler32 "ADLER32" "" 8 "Adler-32; SPDX only.",
}

impl Hash<'_> {
    /// Whether the value has the digits that the algorithm yields.
    pub(crate) fn is_well_formed(&self) -> bool {
        self.value.len() == self.algorithm.digits() && self.value.bytes().all(|b| b.is_ascii_hexdigit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_algorithm() {
        for name in ["SHA1", "SHA224", "SHA3-512", "BLAKE2b-256", "ADLER32"] {
            assert_eq!(Algorithm::from_spdx(name).unwrap().spdx(), name);
        }
        for name in ["SHA-1", "SHA-512", "MD5", "BLAKE3"] {
            assert_eq!(Algorithm::from_cyclonedx(name).unwrap().cyclonedx(), Some(name));
        }
        assert_eq!(Algorithm::from_cyclonedx(""), None);
        assert_eq!(Algorithm::Md6.cyclonedx(), None);
    }
}

//! What a component is, in the terms of both formats.

macro_rules! kinds {
    ($($name:ident $cyclonedx:literal $spdx:literal $doc:literal,)*) => {
        /// What a component is: the `type` of CycloneDX and the `primaryPackagePurpose` of SPDX.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = $doc] $name,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The type in CycloneDX 1.5, if it has one.
            #[must_use]
            pub fn cyclonedx(self) -> Option<&'static str> {
                let name = match self { $(Self::$name => $cyclonedx,)* };
                (!name.is_empty()).then_some(name)
            }

            /// The purpose in SPDX, if it has one.
            #[must_use]
            pub fn spdx(self) -> Option<&'static str> {
                let name = match self { $(Self::$name => $spdx,)* };
                (!name.is_empty()).then_some(name)
            }

            /// The kind that `name` stands for in CycloneDX.
            #[must_use]
            pub fn from_cyclonedx(name: &str) -> Option<Self> {
                match name {
                    "cryptographic-asset" => Some(Self::CryptographicAsset),
                    _ => Self::ALL.iter().copied().find(|known| known.cyclonedx() == Some(name)),
                }
            }

            /// The kind that `name` stands for in SPDX. `OPERATING_SYSTEM` is how the schema of
            /// SPDX 2.3 writes `OPERATING-SYSTEM`.
            #[must_use]
            pub fn from_spdx(name: &str) -> Option<Self> {
                match name {
                    "OPERATING-SYSTEM" => Some(Self::OperatingSystem),
                    _ => Self::ALL.iter().copied().find(|known| known.spdx() == Some(name)),
                }
            }
        }
    };
}

kinds! {
    Application "application" "APPLICATION" "A program.",
    Framework "framework" "FRAMEWORK" "A framework.",
    Library "library" "LIBRARY" "A library.",
    Container "container" "CONTAINER" "An image.",
    OperatingSystem "operating-system" "OPERATING_SYSTEM" "An operating system.",
    Device "device" "DEVICE" "Hardware.",
    Firmware "firmware" "FIRMWARE" "Firmware.",
    File "file" "FILE" "A file or a folder.",
    Platform "platform" "" "What interprets programs; CycloneDX only.",
    DeviceDriver "device-driver" "" "A driver; CycloneDX only.",
    MachineLearningModel "machine-learning-model" "" "A model; CycloneDX only.",
    Data "data" "" "Data; CycloneDX only.",
    CryptographicAsset "" "" "A key, a certificate and the like; CycloneDX 1.6 only.",
    Source "" "SOURCE" "Source code; SPDX only.",
    Archive "" "ARCHIVE" "An archive; SPDX only.",
    Install "" "INSTALL" "What installs something; SPDX only.",
    Other "" "OTHER" "Something else; SPDX only.",
}

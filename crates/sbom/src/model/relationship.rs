//! How components relate to each other.

use crate::text::Text;

/// `from` relates to `to`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relationship<'a> {
    /// What relates.
    pub from: Element<'a>,
    /// How.
    pub kind: RelationshipType,
    /// To what.
    pub to: Element<'a>,
    /// A comment on it.
    pub comment: Option<Text<'a>>,
}

/// What a relationship connects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Element<'a> {
    /// The document.
    Document,
    /// A component, as an index of [`Bom::components`](super::Bom::components).
    Component(usize),
    /// Nothing: it is known that there is none.
    None,
    /// It is not known.
    NoAssertion,
    /// By its identifier: an element of another document, a snippet, a service, or one that is
    /// not in the document.
    Other(Text<'a>),
}

/// The type of a relationship (SPDX 2.3, clause 11).
///
/// Of two that say the same of turned ends only one is used: [`DESCRIBES`](Self::DESCRIBES),
/// [`CONTAINS`](Self::CONTAINS) and [`DEPENDS_ON`](Self::DEPENDS_ON), never their inverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationshipType(&'static str);

impl RelationshipType {
    /// The document is about the other.
    pub const DESCRIBES: Self = Self("DESCRIBES");
    /// The other is part of it.
    pub const CONTAINS: Self = Self("CONTAINS");
    /// It needs the other.
    pub const DEPENDS_ON: Self = Self("DEPENDS_ON");
    /// Something else, which the comment tells.
    pub const OTHER: Self = Self("OTHER");

    /// The type that SPDX names so, and whether its ends are to be turned.
    #[must_use]
    pub fn from_spdx(name: &str) -> Option<(Self, bool)> {
        match name {
            "DESCRIBED_BY" => return Some((Self::DESCRIBES, true)),
            "CONTAINED_BY" => return Some((Self::CONTAINS, true)),
            "DEPENDENCY_OF" => return Some((Self::DEPENDS_ON, true)),
            _ => (),
        }
        TYPES.into_iter().find(|known| *known == name).map(|name| (Self(name), false))
    }

    /// Whether it says of a dependency what it is for.
    pub(crate) fn is_kind_of_dependency(self) -> bool {
        self.0.ends_with("_DEPENDENCY_OF")
    }

    /// The name in SPDX.
    #[must_use]
    pub const fn spdx(self) -> &'static str {
        self.0
    }
}

/// All but the inverse ones.
const TYPES: [&str; 42] = [
    "AMENDS",
    "ANCESTOR_OF",
    "BUILD_DEPENDENCY_OF",
    "BUILD_TOOL_OF",
    "CONTAINS",
    "COPY_OF",
    "DATA_FILE_OF",
    "DEPENDENCY_MANIFEST_OF",
    "DEPENDS_ON",
    "DESCENDANT_OF",
    "DESCRIBES",
    "DEV_DEPENDENCY_OF",
    "DEV_TOOL_OF",
    "DISTRIBUTION_ARTIFACT",
    "DOCUMENTATION_OF",
    "DYNAMIC_LINK",
    "EXAMPLE_OF",
    "EXPANDED_FROM_ARCHIVE",
    "FILE_ADDED",
    "FILE_DELETED",
    "FILE_MODIFIED",
    "GENERATED_FROM",
    "GENERATES",
    "HAS_PREREQUISITE",
    "METAFILE_OF",
    "OPTIONAL_COMPONENT_OF",
    "OPTIONAL_DEPENDENCY_OF",
    "OTHER",
    "PACKAGE_OF",
    "PATCH_APPLIED",
    "PATCH_FOR",
    "PREREQUISITE_FOR",
    "PROVIDED_DEPENDENCY_OF",
    "REQUIREMENT_DESCRIPTION_FOR",
    "RUNTIME_DEPENDENCY_OF",
    "SPECIFICATION_FOR",
    "STATIC_LINK",
    "TEST_CASE_OF",
    "TEST_DEPENDENCY_OF",
    "TEST_OF",
    "TEST_TOOL_OF",
    "VARIANT_OF",
];

//! What an SBOM says, in terms of neither format.

mod component;
mod hash;
mod kind;
mod party;
mod relationship;

use crate::text::Text;

pub use component::{Component, ExternalReference, License, Property};
pub use hash::{Algorithm, Hash};
pub use kind::Kind;
pub(crate) use party::is_email;
pub use party::{Party, PartyKind};
pub use relationship::{Element, Relationship, RelationshipType};

/// The contents of an SBOM document. Text is borrowed from the document where it can be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bom<'a> {
    /// The name of the document (SPDX).
    pub name: Option<Text<'a>>,
    /// The URI that identifies the document (SPDX `documentNamespace`).
    pub namespace: Option<Text<'a>>,
    /// `urn:uuid:…` (CycloneDX `serialNumber`).
    pub serial_number: Option<Text<'a>>,
    /// When the document was made, as it is written there (RFC 3339).
    pub created: Option<Text<'a>>,
    /// The tools, organisations and persons that made it.
    pub creators: Vec<Party<'a>>,
    /// What the document is about, as an index of [`components`](Self::components).
    pub subject: Option<usize>,
    /// Packages and files; their [`id`](Component::id)s are distinct.
    pub components: Vec<Component<'a>>,
    /// How they depend on, contain and otherwise relate to each other.
    pub relationships: Vec<Relationship<'a>>,
    /// The licences that are on no list, which expressions name as `LicenseRef-…`.
    pub licenses: Vec<NamedLicense<'a>>,
    /// What only one of the formats can say of a document.
    pub extras: Extras<'a>,
}

impl Bom<'_> {
    /// What the document is about.
    #[must_use]
    pub fn subject(&self) -> Option<&Component<'_>> {
        self.components.get(self.subject?)
    }

    /// The components that are no files.
    pub fn packages(&self) -> impl Iterator<Item = &Component<'_>> {
        self.components.iter().filter(|component| !component.file)
    }
}

/// A licence that is on no list (SPDX 2.3, clause 10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedLicense<'a> {
    /// `LicenseRef-…`.
    pub id: Text<'a>,
    /// Its name.
    pub name: Option<Text<'a>>,
    /// Its text.
    pub text: Option<Text<'a>>,
    /// Where it is published.
    pub see_also: Vec<Text<'a>>,
    /// A comment on it.
    pub comment: Option<Text<'a>>,
}

/// Members of one format's objects for which the other format has no place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extras<'a> {
    /// Of SPDX.
    pub spdx: Vec<Member<'a>>,
    /// Of CycloneDX; those of `metadata` are named `metadata/…`.
    pub cyclonedx: Vec<Member<'a>>,
}

/// A member of a JSON object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// Its value, as JSON without white space.
    pub json: Text<'a>,
}

impl<'a> Member<'a> {
    pub(crate) fn new(name: impl Into<Text<'a>>, json: impl Into<Text<'a>>) -> Self {
        Self { name: name.into(), json: json.into() }
    }
}

/// Takes the member `name` out of `members`.
pub(crate) fn take<'a>(members: &mut Vec<Member<'a>>, name: &str) -> Option<Text<'a>> {
    let at = members.iter().position(|member| member.name == name)?;
    Some(members.remove(at).json)
}

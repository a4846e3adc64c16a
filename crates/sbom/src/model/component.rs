//! A package or a file.

use super::{Extras, Hash, Kind, Party};
use crate::text::Text;

/// A package or a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Component<'a> {
    /// Names it within the document: the SPDX identifier or the `bom-ref`.
    pub id: Text<'a>,
    /// What it is; `None` if the document does not say (SPDX only).
    pub kind: Option<Kind>,
    /// Whether it is one of the files of SPDX, which have a name, hashes, licences and a
    /// copyright text, and nothing else that both formats know.
    pub file: bool,
    /// The group, namespace or organisation that the name belongs to.
    pub group: Option<Text<'a>>,
    /// The name, without the group.
    pub name: Text<'a>,
    /// The version.
    pub version: Option<Text<'a>>,
    /// Package URLs, as they are written in the document, the principal one first.
    pub purls: Vec<Text<'a>>,
    /// CPE 2.3 and 2.2 names, the principal one first.
    pub cpes: Vec<Text<'a>>,
    /// Hashes of the contents.
    pub hashes: Vec<Hash<'a>>,
    /// The licence that its authors declare.
    pub declared: Option<License<'a>>,
    /// The licence that the maker of the document concluded.
    pub concluded: Option<License<'a>>,
    /// Who distributes it.
    pub supplier: Option<Party<'a>>,
    /// Who made it.
    pub originator: Option<Party<'a>>,
    /// The copyright notice.
    pub copyright: Option<Text<'a>>,
    /// What it is, for a human.
    pub description: Option<Text<'a>>,
    /// Where it was or can be downloaded.
    pub download_location: Option<Text<'a>>,
    /// Its web site.
    pub homepage: Option<Text<'a>>,
    /// Everything else it points to.
    pub references: Vec<ExternalReference<'a>>,
    /// Properties by name, in order.
    pub properties: Vec<Property<'a>>,
    /// What only one of the formats can say of it.
    pub extras: Extras<'a>,
}

impl Component<'_> {
    /// The group and the name, as SPDX writes them: `group/name`.
    #[must_use]
    pub fn full_name(&self) -> String {
        match &self.group {
            Some(group) => format!("{group}/{}", self.name),
            None => self.name.to_string(),
        }
    }
}

/// A licence, as it is stated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum License<'a> {
    /// There is none.
    None,
    /// A valid SPDX licence expression (SPDX 2.3, annex D); `LicenseRef-…` are in
    /// [`Bom::licenses`](super::Bom::licenses).
    Expression(Text<'a>),
}

/// A pointer to something outside of the document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExternalReference<'a> {
    /// What is there, in the terms of CycloneDX: `vcs`, `issue-tracker`, `advisories`, …
    pub kind: Text<'a>,
    /// Where it is.
    pub url: Text<'a>,
    /// A comment on it.
    pub comment: Option<Text<'a>>,
}

/// A name and a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Property<'a> {
    /// The name, such as `syft:package:type`.
    pub name: Text<'a>,
    /// The value.
    pub value: Option<Text<'a>>,
}

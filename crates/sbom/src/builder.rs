//! What every reader does: identifiers made distinct, relationships resolved, notes taken.

use std::collections::{HashMap, HashSet};

use crate::error::{Place, SbomError};
use crate::json::MOST_ELEMENTS;
use crate::license::Licenses;
use crate::model::{Bom, Component, Element, Relationship, RelationshipType};
use crate::spdx::DOCUMENT;
use crate::text::Text;

/// Something in a document that was not taken as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The identifier of the element in question; empty for the document.
    pub element: String,
    /// What was found and what was made of it, for a human.
    pub message: String,
}

/// More notes are not kept.
const MOST_NOTES: usize = 100;

/// A [`Bom`] that is being read.
#[derive(Default)]
pub(crate) struct Builder<'a> {
    pub(crate) bom: Bom<'a>,
    pub(crate) licenses: Licenses<'a>,
    /// Components by what the document calls them.
    references: HashMap<Text<'a>, usize>,
    /// Components by [`Component::id`], where that is something else.
    ids: HashMap<Text<'a>, usize>,
    /// How often an identifier was made distinct, so that the next number is not searched for.
    counts: HashMap<String, usize>,
    /// Relationships that were carried, which name components by [`Component::id`].
    pub(crate) carried: Vec<CarriedRelationship<'a>>,
    /// Relationships that the shape of the document implies, unless one that was carried says
    /// it more precisely.
    pub(crate) implied: Vec<Relationship<'a>>,
    notes: Vec<Note>,
}

/// A relationship whose ends are not resolved yet.
pub(crate) struct CarriedRelationship<'a> {
    pub(crate) from: End<'a>,
    pub(crate) kind: RelationshipType,
    pub(crate) to: Text<'a>,
    pub(crate) comment: Option<Text<'a>>,
}

/// Where a carried relationship begins.
#[derive(Clone)]
pub(crate) enum End<'a> {
    /// At this element.
    Known(Element<'a>),
    /// At what is called so.
    Named(Text<'a>),
}

impl<'a> Builder<'a> {
    pub(crate) fn note(&mut self, element: &str, message: impl FnOnce() -> String) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(Note { element: element.chars().take(200).collect(), message: message() });
        }
    }

    /// Adds a component that the document calls `reference`, and gives its index. Its own
    /// identifier is made distinct if it has one already, and made up if it has none.
    pub(crate) fn add(&mut self, mut component: Component<'a>, reference: Option<Text<'a>>) -> usize {
        let index = self.bom.components.len();
        if component.id.is_empty() {
            component.id = reference.clone().unwrap_or_else(|| Text::from(made_up_id(&component)));
        }
        let twice = reference.as_ref().is_some_and(|reference| self.references.contains_key(reference));
        if self.known(&component.id).is_some() || twice {
            let id = component.id.clone();
            let distinct = self.distinct(&id);
            if reference.is_some() {
                self.note(&id, || format!("the identifier is that of another element; this one is now `{distinct}`"));
            }
            component.id = Text::from(distinct);
        }
        if let Some(reference) = reference.filter(|_| !twice) {
            if reference != component.id {
                self.ids.insert(component.id.clone(), index);
            }
            self.references.insert(reference, index);
        } else {
            self.ids.insert(component.id.clone(), index);
        }
        self.bom.components.push(component);
        index
    }

    /// An identifier that no component has.
    fn distinct(&mut self, id: &str) -> String {
        let mut count = self.counts.get(id).copied().unwrap_or(1);
        loop {
            count += 1;
            let distinct = format!("{id}-{count}");
            if self.known(&distinct).is_none() {
                self.counts.insert(id.to_owned(), count);
                return distinct;
            }
        }
    }

    fn known(&self, id: &str) -> Option<usize> {
        self.ids.get(id).or_else(|| self.references.get(id)).copied()
    }

    /// The component that the document calls so.
    pub(crate) fn component(&self, reference: &str) -> Option<usize> {
        self.references.get(reference).or_else(|| self.ids.get(reference)).copied()
    }

    pub(crate) fn relate(
        &mut self,
        from: Element<'a>,
        kind: RelationshipType,
        to: Element<'a>,
        comment: Option<Text<'a>>,
    ) -> Result<(), SbomError> {
        if self.bom.relationships.len() >= MOST_ELEMENTS {
            return Err(too_many());
        }
        let comment = comment.filter(|comment| !comment.is_empty());
        self.bom.relationships.push(Relationship { from, kind, to, comment });
        Ok(())
    }

    pub(crate) fn imply(&mut self, from: Element<'a>, kind: RelationshipType, to: Element<'a>) {
        self.implied.push(Relationship { from, kind, to, comment: None });
    }

    /// Resolves what was carried, puts the relationships in order and takes the licences over.
    pub(crate) fn finish(mut self) -> Result<(Bom<'a>, Vec<Note>), SbomError> {
        if self.carried.len() > MOST_ELEMENTS {
            return Err(too_many());
        }
        let mut precise = HashSet::new();
        for carried in std::mem::take(&mut self.carried) {
            let from = match carried.from {
                End::Known(element) => element,
                End::Named(name) => self.by_id(name),
            };
            let to = match carried.to.as_str() {
                "NONE" => Element::None,
                "NOASSERTION" => Element::NoAssertion,
                _ => self.by_id(carried.to),
            };
            if carried.comment.is_some() {
                precise.insert((from.clone(), carried.kind, to.clone()));
            }
            if carried.kind.is_kind_of_dependency() {
                precise.insert((to.clone(), RelationshipType::DEPENDS_ON, from.clone()));
            }
            self.relate(from, carried.kind, to, carried.comment)?;
        }
        for implied in std::mem::take(&mut self.implied) {
            if !precise.contains(&(implied.from.clone(), implied.kind, implied.to.clone())) {
                self.relate(implied.from, implied.kind, implied.to, implied.comment)?;
            }
        }
        self.bom.relationships.sort_unstable();
        self.bom.relationships.dedup();
        for remark in std::mem::take(&mut self.licenses.remarks) {
            self.note("", || remark);
        }
        self.bom.licenses = self.licenses.into_named();
        Ok((self.bom, self.notes))
    }

    fn by_id(&self, id: Text<'a>) -> Element<'a> {
        if id == DOCUMENT {
            return Element::Document;
        }
        // What is only called so in this document was not meant.
        let meant = self.known(&id).filter(|index| self.bom.components[*index].id == id);
        meant.map_or(Element::Other(id), Element::Component)
    }
}

fn too_many() -> SbomError {
    let message = format!("more than {MOST_ELEMENTS} relationships");
    SbomError::OverLimit { place: Place { pointer: String::new(), line: 1, column: 1 }, message }
}

/// An identifier made of what a component is.
fn made_up_id(component: &Component<'_>) -> String {
    let or_empty = |text: &Option<Text<'_>>| text.as_deref().unwrap_or_default().to_owned();
    match component.purls.first() {
        Some(purl) if !purl.is_empty() => purl.to_string(),
        _ if component.version.is_some() => format!("{}@{}", component.full_name(), or_empty(&component.version)),
        _ if component.name.is_empty() => "component".to_owned(),
        _ => component.full_name(),
    }
}

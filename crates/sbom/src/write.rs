//! What both writers need: the order of things, and relationships by where they begin.

use crate::model::{Bom, Element, RelationshipType};
use crate::output::Output;
use crate::{cyclonedx, spdx};

/// The version of the writers. It changes whenever any of them writes other bytes for the same
/// document, so that what was rendered before can be told from what would be rendered now.
pub const RENDERER_VERSION: &str = "1";

/// Renders SPDX 2.3 as JSON: the same bytes for the same contents, whatever the order in which
/// they are given, valid by the official schema.
#[must_use]
pub fn write_spdx(bom: &Bom<'_>) -> Vec<u8> {
    spdx::writer::write(bom)
}

/// Renders CycloneDX 1.5 as JSON: the same bytes for the same contents, whatever the order in
/// which they are given, valid by the official schema.
#[must_use]
pub fn write_cyclonedx(bom: &Bom<'_>) -> Vec<u8> {
    cyclonedx::writer::write(bom)
}

/// The order in which components are written.
pub(crate) struct Order {
    /// Their indices, packages before files, each by name, version and identifier.
    pub(crate) components: Vec<usize>,
    /// The place of each component in that order.
    rank: Vec<usize>,
}

impl Order {
    pub(crate) fn of(bom: &Bom<'_>) -> Self {
        let mut components: Vec<usize> = (0..bom.components.len()).collect();
        components.sort_unstable_by(|one, other| {
            let (one, other) = (&bom.components[*one], &bom.components[*other]);
            one.file
                .cmp(&other.file)
                .then_with(|| one.group.cmp(&other.group))
                .then_with(|| one.name.cmp(&other.name))
                .then_with(|| one.version.cmp(&other.version))
                .then_with(|| one.id.cmp(&other.id))
        });
        let mut rank = vec![0; components.len()];
        for (at, component) in components.iter().enumerate() {
            rank[*component] = at;
        }
        Self { components, rank }
    }

    /// The place of a component; what is none comes last.
    pub(crate) fn rank(&self, component: usize) -> usize {
        self.rank.get(component).copied().unwrap_or(usize::MAX)
    }

    /// What an element is sorted by.
    fn key<'e>(&self, element: &'e Element<'_>) -> (u8, usize, &'e str) {
        match element {
            Element::Document => (0, 0, ""),
            Element::Component(index) => (1, self.rank(*index), ""),
            Element::None => (2, 0, ""),
            Element::NoAssertion => (3, 0, ""),
            Element::Other(id) => (4, 0, id),
        }
    }

    /// The indices of the relationships, by where they begin, their type, comment and end.
    pub(crate) fn relationships(&self, bom: &Bom<'_>) -> Vec<usize> {
        let mut order: Vec<usize> = (0..bom.relationships.len()).collect();
        order.sort_unstable_by(|one, other| {
            let (one, other) = (&bom.relationships[*one], &bom.relationships[*other]);
            self.key(&one.from)
                .cmp(&self.key(&other.from))
                .then_with(|| one.kind.cmp(&other.kind))
                .then_with(|| one.comment.cmp(&other.comment))
                .then_with(|| self.key(&one.to).cmp(&self.key(&other.to)))
        });
        order.dedup_by(|one, other| bom.relationships[*one] == bom.relationships[*other]);
        order
    }
}

/// How a carried relationship names an element.
pub(crate) fn carried_name<'b>(bom: &'b Bom<'_>, element: &'b Element<'_>) -> &'b str {
    match element {
        Element::Document => spdx::DOCUMENT,
        Element::Component(index) => bom.components.get(*index).map_or("NOASSERTION", |component| &component.id),
        Element::None => "NONE",
        Element::NoAssertion => "NOASSERTION",
        Element::Other(id) => id,
    }
}

/// The value of the member that carries relationships, which are in the order of
/// [`Order::relationships`]. Their beginnings are named if `from` says so.
pub(crate) fn carried_relationships(bom: &Bom<'_>, relationships: &[usize], from: bool) -> String {
    let mut output = Output::with_capacity(128);
    let of = |at: &usize| &bom.relationships[*at];
    output.array(|output| {
        let same = |one: &usize, other: &usize| {
            let (one, other) = (of(one), of(other));
            one.kind == other.kind && one.comment == other.comment && (!from || one.from == other.from)
        };
        for group in relationships.chunk_by(same) {
            let [first, ..] = group else { continue };
            let first = of(first);
            output.object(|output| {
                if from {
                    output.text("from", carried_name(bom, &first.from));
                }
                output.text("type", first.kind.spdx());
                output.optional("comment", first.comment.as_ref());
                output.texts("to", group.iter().map(|at| carried_name(bom, &of(at).to)));
            });
        }
    });
    output.into_text()
}

/// The pairs of a type that are stated without a comment.
pub(crate) fn plain(bom: &Bom<'_>, at: usize, kind: RelationshipType) -> bool {
    let relationship = &bom.relationships[at];
    relationship.kind == kind && relationship.comment.is_none()
}

//! Containment as CycloneDX shows it: components within components.

use crate::model::{Bom, Element, RelationshipType};
use crate::write::{Order, plain};

/// Components are not nested deeper, so that no reader is troubled.
const MOST_NESTED: usize = 24;

/// Which component is written within which.
pub(crate) struct Nesting {
    /// The component that each is written in; `None` at the top.
    parents: Vec<Option<usize>>,
    /// Those in each, in order.
    pub(crate) children: Vec<Vec<usize>>,
    /// Whether the subject contains each, though it is not written within another.
    pub(crate) of_subject: Vec<bool>,
    /// Whether each relationship is said by the shape alone.
    pub(crate) shown: Vec<bool>,
}

impl Nesting {
    /// Each component is written in the first of those that contain it, unless that would be a
    /// cycle. What the subject contains is at the top, as everything that nothing contains.
    pub(crate) fn of(bom: &Bom<'_>, order: &Order) -> Self {
        let count = bom.components.len();
        let mut nesting = Self {
            parents: vec![None; count],
            children: vec![Vec::new(); count],
            of_subject: vec![false; count],
            shown: vec![false; bom.relationships.len()],
        };
        let mut heights = vec![0; count];
        let containments = containments(bom, order);
        for (from, to, _) in &containments {
            if Some(*from) != bom.subject {
                nesting.nest(*from, *to, bom.subject, &mut heights);
            }
        }
        for (from, to, at) in containments {
            let within = nesting.parents[to] == Some(from);
            let of_subject = bom.subject == Some(from) && nesting.parents[to].is_none();
            nesting.of_subject[to] |= of_subject;
            nesting.shown[at] = within || of_subject;
        }
        for index in &order.components {
            if let Some(parent) = nesting.parents[*index] {
                nesting.children[parent].push(*index);
            }
        }
        nesting
    }

    /// Whether a component is within another.
    pub(crate) fn is_nested(&self, index: usize) -> bool {
        self.parents[index].is_some()
    }

    fn nest(&mut self, from: usize, to: usize, subject: Option<usize>, heights: &mut [usize]) {
        if self.parents[to].is_some() || Some(to) == subject {
            return;
        }
        let mut above = Some(from);
        let mut depth = 0;
        while let Some(index) = above {
            depth += 1;
            if index == to || depth + heights[to] > MOST_NESTED {
                return;
            }
            above = self.parents[index];
        }
        self.parents[to] = Some(from);
        let (mut above, mut height) = (Some(from), heights[to] + 1);
        while let Some(index) = above {
            heights[index] = heights[index].max(height);
            height += 1;
            above = self.parents[index];
        }
    }
}

/// From, to and the index of each containment, in order.
fn containments(bom: &Bom<'_>, order: &Order) -> Vec<(usize, usize, usize)> {
    let ends = |at: usize| match (&bom.relationships[at].from, &bom.relationships[at].to) {
        (Element::Component(from), Element::Component(to)) if from != to => Some((*from, *to, at)),
        _ => None,
    };
    let all = (0..bom.relationships.len()).filter(|at| plain(bom, *at, RelationshipType::CONTAINS));
    let mut containments: Vec<_> = all.filter_map(ends).collect();
    containments.sort_unstable_by_key(|(from, to, _)| (order.rank(*to), order.rank(*from)));
    containments
}

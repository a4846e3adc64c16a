//! Relationships as CycloneDX shows them: what depends on what. All others are carried.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::nesting::Nesting;
use super::writer::is_valid;
use crate::model::{Bom, Element, Relationship, RelationshipType};
use crate::write::{Order, plain};

/// What becomes of the relationships of a document.
pub(crate) struct Dependencies {
    /// What each depends on, by `ref`, in order.
    pub(crate) shown: Vec<(String, Vec<String>)>,
    /// The relationships that the document does not show, by the component at which they begin.
    pub(crate) hidden: HashMap<usize, Vec<usize>>,
    /// Those that begin elsewhere.
    pub(crate) hidden_elsewhere: Vec<usize>,
}

impl Dependencies {
    pub(crate) fn of(bom: &Bom<'_>, order: &Order, nesting: &Nesting, ids: &[String]) -> Self {
        let services = service_refs(bom);
        let mut pairs = Pairs::default();
        let mut sorted = Self { shown: Vec::new(), hidden: HashMap::new(), hidden_elsewhere: Vec::new() };
        let precise = precise(bom);
        let depending = depending(bom);
        for at in order.relationships(bom) {
            let relationship = &bom.relationships[at];
            let of_shape = nesting.shown[at] || describes_subject(bom, at);
            let shown = pairs.take(relationship, ids, &services) || of_shape;
            // What is said both plainly and more precisely is carried, and so is that nothing is
            // needed where something is.
            let twin = (&relationship.from, relationship.kind, &relationship.to);
            let contradicted = relationship.to == Element::None && depending.contains(&relationship.from);
            if !shown || relationship.comment.is_some() || contradicted || precise.contains(&twin) {
                match &relationship.from {
                    Element::Component(index) => sorted.hidden.entry(*index).or_default().push(at),
                    _ => sorted.hidden_elsewhere.push(at),
                }
            }
        }
        sorted.shown = pairs.sorted(order, ids);
        sorted
    }
}

fn describes_subject(bom: &Bom<'_>, at: usize) -> bool {
    let relationship = &bom.relationships[at];
    let of_subject = matches!(relationship.to, Element::Component(to) if Some(to) == bom.subject);
    relationship.from == Element::Document && of_subject && plain(bom, at, RelationshipType::DESCRIBES)
}

/// From and to, as `ref`s and in order.
#[derive(Default)]
struct Pairs {
    needed: Vec<(usize, usize)>,
    /// Where one of the two is a service.
    elsewhere: Vec<(String, String)>,
    /// What is known to need nothing.
    nothing: Vec<usize>,
}

impl Pairs {
    /// Takes a dependency; tells whether that is all that the relationship says.
    fn take(&mut self, relationship: &Relationship<'_>, ids: &[String], services: &HashSet<String>) -> bool {
        let dependency = relationship.kind == RelationshipType::DEPENDS_ON;
        let of = |element: &Element<'_>| match element {
            Element::Component(index) => ids.get(*index).cloned(),
            Element::Other(id) => services.contains(id.as_str()).then(|| id.to_string()),
            _ => None,
        };
        match (&relationship.from, &relationship.to) {
            (Element::Component(from), Element::Component(to)) if dependency => self.needed.push((*from, *to)),
            (Element::Component(from), Element::Component(to)) if relationship.kind.is_kind_of_dependency() => {
                self.needed.push((*to, *from));
                return false;
            }
            (Element::Component(from), Element::None) if dependency => self.nothing.push(*from),
            (from, to) if dependency => match (of(from), of(to)) {
                (Some(from), Some(to)) => self.elsewhere.push((from, to)),
                _ => return false,
            },
            _ => return false,
        }
        true
    }

    fn sorted(self, order: &Order, ids: &[String]) -> Vec<(String, Vec<String>)> {
        let mut needs: HashMap<&str, Vec<(usize, &str)>> = HashMap::new();
        let mut ranks: HashMap<&str, usize> = HashMap::new();
        for (from, to) in &self.needed {
            ranks.insert(&ids[*from], order.rank(*from));
            needs.entry(&ids[*from]).or_default().push((order.rank(*to), &ids[*to]));
        }
        for (from, to) in &self.elsewhere {
            needs.entry(from).or_default().push((usize::MAX, to));
        }
        for from in &self.nothing {
            ranks.insert(&ids[*from], order.rank(*from));
            needs.entry(&ids[*from]).or_default();
        }
        let mut sorted: Vec<_> = needs.into_iter().collect();
        sorted.sort_unstable_by_key(|(from, _)| (ranks.get(from).copied().unwrap_or(usize::MAX), *from));
        let texts = |mut to: Vec<(usize, &str)>| {
            to.sort_unstable();
            to.dedup();
            to.into_iter().map(|(_, to)| to.to_owned()).collect()
        };
        sorted.into_iter().map(|(from, to)| (from.to_owned(), texts(to))).collect()
    }
}

/// What is also said with a comment, or of a dependency with its purpose.
fn precise<'b>(bom: &'b Bom<'_>) -> HashSet<(&'b Element<'b>, RelationshipType, &'b Element<'b>)> {
    let precise = bom.relationships.iter().filter_map(|relationship| {
        let Relationship { from, kind, to, comment } = relationship;
        if kind.is_kind_of_dependency() {
            Some((to, RelationshipType::DEPENDS_ON, from))
        } else {
            comment.is_some().then_some((from, *kind, to))
        }
    });
    precise.collect()
}

/// What needs something.
fn depending<'b>(bom: &'b Bom<'_>) -> HashSet<&'b Element<'b>> {
    let depending = bom.relationships.iter().filter_map(|relationship| {
        let something = !matches!(relationship.to, Element::None | Element::NoAssertion);
        if relationship.kind.is_kind_of_dependency() {
            Some(&relationship.to)
        } else {
            (relationship.kind == RelationshipType::DEPENDS_ON && something).then_some(&relationship.from)
        }
    });
    depending.collect()
}

/// The `bom-ref`s of the services, which are kept as they stand. Those within others are left
/// out: what reads documents (`cyclonedx-python-lib`) does not find them.
fn service_refs(bom: &Bom<'_>) -> HashSet<String> {
    let services = bom.extras.cyclonedx.iter().find(|member| member.name == "services");
    let services = services.filter(|member| is_valid("/properties/services", &member.json));
    let services: Vec<Value> = services.and_then(|member| serde_json::from_str(&member.json).ok()).unwrap_or_default();
    let reference = |service: &Value| service.get("bom-ref").and_then(Value::as_str).map(str::to_owned);
    services.iter().filter_map(reference).collect()
}

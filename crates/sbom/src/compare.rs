//! What two documents have in common.

use std::collections::BTreeMap;

use crate::model::{Bom, Component};

/// What became of the packages from one document to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Packages of the second only, as `(name, version)`, in order.
    pub added: Vec<(String, Option<String>)>,
    /// Packages of the first only.
    pub removed: Vec<(String, Option<String>)>,
    /// Packages of both, of which the versions differ.
    pub changed: Vec<Change>,
}

/// A package whose versions differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Its package URL without version and qualifiers, else its name and kind.
    pub name: String,
    /// Its versions in the first document, in order; more than one if it lies in several places.
    pub before: Vec<String>,
    /// Its versions in the second.
    pub after: Vec<String>,
}

/// Compares the packages of two documents, without their subjects. Packages are the same by
/// their package URL without version, qualifiers and subpath, or by name and kind if they have
/// none.
#[must_use]
pub fn diff(before: &Bom<'_>, after: &Bom<'_>) -> Diff {
    let (before, after) = (versions(before), versions(after));
    let mut diff = Diff::default();
    for (name, old) in &before {
        match after.get(name) {
            None => diff.removed.extend(old.iter().map(|version| (name.clone(), version.clone()))),
            Some(new) if new == old => (),
            Some(new) => {
                let texts =
                    |versions: &[Option<String>]| versions.iter().map(|v| v.clone().unwrap_or_default()).collect();
                diff.changed.push(Change { name: name.clone(), before: texts(old), after: texts(new) });
            }
        }
    }
    for (name, new) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        diff.added.extend(new.iter().map(|version| (name.clone(), version.clone())));
    }
    diff
}

/// The versions of each package, in order.
fn versions(bom: &Bom<'_>) -> BTreeMap<String, Vec<Option<String>>> {
    let mut packages: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
    for (index, component) in bom.components.iter().enumerate() {
        if !component.file && Some(index) != bom.subject {
            let version = component.version.as_ref().map(|version| version.to_string());
            packages.entry(name(component)).or_default().push(version);
        }
    }
    for versions in packages.values_mut() {
        versions.sort();
        versions.dedup();
    }
    packages
}

/// What a package is recognised by.
fn name(component: &Component<'_>) -> String {
    match component.purls.first() {
        Some(purl) => without_version(purl).to_owned(),
        None => {
            let kind = component.kind.and_then(|kind| kind.cyclonedx().or(kind.spdx())).unwrap_or("package");
            format!("{} ({kind})", component.full_name())
        }
    }
}

/// A package URL without its version, qualifiers and subpath. An `@` of a scope that was not
/// encoded begins a segment, that of the version does not.
fn without_version(purl: &str) -> &str {
    let purl = &purl[..purl.find(['?', '#']).unwrap_or(purl.len())];
    let last = purl.rfind('/').map_or(0, |at| at + 1);
    match purl[last..].find('@') {
        Some(at) if at > 0 => &purl[..last + at],
        _ => purl,
    }
}

/// Whether two documents name the same packages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parity {
    /// How many packages the first has, without its subject and files.
    pub first_packages: usize,
    /// How many the second has.
    pub second_packages: usize,
    /// How many different package URLs both have.
    pub shared: usize,
    /// The package URLs of the first only, in order.
    pub first_only: Vec<String>,
    /// The package URLs of the second only, in order.
    pub second_only: Vec<String>,
}

impl Parity {
    /// Whether both have the same package URLs.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.first_only.is_empty() && self.second_only.is_empty()
    }
}

/// Compares the package URLs of two documents, as they are written there. Those of their
/// subjects do not count: not every format has a place for them.
#[must_use]
pub fn parity(first: &Bom<'_>, second: &Bom<'_>) -> Parity {
    let purls = |bom: &Bom<'_>| {
        let packages = bom.components.iter().enumerate().filter(|(at, c)| !c.file && Some(*at) != bom.subject);
        let (mut count, mut purls) = (0, std::collections::BTreeSet::new());
        for (_, package) in packages {
            count += 1;
            purls.extend(package.purls.iter().map(|purl| purl.to_string()));
        }
        (count, purls)
    };
    let ((first_packages, first), (second_packages, second)) = (purls(first), purls(second));
    Parity {
        first_packages,
        second_packages,
        shared: first.intersection(&second).count(),
        first_only: first.difference(&second).cloned().collect(),
        second_only: second.difference(&first).cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;
    use crate::text::Text;

    fn bom(packages: &[(&'static str, &'static str, &'static str)]) -> Bom<'static> {
        let component = |(name, version, purl): &(&'static str, &'static str, &'static str)| Component {
            name: Text::from(*name),
            version: Some(Text::from(*version)),
            purls: Some(*purl).filter(|purl| !purl.is_empty()).map(Text::from).into_iter().collect(),
            kind: Some(Kind::Library),
            ..Component::default()
        };
        Bom { components: packages.iter().map(component).collect(), ..Bom::default() }
    }

    #[test]
    fn packages_are_added_removed_and_changed() {
        let before = bom(&[("a", "1", "pkg:npm/%40x/a@1?y=z"), ("b", "1", ""), ("c", "1", "pkg:deb/c@1")]);
        let after = bom(&[("a", "2", "pkg:npm/%40x/a@2"), ("b", "1", ""), ("d", "1", "pkg:deb/d@1")]);
        let found = diff(&before, &after);
        assert_eq!(found.added, [("pkg:deb/d".to_owned(), Some("1".to_owned()))]);
        assert_eq!(found.removed, [("pkg:deb/c".to_owned(), Some("1".to_owned()))]);
        let changed = Change { name: "pkg:npm/%40x/a".into(), before: vec!["1".into()], after: vec!["2".into()] };
        assert_eq!(found.changed, [changed]);
        assert_eq!(diff(&after, &after), Diff::default());
    }

    #[test]
    fn a_scope_is_no_version() {
        assert_eq!(without_version("pkg:npm/@x/a@1.0?b#c"), "pkg:npm/@x/a");
        assert_eq!(without_version("pkg:npm/@x"), "pkg:npm/@x");
        assert_eq!(without_version("pkg:oci/a@sha256:00"), "pkg:oci/a");
    }

    #[test]
    fn parity_is_of_package_urls() {
        let one = bom(&[("a", "1", "pkg:deb/a@1"), ("b", "1", "pkg:deb/b@1"), ("os", "1", "")]);
        let other = bom(&[("x", "1", "pkg:deb/a@1"), ("c", "1", "pkg:deb/c@1")]);
        let found = parity(&one, &other);
        assert_eq!((found.first_packages, found.second_packages, found.shared, found.holds()), (3, 2, 1, false));
        assert_eq!((found.first_only, found.second_only), (vec!["pkg:deb/b@1".into()], vec!["pkg:deb/c@1".into()]));
        assert!(parity(&one, &one).holds());
    }
}

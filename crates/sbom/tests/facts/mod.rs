//! What a document says, to be compared.

use std::collections::{BTreeMap, BTreeSet};

use podarmor_sbom::{Bom, Element};

/// Everything that a document says, as text that does not depend on its order.
pub(crate) fn facts(bom: &Bom<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut facts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for component in &bom.components {
        let mut add = |what: &str, value: String| {
            facts.entry(format!("{} {what}", component.id)).or_default().insert(value);
        };
        add(
            "name",
            format!("{:?} {} {:?} file {}", component.group, component.name, component.version, component.file),
        );
        add("kind", format!("{:?}", component.kind));
        add("purls", format!("{:?}", component.purls));
        add("cpes", format!("{:?}", component.cpes));
        add("licences", format!("{:?} {:?}", component.declared, component.concluded));
        add("parties", format!("{:?} {:?}", component.supplier, component.originator));
        add("text", format!("{:?} {:?}", component.copyright, component.description));
        add("places", format!("{:?} {:?}", component.download_location, component.homepage));
        for hash in &component.hashes {
            add("hashes", format!("{:?} {}", hash.algorithm, hash.value.to_ascii_lowercase()));
        }
        component.references.iter().for_each(|reference| add("references", format!("{reference:?}")));
        component.properties.iter().for_each(|property| add("properties", format!("{property:?}")));
        let extras = component.extras.spdx.iter().chain(&component.extras.cyclonedx);
        extras.filter(|member| member.name != "filesAnalyzed").for_each(|member| add("extras", format!("{member:?}")));
    }
    let name = |element: &Element<'_>| match element {
        Element::Component(index) => bom.components[*index].id.to_string(),
        other => format!("{other:?}"),
    };
    for relationship in &bom.relationships {
        let line = format!("{} {} {:?}", relationship.kind.spdx(), name(&relationship.to), relationship.comment);
        facts.entry(format!("{} relationships", name(&relationship.from))).or_default().insert(line);
    }
    for license in &bom.licenses {
        facts.entry("licences".to_owned()).or_default().insert(format!("{license:?}"));
    }
    facts.entry("subject".to_owned()).or_default().insert(format!("{:?}", bom.subject().map(|subject| &subject.id)));
    let document = [format!("{:?} {:?} {:?} {:?}", bom.name, bom.namespace, bom.serial_number, bom.created)];
    facts.entry("document".to_owned()).or_default().extend(document);
    facts.entry("creators".to_owned()).or_default().extend(bom.creators.iter().map(|creator| format!("{creator:?}")));
    let extras = bom.extras.spdx.iter().chain(&bom.extras.cyclonedx).map(|member| format!("{member:?}"));
    facts.entry("extras".to_owned()).or_default().extend(extras);
    facts
}

/// What only one of two documents says.
pub(crate) fn compare(one: &Bom<'_>, other: &Bom<'_>) -> Vec<String> {
    let (one, other) = (facts(one), facts(other));
    let mut lines = Vec::new();
    for name in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
        let empty = BTreeSet::new();
        let (one, other) = (one.get(name).unwrap_or(&empty), other.get(name).unwrap_or(&empty));
        let (lost, new): (Vec<_>, Vec<_>) = (one.difference(other).collect(), other.difference(one).collect());
        if !lost.is_empty() || !new.is_empty() {
            lines.push(format!("{name:.200}: lost {lost:.2000?}, new {new:.2000?}").chars().take(600).collect());
        }
    }
    lines
}

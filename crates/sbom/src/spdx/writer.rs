//! From the model to SPDX 2.3 in JSON.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::members::{self, Part};
use super::{DOCUMENT, terms, valid};
use crate::carried::{Carried, TOOL, list};
use crate::cyclonedx;
use crate::digest::{short_hash, uuid};
use crate::license::named::NO_ASSERTION;
use crate::license::unlisted;
use crate::model::{Bom, Component, Element, Kind, License, Member, Party, RelationshipType};
use crate::output::{Output, quoted};
use crate::time;
use crate::write::{Order, RENDERER_VERSION, carried_relationships};

/// Renders a document.
pub(crate) fn write(bom: &Bom<'_>) -> Vec<u8> {
    let writer = Writer::new(bom);
    let mut output = Output::with_capacity(1024 + 512 * bom.components.len());
    output.object(|output| writer.document(output));
    output.into_bytes()
}

struct Writer<'b> {
    bom: &'b Bom<'b>,
    order: Order,
    /// The SPDX identifier of each component.
    ids: Vec<String>,
    /// Whether each component is written as a file, which demands a SHA-1.
    files: Vec<bool>,
    /// Whether each component contains a file.
    has_files: Vec<bool>,
    created: String,
    /// What stands for a licence that what checks documents does not know.
    stand_ins: BTreeMap<String, String>,
    context: members::Context<'b>,
}

impl<'b> Writer<'b> {
    fn new(bom: &'b Bom<'b>) -> Self {
        let order = Order::of(bom);
        let files: Vec<bool> = bom.components.iter().map(is_written_as_file).collect();
        let ids = ids(bom, &order);
        let mut has_files = vec![false; bom.components.len()];
        for relationship in &bom.relationships {
            if let (Element::Component(from), Element::Component(to)) = (&relationship.from, &relationship.to) {
                has_files[*from] |= relationship.kind == RelationshipType::CONTAINS && files[*to];
            }
        }
        let created = bom.created.as_deref().and_then(time::to_spdx).unwrap_or_else(|| time::UNKNOWN.to_owned());
        let mut context = members::Context::of(bom);
        let names = ids.iter().zip(&files).filter(|(_, file)| **file).map(|(id, _)| id.clone());
        context.files = names.collect();
        // Only snippets could have the same.
        if bom.extras.spdx.iter().any(|member| member.name == "snippets") {
            context.ids = ids.iter().cloned().collect();
        }
        let mut stand_ins = BTreeMap::new();
        let licenses = bom.components.iter().flat_map(|component| [&component.declared, &component.concluded]);
        for license in licenses.flatten() {
            if let License::Expression(expression) = license {
                unlisted::replace(expression, &mut stand_ins);
            }
        }
        let defined: HashSet<&str> = bom.licenses.iter().map(|license| license.id.as_str()).collect();
        stand_ins.retain(|id, _| !defined.contains(id.as_str()));
        Self { bom, order, ids, files, has_files, created, stand_ins, context }
    }

    fn document(&self, output: &mut Output) {
        let mut carried = Carried::default();
        let (native, left) = members::split(&self.bom.extras.spdx, Part::Document, &self.context);
        carried.spdx = left;
        let snippets = members::snippet_ids(&native);
        let (relationships, dangling) = self.sort_relationships(&snippets);
        if !dangling.is_empty() {
            carried.spdx("relationships", carried_relationships(self.bom, &dangling, true));
        }
        output.text("spdxVersion", "SPDX-2.3");
        output.text("dataLicense", "CC0-1.0");
        output.text("SPDXID", DOCUMENT);
        self.identity(output, &mut carried);
        self.creation(output, &native);
        for member in native.iter().filter(|member| !member.name.contains('/') && member.name != "licenseListVersion") {
            if !matches!(member.name.as_str(), "annotations" | "snippets") {
                output.name(&member.name).raw(&member.json);
            }
        }
        self.licenses(output);
        let inferred = self.inferred(&relationships);
        if inferred.is_some() {
            carried.spdx("describesInferred", "true");
        }
        carried.cyclonedx.extend(self.bom.extras.cyclonedx.iter().map(owned));
        self.annotations(output, &native, carried);
        self.elements(output);
        if let Some(snippets) = native.iter().find(|member| member.name == "snippets") {
            output.name("snippets").raw(&snippets.json);
        }
        output.name("relationships").array(|output| {
            for target in inferred.iter().flatten() {
                relationship(output, DOCUMENT, RelationshipType::DESCRIBES, target, None);
            }
            for at in relationships {
                let of = &self.bom.relationships[at];
                let (from, to) = (self.name(&of.from), self.name(&of.to));
                relationship(output, from, of.kind, to, of.comment.as_deref());
            }
        });
    }

    /// The name and the namespace of the document.
    fn identity(&self, output: &mut Output, carried: &mut Carried) {
        let name = match &self.bom.name {
            Some(name) => name.to_string(),
            None => {
                carried.spdx("name", "\"\"");
                self.bom.subject().map_or_else(|| "unnamed".to_owned(), Component::full_name)
            }
        };
        output.text("name", &name);
        if let Some(serial) = &self.bom.serial_number {
            carried.cyclonedx("serialNumber", quoted(serial));
        }
        let namespace = match self.bom.namespace.as_deref().filter(|namespace| valid::is_namespace(namespace)) {
            Some(namespace) => namespace.to_owned(),
            None => {
                carried.spdx("documentNamespace", "\"\"");
                self.namespace()
            }
        };
        output.text("documentNamespace", &namespace);
        if self.bom.created.is_none() {
            carried.spdx("created", "\"\"");
        } else if self.bom.created.as_deref() != Some(&self.created) {
            carried.cyclonedx("metadata/timestamp", quoted(self.bom.created.as_deref().unwrap_or_default()));
        }
    }

    /// The BOM-Link of a CycloneDX document, or a UUID made of what the document says.
    fn namespace(&self) -> String {
        let serial = self.bom.serial_number.as_deref().unwrap_or_default();
        let version = self.bom.extras.cyclonedx.iter().find(|member| member.name == "version");
        let version = version.map_or("1", |member| &member.json);
        match serial.strip_prefix("urn:uuid:") {
            Some(uuid) if valid::is_namespace(serial) && version.bytes().all(|b| b.is_ascii_digit()) => {
                format!("urn:cdx:{uuid}/{version}")
            }
            _ => {
                let mut parts = vec![self.created.as_str()];
                parts.extend(self.order.components.iter().map(|index| self.ids[*index].as_str()));
                uuid(&parts)
            }
        }
    }

    fn creation(&self, output: &mut Output, native: &[&Member<'_>]) {
        let mut creators: Vec<String> = self.bom.creators.iter().filter_map(Party::to_spdx).collect();
        creators.sort();
        creators.dedup();
        creators.push(format!("Tool: {TOOL}-{RENDERER_VERSION}"));
        output.name("creationInfo").object(|output| {
            output.text("created", &self.created);
            output.texts("creators", creators.iter().map(String::as_str));
            for member in native {
                match member.name.as_str() {
                    "licenseListVersion" => output.name("licenseListVersion").raw(&member.json),
                    "creationInfo/comment" => output.name("comment").raw(&member.json),
                    _ => (),
                }
            }
        });
    }

    fn licenses(&self, output: &mut Output) {
        let mut licenses: Vec<_> = self.bom.licenses.iter().collect();
        licenses.sort_by(|one, other| one.id.cmp(&other.id));
        if licenses.is_empty() && self.stand_ins.is_empty() {
            return;
        }
        output.name("hasExtractedLicensingInfos").array(|output| {
            for (id, license) in &self.stand_ins {
                output.object(|output| {
                    output.text("licenseId", id);
                    output.text("extractedText", license);
                    output.text("name", license);
                });
            }
            for license in licenses {
                let text = license.text.as_ref().or(license.name.as_ref()).filter(|text| !text.is_empty());
                output.object(|output| {
                    output.text("licenseId", &license.id);
                    output.text("extractedText", text.map_or(NO_ASSERTION, |text| text));
                    output.optional("name", license.name.as_ref());
                    output.optional("comment", license.comment.as_ref());
                    let urls = || license.see_also.iter().map(|url| url.as_str()).filter(|url| valid::is_url(url));
                    if urls().next().is_some() {
                        output.texts("seeAlsos", urls());
                    }
                });
            }
        });
    }

    /// The annotations of others and those that carry what SPDX cannot say.
    fn annotations(&self, output: &mut Output, native: &[&Member<'_>], carried: Carried) {
        let others = native.iter().find(|member| member.name == "annotations");
        let objects: Vec<_> = carried.objects().collect();
        if others.is_none() && objects.is_empty() {
            return;
        }
        output.name("annotations").array(|output| {
            if let Some(others) = others.and_then(|others| others.json.strip_prefix('[')?.strip_suffix(']')) {
                output.raw(others);
            }
            for (name, object) in objects {
                output.object(|output| {
                    output.text("annotationDate", &self.created);
                    output.text("annotationType", "OTHER");
                    output.text("annotator", &format!("Tool: {TOOL}-{RENDERER_VERSION}"));
                    output.text("comment", &format!("{name} {object}"));
                });
            }
        });
    }

    fn elements(&self, output: &mut Output) {
        let (files, packages): (Vec<usize>, Vec<usize>) =
            self.order.components.iter().partition(|index| self.files[**index]);
        output.name("packages").array(|output| {
            packages.iter().for_each(|index| output.object(|output| self.package(output, *index)));
        });
        if !files.is_empty() {
            output.name("files").array(|output| {
                files.iter().for_each(|index| output.object(|output| self.file(output, *index)));
            });
        }
    }

    fn package(&self, output: &mut Output, index: usize) {
        let component = &self.bom.components[index];
        let mut carried = self.carried(index);
        let analyzed = self.has_files[index] || says(&component.extras.spdx, "filesAnalyzed", "true");
        let part = if analyzed { Part::AnalyzedPackage } else { Part::Package };
        let (native, left) = members::split(&component.extras.spdx, part, &self.context);
        carried.spdx = left;
        if component.file {
            carried.spdx("element", "\"File\"");
        }
        output.text("name", &component.full_name());
        output.text("SPDXID", &self.ids[index]);
        output.optional("versionInfo", component.version.as_ref());
        if let Some(kind) = component.kind {
            output.text("primaryPackagePurpose", kind.spdx().unwrap_or("OTHER"));
        }
        parties(output, component, &mut carried);
        locations(output, component, &mut carried);
        output.name("filesAnalyzed").raw(if analyzed { "true" } else { "false" });
        checksums(output, component, &mut carried);
        output.text("licenseConcluded", &license(component.concluded.as_ref()));
        output.text("licenseDeclared", &license(component.declared.as_ref()));
        output.text("copyrightText", component.copyright.as_deref().unwrap_or(NO_ASSERTION));
        output.optional("description", component.description.as_ref());
        external_refs(output, component, &native, &mut carried);
        self.natives(output, &native);
        self.annotations(output, &native, carried);
    }

    fn natives(&self, output: &mut Output, native: &[&Member<'_>]) {
        for member in native {
            if !matches!(member.name.as_str(), "annotations" | "externalRefs" | "filesAnalyzed") {
                output.name(&member.name).raw(&member.json);
            }
        }
    }

    fn file(&self, output: &mut Output, index: usize) {
        let component = &self.bom.components[index];
        let mut carried = self.carried(index);
        let (native, left) = members::split(&component.extras.spdx, Part::File, &self.context);
        carried.spdx = left;
        let name = component.name.trim_start_matches('/');
        let name = if name.is_empty() { "." } else { name };
        if name != component.name.as_str() {
            carried.spdx("fileName", quoted(&component.name));
        }
        output.text("fileName", name);
        output.text("SPDXID", &self.ids[index]);
        checksums(output, component, &mut carried);
        // What is not asserted need not be said (SPDX 2.3), and there are many files.
        if component.concluded.is_some() {
            output.text("licenseConcluded", &license(component.concluded.as_ref()));
        }
        if let Some(declared) = &component.declared {
            carried.spdx("licenseDeclared", quoted(&license(Some(declared))));
        }
        output.optional("copyrightText", component.copyright.as_ref());
        self.natives(output, &native);
        self.annotations(output, &native, carried);
    }

    /// What SPDX has no place for, of a package or a file.
    fn carried(&self, index: usize) -> Carried {
        let component = &self.bom.components[index];
        let mut carried = Carried::default();
        if self.ids[index] != component.id.as_str() {
            carried.cyclonedx("bom-ref", quoted(&component.id));
        }
        if let Some(group) = &component.group {
            carried.cyclonedx("group", quoted(group));
        }
        if let Some(kind) = component.kind.filter(|kind| kind.spdx().is_none()) {
            carried.cyclonedx("type", quoted(kind.cyclonedx().unwrap_or("cryptographic-asset")));
        }
        if self.files[index] && component.kind != Some(Kind::File) {
            carried.spdx("primaryPackagePurpose", quoted(component.kind.and_then(Kind::spdx).unwrap_or(NO_ASSERTION)));
        }
        if !component.properties.is_empty() {
            carried.cyclonedx("properties", cyclonedx::properties_json(&component.properties));
        }
        carried.cyclonedx.extend(component.extras.cyclonedx.iter().map(owned));
        carried
    }

    /// The relationships in order, and those with an end that is not in the document.
    fn sort_relationships(&self, snippets: &HashSet<String>) -> (Vec<usize>, Vec<usize>) {
        let known = |element: &Element<'_>| match element {
            Element::Document => true,
            Element::Component(index) => *index < self.ids.len(),
            Element::None | Element::NoAssertion => false,
            Element::Other(id) => match id.split_once(':') {
                Some((document, id)) => self.context.documents.contains(document) && valid::is_id(id),
                None => snippets.contains(id.as_str()),
            },
        };
        self.order.relationships(self.bom).into_iter().partition(|at| {
            let relationship = &self.bom.relationships[*at];
            let nothing = matches!(relationship.to, Element::None | Element::NoAssertion);
            known(&relationship.from) && (nothing || known(&relationship.to))
        })
    }

    fn name<'e>(&'e self, element: &'e Element<'_>) -> &'e str {
        match element {
            Element::Document => DOCUMENT,
            Element::Component(index) => &self.ids[*index],
            Element::None => "NONE",
            Element::NoAssertion => NO_ASSERTION,
            Element::Other(id) => id,
        }
    }

    /// What the document describes, where it does not say: the subject, or all packages that
    /// nothing contains or depends on.
    fn inferred(&self, relationships: &[usize]) -> Option<Vec<&str>> {
        let of = |at: &usize| &self.bom.relationships[*at];
        let describes = |at: &usize| of(at).kind == RelationshipType::DESCRIBES && of(at).from == Element::Document;
        if relationships.iter().any(describes) {
            return None;
        }
        if let Some(subject) = self.bom.subject.filter(|subject| *subject < self.ids.len()) {
            return Some(vec![&self.ids[subject]]);
        }
        let mut root = vec![true; self.ids.len()];
        for at in relationships {
            if let (RelationshipType::CONTAINS | RelationshipType::DEPENDS_ON, Element::Component(to)) =
                (of(at).kind, &of(at).to)
            {
                root[*to] = false;
            }
        }
        let packages = || self.order.components.iter().filter(|index| !self.files[**index]);
        let roots: Vec<&str> =
            packages().filter(|index| root[**index]).map(|index| self.ids[*index].as_str()).collect();
        let first = || packages().next().or(self.order.components.first()).map_or("NONE", |index| &self.ids[*index]);
        Some(if roots.is_empty() { vec![first()] } else { roots })
    }
}

fn relationship(output: &mut Output, from: &str, kind: RelationshipType, to: &str, comment: Option<&str>) {
    output.object(|output| {
        output.text("spdxElementId", from);
        output.text("relatedSpdxElement", to);
        output.text("relationshipType", kind.spdx());
        if let Some(comment) = comment {
            output.text("comment", comment);
        }
    });
}

fn owned(member: &Member<'_>) -> Member<'static> {
    Member::new(member.name.clone().into_owned(), member.json.clone().into_owned())
}

fn says(members: &[Member<'_>], name: &str, json: &str) -> bool {
    members.iter().any(|member| member.name == name && member.json == json)
}

/// A file of SPDX has a SHA-1 and no identifiers.
pub(crate) fn is_written_as_file(component: &Component<'_>) -> bool {
    component.file && cyclonedx::has_shape_of_file(component)
}

/// Identifiers that are none of SPDX become the name and a hash of them.
fn ids(bom: &Bom<'_>, order: &Order) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::new();
    let own = |id: &str| valid::is_id(id) && id != DOCUMENT;
    taken.extend(bom.components.iter().map(|component| component.id.to_string()).filter(|id| own(id)));
    let mut ids = vec![String::new(); bom.components.len()];
    let mut used: HashMap<&str, usize> = HashMap::new();
    for index in &order.components {
        let component = &bom.components[*index];
        let first = used.insert(&component.id, *index).is_none();
        if own(&component.id) && first {
            ids[*index] = component.id.to_string();
            continue;
        }
        let what = if component.file { "File" } else { "Package" };
        let fits = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' };
        let name: String = component.full_name().chars().take(60).map(fits).collect();
        let mut id = format!("SPDXRef-{what}-{name}-{}", &short_hash(&[&component.id])[..16]);
        while !taken.insert(id.clone()) {
            id.push_str("-2");
        }
        ids[*index] = id;
    }
    ids
}

fn parties(output: &mut Output, component: &Component<'_>, carried: &mut Carried) {
    let parties = [("supplier", &component.supplier), ("originator", &component.originator)];
    for (name, party) in parties {
        let Some(party) = party else { continue };
        match party.to_spdx() {
            Some(text) => output.text(name, &text),
            None if name == "supplier" => carried.cyclonedx("supplier", cyclonedx::supplier_json(party)),
            None => {
                carried.cyclonedx("publisher", quoted(&party.to_mailbox().unwrap_or_else(|| party.name.to_string())))
            }
        }
    }
}

fn locations(output: &mut Output, component: &Component<'_>, carried: &mut Carried) {
    match component.download_location.as_deref() {
        Some(location) if location == "NONE" || valid::is_download_location(location) => {
            output.text("downloadLocation", location);
        }
        location => {
            output.text("downloadLocation", NO_ASSERTION);
            location.into_iter().for_each(|location| carried.spdx("downloadLocation", quoted(location)));
        }
    }
    match component.homepage.as_deref() {
        Some(page) if page == "NONE" || valid::is_url(page) => output.text("homepage", page),
        page => page.into_iter().for_each(|page| carried.spdx("homepage", quoted(page))),
    }
}

fn checksums(output: &mut Output, component: &Component<'_>, carried: &mut Carried) {
    let mut hashes: Vec<_> = component.hashes.iter().collect();
    hashes.sort();
    hashes.dedup();
    let (fit, left): (Vec<_>, Vec<_>) = hashes.into_iter().partition(|hash| hash.is_well_formed());
    let object = |output: &mut Output, algorithm: &str, value: &str| {
        output.object(|output| {
            output.text("algorithm", algorithm);
            output.text("checksumValue", value);
        });
    };
    for hash in left {
        let mut element = Output::with_capacity(96);
        object(&mut element, hash.algorithm.spdx(), &hash.value);
        carried.spdx("checksums", element.into_text());
    }
    if !fit.is_empty() {
        output.name("checksums").array(|output| {
            for hash in fit {
                object(output, hash.algorithm.spdx(), &hash.value.to_ascii_lowercase());
            }
        });
    }
}

fn license<'l>(license: Option<&'l License<'_>>) -> Cow<'l, str> {
    match license {
        None => Cow::Borrowed(NO_ASSERTION),
        Some(License::None) => Cow::Borrowed("NONE"),
        Some(License::Expression(expression)) => unlisted::replace(expression, &mut BTreeMap::new()),
    }
}

/// A reference that is to be written.
struct Pointer<'c> {
    category: &'static str,
    kind: &'c str,
    locator: &'c str,
    comment: Option<&'c str>,
}

impl Pointer<'_> {
    fn write(&self, output: &mut Output) {
        output.object(|output| {
            output.text("referenceCategory", self.category);
            output.text("referenceType", self.kind);
            output.text("referenceLocator", self.locator);
            if let Some(comment) = self.comment {
                output.text("comment", comment);
            }
        });
    }
}

/// Package URLs and CPEs in their order, then everything else.
fn external_refs(output: &mut Output, component: &Component<'_>, native: &[&Member<'_>], carried: &mut Carried) {
    let mut pointers = Vec::new();
    for purl in component.purls.iter().filter(|purl| valid::is_purl(purl)) {
        pointers.push(Pointer { category: "PACKAGE-MANAGER", kind: "purl", locator: purl, comment: None });
    }
    for cpe in &component.cpes {
        if let Some(kind) = valid::cpe_type(cpe) {
            pointers.push(Pointer { category: "SECURITY", kind, locator: cpe, comment: None });
        }
    }
    // All of them, so that their order is known.
    if component.purls.iter().any(|purl| !valid::is_purl(purl)) {
        carried.spdx("purls", list(&component.purls));
    }
    if component.cpes.iter().any(|cpe| valid::cpe_type(cpe).is_none()) {
        carried.spdx("cpes", list(&component.cpes));
    }
    let mut references: Vec<_> = component.references.iter().collect();
    references.sort();
    for reference in references {
        let comment = reference.comment.as_deref();
        let (kind, url) = (reference.kind.as_str(), reference.url.as_str());
        if kind == "advisories" && valid::is_url(url) {
            pointers.push(Pointer { category: "SECURITY", kind: "advisory", locator: url, comment });
        } else if kind != "advisories"
            && terms::REFERENCES.contains(&kind)
            && !url.is_empty()
            && !url.contains(|c: char| c.is_whitespace() || c.is_control())
        {
            pointers.push(Pointer { category: "OTHER", kind, locator: url, comment });
        } else {
            carried.cyclonedx("externalReferences", cyclonedx::reference_json(kind, url, comment));
        }
    }
    let others = || native.iter().filter(|member| member.name == "externalRefs");
    if !pointers.is_empty() || others().next().is_some() {
        output.name("externalRefs").array(|output| {
            pointers.iter().for_each(|pointer| pointer.write(output));
            others().for_each(|member| output.raw(&member.json));
        });
    }
}

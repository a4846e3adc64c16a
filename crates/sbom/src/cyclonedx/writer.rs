//! From the model to CycloneDX 1.5 in JSON.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::dependencies::Dependencies;
use super::nesting::Nesting;
use super::objects::PropertyObject;
use super::{CPE, own_field, properties_json, reference_json, supplier_json, tool};
use crate::carried::{Carried, TOOL, list};
use crate::digest::uuid;
use crate::license::expression::conjunction;
use crate::license::named::display_names;
use crate::model::{Bom, Component, Hash, Kind, License, Member, NamedLicense, PartyKind, Property};
use crate::output::{Output, quoted};
use crate::schema::{self, Schema};
use crate::text::Text;
use crate::time;
use crate::write::{Order, RENDERER_VERSION, carried_relationships};

/// Renders a document.
pub(crate) fn write(bom: &Bom<'_>) -> Vec<u8> {
    let mut writer = Writer::new(bom);
    let mut output = Output::with_capacity(1024 + 512 * bom.components.len());
    output.object(|output| writer.document(output));
    output.into_bytes()
}

struct Writer<'b> {
    bom: &'b Bom<'b>,
    order: Order,
    nesting: Nesting,
    /// The `bom-ref` of each component.
    ids: Vec<String>,
    /// What each licence that is on no list is called.
    names: HashMap<&'b str, (&'b str, &'b NamedLicense<'b>)>,
    /// The licences whose text was written already: once is enough.
    told: HashSet<&'b str>,
    dependencies: Dependencies,
}

impl<'b> Writer<'b> {
    fn new(bom: &'b Bom<'b>) -> Self {
        let order = Order::of(bom);
        let nesting = Nesting::of(bom, &order);
        let names = display_names(&bom.licenses).into_iter().zip(&bom.licenses);
        let names = names.map(|(name, license)| (license.id.as_str(), (name, license))).collect();
        let ids = ids(bom, &order);
        let dependencies = Dependencies::of(bom, &order, &nesting, &ids);
        Self { bom, order, nesting, ids, names, told: HashSet::new(), dependencies }
    }

    fn document(&mut self, output: &mut Output) {
        let mut carried = Carried::default();
        let extras = &self.bom.extras.cyclonedx;
        output.text("$schema", "http://cyclonedx.org/schema/bom-1.5.schema.json");
        output.text("bomFormat", "CycloneDX");
        output.text("specVersion", "1.5");
        self.serial_number(output, &mut carried);
        let mut native = Vec::new();
        for member in extras.iter().filter(|member| !member.name.starts_with("metadata/")) {
            if member.name != "signature" && is_valid(&format!("/properties/{}", member.name), &member.json) {
                native.push(member);
            } else {
                carried.cyclonedx.push(owned(member));
            }
        }
        native.sort();
        native.dedup_by(|one, other| one.name == other.name);
        if !native.iter().any(|member| member.name == "version") {
            output.name("version").raw("1");
        }
        for member in native {
            output.name(&member.name).raw(&member.json);
        }
        self.metadata(output, carried);
        let top: Vec<usize> = self.order.components.clone();
        let top = top.into_iter().filter(|index| Some(*index) != self.bom.subject && !self.nesting.is_nested(*index));
        let top: Vec<usize> = top.collect();
        output.name("components").array(|output| top.iter().for_each(|index| self.component(output, *index)));
        if !self.dependencies.shown.is_empty() {
            self.write_dependencies(output);
        }
    }

    fn write_dependencies(&self, output: &mut Output) {
        output.name("dependencies").array(|output| {
            for (from, to) in &self.dependencies.shown {
                output.object(|output| {
                    output.text("ref", from);
                    if !to.is_empty() {
                        output.texts("dependsOn", to.iter().map(String::as_str));
                    }
                });
            }
        });
    }

    /// The serial number of the source, or a UUID made of its namespace or contents.
    fn serial_number(&self, output: &mut Output, carried: &mut Carried) {
        let own = self.bom.serial_number.as_deref();
        if let Some(own) = own.filter(|own| is_valid("/properties/serialNumber", &quoted(own))) {
            output.text("serialNumber", own);
            return;
        }
        carried.spdx("serialNumber", "false");
        let mut parts = vec![self.bom.namespace.as_deref().unwrap_or_default()];
        if self.bom.namespace.is_none() {
            parts.extend(self.order.components.iter().map(|index| self.bom.components[*index].id.as_str()));
        }
        output.text("serialNumber", &uuid(&parts));
    }

    fn metadata(&mut self, output: &mut Output, mut carried: Carried) {
        let extras = self.bom.extras.cyclonedx.iter();
        let extras = extras.filter_map(|member| Some((member.name.strip_prefix("metadata/")?, member)));
        let (mut native, mut authors): (Vec<(&str, &Member<'_>)>, Vec<&Member<'_>>) = (Vec::new(), Vec::new());
        let mut properties = Vec::new();
        for (name, member) in extras {
            match name {
                "authors" if is_valid("/definitions/organizationalContact", &member.json) => authors.push(member),
                "properties" if is_valid("/definitions/metadata/properties/properties", &member.json) => {
                    // Only what is read back: the schema takes any member in them.
                    properties.push(known_properties(&member.json));
                }
                _ if is_valid(&format!("/definitions/metadata/properties/{name}"), &member.json) => {
                    native.push((name, member));
                }
                _ => carried.cyclonedx.push(owned(member)),
            }
        }
        native.sort_unstable();
        native.dedup_by_key(|(name, _)| *name);
        let tools = native.iter().any(|(name, _)| *name == "tools");
        output.name("metadata").object(|output| {
            self.created(output, &mut carried);
            self.creators(output, &mut carried, &authors, tools);
            native.iter().for_each(|(name, member)| output.name(name).raw(&member.json));
            if let Some(subject) = self.bom.subject.filter(|subject| *subject < self.ids.len()) {
                output.name("component");
                self.component(output, subject);
            }
            self.carry_document(&mut carried);
            let lists: Vec<&str> =
                properties.iter().filter_map(|json| json.strip_prefix('[')?.strip_suffix(']')).collect();
            write_properties(output, lists.into_iter().filter(|list| !list.is_empty()), carried);
        });
    }

    fn created(&self, output: &mut Output, carried: &mut Carried) {
        match self.bom.created.as_deref() {
            Some(created) if time::is_date_time(created) => output.text("timestamp", created),
            Some(created) => carried.cyclonedx("metadata/timestamp", quoted(created)),
            None => (),
        }
    }

    /// What SPDX says of the document.
    fn carry_document(&self, carried: &mut Carried) {
        let bom = self.bom;
        carried.spdx.extend(bom.extras.spdx.iter().map(owned));
        for (name, text) in [("name", &bom.name), ("documentNamespace", &bom.namespace)] {
            if let Some(text) = text {
                carried.spdx(name, quoted(text));
            }
        }
        if !self.dependencies.hidden_elsewhere.is_empty() {
            carried.spdx("relationships", carried_relationships(bom, &self.dependencies.hidden_elsewhere, true));
        }
        if !bom.licenses.is_empty() {
            carried.spdx("hasExtractedLicensingInfos", licenses_json(bom));
        }
    }

    fn creators(&self, output: &mut Output, carried: &mut Carried, authors: &[&Member<'_>], tools: bool) {
        let mut creators: Vec<_> = self.bom.creators.iter().collect();
        creators.sort();
        creators.dedup();
        if !tools {
            output.name("tools").object(|output| {
                output.name("components").array(|output| {
                    let own = format!("{TOOL}-{RENDERER_VERSION}");
                    let names = creators.iter().filter(|party| party.kind == PartyKind::Tool);
                    for said in names.map(|party| party.name.as_str()).chain([own.as_str()]) {
                        let (name, version) = tool(said);
                        output.object(|output| {
                            output.text("type", "application");
                            output.text("name", name);
                            if let Some(version) = version {
                                output.text("version", version);
                            }
                        });
                    }
                });
            });
        }
        let organizations = creators.iter().filter(|party| party.kind == PartyKind::Organization);
        let organizations: Vec<String> =
            organizations.filter_map(|party| party.to_spdx()).map(|text| quoted(&text)).collect();
        if !organizations.is_empty() {
            carried.spdx("creators", format!("[{}]", organizations.join(",")));
        }
        let persons: Vec<_> = creators.iter().filter(|party| party.kind == PartyKind::Person).collect();
        if !persons.is_empty() || !authors.is_empty() {
            output.name("authors").array(|output| {
                for person in persons {
                    output.object(|output| {
                        output.text("name", &person.name);
                        output.optional("email", person.email.as_ref());
                    });
                }
                authors.iter().for_each(|member| output.raw(&member.json));
            });
        }
    }

    fn component(&mut self, output: &mut Output, index: usize) {
        let bom = self.bom;
        let component = &bom.components[index];
        let mut carried = self.carried(index);
        let (native, left) = split(&component.extras.cyclonedx);
        carried.cyclonedx.extend(left);
        output.object(|output| {
            let has = |name: &str| native.iter().any(|member| member.name == name);
            output.text("type", component.kind.and_then(Kind::cyclonedx).unwrap_or(fallback(component)));
            output.text("bom-ref", &self.ids[index]);
            if !has("supplier") {
                supplier(output, component, &mut carried);
            }
            originator(output, component, &mut carried, &has);
            output.optional("group", component.group.as_ref());
            output.text("name", &component.name);
            output.optional("version", component.version.as_ref());
            output.optional("description", component.description.as_ref());
            hashes(output, component, &mut carried);
            self.licenses(output, component, &native, &mut carried);
            output.optional("copyright", component.copyright.as_ref());
            output.optional("cpe", component.cpes.first());
            output.optional("purl", component.purls.first());
            references(output, component, &native, &mut carried);
            for member in &native {
                if !matches!(
                    member.name.as_str(),
                    "licenses" | "externalReferences" | "hashes" | "author" | "publisher"
                ) {
                    output.name(&member.name).raw(&member.json);
                }
            }
            properties(output, component, carried);
            let children = self.nesting.children[index].clone();
            if !children.is_empty() {
                output.name("components").array(|output| {
                    children.iter().for_each(|child| self.component(output, *child));
                });
            }
        });
    }

    /// What CycloneDX has no place for.
    fn carried(&self, index: usize) -> Carried {
        let component = &self.bom.components[index];
        let mut carried = Carried::default();
        carried.spdx.extend(component.extras.spdx.iter().map(owned));
        if self.ids[index] != component.id.as_str() {
            carried.cyclonedx("bom-ref", quoted(&component.id));
        }
        match component.kind {
            Some(Kind::CryptographicAsset) => carried.cyclonedx("type", "\"cryptographic-asset\""),
            Some(kind) if kind.cyclonedx().is_none() => {
                carried.spdx("primaryPackagePurpose", quoted(kind.spdx().unwrap_or("OTHER")));
            }
            None if !component.extras.cyclonedx.iter().any(|member| member.name == "type") => {
                carried.spdx("primaryPackagePurpose", "\"NOASSERTION\"");
            }
            _ => (),
        }
        let read_as_file = component.kind == Some(Kind::File) && super::has_shape_of_file(component);
        if component.file != read_as_file {
            carried.spdx("element", if component.file { "\"File\"" } else { "\"Package\"" });
        }
        if let Some(subject) = self.bom.subject
            && subject != index
            && !self.nesting.is_nested(index)
            && !self.nesting.of_subject[index]
        {
            carried.spdx("contained", "false");
        }
        if let Some(hidden) = self.dependencies.hidden.get(&index) {
            carried.spdx("relationships", carried_relationships(self.bom, hidden, false));
        }
        if component.purls.len() > 1 {
            carried.spdx("purls", list(&component.purls));
        }
        if component.cpes.iter().skip(1).any(|cpe| !cpe.starts_with("cpe:2.3:")) {
            carried.spdx("cpes", list(&component.cpes));
        }
        carried
    }

    /// The declared licence, or the concluded one where there is no other.
    fn licenses(
        &mut self,
        output: &mut Output,
        component: &'b Component<'b>,
        native: &[&Member<'_>],
        carried: &mut Carried,
    ) {
        let shown = component.declared.as_ref().or(component.concluded.as_ref());
        let text = |license: &Option<License<'_>>| match license {
            None => quoted("NOASSERTION"),
            Some(License::None) => quoted("NONE"),
            Some(License::Expression(text)) => quoted(text),
        };
        // Only of a file the one licence that is shown is taken for the concluded one.
        let taken_for_declared = !component.file;
        if taken_for_declared {
            if component.concluded.is_some() {
                carried.spdx("licenseConcluded", text(&component.concluded));
            }
            if component.declared.is_none() && component.concluded.is_some()
                || component.declared == Some(License::None)
            {
                carried.spdx("licenseDeclared", text(&component.declared));
            }
        } else if component.declared.is_some() || component.concluded == Some(License::None) {
            carried.spdx("licenseDeclared", text(&component.declared));
            carried.spdx("licenseConcluded", text(&component.concluded));
        }
        let Some(License::Expression(expression)) = shown else { return };
        let terms = conjunction(expression);
        let names: Vec<&str> = match &terms {
            Some(terms) => terms.iter().map(|term| self.names.get(term).map_or(*term, |(name, _)| *name)).collect(),
            None => vec![expression],
        };
        let own = native.iter().find(|member| member.name == "licenses");
        if let Some(own) = own.filter(|own| license_names(&own.json).is_some_and(|own| own == names)) {
            output.name("licenses").raw(&own.json);
            return;
        }
        output.name("licenses").array(|output| match terms {
            Some(terms) => terms.into_iter().for_each(|term| self.license(output, term)),
            None => output.object(|output| output.text("expression", expression)),
        });
    }

    fn license(&mut self, output: &mut Output, term: &'b str) {
        let named = self.names.get(term).copied();
        let first = self.told.insert(term);
        output.object(|output| {
            output.name("license").object(|output| match named {
                None if schema::is_license_id(term) => output.text("id", term),
                None => output.text("name", term),
                Some((name, license)) => {
                    output.text("name", name);
                    let own = |text: &&Text<'_>| !matches!(text.as_str(), "NOASSERTION" | "") && text.as_str() != name;
                    if let Some(text) = license.text.as_ref().filter(own).filter(|_| first) {
                        output.name("text").object(|output| output.text("content", text));
                    }
                    if let Some(url) = license.see_also.first().filter(|url| schema::is_iri_reference(url)) {
                        output.text("url", url);
                    }
                }
            });
        });
    }
}

/// What the licences of a component are called, if that is all of what can be compared.
fn license_names(json: &str) -> Option<Vec<String>> {
    let value: Value = serde_json::from_str(json).ok()?;
    let name = |choice: &Value| {
        let license = choice.get("license");
        let name = license.and_then(|license| license.get("id").or_else(|| license.get("name")));
        name.or_else(|| choice.get("expression"))?.as_str().map(str::to_owned)
    };
    value.as_array()?.iter().map(name).collect()
}

/// Those of a component's own members that CycloneDX 1.5 has a place for, and the others.
fn split<'m>(members: &'m [Member<'m>]) -> (Vec<&'m Member<'m>>, Vec<Member<'static>>) {
    let mut seen = HashSet::new();
    let mut native = Vec::new();
    let mut left = Vec::new();
    for member in members {
        let name = member.name.as_str();
        let fits = match name {
            "externalReferences" => is_valid("/definitions/externalReference", &member.json),
            "hashes" => is_valid("/definitions/hash", &member.json),
            "type" | "bom-ref" | "name" | "components" | "properties" | "signature" => false,
            _ => seen.insert(name) && is_valid(&format!("/definitions/component/properties/{name}"), &member.json),
        };
        if fits { native.push(member) } else { left.push(owned(member)) }
    }
    native.sort();
    (native, left)
}

fn known_properties(json: &str) -> String {
    let objects: Vec<PropertyObject<'_>> = serde_json::from_str(json).unwrap_or_default();
    let property = |object: PropertyObject<'_>| Property {
        name: object.name.unwrap_or_default().into_owned(),
        value: object.value.map(Text::into_owned),
    };
    properties_json(&objects.into_iter().map(property).collect::<Vec<_>>())
}

/// Whether a value is valid by a part of the schema of CycloneDX 1.5; a part that there is not
/// makes none valid.
pub(crate) fn is_valid(pointer: &str, json: &str) -> bool {
    serde_json::from_str::<Value>(json).is_ok_and(|value| schema::is_valid(Schema::CycloneDx15, pointer, &value))
}

fn owned(member: &Member<'_>) -> Member<'static> {
    Member::new(member.name.clone().into_owned(), member.json.clone().into_owned())
}

/// The type of what has none in CycloneDX.
fn fallback(component: &Component<'_>) -> &'static str {
    match component.kind {
        Some(Kind::CryptographicAsset) => "data",
        _ => "library",
    }
}

fn external_ref(kind: &str, locator: &str) -> String {
    let mut output = Output::with_capacity(128);
    output.object(|output| {
        output.text("referenceCategory", "OTHER");
        output.text("referenceType", kind);
        output.text("referenceLocator", locator);
    });
    output.into_text()
}

/// Identifiers, made distinct where a model that was not read has two alike.
fn ids(bom: &Bom<'_>, order: &Order) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut ids = vec![String::new(); bom.components.len()];
    for index in &order.components {
        let id = &bom.components[*index].id;
        let mut distinct = if id.is_empty() { "component".to_owned() } else { id.to_string() };
        while !taken.insert(distinct.clone()) {
            distinct.push_str("-2");
        }
        ids[*index] = distinct;
    }
    ids
}

fn licenses_json(bom: &Bom<'_>) -> String {
    let mut licenses: Vec<_> = bom.licenses.iter().collect();
    licenses.sort_by(|one, other| one.id.cmp(&other.id));
    let mut output = Output::with_capacity(256);
    output.array(|output| {
        for license in licenses {
            output.object(|output| {
                output.text("licenseId", &license.id);
                output.optional("extractedText", license.text.as_ref());
                output.optional("name", license.name.as_ref());
                output.optional("comment", license.comment.as_ref());
                if !license.see_also.is_empty() {
                    output.texts("seeAlsos", license.see_also.iter().map(|url| url.as_str()));
                }
            });
        }
    });
    output.into_text()
}

fn supplier(output: &mut Output, component: &Component<'_>, carried: &mut Carried) {
    let Some(supplier) = &component.supplier else { return };
    if supplier.kind != PartyKind::Organization {
        carried.spdx("supplier", quoted(&supplier.to_spdx().unwrap_or_default()));
    }
    output.name("supplier").raw(&supplier_json(supplier));
}

/// An organisation is the publisher, a person the author.
fn originator(output: &mut Output, component: &Component<'_>, carried: &mut Carried, has: &dyn Fn(&str) -> bool) {
    let mut written = "";
    if let Some(party) = &component.originator {
        let text = party.to_mailbox();
        written = if party.kind == PartyKind::Organization { "publisher" } else { "author" };
        if text.is_none() || party.kind == PartyKind::Tool {
            carried.spdx("originator", quoted(&party.to_spdx().unwrap_or_default()));
        }
        output.text(written, &text.unwrap_or_else(|| party.name.to_string()));
    }
    for name in ["author", "publisher"] {
        let own = component.extras.cyclonedx.iter().find(|member| member.name == name);
        if let Some(member) = own.filter(|_| has(name) && written != name) {
            output.name(name).raw(&member.json);
        }
    }
}

fn hashes(output: &mut Output, component: &Component<'_>, carried: &mut Carried) {
    let mut hashes: Vec<&Hash<'_>> = component.hashes.iter().collect();
    hashes.sort();
    hashes.dedup();
    let fits = |hash: &&Hash<'_>| {
        let digits = matches!(hash.value.len(), 32 | 40 | 64 | 96 | 128);
        hash.algorithm.cyclonedx().is_some() && digits && hash.value.bytes().all(|b| b.is_ascii_hexdigit())
    };
    let (fit, left): (Vec<_>, Vec<_>) = hashes.into_iter().partition(fits);
    for hash in left {
        let mut element = Output::with_capacity(96);
        element.object(|output| {
            output.text("algorithm", hash.algorithm.spdx());
            output.text("checksumValue", &hash.value);
        });
        carried.spdx("checksums", element.into_text());
    }
    if !fit.is_empty() {
        output.name("hashes").array(|output| {
            for hash in fit {
                output.object(|output| {
                    output.text("alg", hash.algorithm.cyclonedx().unwrap_or_default());
                    output.text("content", &hash.value);
                });
            }
        });
    }
}

/// The place to download from, the web site and then all others, as they are looked for when
/// the document is read.
fn references(output: &mut Output, component: &Component<'_>, native: &[&Member<'_>], carried: &mut Carried) {
    let mut elements = Vec::new();
    let mut fields = Vec::new();
    let mut own =
        |kind: &str, name: &'static str, url: Option<&str>| match (url, url.map(|url| own_field(kind, url, None))) {
            (Some(url), Some(Some(field))) if schema::is_iri_reference(url) => {
                elements.push(reference_json(kind, url, None));
                fields.push(field);
            }
            (Some(url), _) => carried.spdx(name, quoted(url)),
            (None, _) => (),
        };
    let location = component.download_location.as_deref();
    let vcs = location.is_some_and(crate::spdx::is_download_from_vcs);
    own(if vcs { "vcs" } else { "distribution" }, "downloadLocation", location);
    own("website", "homepage", component.homepage.as_deref());
    let mut references: Vec<_> = component.references.iter().collect();
    references.sort();
    for reference in references {
        let (kind, url, comment) = (&reference.kind, &reference.url, reference.comment.as_deref());
        let json = reference_json(kind, url, comment);
        if own_field(kind, url, comment).is_some_and(|field| !fields.contains(&field)) {
            // It would be taken for the field, which says nothing or something else.
            carried.spdx("externalRefs", external_ref(kind, url));
        } else if is_valid("/definitions/externalReference", &json) {
            elements.push(json);
        } else {
            carried.cyclonedx("externalReferences", json);
        }
    }
    let others = native.iter().filter(|member| member.name == "externalReferences");
    elements.extend(others.map(|member| member.json.to_string()));
    if !elements.is_empty() {
        output.name("externalReferences").array(|output| elements.iter().for_each(|element| output.raw(element)));
    }
}

fn properties(output: &mut Output, component: &Component<'_>, carried: Carried) {
    let mut lists = Vec::new();
    let property = |name: &str, value: Option<&str>| {
        let mut element = Output::with_capacity(96);
        element.object(|output| {
            output.text("name", name);
            value.into_iter().for_each(|value| output.text("value", value));
        });
        element.into_text()
    };
    for own in &component.properties {
        lists.push(property(&own.name, own.value.as_deref()));
    }
    for cpe in component.cpes.iter().skip(1).filter(|cpe| cpe.starts_with("cpe:2.3:")) {
        lists.push(property(CPE, Some(cpe)));
    }
    write_properties(output, lists.iter().map(String::as_str), carried);
}

fn write_properties<'l>(output: &mut Output, lists: impl Iterator<Item = &'l str>, carried: Carried) {
    let lists: Vec<&str> = lists.collect();
    let objects: Vec<_> = carried.objects().collect();
    if lists.is_empty() && objects.is_empty() {
        return;
    }
    output.name("properties").array(|output| {
        lists.into_iter().for_each(|list| output.raw(list));
        for (name, object) in &objects {
            output.object(|output| {
                output.text("name", name);
                output.text("value", object);
            });
        }
    });
}

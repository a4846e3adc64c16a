//! From the objects of CycloneDX to the model.

use super::objects::{
    ComponentObject, Contact, Dependency, Document, HashObject, LicenseChoice, LicenseObject, Metadata, Organization,
    PropertyObject, Reference, Tool, Tools,
};
use crate::builder::{Builder, Note};
use crate::carried;
use crate::error::SbomError;
use crate::license::expression;
use crate::license::named::Licenses;
use crate::model::{
    Algorithm, Bom, Component, Element, ExternalReference, Hash, Kind, License, Member, Party, PartyKind, Property,
    RelationshipType, take,
};
use crate::output::{Output, quoted};
use crate::spdx;
use crate::text::Text;

/// Makes a [`Bom`] of a document.
pub(crate) fn read(mut document: Document<'_>) -> Result<(Bom<'_>, Vec<Note>), SbomError> {
    let mut builder = Builder::default();
    builder.bom.serial_number = document.serial_number.take();
    builder.bom.extras.cyclonedx = document.rest.into_iter().filter(|member| !is_default(member)).collect();
    let subject = metadata(&mut builder, document.metadata.take().unwrap_or_default());
    if let Some(subject) = subject {
        let index = component(&mut builder, subject, None)?;
        builder.bom.subject = Some(index);
        builder.imply(Element::Document, RelationshipType::DESCRIBES, Element::Component(index));
    }
    for object in document.components.take().map(|list| list.0).unwrap_or_default() {
        let index = component(&mut builder, object, None)?;
        let contained = take(&mut builder.bom.components[index].extras.spdx, "contained");
        if let Some(subject) = builder.bom.subject.filter(|_| contained.is_none()) {
            let (from, to) = (Element::Component(subject), Element::Component(index));
            builder.imply(from, RelationshipType::CONTAINS, to);
        }
    }
    for dependency in document.dependencies.take().map(|list| list.0).unwrap_or_default() {
        depend(&mut builder, dependency)?;
    }
    builder.finish()
}

/// What every rendered document has.
fn is_default(member: &Member<'_>) -> bool {
    member.name == "$schema" || member.name == "version" && member.json == "1"
}

fn element<'a>(builder: &Builder<'a>, reference: Text<'a>) -> Element<'a> {
    builder.component(&reference).map_or(Element::Other(reference), Element::Component)
}

fn depend<'a>(builder: &mut Builder<'a>, dependency: Dependency<'a>) -> Result<(), SbomError> {
    let from = element(builder, dependency.reference.unwrap_or_default());
    let needed = dependency.depends_on.map(|list| list.0).unwrap_or_default();
    // SPDX 2.3 says so that there is nothing needed; of what is no component it does not matter.
    if needed.is_empty() && matches!(from, Element::Component(_)) {
        builder.imply(from.clone(), RelationshipType::DEPENDS_ON, Element::None);
    }
    for reference in needed {
        let to = element(builder, reference);
        if builder.implied.len() >= crate::json::MOST_ELEMENTS {
            builder.relate(from.clone(), RelationshipType::DEPENDS_ON, to, None)?;
        } else {
            builder.imply(from.clone(), RelationshipType::DEPENDS_ON, to);
        }
    }
    if !dependency.rest.is_empty() {
        let mut output = Output::with_capacity(128);
        output.object(|output| {
            if let Element::Component(index) = &from {
                output.text("ref", &builder.bom.components[*index].id);
            }
            dependency.rest.iter().for_each(|member| output.name(&member.name).raw(&member.json));
        });
        builder.bom.extras.cyclonedx.push(Member::new("dependencies", output.into_text()));
    }
    Ok(())
}

/// What the document says of itself; gives back its subject.
fn metadata<'a>(builder: &mut Builder<'a>, metadata: Metadata<'a>) -> Option<ComponentObject<'a>> {
    builder.bom.created = metadata.timestamp;
    let mut extras: Vec<Member<'a>> = metadata.rest;
    if let Some(tools) = metadata.tools
        && !creators(builder, &tools.0)
    {
        extras.push(Member::new("tools", tools.0));
    }
    for author in metadata.authors.unwrap_or_default() {
        match author {
            Contact { name: Some(name), email, rest } if rest.is_empty() => {
                builder.bom.creators.push(Party { kind: PartyKind::Person, name, email });
            }
            author => extras.push(Member::new("authors", contact(&author))),
        }
    }
    let (properties, spdx, cyclonedx) = properties(metadata.properties.unwrap_or_default());
    if !properties.is_empty() {
        extras.push(Member::new("properties", properties_json(&properties)));
    }
    for member in extras {
        let name = format!("metadata/{}", member.name);
        builder.bom.extras.cyclonedx.push(Member::new(name, member.json));
    }
    builder.bom.extras.cyclonedx.extend(cyclonedx);
    restore_document(builder, spdx);
    metadata.component
}

fn contact(contact: &Contact<'_>) -> String {
    let mut output = Output::with_capacity(96);
    output.object(|output| {
        output.optional("name", contact.name.as_ref());
        output.optional("email", contact.email.as_ref());
        contact.rest.iter().for_each(|member| output.name(&member.name).raw(&member.json));
    });
    output.into_text()
}

/// The tools; tells whether that is all that is said of them.
fn creators(builder: &mut Builder<'_>, tools: &str) -> bool {
    let (tools, mut all) = match serde_json::from_str::<Tools<'_>>(tools) {
        Ok(object) => (object.components.unwrap_or_default(), object.rest.is_empty()),
        Err(_) => match serde_json::from_str::<Vec<Tool<'_>>>(tools) {
            Ok(list) => (list, true),
            Err(_) => return false,
        },
    };
    for Tool { kind, name, version, rest } in tools {
        let Some(name) = name.filter(|name| !name.starts_with(carried::TOOL)) else { continue };
        let said = version.map_or_else(|| name.to_string(), |version| format!("{name}-{version}"));
        let (_, split) = tool(&said);
        all &= rest.is_empty() && kind.is_none_or(|kind| kind == "application") && (split.is_some() || name == *said);
        builder.bom.creators.push(Party { kind: PartyKind::Tool, name: Text::from(said), email: None });
    }
    all
}

/// The name and the version of a tool, which SPDX writes with a hyphen between them.
pub(crate) fn tool(said: &str) -> (&str, Option<&str>) {
    match said.rsplit_once('-') {
        Some((name, version)) if !name.is_empty() && version.starts_with(|c: char| c.is_ascii_digit()) => {
            (name, Some(version))
        }
        _ => (said, None),
    }
}

fn restore_document<'a>(builder: &mut Builder<'a>, members: Vec<Member<'a>>) {
    for member in carried::restore_document(builder, members) {
        let text = carried::string(&member.json);
        match (member.name.as_str(), text) {
            ("name", Some(name)) => builder.bom.name = Some(name),
            ("documentNamespace", Some(namespace)) => builder.bom.namespace = Some(namespace),
            // It was made up for the document that was rendered.
            ("serialNumber", None) => builder.bom.serial_number = None,
            ("creators", _) => {
                let creators: Vec<String> = serde_json::from_str(&member.json).unwrap_or_default();
                builder
                    .bom
                    .creators
                    .extend(creators.into_iter().filter_map(|text| Party::from_spdx(&Text::from(text))));
            }
            ("hasExtractedLicensingInfos", _) => define(&mut builder.licenses, &member.json),
            ("externalDocumentRefs", _) => {
                let documents: Vec<spdx::objects::ExternalDocument<'_>> =
                    serde_json::from_str(&member.json).unwrap_or_default();
                let ids = documents.into_iter().filter_map(|document| document.id).map(|id| id.to_string());
                builder.licenses.documents.extend(ids);
                builder.bom.extras.spdx.push(member);
            }
            _ => builder.bom.extras.spdx.push(member),
        }
    }
}

fn define(licenses: &mut Licenses<'_>, json: &str) {
    let named: Vec<spdx::objects::ExtractedLicense<'_>> = serde_json::from_str(json).unwrap_or_default();
    let own = |license| {
        let license = spdx::named_license(license);
        crate::model::NamedLicense {
            id: license.id.into_owned(),
            name: license.name.map(Text::into_owned),
            text: license.text.map(Text::into_owned),
            see_also: license.see_also.into_iter().map(Text::into_owned).collect(),
            comment: license.comment.map(Text::into_owned),
        }
    };
    licenses.define(named.into_iter().map(own).collect());
}

/// Properties, and what was carried by ours.
type Properties<'a> = (Vec<Property<'a>>, Vec<Member<'a>>, Vec<Member<'a>>);

fn properties(objects: Vec<PropertyObject<'_>>) -> Properties<'_> {
    let (mut properties, mut spdx, mut cyclonedx) = (Vec::new(), Vec::new(), Vec::new());
    for PropertyObject { name, value, .. } in objects {
        let name = name.unwrap_or_default();
        let members = value.as_ref().and_then(|value| match name.as_str() {
            carried::SPDX | carried::CYCLONEDX => carried::members(value),
            _ => None,
        });
        match members {
            Some(members) if name == carried::SPDX => spdx.extend(members),
            Some(members) => cyclonedx.extend(members),
            None => properties.push(Property { name, value }),
        }
    }
    (properties, spdx, cyclonedx)
}

/// As JSON.
pub(crate) fn properties_json(properties: &[Property<'_>]) -> String {
    let mut output = Output::with_capacity(64 * properties.len());
    output.array(|output| {
        for property in properties {
            output.object(|output| {
                output.text("name", &property.name);
                output.optional("value", property.value.as_ref());
            });
        }
    });
    output.into_text()
}

/// Adds a component and those in it.
fn component<'a>(
    builder: &mut Builder<'a>,
    mut object: ComponentObject<'a>,
    parent: Option<usize>,
) -> Result<usize, SbomError> {
    let nested = object.components.take().map(|list| list.0).unwrap_or_default();
    let reference = object.reference.take().filter(|reference| !reference.is_empty());
    let (properties, spdx, cyclonedx) = properties(object.properties.take().unwrap_or_default());
    let mut component = Component::default();
    own_members(builder, &mut component, object);
    for property in properties {
        match property.value {
            // The property by which syft, and what reads its documents, lists further CPEs.
            Some(cpe) if property.name == CPE => component.cpes.push(cpe),
            value => component.properties.push(Property { name: property.name, value }),
        }
    }
    component.file = component.kind == Some(Kind::File) && has_shape_of_file(&component);
    let index = builder.bom.components.len();
    if let Some(element) = spdx.iter().find(|member| member.name == "element") {
        component.file = element.json == "\"File\"";
    }
    if component.file {
        component.concluded = component.declared.take();
    }
    let spdx: Vec<_> = spdx.into_iter().filter(|member| member.name != "element").collect();
    carried::restore_spdx(builder, &mut component, &Element::Component(index), spdx);
    carried::restore_cyclonedx(&mut component, cyclonedx);
    let index = builder.add(component, reference);
    if let Some(parent) = parent {
        let (from, to) = (Element::Component(parent), Element::Component(index));
        builder.relate(from, RelationshipType::CONTAINS, to, None)?;
    }
    for object in nested {
        self::component(builder, object, Some(index))?;
    }
    Ok(index)
}

/// The property with one more CPE.
pub(crate) const CPE: &str = "syft:cpe23";

/// Whether a component can be one of the files of SPDX, which have a SHA-1 and neither version
/// nor identifier.
pub(crate) fn has_shape_of_file(component: &Component<'_>) -> bool {
    let sha1 = |hash: &Hash<'_>| hash.algorithm == Algorithm::Sha1 && hash.is_well_formed();
    component.hashes.iter().any(sha1)
        && component.version.is_none()
        && component.group.is_none()
        && component.purls.is_empty()
        && component.cpes.is_empty()
        && component.supplier.is_none()
        && component.originator.is_none()
        && component.description.is_none()
        && component.references.is_empty()
        && component.download_location.is_none()
        && component.homepage.is_none()
}

fn own_members<'a>(builder: &mut Builder<'a>, component: &mut Component<'a>, object: ComponentObject<'a>) {
    component.name = object.name.unwrap_or_default();
    component.group = object.group.filter(|group| !group.is_empty());
    component.version = object.version.filter(|version| !version.is_empty());
    component.description = object.description;
    component.copyright = object.copyright;
    component.purls.extend(object.purl);
    component.cpes.extend(object.cpe);
    component.extras.cyclonedx = object.rest;
    if let Some(kind) = object.kind {
        component.kind = Kind::from_cyclonedx(&kind);
        if component.kind.is_none() {
            component.extras.cyclonedx.push(Member::new("type", quoted(&kind)));
        }
    }
    for hash in object.hashes.unwrap_or_default() {
        match self::hash(hash) {
            Ok(hash) => component.hashes.push(hash),
            Err(unknown) => component.extras.cyclonedx.push(unknown),
        }
    }
    for reference in object.references.unwrap_or_default() {
        refer(component, reference);
    }
    if let Some(supplier) = object.supplier {
        self::supplier(component, supplier.0);
    }
    originator(component, object.author, object.publisher);
    if let Some(licenses) = object.licenses {
        self::licenses(&mut builder.licenses, component, licenses.0);
    }
}

/// A hash. One whose algorithm is not known is given back as an element of `hashes`.
pub(crate) fn hash(object: HashObject<'_>) -> Result<Hash<'_>, Member<'static>> {
    let HashObject { algorithm, value, .. } = object;
    let known = algorithm.as_deref().and_then(Algorithm::from_cyclonedx);
    if let (Some(algorithm), Some(value)) = (known, &value) {
        return Ok(Hash { algorithm, value: value.clone() });
    }
    let mut output = Output::with_capacity(96);
    output.object(|output| {
        output.optional("alg", algorithm.as_ref());
        output.optional("content", value.as_ref());
    });
    Err(Member::new("hashes", output.into_text()))
}

/// The first place to download from and the first web site have fields of their own, as in SPDX.
fn refer<'a>(component: &mut Component<'a>, reference: Reference<'a>) {
    let Reference { kind, url, comment, rest } = reference;
    let (kind, url) = (kind.unwrap_or_default(), url.unwrap_or_default());
    if !rest.is_empty() {
        let mut output = Output::with_capacity(128);
        output.object(|output| {
            output.text("type", &kind);
            output.text("url", &url);
            output.optional("comment", comment.as_ref());
            rest.iter().for_each(|member| output.name(&member.name).raw(&member.json));
        });
        component.extras.cyclonedx.push(Member::new("externalReferences", output.into_text()));
        return;
    }
    let field = match own_field(&kind, &url, comment.as_deref()) {
        Some(OwnField::DownloadLocation) => &mut component.download_location,
        Some(OwnField::Homepage) => &mut component.homepage,
        None => return component.references.push(ExternalReference { kind, url, comment }),
    };
    if field.is_none() {
        *field = Some(url);
    } else {
        component.references.push(ExternalReference { kind, url, comment });
    }
}

/// A field of a component that CycloneDX has among the references.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnField {
    DownloadLocation,
    Homepage,
}

/// The field that the first such reference is taken for.
pub(crate) fn own_field(kind: &str, url: &str, comment: Option<&str>) -> Option<OwnField> {
    let download = kind == "distribution" || kind == "vcs" && spdx::is_download_from_vcs(url);
    if comment.is_some() {
        None
    } else if download && spdx::is_download_location(url) {
        Some(OwnField::DownloadLocation)
    } else {
        (kind == "website" && spdx::is_url(url)).then_some(OwnField::Homepage)
    }
}

/// An organisation with a name and at most one address; more is kept as it stands beside it.
fn supplier<'a>(component: &mut Component<'a>, json: Text<'a>) {
    if let Ok(Organization { name: Some(name), contact, rest }) = serde_json::from_str::<Organization<'_>>(&json) {
        let contact = contact.unwrap_or_default();
        let simple = contact.iter().all(|contact| {
            contact.name.is_none()
                && contact.rest.is_empty()
                && contact.email.as_deref().is_some_and(crate::model::is_email)
        });
        let email = contact.into_iter().next().filter(|_| simple).and_then(|contact| contact.email);
        let party =
            Party { kind: PartyKind::Organization, name: name.into_owned(), email: email.map(Text::into_owned) };
        let all = rest.is_empty() && supplier_json(&party) == *json;
        component.supplier = Some(party);
        if all {
            return;
        }
    }
    component.extras.cyclonedx.push(Member::new("supplier", json));
}

/// As JSON.
pub(crate) fn reference_json(kind: &str, url: &str, comment: Option<&str>) -> String {
    let mut output = Output::with_capacity(128);
    output.object(|output| {
        output.text("type", kind);
        output.text("url", url);
        if let Some(comment) = comment {
            output.text("comment", comment);
        }
    });
    output.into_text()
}

/// As JSON.
pub(crate) fn supplier_json(party: &Party<'_>) -> String {
    let mut output = Output::with_capacity(64);
    output.object(|output| {
        output.text("name", &party.name);
        if let Some(email) = &party.email {
            output.name("contact").array(|output| output.object(|output| output.text("email", email)));
        }
    });
    output.into_text()
}

/// The publisher, or the author where there is none; the other is kept as it stands.
fn originator<'a>(component: &mut Component<'a>, author: Option<Text<'a>>, publisher: Option<Text<'a>>) {
    let said = |text: &Text<'_>| !text.trim().is_empty();
    let (author, publisher) = (author.filter(said), publisher.filter(said));
    component.originator = match (&publisher, &author) {
        (Some(publisher), _) => Some(Party::from_mailbox(PartyKind::Organization, publisher)),
        (None, Some(author)) => Some(Party::from_mailbox(PartyKind::Person, author)),
        (None, None) => None,
    };
    if let (Some(author), Some(_)) = (author, publisher) {
        component.extras.cyclonedx.push(Member::new("author", quoted(&author)));
    }
}

/// Several licences are all demanded: joined with `AND`. What SPDX cannot say of them is kept as
/// it stands beside them.
fn licenses<'a>(licenses: &mut Licenses<'a>, component: &mut Component<'a>, json: Text<'a>) {
    let Ok(choices) = serde_json::from_str::<Vec<LicenseChoice<'_>>>(&json) else {
        component.extras.cyclonedx.push(Member::new("licenses", json));
        return;
    };
    let (mut declared, mut concluded) = (Vec::new(), Vec::new());
    let mut all = true;
    for choice in choices {
        all &= choice.rest.is_empty();
        let inner = choice.license.as_ref().and_then(|license| license.acknowledgement.as_deref());
        let is_concluded = choice.acknowledgement.as_deref().or(inner) == Some("concluded");
        let license = match (choice.license, choice.expression) {
            (Some(license), _) => self::license(licenses, license, &mut all),
            (None, Some(text)) => match licenses.expression(&text.into_owned()) {
                Some(License::Expression(text)) => Some(text),
                _ => None,
            },
            (None, None) => None,
        };
        all &= license.is_some();
        if is_concluded { concluded.extend(license) } else { declared.extend(license) }
    }
    component.declared = joined(declared);
    component.concluded = joined(concluded);
    if !all {
        component.extras.cyclonedx.push(Member::new("licenses", json));
    }
}

fn joined<'a>(licenses: Vec<Text<'a>>) -> Option<License<'a>> {
    match licenses.as_slice() {
        [] => None,
        [one] => Some(License::Expression(one.clone())),
        several => {
            let terms: Vec<_> = several.iter().map(|license| expression::in_brackets(license)).collect();
            Some(License::Expression(Text::from(terms.join(" AND "))))
        }
    }
}

/// An expression for a licence; clears `all` if it does not say everything.
fn license<'a>(licenses: &mut Licenses<'a>, license: LicenseObject<'_>, all: &mut bool) -> Option<Text<'a>> {
    let LicenseObject { id, name, text, url, acknowledgement: _, rest } = license;
    *all &= rest.is_empty();
    let own = |text: Text<'_>| text.into_owned();
    let listed = |licenses: &mut Licenses<'a>, name: Option<Text<'_>>| {
        name.map(own).filter(|name| !name.trim().is_empty()).map(|name| (licenses.valid(&name), name))
    };
    let plain = text.as_ref().is_none_or(|text| text.encoding.is_none() && text.rest.is_empty());
    let (valid, name) = listed(licenses, id).or_else(|| listed(licenses, name))?;
    if let Some(valid) = valid {
        let content = text.as_ref().and_then(|text| text.content.as_deref());
        *all &= plain && licenses.says(&valid, content, url.as_deref());
        return Some(valid);
    }
    *all &= plain;
    let content = text.filter(|_| plain).and_then(|text| text.content).map(own).filter(|text| !text.is_empty());
    Some(licenses.name(&name, content, url.into_iter().map(own).collect()))
}

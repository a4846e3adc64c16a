//! From the objects of SPDX to the model.

use super::objects::{Annotation, Document, ExtractedLicense, File, Package, RelationshipObject};
use super::{DOCUMENT, terms};
use crate::builder::{Builder, Note};
use crate::carried;
use crate::error::SbomError;
use crate::license::named::NO_ASSERTION;
use crate::model::{Bom, Component, Element, Member, NamedLicense, Party, RelationshipType};
use crate::output::Output;
use crate::text::Text;

/// Makes a [`Bom`] of a document.
pub(crate) fn read(mut document: Document<'_>) -> Result<(Bom<'_>, Vec<Note>), SbomError> {
    let mut builder = Builder::default();
    let external = document.external_documents.take().unwrap_or_default();
    external_documents(&mut builder, external);
    let licenses = document.licenses.take().unwrap_or_default();
    builder.licenses.define(licenses.into_iter().map(named_license).collect());
    let mut contained = Vec::new();
    for package in document.packages.take().map(|list| list.0).unwrap_or_default() {
        package_component(&mut builder, package, &mut contained);
    }
    for file in document.files.take().map(|list| list.0).unwrap_or_default() {
        file_component(&mut builder, file);
    }
    for described in document.describes.take().map(|list| list.0).unwrap_or_default() {
        let element = element(&builder, described);
        builder.relate(Element::Document, RelationshipType::DESCRIBES, element, None)?;
    }
    for (package, file) in contained {
        let file = element(&builder, file);
        builder.relate(Element::Component(package), RelationshipType::CONTAINS, file, None)?;
    }
    for relationship in document.relationships.take().map(|list| list.0).unwrap_or_default() {
        relate(&mut builder, relationship)?;
    }
    let inferred = document_members(&mut builder, document);
    let (mut bom, notes) = builder.finish()?;
    if inferred {
        // What leads nowhere was carried, not inferred.
        bom.relationships.retain(|one| {
            one.kind != RelationshipType::DESCRIBES
                || one.from != Element::Document
                || matches!(one.to, Element::Other(_))
                || one.comment.is_some()
        });
    }
    bom.subject = subject(&bom);
    forget_what_is_told_anew(&mut bom);
    Ok((bom, notes))
}

/// Whether the files of a package were analysed is told anew when it is written: they were if it
/// contains any, and by default they were not.
fn forget_what_is_told_anew(bom: &mut Bom<'_>) {
    let mut has_files = vec![false; bom.components.len()];
    for relationship in bom.relationships.iter().filter(|one| one.kind == RelationshipType::CONTAINS) {
        if let (Element::Component(from), Element::Component(to)) = (&relationship.from, &relationship.to) {
            has_files[*from] |= super::writer::is_written_as_file(&bom.components[*to]);
        }
    }
    for (component, has_files) in bom.components.iter_mut().zip(has_files) {
        let anew = |member: &Member<'_>| member.name == "filesAnalyzed" && (has_files || member.json == "false");
        component.extras.spdx.retain(|member| !anew(member));
    }
}

/// The one component that the document describes.
fn subject(bom: &Bom<'_>) -> Option<usize> {
    let mut described = bom.relationships.iter().filter_map(|relationship| match relationship {
        relationship if relationship.kind != RelationshipType::DESCRIBES => None,
        relationship if relationship.from != Element::Document => None,
        relationship => Some(&relationship.to),
    });
    match (described.next(), described.next()) {
        (Some(Element::Component(index)), None) => Some(*index),
        _ => None,
    }
}

fn external_documents<'a>(builder: &mut Builder<'a>, documents: Vec<super::objects::ExternalDocument<'a>>) {
    let mut output = Output::with_capacity(256);
    output.array(|output| {
        for document in &documents {
            output.object(|output| {
                output.optional("externalDocumentId", document.id.as_ref());
                document.rest.iter().for_each(|member| output.name(&member.name).raw(&member.json));
            });
        }
    });
    builder
        .licenses
        .documents
        .extend(documents.iter().filter_map(|document| document.id.as_deref()).map(str::to_owned));
    if !documents.is_empty() {
        builder.bom.extras.spdx.push(Member::new("externalDocumentRefs", output.into_text()));
    }
}

/// A licence that the document defines. Of members that are not kept none is in the schema but
/// `crossRefs`, which repeats `seeAlsos`.
pub(crate) fn named_license(license: ExtractedLicense<'_>) -> NamedLicense<'_> {
    NamedLicense {
        id: license.id.unwrap_or_default(),
        text: license.text.filter(|text| Some(text) != license.name.as_ref()),
        name: license.name,
        see_also: license.see_also.unwrap_or_default(),
        comment: license.comment,
    }
}

/// Takes over what the document says of itself; tells whether its `DESCRIBES` were inferred
/// when it was rendered.
fn document_members<'a>(builder: &mut Builder<'a>, document: Document<'a>) -> bool {
    let mut inferred = false;
    let creation = document.creation.unwrap_or_default();
    builder.bom.name = document.name;
    builder.bom.namespace = document.namespace;
    builder.bom.created = creation.created;
    for creator in creation.creators.unwrap_or_default() {
        match Party::from_spdx(&creator) {
            Some(party) if party.name.starts_with(carried::TOOL) => (),
            Some(party) => builder.bom.creators.push(party),
            None => builder.note("", || format!("`{creator:.100}` is no tool, organisation or person")),
        }
    }
    let mut extras: Vec<_> = document.rest.into_iter().filter(|member| !member.name.starts_with('$')).collect();
    extras.extend(creation.rest.into_iter().map(|member| match member.name.as_str() {
        "comment" => Member::new("creationInfo/comment", member.json),
        _ => member,
    }));
    if let Some(license) = document.data_license.filter(|license| *license != "CC0-1.0") {
        extras.push(Member::new("dataLicense", crate::output::quoted(&license)));
    }
    let (annotations, spdx, cyclonedx) = annotations(document.annotations.unwrap_or_default());
    extras.extend(annotations);
    for member in carried::restore_document(builder, spdx) {
        match member.name.as_str() {
            "describesInferred" => inferred = true,
            "documentNamespace" => builder.bom.namespace = None,
            "name" => builder.bom.name = None,
            "created" => builder.bom.created = None,
            _ => extras.push(member),
        }
    }
    for member in cyclonedx {
        match (member.name.as_str(), carried::string(&member.json)) {
            ("serialNumber", Some(serial)) => builder.bom.serial_number = Some(serial),
            ("metadata/timestamp", Some(created)) => builder.bom.created = Some(created),
            _ => builder.bom.extras.cyclonedx.push(member),
        }
    }
    builder.bom.extras.spdx.extend(extras);
    inferred
}

/// The member for the annotations of others, and what was carried by ours.
type Annotations<'a> = (Option<Member<'a>>, Vec<Member<'a>>, Vec<Member<'a>>);

fn annotations(annotations: Vec<Annotation<'_>>) -> Annotations<'_> {
    let (mut spdx, mut cyclonedx) = (Vec::new(), Vec::new());
    let mut others = Vec::new();
    for annotation in annotations {
        let carried_by = |name: &str| {
            let comment = annotation.comment.as_ref()?;
            let object = comment.strip_prefix(name)?.strip_prefix(' ')?.len();
            carried::members(&comment.map(|text| &text[text.len() - object..]))
        };
        if let Some(members) = carried_by(carried::SPDX) {
            spdx.extend(members);
        } else if let Some(members) = carried_by(carried::CYCLONEDX) {
            cyclonedx.extend(members);
        } else {
            others.push(annotation.into_json());
        }
    }
    let others = (!others.is_empty()).then(|| Member::new("annotations", format!("[{}]", others.join(","))));
    (others, spdx, cyclonedx)
}

fn package_component<'a>(builder: &mut Builder<'a>, mut package: Package<'a>, contained: &mut Vec<(usize, Text<'a>)>) {
    let reference = package.id.take();
    let files = package.has_files.take().map(|list| list.0).unwrap_or_default();
    let (annotations, spdx, cyclonedx) = annotations(package.annotations.take().unwrap_or_default());
    let mut component = Component { name: package.name.take().unwrap_or_default(), ..Component::default() };
    licenses(builder, &mut component, package.declared.take(), package.concluded.take());
    package_members(builder, &mut component, package);
    component.extras.spdx.extend(annotations);
    let index = restored(builder, component, reference, spdx, cyclonedx);
    contained.extend(files.into_iter().map(|file| (index, file)));
}

/// Adds a component, with what was carried for it.
fn restored<'a>(
    builder: &mut Builder<'a>,
    mut component: Component<'a>,
    reference: Option<Text<'a>>,
    spdx: Vec<Member<'a>>,
    cyclonedx: Vec<Member<'a>>,
) -> usize {
    let index = builder.bom.components.len();
    carried::restore_spdx(builder, &mut component, &Element::Component(index), spdx);
    carried::restore_cyclonedx(&mut component, cyclonedx);
    if let Some(at) = component.extras.spdx.iter().position(|member| member.name == "element") {
        component.file = component.extras.spdx.remove(at).json == "\"File\"";
    }
    builder.add(component, reference)
}

fn licenses<'a>(
    builder: &mut Builder<'a>,
    component: &mut Component<'a>,
    declared: Option<Text<'a>>,
    concluded: Option<Text<'a>>,
) {
    component.declared = declared.and_then(|text| builder.licenses.expression(&text));
    component.concluded = concluded.and_then(|text| builder.licenses.expression(&text));
}

fn package_members<'a>(builder: &mut Builder<'a>, component: &mut Component<'a>, package: Package<'a>) {
    let said = |text: Option<Text<'a>>| text.filter(|text| *text != NO_ASSERTION && !text.is_empty());
    component.version = package.version.filter(|version| !version.is_empty());
    component.copyright = said(package.copyright);
    component.description = package.description;
    component.download_location = said(package.download_location);
    component.homepage = said(package.homepage);
    component.extras.spdx = package.rest;
    if let Some(purpose) = package.purpose {
        match terms::purpose(&purpose) {
            Some(kind) => component.kind = kind,
            None => component.extras.spdx.push(Member::new("primaryPackagePurpose", crate::output::quoted(&purpose))),
        }
    }
    for (text, name) in [(package.supplier, "supplier"), (package.originator, "originator")] {
        let Some(text) = said(text) else { continue };
        match (Party::from_spdx(&text), name) {
            (Some(party), "supplier") => component.supplier = Some(party),
            (Some(party), _) => component.originator = Some(party),
            (None, _) => {
                builder.note(&component.name, || format!("{name} `{text:.100}` is no person or organisation"));
                component.extras.spdx.push(Member::new(name, crate::output::quoted(&text)));
            }
        }
    }
    checksums(component, package.checksums.unwrap_or_default());
    for reference in package.external_refs.unwrap_or_default() {
        let left = terms::refer(component, reference);
        component.extras.spdx.extend(left);
    }
}

/// The hashes; those of unknown algorithms are kept as they stand.
fn checksums<'a>(component: &mut Component<'a>, checksums: Vec<super::objects::Checksum<'a>>) {
    for checksum in checksums {
        match terms::hash(checksum) {
            Ok(hash) => component.hashes.push(hash),
            Err(unknown) => component.extras.spdx.push(unknown),
        }
    }
}

fn file_component<'a>(builder: &mut Builder<'a>, file: File<'a>) {
    let (annotations, spdx, cyclonedx) = annotations(file.annotations.unwrap_or_default());
    let mut component = Component {
        name: file.name.unwrap_or_default(),
        file: true,
        kind: Some(crate::model::Kind::File),
        copyright: file.copyright.filter(|text| *text != NO_ASSERTION && !text.is_empty()),
        ..Component::default()
    };
    component.extras.spdx = file.rest;
    component.extras.spdx.retain(|member| !says_nothing(member));
    component.extras.spdx.extend(annotations);
    component.concluded = file.concluded.and_then(|text| builder.licenses.expression(&text));
    checksums(&mut component, file.checksums.unwrap_or_default());
    restored(builder, component, file.id, spdx, cyclonedx);
}

/// Licences that are not known are the same as none given.
fn says_nothing(member: &Member<'_>) -> bool {
    member.name == "licenseInfoInFiles" && member.json == "[\"NOASSERTION\"]"
}

fn element<'a>(builder: &Builder<'a>, reference: Text<'a>) -> Element<'a> {
    match reference.as_str() {
        DOCUMENT => Element::Document,
        "NONE" => Element::None,
        "NOASSERTION" => Element::NoAssertion,
        name => match builder.component(name) {
            Some(index) => Element::Component(index),
            None => Element::Other(reference),
        },
    }
}

fn relate<'a>(builder: &mut Builder<'a>, relationship: RelationshipObject<'a>) -> Result<(), SbomError> {
    let from = element(builder, relationship.from.unwrap_or_default());
    let to = element(builder, relationship.to.unwrap_or_default());
    let name = relationship.kind.unwrap_or_default();
    let comment = relationship.comment.filter(|comment| !comment.is_empty());
    match RelationshipType::from_spdx(&name) {
        Some((kind, false)) => builder.relate(from, kind, to, comment),
        Some((kind, true)) if !matches!(to, Element::None | Element::NoAssertion) => {
            builder.relate(to, kind, from, comment)
        }
        _ => {
            builder.note("", || format!("`{name:.100}` is no type of relationship here; it is now OTHER"));
            let comment = comment.map_or_else(|| name.to_string(), |comment| format!("{name}: {comment}"));
            builder.relate(from, RelationshipType::OTHER, to, Some(Text::from(comment)))
        }
    }
}

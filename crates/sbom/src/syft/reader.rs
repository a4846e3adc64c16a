//! From syft's objects to the model, in the way in which syft itself writes SPDX and CycloneDX.

use serde_json::value::RawValue;

use super::objects::{
    Artifact, CpeObject, Described, Digest, Distro, Document, FileObject, LicenseObject, Location, Metadata, Source,
    shaped, string,
};
use crate::builder::{Builder, Note};
use crate::error::SbomError;
use crate::json::Object;
use crate::license::expression::in_brackets;
use crate::license::named::Licenses;
use crate::model::{
    Algorithm, Bom, Component, Element, ExternalReference, Hash, Kind, License, Member, Party, PartyKind, Property,
    RelationshipType,
};
use crate::output::quoted;
use crate::spdx;
use crate::text::Text;

/// Makes a [`Bom`] of a document.
pub(crate) fn read(document: Document<'_>) -> Result<(Bom<'_>, Vec<Note>), SbomError> {
    let mut builder = Builder::default();
    if let Some(Object(descriptor)) = document.descriptor {
        let name = descriptor.name.unwrap_or_else(|| Text::from("syft"));
        let name = descriptor.version.map_or_else(|| name.to_string(), |version| format!("{name}-{version}"));
        builder.bom.creators.push(Party { kind: PartyKind::Tool, name: Text::from(name), email: None });
    }
    let subject = document.source.map(|Object(source)| self::source(&mut builder, source));
    if let Some(subject) = subject {
        builder.bom.subject = Some(subject);
        builder.relate(Element::Document, RelationshipType::DESCRIBES, Element::Component(subject), None)?;
    }
    for Object(artifact) in document.artifacts.0 {
        let index = self::artifact(&mut builder, artifact);
        if let Some(subject) = subject {
            let (from, to) = (Element::Component(subject), Element::Component(index));
            builder.relate(from, RelationshipType::CONTAINS, to, None)?;
        }
    }
    if let Some(Object(distro)) = document.distro {
        operating_system(&mut builder, distro, subject)?;
    }
    for Object(file) in document.files.map(|list| list.0).unwrap_or_default() {
        self::file(&mut builder, file);
    }
    for Object(relationship) in document.artifact_relationships.map(|list| list.0).unwrap_or_default() {
        let parent = relationship.parent.unwrap_or_default();
        let child = relationship.child.unwrap_or_default();
        relate(&mut builder, parent, &relationship.r#type.unwrap_or_default(), child)?;
    }
    builder.finish()
}

fn relate<'a>(builder: &mut Builder<'a>, parent: Text<'a>, name: &str, child: Text<'a>) -> Result<(), SbomError> {
    let element =
        |reference: Text<'a>| builder.component(&reference).map_or(Element::Other(reference), Element::Component);
    let (parent, child) = (element(parent), element(child));
    // As syft words them in SPDX.
    let comment = match name {
        "contains" => return builder.relate(parent, RelationshipType::CONTAINS, child, None),
        "dependency-of" => return builder.relate(child, RelationshipType::DEPENDS_ON, parent, None),
        "evident-by" => "evident-by: indicates the package's existence is evident by the given file",
        "ownership-by-file-overlap" => {
            "ownership-by-file-overlap: indicates that the parent package claims ownership of a child package since \
             the parent metadata indicates overlap with a location that a cataloger found the child package by"
        }
        other => return builder.relate(parent, RelationshipType::OTHER, child, Some(Text::from(other.to_owned()))),
    };
    builder.relate(parent, RelationshipType::OTHER, child, Some(Text::from(comment)))
}

/// Adds what was catalogued.
fn source<'a>(builder: &mut Builder<'a>, source: Source<'a>) -> usize {
    let described = [source.metadata, source.target].into_iter().flatten().find_map(shaped::<Described<'_>>);
    let path = string(source.target);
    let described = described.unwrap_or_default();
    let name = source.name.filter(|name| !name.is_empty()).or_else(|| described.user_input.clone()).or(path);
    let name = name.unwrap_or_else(|| Text::from("unnamed"));
    builder.bom.name = Some(name.clone());
    let mut component = Component { name, version: source.version, ..Component::default() };
    component.version = component.version.filter(|version| !version.is_empty());
    if source.r#type.as_deref() == Some("image") {
        image(&mut component, described);
    } else {
        component.kind = Some(Kind::File);
    }
    let reference = source.id.filter(|id| !id.is_empty()).unwrap_or_else(|| Text::from("source"));
    component.id = own_id("DocumentRoot", None, &component.name, Some(&reference));
    builder.add(component, Some(reference))
}

fn image<'a>(component: &mut Component<'a>, described: Described<'a>) {
    component.kind = Some(Kind::Container);
    if let Some(digest) = &described.manifest_digest {
        component.version = component.version.take().or_else(|| Some(digest.clone()));
        if digest.starts_with("sha256:") {
            let value = digest.map(|digest| &digest["sha256:".len()..]);
            component.hashes.push(Hash { algorithm: Algorithm::Sha256, value });
        }
    }
    let single = [
        ("syft:image:imageID", described.image_id),
        ("syft:image:userInput", described.user_input),
        ("syft:image:architecture", described.architecture),
        ("syft:image:os", described.os),
    ];
    single.into_iter().for_each(|(name, value)| property(component, name, value));
    for tag in described.tags.unwrap_or_default() {
        property(component, "syft:image:tag", Some(tag));
    }
    for digest in described.repo_digests.unwrap_or_default() {
        property(component, "syft:image:repoDigest", Some(digest));
    }
}

fn property<'a>(component: &mut Component<'a>, name: impl Into<Text<'a>>, value: Option<Text<'a>>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        component.properties.push(Property { name: name.into(), value: Some(value) });
    }
}

/// Adds a package.
fn artifact<'a>(builder: &mut Builder<'a>, artifact: Artifact<'a>) -> usize {
    let binary = artifact.r#type.as_deref() == Some("binary");
    let kind = artifact.r#type.clone();
    let mut component = Component {
        name: artifact.name.unwrap_or_default(),
        version: artifact.version.filter(|version| !version.is_empty()),
        kind: Some(if binary { Kind::Application } else { Kind::Library }),
        purls: artifact.purl.filter(|purl| !purl.is_empty()).into_iter().collect(),
        ..Component::default()
    };
    for cpe in artifact.cpes.unwrap_or_default() {
        let cpe = string(Some(cpe)).or_else(|| shaped::<CpeObject<'_>>(cpe).and_then(|object| object.cpe));
        component.cpes.extend(cpe);
    }
    licenses(&mut builder.licenses, &mut component, artifact.licenses.unwrap_or_default());
    property(&mut component, "syft:package:foundBy", artifact.found_by);
    property(&mut component, "syft:package:language", artifact.language);
    property(&mut component, "syft:package:type", artifact.r#type);
    property(&mut component, "syft:package:metadataType", artifact.metadata_type);
    for (at, Object(location)) in artifact.locations.unwrap_or_default().into_iter().enumerate() {
        let Location { path, layer_id } = location;
        property(&mut component, format!("syft:location:{at}:layerID"), layer_id);
        property(&mut component, format!("syft:location:{at}:path"), path);
    }
    if let Some(Object(metadata)) = artifact.metadata {
        self::metadata(&mut component, metadata);
    }
    let id = artifact.id.filter(|id| !id.is_empty());
    component.id = own_id("Package", kind.as_deref(), &component.name, id.as_deref());
    builder.add(component, id)
}

/// An identifier as syft makes it for SPDX, which both formats take; empty if there is none.
fn own_id<'a>(what: &str, kind: Option<&str>, name: &str, id: Option<&str>) -> Text<'a> {
    let Some(id) = id else { return Text::default() };
    let parts = ["SPDXRef", what].into_iter().chain(kind.filter(|kind| !kind.is_empty())).chain([name, id]);
    let mut own = parts.collect::<Vec<_>>().join("-");
    if own.len() > 200 {
        own = format!("SPDXRef-{what}-{id}");
    }
    let fits = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' };
    Text::from(own.chars().map(fits).collect::<String>())
}

fn licenses<'a>(licenses: &mut Licenses<'a>, component: &mut Component<'a>, stated: Vec<&'a RawValue>) {
    let (mut declared, mut concluded) = (Vec::new(), Vec::new());
    for stated in stated {
        if let Some(name) = string(Some(stated)) {
            declared.push(of_name(licenses, &name, None));
        } else if let Some(license) = shaped::<LicenseObject<'_>>(stated) {
            let text = |text: Option<Text<'a>>| text.filter(|text| !text.trim().is_empty());
            let name = text(license.spdx_expression).or_else(|| text(license.value));
            let contents = text(license.contents);
            let Some(name) = name.or_else(|| contents.clone()) else { continue };
            let of = if license.r#type.as_deref() == Some("concluded") { &mut concluded } else { &mut declared };
            of.push(of_name(licenses, &name, contents));
        }
    }
    component.declared = joined(&declared);
    component.concluded = joined(&concluded);
}

fn of_name<'a>(licenses: &mut Licenses<'a>, name: &Text<'a>, text: Option<Text<'a>>) -> Text<'a> {
    licenses.valid(name).unwrap_or_else(|| licenses.name(name, text, Vec::new()))
}

fn joined<'a>(licenses: &[Text<'a>]) -> Option<License<'a>> {
    match licenses {
        [] => None,
        [one] => Some(License::Expression(one.clone())),
        several => {
            let terms: Vec<_> = several.iter().map(|license| in_brackets(license)).collect();
            Some(License::Expression(Text::from(terms.join(" AND "))))
        }
    }
}

/// What a package manager says of a package.
fn metadata<'a>(component: &mut Component<'a>, metadata: Metadata<'a>) {
    let person =
        [metadata.author, metadata.maintainer].into_iter().find_map(string).or_else(|| first(metadata.authors));
    component.originator = match string(metadata.vendor) {
        Some(vendor) => Some(Party::from_mailbox(PartyKind::Organization, &vendor)),
        None => person.map(|person| Party::from_mailbox(PartyKind::Person, &person)),
    };
    component.description = string(metadata.description);
    let page = [metadata.homepage, metadata.url].into_iter().find_map(string);
    component.homepage = page.filter(|page| spdx::is_url(page));
    let digests: Vec<Object<Digest<'_>>> =
        metadata.digest.and_then(|digests| serde_json::from_str(digests.get()).ok()).unwrap_or_default();
    component.hashes.extend(digests.into_iter().filter_map(|Object(digest)| hash(digest)));
}

/// A text, or the first of a list of texts.
fn first(json: Option<&RawValue>) -> Option<Text<'_>> {
    string(json).or_else(|| serde_json::from_str::<Vec<Text<'_>>>(json?.get()).ok()?.into_iter().next())
}

fn hash(digest: Digest<'_>) -> Option<Hash<'_>> {
    let name = digest.algorithm?.to_ascii_uppercase().replace("SHA-", "SHA");
    Some(Hash { algorithm: Algorithm::from_spdx(&name)?, value: digest.value? })
}

/// Adds the operating system, as syft does in CycloneDX.
fn operating_system<'a>(
    builder: &mut Builder<'a>,
    distro: Distro<'a>,
    subject: Option<usize>,
) -> Result<(), SbomError> {
    let Some(id) = distro.id.clone().or_else(|| distro.name.clone()).filter(|id| !id.is_empty()) else { return Ok(()) };
    let version = distro.version_id.clone().filter(|version| !version.is_empty());
    let reference = version.as_ref().map_or_else(|| format!("os:{id}"), |version| format!("os:{id}@{version}"));
    let mut component = Component { name: id, version, kind: Some(Kind::OperatingSystem), ..Component::default() };
    component.description = distro.pretty_name.clone();
    component.cpes = distro.cpe_name.into_iter().filter(|cpe| !cpe.is_empty()).collect();
    component.homepage = distro.home_url.filter(|url| spdx::is_url(url));
    let pointers = [("issue-tracker", distro.bug_report_url), ("support", distro.support_url)];
    for (kind, url) in pointers {
        if let Some(url) = url.filter(|url| !url.is_empty()) {
            component.references.push(ExternalReference { kind: Text::from(kind), url, comment: None });
        }
    }
    property(&mut component, "syft:distro:id", distro.id);
    property(&mut component, "syft:distro:prettyName", distro.pretty_name);
    property(&mut component, "syft:distro:versionCodename", distro.version_codename);
    property(&mut component, "syft:distro:versionID", distro.version_id);
    let index = builder.add(component, Some(Text::from(reference)));
    match subject {
        Some(subject) => {
            builder.relate(Element::Component(subject), RelationshipType::CONTAINS, Element::Component(index), None)
        }
        None => Ok(()),
    }
}

/// Adds a file.
fn file<'a>(builder: &mut Builder<'a>, file: FileObject<'a>) {
    let location = file.location.map(|Object(location)| location);
    let (path, layer) = location.map_or((None, None), |location| (location.path, location.layer_id));
    let mut component = Component {
        name: path.unwrap_or_default(),
        kind: Some(Kind::File),
        file: true,
        hashes: file.digests.into_iter().flatten().filter_map(|Object(digest)| hash(digest)).collect(),
        ..Component::default()
    };
    if let Some(layer) = layer.filter(|layer| !layer.is_empty()) {
        component.extras.spdx.push(Member::new("comment", quoted(&format!("layerID: {layer}"))));
    }
    let mime = file.metadata.and_then(|Object(metadata)| metadata.mime_type).unwrap_or_default();
    if let Some(types) = file_types(&mime) {
        component.extras.spdx.push(Member::new("fileTypes", types));
    }
    let id = file.id.filter(|id| !id.is_empty());
    component.id = own_id("File", None, component.name.rsplit('/').next().unwrap_or_default(), id.as_deref());
    builder.add(component, id);
}

/// The types that SPDX has for a media type.
fn file_types(mime: &str) -> Option<&'static str> {
    let (main, sub) = mime.split_once('/')?;
    Some(match (main, sub) {
        ("text", _) => r#"["TEXT"]"#,
        ("image", _) => r#"["IMAGE"]"#,
        ("video", _) => r#"["VIDEO"]"#,
        ("audio", _) => r#"["AUDIO"]"#,
        ("application", "gzip" | "zip" | "x-tar" | "x-archive" | "java-archive") => r#"["APPLICATION","ARCHIVE"]"#,
        ("application", "x-executable" | "x-sharedlib" | "x-mach-binary" | "x-object") => r#"["APPLICATION","BINARY"]"#,
        ("application", _) => r#"["APPLICATION"]"#,
        _ => return None,
    })
}

//! What one format cannot say is carried through it under these names, as a JSON object of the
//! members of the other format: in CycloneDX as the value of a property, in SPDX as the comment
//! of an annotation, behind the name and a space.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::builder::{Builder, CarriedRelationship, End};
use crate::cyclonedx::objects::{HashObject, PropertyObject, Reference};
use crate::json::{self, Kind as JsonKind, MOST_ELEMENTS};
use crate::model::{Component, Element, ExternalReference, Hash, Kind, Member, Party, Property, RelationshipType};
use crate::object::object;
use crate::output::Output;
use crate::spdx::objects::{Checksum, ExternalRef};
use crate::text::Text;
use crate::{cyclonedx, spdx};

/// Carries members of SPDX.
pub(crate) const SPDX: &str = "podarmor:spdx";
/// Carries members of CycloneDX.
pub(crate) const CYCLONEDX: &str = "podarmor:cyclonedx";
/// The tool that rendered documents name, which no reader takes for one of their makers.
pub(crate) const TOOL: &str = "podarmor-sbom";

/// What a writer could not say in its own format.
#[derive(Default)]
pub(crate) struct Carried {
    pub(crate) spdx: Vec<Member<'static>>,
    pub(crate) cyclonedx: Vec<Member<'static>>,
}

impl Carried {
    pub(crate) fn spdx(&mut self, name: &'static str, json: impl Into<Text<'static>>) {
        self.spdx.push(Member::new(name, json));
    }

    pub(crate) fn cyclonedx(&mut self, name: &'static str, json: impl Into<Text<'static>>) {
        self.cyclonedx.push(Member::new(name, json));
    }

    /// The names and their objects, of those that carry anything.
    pub(crate) fn objects(self) -> impl Iterator<Item = (&'static str, String)> {
        let parts = [(SPDX, self.spdx), (CYCLONEDX, self.cyclonedx)];
        parts.into_iter().filter(|(_, members)| !members.is_empty()).map(|(name, members)| (name, as_object(members)))
    }
}

/// Lists of which the model may keep single elements: members of these names stand for one
/// element each, and are carried as one list.
const LISTS: [&str; 6] =
    ["checksums", "dependencies", "externalReferences", "externalRefs", "hashes", "metadata/authors"];

fn as_object(mut members: Vec<Member<'_>>) -> String {
    // The elements of a list stay in their order.
    members.sort_by(|one, other| one.name.cmp(&other.name));
    let mut output = Output::with_capacity(256);
    output.object(|output| {
        for group in members.chunk_by(|one, other| one.name == other.name) {
            let [first, ..] = group else { continue };
            output.name(&first.name);
            if LISTS.contains(&first.name.as_str()) {
                output.array(|output| group.iter().for_each(|member| output.raw(&member.json)));
            } else {
                output.raw(&first.json);
            }
        }
    });
    output.into_text()
}

object! {
    /// Any object.
    Any {}
}

/// The members of an object that was carried; `None` if it is none.
pub(crate) fn members<'a>(json: &Text<'a>) -> Option<Vec<Member<'a>>> {
    json::read::<JsonKind>(json.as_bytes()).ok()?;
    let members = match json.clone().into_cow() {
        Cow::Borrowed(json) => serde_json::from_str::<Any<'a>>(json).ok()?.rest,
        Cow::Owned(json) => {
            let any = serde_json::from_str::<Any<'_>>(&json).ok()?;
            let own = |member: Member<'_>| Member::new(member.name.into_owned(), member.json.into_owned());
            any.rest.into_iter().map(own).collect()
        }
    };
    Some(members.into_iter().flat_map(elements).collect())
}

/// The elements of a list that was carried as one.
fn elements<'a>(member: Member<'a>) -> Vec<Member<'a>> {
    let elements = match serde_json::from_str::<Vec<&RawValue>>(&member.json) {
        Ok(elements) if LISTS.contains(&member.name.as_str()) => elements,
        _ => return vec![member],
    };
    elements.into_iter().map(|element| Member::new(member.name.clone(), element.get().to_owned())).collect()
}

/// A string that is a value in JSON.
pub(crate) fn string(json: &str) -> Option<Text<'static>> {
    serde_json::from_str::<String>(json).ok().map(Text::from)
}

/// Strings that are a value in JSON.
fn strings(json: &str) -> Option<Vec<Text<'static>>> {
    let strings: Vec<String> = serde_json::from_str(json).ok()?;
    Some(strings.into_iter().map(Text::from).collect())
}

/// A list of strings, as JSON.
pub(crate) fn list(texts: &[Text<'_>]) -> String {
    let mut output = Output::with_capacity(64 * texts.len());
    output.array(|output| texts.iter().for_each(|text| output.string(text)));
    output.into_text()
}

/// Gives a component back what SPDX said of it.
pub(crate) fn restore_spdx<'a>(
    builder: &mut Builder<'a>,
    component: &mut Component<'a>,
    at: &Element<'a>,
    members: Vec<Member<'a>>,
) {
    for member in members {
        let restored = match member.name.as_str() {
            "relationships" => relationships(builder, at, &member.json),
            name => restore_spdx_member(builder, component, name, &member.json),
        };
        if restored.is_none() {
            component.extras.spdx.push(member);
        }
    }
}

fn restore_spdx_member<'a>(
    builder: &mut Builder<'a>,
    component: &mut Component<'a>,
    name: &str,
    json: &str,
) -> Option<()> {
    match name {
        "primaryPackagePurpose" => component.kind = spdx::purpose(&string(json)?)?,
        "licenseDeclared" => component.declared = builder.licenses.expression(&string(json)?),
        "licenseConcluded" => component.concluded = builder.licenses.expression(&string(json)?),
        "supplier" => component.supplier = Some(Party::from_spdx(&string(json)?)?),
        "originator" => component.originator = Some(Party::from_spdx(&string(json)?)?),
        "downloadLocation" => component.download_location = Some(string(json)?),
        "homepage" => component.homepage = Some(string(json)?),
        "copyrightText" => component.copyright = Some(string(json)?),
        "purls" => component.purls = strings(json)?,
        "cpes" => component.cpes = strings(json)?,
        "fileName" => component.name = string(json)?,
        "checksums" => {
            let checksum: Checksum<'_> = serde_json::from_str(json).ok()?;
            component.hashes.push(owned_hash(spdx::hash(checksum).ok()?));
        }
        "externalRefs" => {
            let reference: ExternalRef<'_> = serde_json::from_str(json).ok()?;
            let left = spdx::refer(component, reference.into_owned());
            component.extras.spdx.extend(left);
        }
        _ => return None,
    }
    Some(())
}

fn owned_hash(hash: Hash<'_>) -> Hash<'static> {
    Hash { algorithm: hash.algorithm, value: hash.value.into_owned() }
}

object! {
    /// Relationships of one type and comment that begin at one element.
    Relationships {
        from: Text<'a> = "from",
        kind: Text<'a> = "type",
        to: Vec<Text<'a>> = "to",
        comment: Text<'a> = "comment",
    }
}

fn relationships<'a>(builder: &mut Builder<'a>, at: &Element<'a>, json: &str) -> Option<()> {
    let groups: Vec<Relationships<'_>> = serde_json::from_str(json).ok()?;
    for group in groups {
        let (kind, turned) = RelationshipType::from_spdx(&group.kind?)?;
        let from = group.from.map_or(End::Known(at.clone()), |from| End::Named(from.into_owned()));
        let comment = group.comment.map(Text::into_owned);
        for to in group.to.into_iter().flatten().filter(|_| !turned) {
            // One more than the limit tells that it was passed.
            if builder.carried.len() > MOST_ELEMENTS {
                break;
            }
            let (from, to, comment) = (from.clone(), to.into_owned(), comment.clone());
            builder.carried.push(CarriedRelationship { from, kind, to, comment });
        }
    }
    Some(())
}

/// Gives the document back the relationships that were carried, and gives what else there was.
pub(crate) fn restore_document<'a>(builder: &mut Builder<'a>, members: Vec<Member<'a>>) -> Vec<Member<'a>> {
    let restore = |member: &Member<'a>| {
        let restored =
            member.name == "relationships" && relationships(&mut *builder, &Element::Document, &member.json).is_some();
        !restored
    };
    members.into_iter().filter(restore).collect()
}

/// Gives a component back what CycloneDX said of it.
pub(crate) fn restore_cyclonedx<'a>(component: &mut Component<'a>, members: Vec<Member<'a>>) {
    for member in members {
        if restore_cyclonedx_member(component, &member.name, &member.json).is_none() {
            component.extras.cyclonedx.push(member);
        }
    }
}

fn restore_cyclonedx_member(component: &mut Component<'_>, name: &str, json: &str) -> Option<()> {
    match name {
        "bom-ref" => component.id = string(json).filter(|id| !id.is_empty())?,
        "type" => component.kind = Some(Kind::from_cyclonedx(&string(json)?)?),
        "name" => component.name = string(json)?,
        "description" => component.description = Some(string(json)?),
        "group" => {
            let group = string(json)?;
            let name = component.name.strip_prefix(group.as_str())?.strip_prefix('/')?.to_owned();
            component.name = Text::from(name);
            component.group = Some(group);
        }
        "hashes" => {
            let object: HashObject<'_> = serde_json::from_str(json).ok()?;
            component.hashes.push(owned_hash(cyclonedx::hash(object).ok()?));
        }
        "externalReferences" => {
            let Reference { kind, url, comment, rest } = serde_json::from_str(json).ok()?;
            rest.is_empty().then_some(())?;
            let own = |text: Option<Text<'_>>| text.unwrap_or_default().into_owned();
            let comment = comment.map(Text::into_owned);
            component.references.push(ExternalReference { kind: own(kind), url: own(url), comment });
        }
        "properties" => {
            let properties: Vec<PropertyObject<'_>> = serde_json::from_str(json).ok()?;
            let owned = |property: PropertyObject<'_>| Property {
                name: property.name.unwrap_or_default().into_owned(),
                value: property.value.map(Text::into_owned),
            };
            component.properties.extend(properties.into_iter().map(owned));
        }
        _ => return None,
    }
    Some(())
}

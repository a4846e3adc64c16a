//! Members that only SPDX has: which of them can be written as they stand.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::valid;
use crate::license::{expression, unlisted};
use crate::model::{Bom, Member, Party};
use crate::text::Text;
use crate::time;

/// What the members are of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Document,
    /// A package whose files were not analysed.
    Package,
    AnalyzedPackage,
    File,
}

/// What a document has that its members refer to.
#[derive(Default)]
pub(crate) struct Context<'b> {
    licenses: HashSet<&'b str>,
    /// The `DocumentRef-…`.
    pub(crate) documents: HashSet<String>,
    /// The SPDX identifiers of packages and files.
    pub(crate) ids: HashSet<String>,
    /// The SPDX identifiers of the files.
    pub(crate) files: HashSet<String>,
}

impl<'b> Context<'b> {
    pub(crate) fn of(bom: &'b Bom<'b>) -> Self {
        let mut context =
            Self { licenses: bom.licenses.iter().map(|license| license.id.as_str()).collect(), ..Self::default() };
        let documents = bom.extras.spdx.iter().find(|member| member.name == "externalDocumentRefs");
        let documents: Option<Value> = documents.and_then(|member| serde_json::from_str(&member.json).ok());
        if documents.as_ref().is_some_and(external_documents) {
            let list = documents.as_ref().and_then(Value::as_array).into_iter().flatten();
            let ids = list.filter_map(|document| document["externalDocumentId"].as_str());
            context.documents = ids.map(str::to_owned).collect();
        }
        context
    }

    /// Whether it is an expression all of whose licences are known, or says that there is none.
    fn expression(&self, text: &str) -> bool {
        matches!(text, "NONE" | "NOASSERTION")
            || expression::parse(text, &|document| self.documents.contains(document)).is_some_and(|read| {
                unlisted::replace(text, &mut BTreeMap::new()) == text
                    && read.references.iter().all(|reference| self.licenses.contains(reference.as_str()))
            })
    }
}

/// Those members that can be written, and the others.
pub(crate) fn split<'m>(
    members: &'m [Member<'m>],
    part: Part,
    context: &Context<'_>,
) -> (Vec<&'m Member<'m>>, Vec<Member<'static>>) {
    let mut seen = HashSet::new();
    let mut native = Vec::new();
    let mut left = Vec::new();
    for member in members {
        // Whether a package contains files is told anew.
        if part != Part::Document && member.name == "filesAnalyzed" {
            continue;
        }
        let once = member.name == "externalRefs" || seen.insert(member.name.as_str());
        let value = if once { serde_json::from_str::<Value>(&member.json).ok() } else { None };
        if value.is_some_and(|value| fits(&member.name, &value, part, context)) {
            native.push(member);
        } else {
            left.push(Member::new(member.name.clone().into_owned(), member.json.clone().into_owned()));
        }
    }
    native.sort_by(|one, other| one.name.cmp(&other.name));
    (native, left)
}

fn fits(name: &str, value: &Value, part: Part, context: &Context<'_>) -> bool {
    let text = value.as_str();
    match (part, name) {
        (_, "annotations") => each(value, annotation),
        (Part::Document, "comment" | "creationInfo/comment") => text.is_some(),
        (Part::Document, "licenseListVersion") => text.is_some_and(is_version),
        (Part::Document, "externalDocumentRefs") => external_documents(value),
        (Part::Document, "snippets") => {
            each(value, |snippet| self::snippet(snippet, context)) && have_distinct_ids(value, context)
        }
        (Part::Document, _) => false,
        (Part::File, "noticeText") | (_, "comment" | "licenseComments") => text.is_some(),
        (Part::File, "fileContributors") | (_, "attributionTexts") => each(value, Value::is_string),
        (Part::File, "fileTypes") => each(value, |kind| kind.as_str().is_some_and(|kind| FILE_TYPES.contains(&kind))),
        (Part::File, "licenseInfoInFiles") | (Part::AnalyzedPackage, "licenseInfoFromFiles") => {
            each(value, |text| text.as_str().is_some_and(|text| context.expression(text)))
        }
        (Part::File, _) => false,
        (_, "packageFileName" | "sourceInfo" | "summary") => text.is_some(),
        (_, "builtDate" | "releaseDate" | "validUntilDate") => text.is_some_and(is_date),
        (_, "externalRefs") => external_ref(value),
        (Part::AnalyzedPackage, "packageVerificationCode") => verification_code(value),
        _ => false,
    }
}

const FILE_TYPES: [&str; 11] =
    ["APPLICATION", "ARCHIVE", "AUDIO", "BINARY", "DOCUMENTATION", "IMAGE", "OTHER", "SOURCE", "SPDX", "TEXT", "VIDEO"];

fn each(value: &Value, fits: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(fits))
}

/// Whether an object has these members of text, and no others but those of `optional`.
fn object(value: &Value, required: &[&str], optional: &[&str]) -> bool {
    let Some(object) = value.as_object() else { return false };
    let known = |name: &str| required.contains(&name) || optional.contains(&name);
    required.iter().all(|name| object.get(*name).is_some_and(Value::is_string))
        && object.iter().all(|(name, value)| known(name) && (value.is_string() || !required.contains(&name.as_str())))
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn is_date(date: &str) -> bool {
    time::to_spdx(date).as_deref() == Some(date)
}

fn is_version(version: &str) -> bool {
    version.split_once('.').is_some_and(|(major, minor)| {
        [major, minor].into_iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    })
}

fn annotation(value: &Value) -> bool {
    object(value, &["annotationDate", "annotationType", "annotator", "comment"], &[])
        && is_date(text(value, "annotationDate"))
        && matches!(text(value, "annotationType"), "OTHER" | "REVIEW")
        && Party::from_spdx(&Text::from(text(value, "annotator"))).is_some_and(|party| party.to_spdx().is_some())
}

fn checksum(value: &Value) -> bool {
    let hash = super::hash(super::objects::Checksum {
        algorithm: Some(Text::from(text(value, "algorithm"))),
        value: Some(Text::from(text(value, "checksumValue"))),
        rest: Vec::new(),
    });
    object(value, &["algorithm", "checksumValue"], &[])
        && hash.is_ok_and(|hash| hash.is_well_formed() && !hash.value.bytes().any(|b| b.is_ascii_uppercase()))
}

fn external_documents(value: &Value) -> bool {
    each(value, |document| {
        let id = text(document, "externalDocumentId").strip_prefix("DocumentRef-").unwrap_or_default();
        document.as_object().is_some_and(|object| object.len() == 3)
            && !id.is_empty()
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
            && valid::is_namespace(text(document, "spdxDocument"))
            && document.get("checksum").is_some_and(checksum)
    })
}

fn verification_code(value: &Value) -> bool {
    let code = text(value, "packageVerificationCodeValue");
    let excluded = value.get("packageVerificationCodeExcludedFiles");
    object(value, &["packageVerificationCodeValue"], &["packageVerificationCodeExcludedFiles"])
        && code.len() == 40
        && code.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
        && excluded.is_none_or(|excluded| each(excluded, Value::is_string))
}

/// References that are not in the model: those of the categories that have fixed types.
fn external_ref(value: &Value) -> bool {
    let locator = text(value, "referenceLocator");
    let hex = |text: &str, digits: usize| text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit());
    let fits = match (text(value, "referenceCategory"), text(value, "referenceType")) {
        ("SECURITY", "cpe22Type" | "cpe23Type") => {
            valid::cpe_type(locator).is_some_and(|kind| kind == text(value, "referenceType"))
        }
        ("SECURITY", "fix" | "url") => valid::is_url(locator),
        ("PACKAGE-MANAGER", "purl") => valid::is_purl(locator),
        ("PACKAGE-MANAGER", "maven-central") => {
            (2..=3).contains(&locator.split(':').filter(|p| !p.is_empty()).count()) && locator.matches(':').count() < 3
        }
        ("PACKAGE-MANAGER", "npm") => two_parts(locator, '@'),
        ("PACKAGE-MANAGER", "nuget") => two_parts(locator, '/'),
        ("PACKAGE-MANAGER", "bower") => two_parts(locator, '#'),
        ("PERSISTENT-ID", "swh") => {
            let mut parts = locator.split(':');
            let head = [parts.next(), parts.next(), parts.next()];
            matches!(head, [Some("swh"), Some("1"), Some("snp" | "rel" | "rev" | "dir" | "cnt")])
                && parts.next().is_some_and(|hash| hex(hash, 40))
                && parts.next().is_none()
        }
        ("PERSISTENT-ID", "gitoid") => {
            let mut parts = locator.split(':');
            let head = [parts.next(), parts.next()];
            let hash = match parts.next() {
                Some("sha1") => parts.next().is_some_and(|hash| hex(hash, 40)),
                Some("sha256") => parts.next().is_some_and(|hash| hex(hash, 64)),
                _ => false,
            };
            matches!(head, [Some("gitoid"), Some("blob" | "tree" | "commit" | "tag")]) && hash && parts.next().is_none()
        }
        ("OTHER", kind) => !kind.is_empty() && !locator.is_empty() && !locator.contains(' '),
        _ => false,
    };
    fits && object(value, &["referenceCategory", "referenceType", "referenceLocator"], &["comment"])
        && value.get("comment").is_none_or(Value::is_string)
}

fn two_parts(text: &str, separator: char) -> bool {
    let mut parts = text.split(separator);
    let full = |part: Option<&str>| part.is_some_and(|part| !part.is_empty());
    full(parts.next()) && full(parts.next()) && parts.next().is_none()
}

fn snippet(value: &Value, context: &Context<'_>) -> bool {
    let license = |text: &Value| text.as_str().is_some_and(|text| context.expression(text));
    let members = value.as_object().into_iter().flatten();
    valid::is_id(text(value, "SPDXID"))
        && context.files.contains(text(value, "snippetFromFile"))
        && value.get("name").is_some_and(Value::is_string)
        && each(&value["ranges"], |range| self::range(range, context))
        && members.into_iter().all(|(name, value)| match name.as_str() {
            "SPDXID" | "snippetFromFile" | "ranges" | "name" => true,
            "comment" | "copyrightText" | "licenseComments" => value.is_string(),
            "attributionTexts" => each(value, Value::is_string),
            "licenseConcluded" => license(value),
            "licenseInfoInSnippets" => each(value, license),
            "annotations" => each(value, annotation),
            _ => false,
        })
}

fn have_distinct_ids(snippets: &Value, context: &Context<'_>) -> bool {
    let mut seen = HashSet::new();
    each(snippets, |snippet| {
        let id = text(snippet, "SPDXID");
        id != super::DOCUMENT && !context.ids.contains(id)
    }) && snippets.as_array().into_iter().flatten().all(|snippet| seen.insert(text(snippet, "SPDXID")))
}

/// Both ends by byte or both by line, forward, in a known file.
fn range(value: &Value, context: &Context<'_>) -> bool {
    let ends = ["startPointer", "endPointer"].map(|name| &value[name]);
    let fits = |unit: &str| {
        let [start, end] = ends.map(|end| end.get(unit).and_then(Value::as_u64).filter(|number| *number > 0));
        matches!((start, end), (Some(start), Some(end)) if start <= end)
    };
    let known = |end: &&Value| {
        context.files.contains(text(end, "reference")) && end.as_object().is_some_and(|object| object.len() == 2)
    };
    value.as_object().is_some_and(|object| object.len() == 2)
        && ends.iter().all(known)
        && (fits("offset") || fits("lineNumber"))
}

/// The identifiers of the snippets that are written.
pub(crate) fn snippet_ids(native: &[&Member<'_>]) -> HashSet<String> {
    let snippets = native.iter().find(|member| member.name == "snippets");
    let snippets: Option<Value> = snippets.and_then(|member| serde_json::from_str(&member.json).ok());
    let list = snippets.as_ref().and_then(Value::as_array).into_iter().flatten();
    list.map(|snippet| text(snippet, "SPDXID").to_owned()).collect()
}

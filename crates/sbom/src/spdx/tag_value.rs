//! SPDX as tag-value text, read into the same objects as JSON.

use std::collections::HashMap;

use super::objects::{
    Annotation, Checksum, CreationInfo, Document, ExternalDocument, ExternalRef, ExtractedLicense, File, Package,
    RelationshipObject,
};
use crate::builder::Note;
use crate::error::{Place, SbomError};
use crate::json::{List, MOST_ELEMENTS};
use crate::model::Member;
use crate::output::{Output, quoted};
use crate::text::Text;

/// Reads a document.
pub(crate) fn parse(document: &[u8]) -> Result<(Document<'_>, Vec<Note>), SbomError> {
    let text = std::str::from_utf8(document).map_err(|error| {
        let line = 1 + document[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        malformed(line, "not UTF-8")
    })?;
    let mut parser = Parser::default();
    let mut lines = Lines { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 0 };
    while let Some((tag, value)) = lines.next_tag()? {
        parser.take(tag, Text::from(value), lines.line)?;
    }
    parser.flush();
    Ok((parser.finish(), parser.notes))
}

fn malformed(line: usize, message: &str) -> SbomError {
    SbomError::Malformed { place: Place { pointer: String::new(), line, column: 1 }, message: message.to_owned() }
}

/// The lines of a document.
struct Lines<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Lines<'a> {
    /// The next tag and its value; `<text>` may span lines.
    fn next_tag(&mut self) -> Result<Option<(&'a str, &'a str)>, SbomError> {
        loop {
            if self.rest.is_empty() {
                return Ok(None);
            }
            self.line += 1;
            let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                self.rest = rest;
                continue;
            }
            let Some((tag, value)) = trimmed.split_once(':') else {
                return Err(malformed(self.line, "neither a tag nor a comment"));
            };
            let value = value.trim();
            if value.starts_with("<text>") {
                return self.long(tag.trim()).map(Some);
            }
            self.rest = rest;
            return Ok(Some((tag.trim(), value)));
        }
    }

    fn long(&mut self, tag: &'a str) -> Result<(&'a str, &'a str), SbomError> {
        let start = self.rest.find("<text>").map_or(0, |at| at + "<text>".len());
        let text = &self.rest[start..];
        let end = text.find("</text>").ok_or_else(|| malformed(self.line, "a <text> without its end"))?;
        let after = &text[end + "</text>".len()..];
        self.rest = after.split_once('\n').map_or("", |(_, rest)| rest);
        self.line += text[..end].matches('\n').count();
        Ok((tag, &text[..end]))
    }
}

/// What the tags that come now belong to.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Section {
    #[default]
    Document,
    Package,
    File,
    Snippet,
    License,
}

#[derive(Default)]
struct Parser<'a> {
    section: Section,
    document: Document<'a>,
    creation: CreationInfo<'a>,
    packages: Vec<Package<'a>>,
    files: Vec<File<'a>>,
    /// Whether the file being read follows a package, which then contains it.
    contained: bool,
    snippet: Snippet<'a>,
    snippets: Vec<String>,
    licenses: Vec<ExtractedLicense<'a>>,
    relationships: Vec<RelationshipObject<'a>>,
    annotations: Vec<(Annotation<'a>, Option<Text<'a>>)>,
    external_documents: Vec<ExternalDocument<'a>>,
    notes: Vec<Note>,
}

/// A part of a file (clause 9).
#[derive(Default)]
struct Snippet<'a> {
    id: Option<Text<'a>>,
    file: Option<Text<'a>>,
    ranges: Vec<(&'static str, String, String)>,
    rest: Vec<Member<'a>>,
}

impl<'a> Parser<'a> {
    fn take(&mut self, tag: &str, value: Text<'a>, line: usize) -> Result<(), SbomError> {
        let elements = self.packages.len() + self.files.len() + self.relationships.len() + self.annotations.len();
        if elements >= MOST_ELEMENTS {
            let place = Place { pointer: String::new(), line, column: 1 };
            return Err(SbomError::OverLimit { place, message: format!("more than {MOST_ELEMENTS} elements") });
        }
        self.begin(tag, &value);
        let known = self.anywhere(tag, &value, line)?
            || match self.section {
                Section::Document => self.of_document(tag, value),
                Section::Package => self.of_package(tag, value),
                Section::File => self.of_file(tag, value),
                Section::Snippet => self.of_snippet(tag, &value),
                Section::License => self.of_license(tag, value),
            };
        if !known && self.notes.len() < 20 {
            let message = format!("the tag `{tag:.60}` of line {line} is not known here");
            self.notes.push(Note { element: String::new(), message });
        }
        Ok(())
    }

    /// Begins a section, if the tag does.
    fn begin(&mut self, tag: &str, value: &Text<'a>) {
        match tag {
            "PackageName" => {
                self.flush();
                self.section = Section::Package;
                self.packages.push(Package { name: Some(value.clone()), ..Package::default() });
            }
            "FileName" => {
                self.flush();
                self.contained = !self.packages.is_empty();
                self.section = Section::File;
                self.files.push(File { name: Some(value.clone()), ..File::default() });
            }
            "SnippetSPDXID" => {
                self.flush();
                self.section = Section::Snippet;
                self.snippet.id = Some(value.clone());
            }
            "LicenseID" => {
                self.flush();
                self.section = Section::License;
                self.licenses.push(ExtractedLicense { id: Some(value.clone()), ..ExtractedLicense::default() });
            }
            _ => (),
        }
    }

    /// Ends the snippet that was being read.
    fn flush(&mut self) {
        if self.section == Section::Snippet {
            let snippet = std::mem::take(&mut self.snippet);
            self.snippets.push(snippet.into_json());
        }
    }

    /// Relationships, annotations and reviews stand between sections or in them.
    fn anywhere(&mut self, tag: &str, value: &Text<'a>, line: usize) -> Result<bool, SbomError> {
        match tag {
            "Relationship" => {
                let mut words = value.split_whitespace();
                let (Some(from), Some(kind), Some(to)) = (words.next(), words.next(), words.next()) else {
                    return Err(malformed(line, "a relationship is two elements and its type between them"));
                };
                let own = |text: &str| Some(Text::from(text.to_owned()));
                let object = RelationshipObject { from: own(from), to: own(to), kind: own(kind), ..Default::default() };
                self.relationships.push(object);
            }
            "RelationshipComment" => {
                if let Some(relationship) = self.relationships.last_mut() {
                    relationship.comment = Some(value.clone());
                }
            }
            "Annotator" => {
                let annotation = Annotation { annotator: Some(value.clone()), ..Annotation::default() };
                self.annotations.push((annotation, None));
            }
            "AnnotationDate" | "AnnotationType" | "AnnotationComment" | "SPDXREF" => self.of_annotation(tag, value),
            "Reviewer" => append(&mut self.document.rest, "revieweds", &reviewed(value)),
            "ReviewDate" | "ReviewComment" => (),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn of_annotation(&mut self, tag: &str, value: &Text<'a>) {
        let Some((annotation, element)) = self.annotations.last_mut() else { return };
        let value = Some(value.clone());
        match tag {
            "AnnotationDate" => annotation.date = value,
            "AnnotationType" => annotation.kind = value,
            "AnnotationComment" => annotation.comment = value,
            _ => *element = value,
        }
    }

    fn of_document(&mut self, tag: &str, value: Text<'a>) -> bool {
        let document = &mut self.document;
        match tag {
            "SPDXVersion" => document.spdx_version = Some(value),
            "DataLicense" => document.data_license = Some(value),
            "SPDXID" => document.id = Some(value),
            "DocumentName" => document.name = Some(value),
            "DocumentNamespace" => document.namespace = Some(value),
            "DocumentComment" => document.rest.push(Member::new("comment", quoted(&value))),
            "ExternalDocumentRef" => self.external_documents.extend(external_document(&value)),
            "Creator" => self.creation.creators.get_or_insert_default().push(value),
            "Created" => self.creation.created = Some(value),
            "CreatorComment" => self.creation.rest.push(Member::new("comment", quoted(&value))),
            "LicenseListVersion" => self.creation.rest.push(Member::new("licenseListVersion", quoted(&value))),
            _ => return false,
        }
        true
    }

    fn of_package(&mut self, tag: &str, value: Text<'a>) -> bool {
        let Some(package) = self.packages.last_mut() else { return false };
        match tag {
            "PackageName" => (),
            "SPDXID" => package.id = Some(value),
            "PackageVersion" => package.version = Some(value),
            "PackageSupplier" => package.supplier = Some(value),
            "PackageOriginator" => package.originator = Some(value),
            "PackageDownloadLocation" => package.download_location = Some(value),
            "PackageHomePage" => package.homepage = Some(value),
            "PackageLicenseConcluded" => package.concluded = Some(value),
            "PackageLicenseDeclared" => package.declared = Some(value),
            "PackageCopyrightText" => package.copyright = Some(value),
            "PackageDescription" => package.description = Some(value),
            "PrimaryPackagePurpose" => package.purpose = Some(value),
            "PackageChecksum" => package.checksums.get_or_insert_default().extend(checksum(&value)),
            "ExternalRef" => package.external_refs.get_or_insert_default().extend(external_ref(&value)),
            "ExternalRefComment" => {
                if let Some(reference) = package.external_refs.as_mut().and_then(|references| references.last_mut()) {
                    reference.comment = Some(value);
                }
            }
            _ => return rest_of_package(&mut package.rest, tag, &value),
        }
        true
    }

    fn of_file(&mut self, tag: &str, value: Text<'a>) -> bool {
        let Some(file) = self.files.last_mut() else { return false };
        let (name, many) = match tag {
            "FileName" => return true,
            "SPDXID" => {
                if let Some(package) = self.packages.last_mut().filter(|_| self.contained) {
                    package.has_files.get_or_insert_with(|| List(Vec::new())).0.push(value.clone());
                }
                file.id = Some(value);
                return true;
            }
            "FileChecksum" => {
                file.checksums.get_or_insert_default().extend(checksum(&value));
                return true;
            }
            "LicenseConcluded" => {
                file.concluded = Some(value);
                return true;
            }
            "FileCopyrightText" => {
                file.copyright = Some(value);
                return true;
            }
            "FileType" => ("fileTypes", true),
            "LicenseInfoInFile" => ("licenseInfoInFiles", true),
            "FileContributor" => ("fileContributors", true),
            "FileAttributionText" => ("attributionTexts", true),
            "FileDependency" => ("fileDependencies", true),
            "LicenseComments" => ("licenseComments", false),
            "FileComment" => ("comment", false),
            "FileNotice" => ("noticeText", false),
            _ => return false,
        };
        put(&mut file.rest, name, many, &value);
        true
    }

    fn of_snippet(&mut self, tag: &str, value: &Text<'a>) -> bool {
        let snippet = &mut self.snippet;
        let (name, many) = match tag {
            "SnippetSPDXID" => return true,
            "SnippetFromFileSPDXID" => {
                snippet.file = Some(value.clone());
                return true;
            }
            "SnippetByteRange" | "SnippetLineRange" => {
                let Some((start, end)) = value.split_once(':') else { return false };
                let kind = if tag == "SnippetByteRange" { "offset" } else { "lineNumber" };
                let numbers = [start, end].map(|number| number.trim().parse::<u64>().unwrap_or_default().to_string());
                let [start, end] = numbers;
                snippet.ranges.push((kind, start, end));
                return true;
            }
            "LicenseInfoInSnippet" => ("licenseInfoInSnippets", true),
            "SnippetAttributionText" => ("attributionTexts", true),
            "SnippetLicenseConcluded" => ("licenseConcluded", false),
            "SnippetLicenseComments" => ("licenseComments", false),
            "SnippetCopyrightText" => ("copyrightText", false),
            "SnippetComment" => ("comment", false),
            "SnippetName" => ("name", false),
            _ => return false,
        };
        put(&mut snippet.rest, name, many, value);
        true
    }

    fn of_license(&mut self, tag: &str, value: Text<'a>) -> bool {
        let Some(license) = self.licenses.last_mut() else { return false };
        match tag {
            "LicenseID" => (),
            "ExtractedText" => license.text = Some(value),
            "LicenseName" => license.name = Some(value),
            "LicenseCrossReference" => license.see_also.get_or_insert_default().push(value),
            "LicenseComment" => license.comment = Some(value),
            _ => return false,
        }
        true
    }

    fn finish(&mut self) -> Document<'a> {
        self.place_annotations();
        let mut document = std::mem::take(&mut self.document);
        document.creation = Some(std::mem::take(&mut self.creation));
        document.packages = Some(List(std::mem::take(&mut self.packages)));
        document.files = Some(List(std::mem::take(&mut self.files)));
        document.relationships = Some(List(std::mem::take(&mut self.relationships)));
        document.licenses = Some(std::mem::take(&mut self.licenses));
        document.external_documents = Some(std::mem::take(&mut self.external_documents));
        for snippet in std::mem::take(&mut self.snippets) {
            append(&mut document.rest, "snippets", &snippet);
        }
        document
    }
}

impl<'a> Parser<'a> {
    /// Gives each annotation to the element that it names.
    fn place_annotations(&mut self) {
        let annotations = std::mem::take(&mut self.annotations);
        let ids = |ids: Vec<Option<Text<'a>>>| -> HashMap<Text<'a>, usize> {
            ids.into_iter().enumerate().filter_map(|(at, id)| Some((id?, at))).collect()
        };
        let packages = ids(self.packages.iter().map(|package| package.id.clone()).collect());
        let files = ids(self.files.iter().map(|file| file.id.clone()).collect());
        for (annotation, element) in annotations {
            let element = element.unwrap_or_default();
            let package = packages.get(&element).and_then(|at| self.packages.get_mut(*at));
            let file = files.get(&element).and_then(|at| self.files.get_mut(*at));
            let of = match (package, file) {
                (Some(package), _) => &mut package.annotations,
                (None, Some(file)) => &mut file.annotations,
                (None, None) => &mut self.document.annotations,
            };
            of.get_or_insert_default().push(annotation);
        }
    }
}

fn rest_of_package(rest: &mut Vec<Member<'_>>, tag: &str, value: &str) -> bool {
    let (name, many) = match tag {
        "FilesAnalyzed" => {
            rest.push(Member::new("filesAnalyzed", if value == "false" { "false" } else { "true" }));
            return true;
        }
        "PackageVerificationCode" => {
            rest.push(Member::new("packageVerificationCode", verification_code(value)));
            return true;
        }
        "PackageFileName" => ("packageFileName", false),
        "PackageSourceInfo" => ("sourceInfo", false),
        "PackageLicenseComments" => ("licenseComments", false),
        "PackageSummary" => ("summary", false),
        "PackageComment" => ("comment", false),
        "BuiltDate" => ("builtDate", false),
        "ReleaseDate" => ("releaseDate", false),
        "ValidUntilDate" => ("validUntilDate", false),
        "PackageLicenseInfoFromFiles" => ("licenseInfoFromFiles", true),
        "PackageAttributionText" => ("attributionTexts", true),
        _ => return false,
    };
    put(rest, name, many, value);
    true
}

/// A member of text, of which the first counts, or one more text of a member that is a list.
fn put(rest: &mut Vec<Member<'_>>, name: &'static str, many: bool, value: &str) {
    if many {
        append(rest, name, &quoted(value));
    } else if !rest.iter().any(|member| member.name == name) {
        rest.push(Member::new(name, quoted(value)));
    }
}

/// One more element of a member that is a list.
fn append(rest: &mut Vec<Member<'_>>, name: &'static str, element: &str) {
    let Some(member) = rest.iter_mut().find(|member| member.name == name) else {
        rest.push(Member::new(name, format!("[{element}]")));
        return;
    };
    let mut list = std::mem::take(&mut member.json).into_cow().into_owned();
    list.pop();
    list.push(',');
    list.push_str(element);
    list.push(']');
    member.json = Text::from(list);
}

fn reviewed(reviewer: &str) -> String {
    format!("{{\"reviewer\":{}}}", quoted(reviewer))
}

/// `SHA1: d6a7…`
fn checksum<'a>(value: &Text<'a>) -> Option<Checksum<'a>> {
    let at = value.find(':')?;
    Some(Checksum {
        algorithm: Some(value.map(|text| text[..at].trim())),
        value: Some(value.map(|text| text[at + 1..].trim())),
        rest: Vec::new(),
    })
}

/// `SECURITY cpe23Type cpe:2.3:…`
fn external_ref<'a>(value: &Text<'a>) -> Option<ExternalRef<'a>> {
    let first = value.find(' ')?;
    let second = first + 1 + value[first + 1..].find(' ')?;
    Some(ExternalRef {
        category: Some(value.map(|text| &text[..first])),
        kind: Some(value.map(|text| &text[first + 1..second])),
        locator: Some(value.map(|text| text[second + 1..].trim())),
        ..ExternalRef::default()
    })
}

/// `DocumentRef-a https://… SHA1: d6a7…`
fn external_document<'a>(value: &str) -> Option<ExternalDocument<'a>> {
    let mut words = value.splitn(3, ' ');
    let (id, uri) = (words.next()?, words.next()?);
    let (algorithm, hash) = words.next()?.split_once(':')?;
    let mut output = Output::with_capacity(96);
    output.object(|output| {
        output.text("algorithm", algorithm.trim());
        output.text("checksumValue", hash.trim());
    });
    let rest = vec![Member::new("checksum", output.into_text()), Member::new("spdxDocument", quoted(uri))];
    Some(ExternalDocument { id: Some(Text::from(id.to_owned())), rest })
}

/// `d6a7… (excludes: ./a.spdx, ./b.spdx)`
fn verification_code(value: &str) -> String {
    let (code, excluded) = value.split_once('(').unwrap_or((value, ""));
    let excluded = excluded.trim_end_matches(')').trim();
    let excluded = excluded.strip_prefix("excludes:").unwrap_or(excluded);
    let files: Vec<&str> = excluded.split(',').map(str::trim).filter(|file| !file.is_empty()).collect();
    let mut output = Output::with_capacity(128);
    output.object(|output| {
        if !files.is_empty() {
            output.texts("packageVerificationCodeExcludedFiles", files);
        }
        output.text("packageVerificationCodeValue", code.trim());
    });
    output.into_text()
}

impl Snippet<'_> {
    fn into_json(self) -> String {
        let mut output = Output::with_capacity(256);
        output.object(|output| {
            output.optional("SPDXID", self.id.as_ref());
            output.optional("snippetFromFile", self.file.as_ref());
            if !self.rest.iter().any(|member| member.name == "name") {
                output.text("name", "NOASSERTION");
            }
            output.name("ranges").array(|output| {
                for (kind, start, end) in &self.ranges {
                    output.object(|output| {
                        for (name, number) in [("endPointer", end), ("startPointer", start)] {
                            output.name(name).object(|output| {
                                output.name(kind).raw(number);
                                output.optional("reference", self.file.as_ref());
                            });
                        }
                    });
                }
            });
            self.rest.iter().for_each(|member| output.name(&member.name).raw(&member.json));
        });
        output.into_text()
    }
}

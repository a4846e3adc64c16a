//! The objects of SPDX 2 in JSON. Tag-value text is read into the same.

use crate::json::List;
use crate::model::Member;
use crate::object::object;
use crate::text::Text;

object! {
    /// A document (SPDX 2.3, clause 6).
    Document {
        spdx_version: Text<'a> = "spdxVersion",
        data_license: Text<'a> = "dataLicense",
        id: Text<'a> = "SPDXID",
        name: Text<'a> = "name",
        namespace: Text<'a> = "documentNamespace",
        creation: CreationInfo<'a> = "creationInfo",
        describes: List<Text<'a>> = "documentDescribes",
        external_documents: Vec<ExternalDocument<'a>> = "externalDocumentRefs",
        licenses: Vec<ExtractedLicense<'a>> = "hasExtractedLicensingInfos",
        annotations: Vec<Annotation<'a>> = "annotations",
        packages: List<Package<'a>> = "packages",
        files: List<File<'a>> = "files",
        relationships: List<RelationshipObject<'a>> = "relationships",
    }
}

object! {
    /// When and by whom a document was made.
    CreationInfo {
        created: Text<'a> = "created",
        creators: Vec<Text<'a>> = "creators",
    }
}

object! {
    /// Another document that this one refers to.
    ExternalDocument {
        id: Text<'a> = "externalDocumentId",
    }
}

object! {
    /// A licence that is on no list (clause 10).
    ExtractedLicense {
        id: Text<'a> = "licenseId",
        text: Text<'a> = "extractedText",
        name: Text<'a> = "name",
        see_also: Vec<Text<'a>> = "seeAlsos",
        comment: Text<'a> = "comment",
    }
}

object! {
    /// A remark on an element (clause 12).
    Annotation {
        annotator: Text<'a> = "annotator",
        date: Text<'a> = "annotationDate",
        kind: Text<'a> = "annotationType",
        comment: Text<'a> = "comment",
    }
}

object! {
    /// A package (clause 7).
    Package {
        id: Text<'a> = "SPDXID",
        name: Text<'a> = "name",
        version: Text<'a> = "versionInfo",
        purpose: Text<'a> = "primaryPackagePurpose",
        supplier: Text<'a> = "supplier",
        originator: Text<'a> = "originator",
        download_location: Text<'a> = "downloadLocation",
        homepage: Text<'a> = "homepage",
        checksums: Vec<Checksum<'a>> = "checksums",
        concluded: Text<'a> = "licenseConcluded",
        declared: Text<'a> = "licenseDeclared",
        copyright: Text<'a> = "copyrightText",
        description: Text<'a> = "description",
        external_refs: Vec<ExternalRef<'a>> = "externalRefs",
        has_files: List<Text<'a>> = "hasFiles",
        annotations: Vec<Annotation<'a>> = "annotations",
    }
}

object! {
    /// A file (clause 8).
    File {
        id: Text<'a> = "SPDXID",
        name: Text<'a> = "fileName",
        checksums: Vec<Checksum<'a>> = "checksums",
        concluded: Text<'a> = "licenseConcluded",
        copyright: Text<'a> = "copyrightText",
        annotations: Vec<Annotation<'a>> = "annotations",
    }
}

object! {
    /// A hash.
    Checksum {
        algorithm: Text<'a> = "algorithm",
        value: Text<'a> = "checksumValue",
    }
}

object! {
    /// A pointer to something outside (clause 7.21).
    ExternalRef {
        category: Text<'a> = "referenceCategory",
        kind: Text<'a> = "referenceType",
        locator: Text<'a> = "referenceLocator",
        comment: Text<'a> = "comment",
    }
}

object! {
    /// A relationship (clause 11).
    RelationshipObject {
        from: Text<'a> = "spdxElementId",
        to: Text<'a> = "relatedSpdxElement",
        kind: Text<'a> = "relationshipType",
        comment: Text<'a> = "comment",
    }
}

/// What an annotation of ours, or the text of any other, is carried as.
impl<'a> Annotation<'a> {
    /// As JSON.
    pub(crate) fn into_json(self) -> Text<'a> {
        let mut output = crate::output::Output::with_capacity(128);
        output.object(|output| {
            output.optional("annotationDate", self.date.as_ref());
            output.optional("annotationType", self.kind.as_ref());
            output.optional("annotator", self.annotator.as_ref());
            output.optional("comment", self.comment.as_ref());
            for member in &self.rest {
                output.name(&member.name).raw(&member.json);
            }
        });
        Text::from(output.into_text())
    }
}

impl ExternalRef<'_> {
    /// With its own text.
    pub(crate) fn into_owned(self) -> ExternalRef<'static> {
        ExternalRef {
            category: self.category.map(Text::into_owned),
            kind: self.kind.map(Text::into_owned),
            locator: self.locator.map(Text::into_owned),
            comment: self.comment.map(Text::into_owned),
            rest: self.rest.into_iter().map(|one| Member::new(one.name.into_owned(), one.json.into_owned())).collect(),
        }
    }
}

//! The objects of CycloneDX 1.4 to 1.6 in JSON.

use crate::json::List;
use crate::object::{Raw, object};
use crate::text::Text;

object! {
    /// A document.
    Document {
        format: Text<'a> = "bomFormat",
        spec_version: Text<'a> = "specVersion",
        serial_number: Text<'a> = "serialNumber",
        metadata: Metadata<'a> = "metadata",
        components: List<ComponentObject<'a>> = "components",
        dependencies: List<Dependency<'a>> = "dependencies",
    }
}

object! {
    /// What the document says of itself.
    Metadata {
        timestamp: Text<'a> = "timestamp",
        tools: Raw<'a> = "tools",
        authors: Vec<Contact<'a>> = "authors",
        component: ComponentObject<'a> = "component",
        properties: Vec<PropertyObject<'a>> = "properties",
    }
}

object! {
    /// A person.
    Contact {
        name: Text<'a> = "name",
        email: Text<'a> = "email",
    }
}

object! {
    /// An organisation.
    Organization {
        name: Text<'a> = "name",
        contact: Vec<Contact<'a>> = "contact",
    }
}

object! {
    /// A tool as CycloneDX 1.4 has it, or as a component.
    Tool {
        kind: Text<'a> = "type",
        name: Text<'a> = "name",
        version: Text<'a> = "version",
    }
}

object! {
    /// Tools since CycloneDX 1.5.
    Tools {
        components: Vec<Tool<'a>> = "components",
    }
}

object! {
    /// A component.
    ComponentObject {
        reference: Text<'a> = "bom-ref",
        kind: Text<'a> = "type",
        supplier: Raw<'a> = "supplier",
        author: Text<'a> = "author",
        publisher: Text<'a> = "publisher",
        group: Text<'a> = "group",
        name: Text<'a> = "name",
        version: Text<'a> = "version",
        description: Text<'a> = "description",
        hashes: Vec<HashObject<'a>> = "hashes",
        licenses: Raw<'a> = "licenses",
        copyright: Text<'a> = "copyright",
        cpe: Text<'a> = "cpe",
        purl: Text<'a> = "purl",
        references: Vec<Reference<'a>> = "externalReferences",
        properties: Vec<PropertyObject<'a>> = "properties",
        components: List<ComponentObject<'a>> = "components",
    }
}

object! {
    /// A hash.
    HashObject {
        algorithm: Text<'a> = "alg",
        value: Text<'a> = "content",
    }
}

object! {
    /// One of the licences of a component.
    LicenseChoice {
        license: LicenseObject<'a> = "license",
        expression: Text<'a> = "expression",
        acknowledgement: Text<'a> = "acknowledgement",
    }
}

object! {
    /// A licence.
    LicenseObject {
        id: Text<'a> = "id",
        name: Text<'a> = "name",
        text: Attachment<'a> = "text",
        url: Text<'a> = "url",
        acknowledgement: Text<'a> = "acknowledgement",
    }
}

object! {
    /// A text.
    Attachment {
        encoding: Text<'a> = "encoding",
        content: Text<'a> = "content",
    }
}

object! {
    /// A pointer to something outside.
    Reference {
        kind: Text<'a> = "type",
        url: Text<'a> = "url",
        comment: Text<'a> = "comment",
    }
}

object! {
    /// A name and a value.
    PropertyObject {
        name: Text<'a> = "name",
        value: Text<'a> = "value",
    }
}

object! {
    /// What a component depends on.
    Dependency {
        reference: Text<'a> = "ref",
        depends_on: List<Text<'a>> = "dependsOn",
    }
}

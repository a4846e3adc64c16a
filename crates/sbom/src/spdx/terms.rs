//! What the terms of SPDX stand for.

use super::objects::{Checksum, ExternalRef};
use crate::model::{Algorithm, Component, ExternalReference, Hash, Kind, Member};
use crate::output::Output;
use crate::text::Text;

/// The kind that a purpose stands for; nothing said is a purpose too.
pub(crate) fn purpose(name: &str) -> Option<Option<Kind>> {
    match name {
        "NOASSERTION" => Some(None),
        _ => Kind::from_spdx(name).map(Some),
    }
}

/// A hash. One whose algorithm is not known is given back as an element of the member
/// `checksums`.
pub(crate) fn hash(checksum: Checksum<'_>) -> Result<Hash<'_>, Member<'static>> {
    let Checksum { algorithm, value, .. } = checksum;
    let known = algorithm.as_deref().and_then(Algorithm::from_spdx);
    if let (Some(algorithm), Some(value)) = (known, &value) {
        return Ok(Hash { algorithm, value: value.clone() });
    }
    let mut output = Output::with_capacity(96);
    output.object(|output| {
        output.optional("algorithm", algorithm.as_ref());
        output.optional("checksumValue", value.as_ref());
    });
    Err(Member::new("checksums", output.into_text()))
}

/// The types of references that both formats can express, in the terms of CycloneDX 1.5. All of
/// them but `advisories` are of the category `OTHER` in SPDX.
pub(crate) const REFERENCES: [&str; 40] = [
    "advisories",
    "adversary-model",
    "attestation",
    "bom",
    "build-meta",
    "build-system",
    "certification-report",
    "chat",
    "codified-infrastructure",
    "component-analysis-report",
    "configuration",
    "distribution",
    "distribution-intake",
    "documentation",
    "dynamic-analysis-report",
    "evidence",
    "exploitability-statement",
    "formulation",
    "issue-tracker",
    "license",
    "log",
    "mailing-list",
    "maturity-report",
    "model-card",
    "other",
    "pentest-report",
    "poam",
    "quality-metrics",
    "release-notes",
    "risk-assessment",
    "runtime-analysis-report",
    "security-contact",
    "social",
    "static-analysis-report",
    "support",
    "threat-model",
    "vcs",
    "vulnerability-assertion",
    "website",
    "electronic-signature",
];

/// Puts a reference where the model has a place for it. One that it has none for is given back
/// as an element of the member `externalRefs`.
pub(crate) fn refer<'a>(component: &mut Component<'a>, reference: ExternalRef<'a>) -> Option<Member<'a>> {
    let ExternalRef { category, kind, locator, comment, rest } = reference;
    let category = category.unwrap_or_default();
    let kind = kind.unwrap_or_default();
    let locator = locator.unwrap_or_default();
    // SPDX 2.2 has an underscore where 2.3 has a hyphen.
    let shared = match (category.as_str(), kind.as_str()) {
        ("PACKAGE-MANAGER" | "PACKAGE_MANAGER", "purl") if comment.is_none() => {
            component.purls.push(locator);
            return None;
        }
        ("SECURITY", "cpe23Type") if comment.is_none() && locator.starts_with("cpe:2.3:") => {
            component.cpes.push(locator);
            return None;
        }
        ("SECURITY", "cpe22Type") if comment.is_none() && locator.starts_with("cpe:/") => {
            component.cpes.push(locator);
            return None;
        }
        ("SECURITY", "advisory") => Some(Text::from("advisories")),
        ("OTHER", other) if other != "advisories" && REFERENCES.contains(&other) => Some(kind.clone()),
        _ => None,
    };
    if let Some(kind) = shared {
        component.references.push(ExternalReference { kind, url: locator, comment });
        return None;
    }
    let mut output = Output::with_capacity(128);
    output.object(|output| {
        output.text("referenceCategory", &category.replace('_', "-"));
        output.text("referenceType", &kind);
        output.text("referenceLocator", &locator);
        output.optional("comment", comment.as_ref());
        rest.iter().for_each(|member| output.name(&member.name).raw(&member.json));
    });
    Some(Member::new("externalRefs", output.into_text()))
}

//! Converts every document of a folder to both formats and back, and says what is not the same:
//! `cargo run -p podarmor-sbom --example corpus -- FOLDER [OUT]`. What is rendered is kept in
//! `OUT`. Ends with 1 if anything differs.
#![expect(clippy::print_stdout, reason = "a program for the command line")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use podarmor_sbom::{Bom, Element, read, write_cyclonedx, write_spdx};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("usage: corpus FOLDER [OUT]")?;
    let out = arguments.next();
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort();
    let mut differences = 0;
    for file in files.iter().filter(|file| file.is_file()) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let document = std::fs::read(file)?;
        let found = convert(&name, &document, out.as_deref().map(Path::new))?;
        found.iter().take(12).for_each(|line| println!("    {line}"));
        differences += found.len();
    }
    println!("{differences} differences");
    if differences > 0 {
        std::process::exit(1);
    }
    Ok(())
}

/// What is not the same after a document went through both formats.
fn convert(name: &str, document: &[u8], out: Option<&Path>) -> std::io::Result<Vec<String>> {
    let reading = match read(document) {
        Ok(reading) => reading,
        Err(error) => {
            println!("{name}: {error}");
            return Ok(Vec::new());
        }
    };
    let findings = podarmor_sbom::check(document);
    println!(
        "{name}: {}, {} components, {} notes, {} findings",
        reading.format,
        reading.bom.components.len(),
        reading.notes.len(),
        findings.len()
    );
    findings.iter().take(3).for_each(|finding| println!("    finding: {} {}", finding.pointer, finding.message));
    reading.notes.iter().take(3).for_each(|note| println!("    note: {} {}", note.element, note.message));
    let (spdx, cyclonedx) = (write_spdx(&reading.bom), write_cyclonedx(&reading.bom));
    if let Some(out) = out {
        std::fs::write(out.join(format!("{name}.spdx.json")), &spdx)?;
        std::fs::write(out.join(format!("{name}.cdx.json")), &cyclonedx)?;
    }
    let mut differences = Vec::new();
    let routes: [(&str, Vec<u8>); 4] = [
        ("through SPDX", spdx.clone()),
        ("through CycloneDX", cyclonedx.clone()),
        ("through SPDX and CycloneDX", again(&spdx, write_cyclonedx, &mut differences)),
        ("through CycloneDX and SPDX", again(&cyclonedx, write_spdx, &mut differences)),
    ];
    for (route, bytes) in &routes {
        match read(bytes) {
            Ok(other) => {
                differences.extend(compare(&reading.bom, &other.bom).into_iter().map(|line| format!("{route}: {line}")))
            }
            Err(error) => differences.push(format!("{route}: {error}")),
        }
        for finding in podarmor_sbom::check(bytes) {
            differences.push(format!("{route}: {} {}", finding.pointer, finding.message));
        }
    }
    Ok(differences)
}

fn again(bytes: &[u8], write: fn(&Bom<'_>) -> Vec<u8>, differences: &mut Vec<String>) -> Vec<u8> {
    match read(bytes) {
        Ok(reading) => write(&reading.bom),
        Err(error) => {
            differences.push(error.to_string());
            Vec::new()
        }
    }
}

/// Everything that a document says, as text that does not depend on its order.
fn facts(bom: &Bom<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut facts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for component in &bom.components {
        let mut add = |what: &str, value: String| {
            facts.entry(format!("{} {what}", component.id)).or_default().insert(value);
        };
        add(
            "name",
            format!("{:?} {} {:?} file {}", component.group, component.name, component.version, component.file),
        );
        add("kind", format!("{:?}", component.kind));
        add("purls", format!("{:?}", component.purls));
        add("cpes", format!("{:?}", component.cpes));
        add("licences", format!("{:?} {:?}", component.declared, component.concluded));
        add("parties", format!("{:?} {:?}", component.supplier, component.originator));
        add("text", format!("{:?} {:?}", component.copyright, component.description));
        add("places", format!("{:?} {:?}", component.download_location, component.homepage));
        for hash in &component.hashes {
            add("hashes", format!("{:?} {}", hash.algorithm, hash.value.to_ascii_lowercase()));
        }
        component.references.iter().for_each(|reference| add("references", format!("{reference:?}")));
        component.properties.iter().for_each(|property| add("properties", format!("{property:?}")));
        let extras = component.extras.spdx.iter().chain(&component.extras.cyclonedx);
        extras.filter(|member| member.name != "filesAnalyzed").for_each(|member| add("extras", format!("{member:?}")));
    }
    let name = |element: &Element<'_>| match element {
        Element::Component(index) => bom.components[*index].id.to_string(),
        other => format!("{other:?}"),
    };
    for relationship in &bom.relationships {
        let line = format!("{} {} {:?}", relationship.kind.spdx(), name(&relationship.to), relationship.comment);
        facts.entry(format!("{} relationships", name(&relationship.from))).or_default().insert(line);
    }
    for license in &bom.licenses {
        facts.entry("licences".to_owned()).or_default().insert(format!("{license:?}"));
    }
    facts.entry("subject".to_owned()).or_default().insert(format!("{:?}", bom.subject().map(|subject| &subject.id)));
    let document = [format!("{:?} {:?} {:?} {:?}", bom.name, bom.namespace, bom.serial_number, bom.created)];
    facts.entry("document".to_owned()).or_default().extend(document);
    facts.entry("creators".to_owned()).or_default().extend(bom.creators.iter().map(|creator| format!("{creator:?}")));
    let extras = bom.extras.spdx.iter().chain(&bom.extras.cyclonedx).map(|member| format!("{member:?}"));
    facts.entry("extras".to_owned()).or_default().extend(extras);
    facts
}

fn compare(one: &Bom<'_>, other: &Bom<'_>) -> Vec<String> {
    let (one, other) = (facts(one), facts(other));
    let mut lines = Vec::new();
    for name in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
        let empty = BTreeSet::new();
        let (one, other) = (one.get(name).unwrap_or(&empty), other.get(name).unwrap_or(&empty));
        let (lost, new): (Vec<_>, Vec<_>) = (one.difference(other).collect(), other.difference(one).collect());
        if !lost.is_empty() || !new.is_empty() {
            lines.push(format!("{name:.200}: lost {lost:.2000?}, new {new:.2000?}").chars().take(600).collect());
        }
    }
    lines
}

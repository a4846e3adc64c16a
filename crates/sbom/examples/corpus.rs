//! Converts every document of a folder to both formats and back, and says what is not the same:
//! `cargo run -p podarmor-sbom --example corpus -- FOLDER [OUT]`. What is rendered is kept in
//! `OUT`. Ends with 1 if anything differs.
#![expect(clippy::print_stdout, reason = "a program for the command line")]

use std::path::Path;

use podarmor_sbom::{Bom, read, write_cyclonedx, write_spdx};

#[path = "../tests/facts/mod.rs"]
mod facts;

use facts::compare;

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

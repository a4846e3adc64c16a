//! Converts a document: `cargo run -p podarmor-sbom --example convert -- FILE spdx|cyclonedx`.
#![expect(clippy::print_stderr, reason = "a program for the command line")]

use std::io::Write as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(format)) = (arguments.next(), arguments.next()) else {
        return Err("usage: convert FILE spdx|cyclonedx".into());
    };
    let document = std::fs::read(&file)?;
    let reading = podarmor_sbom::read(&document)?;
    for note in &reading.notes {
        eprintln!("{file}: {} {}", note.element, note.message);
    }
    let rendered = match format.as_str() {
        "spdx" => podarmor_sbom::write_spdx(&reading.bom),
        "cyclonedx" => podarmor_sbom::write_cyclonedx(&reading.bom),
        other => return Err(format!("unknown format {other}").into()),
    };
    std::io::stdout().write_all(&rendered)?;
    Ok(())
}

//! Compares two documents: `cargo run -p podarmor-sbom --example diff -- BEFORE AFTER`.
#![expect(clippy::print_stdout, reason = "a program for the command line")]

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(before), Some(after)) = (arguments.next(), arguments.next()) else {
        return Err("usage: diff BEFORE AFTER".into());
    };
    let (before, after) = (std::fs::read(before)?, std::fs::read(after)?);
    let (before, after) = (podarmor_sbom::read(&before)?, podarmor_sbom::read(&after)?);
    let diff = podarmor_sbom::diff(&before.bom, &after.bom);
    let or_dash = |version: &Option<String>| version.clone().unwrap_or_else(|| "-".to_owned());
    diff.removed.iter().for_each(|(name, version)| println!("- {name} {}", or_dash(version)));
    diff.added.iter().for_each(|(name, version)| println!("+ {name} {}", or_dash(version)));
    for change in &diff.changed {
        println!("~ {} {} -> {}", change.name, change.before.join(","), change.after.join(","));
    }
    Ok(())
}

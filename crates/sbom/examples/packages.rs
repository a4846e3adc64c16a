//! Lists the packages of a document: `cargo run -p podarmor-sbom --example packages -- FILE`.
#![expect(clippy::print_stdout, reason = "a program for the command line")]

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("usage: packages FILE")?;
    let document = std::fs::read(file)?;
    let reading = podarmor_sbom::read(&document)?;
    println!("{}, {} components", reading.format, reading.bom.components.len());
    for package in reading.bom.packages() {
        let version = package.version.as_deref().unwrap_or("-");
        let license = match &package.declared {
            Some(podarmor_sbom::License::Expression(expression)) => expression.as_str(),
            Some(podarmor_sbom::License::None) => "none",
            None => "unknown",
        };
        println!("{} {version} {license} {}", package.full_name(), package.purls.first().map_or("", |purl| purl));
    }
    Ok(())
}

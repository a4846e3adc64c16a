//! Prints an OpenAPI document as its file in openapi/ holds it: `portal` or `public-v1`. Run by `cargo xtask openapi`.
#![expect(clippy::print_stdout, reason = "printing is all it does")]

use podarmor_http::openapi::{portal_document, public_v1_document};

fn main() -> std::io::Result<()> {
    let document = match std::env::args().nth(1).as_deref() {
        Some("portal") => portal_document(),
        Some("public-v1") => public_v1_document(),
        _ => return Err(std::io::Error::other("argument: portal or public-v1")),
    };
    println!("{}", serde_json::to_string_pretty(document)?);
    Ok(())
}

//! Prints the portal's OpenAPI document as `openapi/portal.json` holds it. Run by `cargo xtask openapi`.
#![expect(clippy::print_stdout, reason = "printing is all it does")]

fn main() -> Result<(), serde_json::Error> {
    let document = podarmor_http::openapi::portal_document();
    println!("{}", serde_json::to_string_pretty(&document)?);
    Ok(())
}

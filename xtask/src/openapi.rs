//! The checked-in OpenAPI documents: written from the code, or compared with it.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use serde_json::Value;

use crate::failure::{Context, Outcome};
use crate::workspace;

/// By the names of the files in openapi/, which the example takes as well.
const DOCUMENTS: [&str; 2] = ["portal", "public-v1"];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only compare; fails where a file and the code differ
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    if arguments.check {
        return check().map(|()| ExitCode::SUCCESS);
    }
    let program = build()?;
    for name in DOCUMENTS {
        let file = file(name);
        std::fs::write(&file, document(&program, name)?).context(file.display())?;
        println!("wrote {}", file.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// The files are, byte for byte, what the code says.
pub(crate) fn check() -> Outcome {
    let program = build()?;
    let differ: Vec<String> = DOCUMENTS.iter().filter_map(|name| check_one(&program, name).err()).collect();
    if differ.is_empty() { Ok(()) } else { Err(format!("{}; `cargo xtask openapi` rewrites them", differ.join("; "))) }
}

fn check_one(program: &Path, name: &str) -> Outcome {
    let file = file(name);
    let written = std::fs::read_to_string(&file).context(file.display())?;
    let current = document(program, name)?;
    if written == current {
        println!("openapi/{name}.json is what the code says");
        return Ok(());
    }
    let place = match (serde_json::from_str(&written), serde_json::from_str(&current)) {
        (Ok(written), Ok(current)) => first_difference(&written, &current, ""),
        _ => None,
    };
    let place = place.unwrap_or_else(|| "its layout".into());
    Err(format!("openapi/{name}.json is not what the code says, first at {place}"))
}

fn file(name: &str) -> PathBuf {
    workspace::root().join(format!("openapi/{name}.json"))
}

/// Built with the tests' set of features, so that after them nothing is compiled again.
fn build() -> Outcome<PathBuf> {
    let mut build = workspace::cargo();
    workspace::run(build.args(["build", "--quiet", "--workspace", "--example", "openapi_document", "--locked"]))?;
    Ok(workspace::built("debug", "examples/openapi_document"))
}

fn document(program: &Path, name: &str) -> Outcome<String> {
    workspace::output(Command::new(program).arg(name))
}

/// The JSON pointer of the first value that differs.
fn first_difference(left: &Value, right: &Value, place: &str) -> Option<String> {
    match (left, right) {
        (Value::Object(l), Value::Object(r)) => {
            let keys = l.keys().chain(r.keys().filter(|key| !l.contains_key(*key)));
            keys.into_iter().find_map(|key| {
                let below = format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"));
                match (l.get(key), r.get(key)) {
                    (Some(l), Some(r)) => first_difference(l, r, &below),
                    _ => Some(below),
                }
            })
        }
        (Value::Array(l), Value::Array(r)) if l.len() == r.len() => {
            l.iter().zip(r).enumerate().find_map(|(index, (l, r))| first_difference(l, r, &format!("{place}/{index}")))
        }
        _ if left == right => None,
        _ => Some(if place.is_empty() { "/".into() } else { place.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::first_difference;

    #[test]
    fn the_first_difference_is_named_by_its_pointer() {
        let left = json!({"paths": {"/livez": {"get": {"tags": ["a", "b"]}}}});
        let right = json!({"paths": {"/livez": {"get": {"tags": ["a", "c"]}}}});
        assert_eq!(first_difference(&left, &right, "").as_deref(), Some("/paths/~1livez/get/tags/1"));
    }

    #[test]
    fn a_key_on_one_side_only_is_a_difference() {
        assert_eq!(first_difference(&json!({"a": 1}), &json!({"a": 1, "b": 2}), "").as_deref(), Some("/b"));
        assert_eq!(first_difference(&json!({"a": 1}), &json!({"a": 1}), ""), None);
    }
}

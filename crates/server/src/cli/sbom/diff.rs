//! `sbom diff`.

use clap::Args;
use podarmor_sbom::{Change, Diff, diff};
use serde_json::{Value, json};

use super::document;
use crate::cli::Failure;
use crate::console::{Answer, Console, one_line};
use crate::documents::Source;

#[derive(Debug, Args)]
pub(in crate::cli) struct Compare {
    /// The earlier document, in any format that `convert` reads; - reads standard input
    #[arg(value_name = "A", value_parser = document::source())]
    before: Source,
    /// The later document, in the same format or another; - reads standard input
    #[arg(value_name = "B", value_parser = document::source())]
    after: Source,
}

impl Compare {
    pub(super) fn run(self, console: Console) -> Result<Answer, Failure> {
        let Self { before, after } = self;
        if (&before, &after) == (&Source::Stdin, &Source::Stdin) {
            return Err(Failure::Usage("only one of the two documents can come from standard input"));
        }
        let (old, new) = (document::load(&before, console)?, document::load(&after, console)?);
        let (old, new) = (document::parse(&before, &old)?, document::parse(&after, &new)?);
        let found = diff(&old.bom, &new.bom);
        Ok(Answer { text: text(&found), json: object(&found) })
    }
}

/// A line of the table: what became of a package, the package, its versions.
type Row = (&'static str, String, String);

/// A name longer than this does not widen the table for all others.
const WIDEST: usize = 60;

fn text(found: &Diff) -> String {
    let Diff { added, removed, changed } = found;
    if *found == Diff::default() {
        return "no package was added, removed or changed".to_owned();
    }
    let row = |what: &'static str, (name, version): &(String, Option<String>)| -> Row {
        (what, one_line(name), shown(version.as_deref().unwrap_or_default()))
    };
    let mut rows: Vec<Row> = added.iter().map(|package| row("added", package)).collect();
    rows.extend(removed.iter().map(|package| row("removed", package)));
    rows.extend(changed.iter().map(|change| {
        let versions = format!("{} -> {}", all(&change.before), all(&change.after));
        ("changed", one_line(&change.name), versions)
    }));
    let width = rows.iter().map(|(_, name, _)| name.chars().count()).max().unwrap_or_default().min(WIDEST);
    let mut text: String =
        rows.iter().map(|(what, name, versions)| format!("{what:<7}  {name:<width$}  {versions}\n")).collect();
    text.push_str(&format!("{} added, {} removed, {} changed", added.len(), removed.len(), changed.len()));
    text
}

fn all(versions: &[String]) -> String {
    versions.iter().map(|version| shown(version)).collect::<Vec<_>>().join(", ")
}

/// A version for people; the dash is for a package without one.
fn shown(version: &str) -> String {
    if version.is_empty() { "-".to_owned() } else { one_line(version) }
}

fn object(found: &Diff) -> Value {
    let versions = |versions: &[String]| -> Value { versions.iter().map(|version| versioned(version)).collect() };
    let package = |(name, version): &(String, Option<String>)| json!({"name": name, "version": version});
    let change = |Change { name, before, after }: &Change| json!({"name": name, "before": versions(before), "after": versions(after)});
    json!({
        "added": found.added.iter().map(package).collect::<Value>(),
        "removed": found.removed.iter().map(package).collect::<Value>(),
        "changed": found.changed.iter().map(change).collect::<Value>(),
    })
}

/// A version for programs; `null` is for a package without one.
fn versioned(version: &str) -> Value {
    if version.is_empty() { Value::Null } else { Value::from(version) }
}

//! Licence expressions (SPDX 2.3, annex D). The lists are those of the `spdx` crate; its parser
//! is not used, for it takes what the annex does not have (`AdditionRef-`, operators in lower
//! case) and does not tell how an identifier is written on the list.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::REFERENCE;

/// Deeper brackets are read as no expression.
const MOST_NESTED: usize = 64;

/// What a valid expression consists of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expression<'t> {
    /// The expression, its identifiers written as on the list, one space between its tokens.
    pub(crate) text: Cow<'t, str>,
    /// The `LicenseRef-…` in it, without those of other documents.
    pub(crate) references: Vec<String>,
}

/// Reads an expression; `None` if it is none. `external` tells whether a `DocumentRef-…` is one
/// of the document's.
pub(crate) fn parse<'t>(text: &'t str, external: &dyn Fn(&str) -> bool) -> Option<Expression<'t>> {
    if let Some(id) = listed(text) {
        let text = if id == text { Cow::Borrowed(text) } else { Cow::Owned(id.to_owned()) };
        return Some(Expression { text, references: Vec::new() });
    }
    let mut parser = Parser { rest: text, external, out: String::new(), references: Vec::new() };
    parser.alternatives(0)?;
    parser.peek().is_empty().then_some(())?;
    let same = parser.out == text;
    let out = if same { Cow::Borrowed(text) } else { Cow::Owned(parser.out) };
    Some(Expression { text: out, references: parser.references })
}

/// The licences of an expression that demands several single ones, or of a single one.
pub(crate) fn conjunction(expression: &str) -> Option<Vec<&str>> {
    let single = |term: &&str| !term.contains([' ', '(', ')']);
    let terms: Vec<&str> = expression.split(" AND ").collect();
    terms.iter().all(|term| single(term) && is_simple(term)).then_some(terms)
}

/// Whether it is a licence of the list or a `LicenseRef-…`, without `+`.
fn is_simple(term: &str) -> bool {
    listed(term).is_some() || reference(term)
}

/// An expression in brackets where it needs them to stand beside an `AND`.
pub(crate) fn in_brackets(expression: &str) -> Cow<'_, str> {
    if expression.contains(" OR ") { Cow::Owned(format!("({expression})")) } else { Cow::Borrowed(expression) }
}

/// How the list writes a licence; case does not matter (annex D.2).
pub(crate) fn listed(id: &str) -> Option<&'static str> {
    static LICENSES: LazyLock<HashMap<String, &'static str>> =
        LazyLock::new(|| by_lower_case(spdx::identifiers::LICENSES.iter().map(|license| license.name)));
    match spdx::license_id(id) {
        // The list has names for what is no licence.
        Some(license) if license.name == id && license.name != "NOASSERTION" => Some(license.name),
        _ => LICENSES.get(&lower_case(id)?).copied(),
    }
}

/// How the list writes an exception.
fn exception(id: &str) -> Option<&'static str> {
    static EXCEPTIONS: LazyLock<HashMap<String, &'static str>> =
        LazyLock::new(|| by_lower_case(spdx::identifiers::EXCEPTIONS.iter().map(|exception| exception.name)));
    EXCEPTIONS.get(&lower_case(id)?).copied()
}

fn by_lower_case(ids: impl Iterator<Item = &'static str>) -> HashMap<String, &'static str> {
    ids.filter(|id| !matches!(*id, "NONE" | "NOASSERTION")).map(|id| (id.to_ascii_lowercase(), id)).collect()
}

/// Nothing on the lists is longer.
fn lower_case(id: &str) -> Option<String> {
    (id.len() <= 64).then(|| id.to_ascii_lowercase())
}

/// Whether it is a `LicenseRef-…`.
pub(crate) fn reference(token: &str) -> bool {
    token.strip_prefix(REFERENCE).is_some_and(idstring)
}

fn idstring(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
}

/// A recursive descent; what was read is written to `out`.
struct Parser<'t, 'e> {
    rest: &'t str,
    external: &'e dyn Fn(&str) -> bool,
    out: String,
    references: Vec<String>,
}

impl<'t> Parser<'t, '_> {
    /// The next token without taking it; empty at the end.
    fn peek(&self) -> &'t str {
        let rest = self.rest.trim_start();
        let end = match rest.chars().next() {
            Some('(' | ')') => 1,
            _ => rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')')).unwrap_or(rest.len()),
        };
        &rest[..end]
    }

    fn take(&mut self) -> &'t str {
        let token = self.peek();
        self.rest = &self.rest.trim_start()[token.len()..];
        token
    }

    fn operator(&mut self, name: &str) -> bool {
        let found = self.peek() == name;
        if found {
            self.take();
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push(' ');
        }
        found
    }

    fn alternatives(&mut self, depth: usize) -> Option<()> {
        self.requirements(depth)?;
        while self.operator("OR") {
            self.requirements(depth)?;
        }
        Some(())
    }

    fn requirements(&mut self, depth: usize) -> Option<()> {
        self.term(depth)?;
        while self.operator("AND") {
            self.term(depth)?;
        }
        Some(())
    }

    fn term(&mut self, depth: usize) -> Option<()> {
        let token = self.take();
        if token == "(" {
            (depth < MOST_NESTED).then_some(())?;
            self.out.push('(');
            self.alternatives(depth + 1)?;
            self.out.push(')');
            return (self.take() == ")").then_some(());
        }
        self.license(token)?;
        if self.operator("WITH") {
            let exception = exception(self.take())?;
            self.out.push_str(exception);
        }
        Some(())
    }

    fn license(&mut self, token: &'t str) -> Option<()> {
        if let Some(id) = listed(token) {
            self.out.push_str(id);
        } else if let Some(id) = token.strip_suffix('+').and_then(listed) {
            self.out.push_str(id);
            self.out.push('+');
        } else if reference(token) {
            self.references.push(token.to_owned());
            self.out.push_str(token);
        } else {
            let (document, license) = token.split_once(':')?;
            let fits = document.strip_prefix("DocumentRef-").is_some_and(idstring) && reference(license);
            (fits && (self.external)(document)).then_some(())?;
            self.out.push_str(token);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(expression: &str) -> Option<String> {
        parse(expression, &|document| document == "DocumentRef-a").map(|expression| expression.text.into_owned())
    }

    #[test]
    fn expressions_keep_their_words_and_take_the_case_of_the_list() {
        for (given, read) in [
            ("MIT", "MIT"),
            ("mit", "MIT"),
            ("GPL-2.0+", "GPL-2.0+"),
            ("Apache-2.0+", "Apache-2.0+"),
            ("(MIT  OR Apache-2.0) AND Zlib", "(MIT OR Apache-2.0) AND Zlib"),
            ("GPL-2.0-only WITH classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
            ("LicenseRef-x AND DocumentRef-a:LicenseRef-b", "LicenseRef-x AND DocumentRef-a:LicenseRef-b"),
        ] {
            assert_eq!(text(given).as_deref(), Some(read), "{given}");
        }
    }

    #[test]
    fn what_is_no_expression_is_none() {
        for given in [
            "",
            " ",
            "Foo",
            "MIT or Zlib",
            "MIT OR",
            "OR MIT",
            "MIT Zlib",
            "(MIT",
            "MIT)",
            "()",
            "MIT WITH MIT",
            "GPL2+",
            "LicenseRef-",
            "LicenseRef-a b",
            "DocumentRef-b:LicenseRef-b",
            "MIT AND (",
            "NONE",
            "NOASSERTION",
            "MIT++",
        ] {
            assert_eq!(text(given), None, "{given}");
        }
        assert_eq!(text(&"(".repeat(1_000_000)), None);
        assert_eq!(text(&format!("{}MIT{}", "(".repeat(64), ")".repeat(64))).map(|text| text.len()), Some(131));
    }

    #[test]
    fn a_conjunction_of_single_licences_is_taken_apart() {
        assert_eq!(conjunction("MIT"), Some(vec!["MIT"]));
        assert_eq!(conjunction("MIT AND LicenseRef-x"), Some(vec!["MIT", "LicenseRef-x"]));
        for whole in ["MIT OR Zlib", "MIT AND (Zlib)", "Apache-2.0+", "GPL-2.0-only WITH Classpath-exception-2.0"] {
            assert_eq!(conjunction(whole), None, "{whole}");
        }
    }
}

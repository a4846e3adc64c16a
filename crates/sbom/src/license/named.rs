//! The licences of a document that are on no list.

use std::collections::{HashMap, HashSet};

use super::{REFERENCE, expression, unlisted};
use crate::digest::short_hash;
use crate::model::{License, NamedLicense};
use crate::text::Text;

/// What stands where a text is demanded and none is known.
pub(crate) const NO_ASSERTION: &str = "NOASSERTION";

/// Collects them while a document is read.
#[derive(Default)]
pub(crate) struct Licenses<'a> {
    named: Vec<NamedLicense<'a>>,
    by_id: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
    /// The licences of the list that are written as if they were on none.
    stand_ins: HashMap<String, String>,
    /// The `DocumentRef-…` of the document.
    pub(crate) documents: HashSet<String>,
    /// What was no expression, and what was not defined; at most [`MOST_REMARKS`].
    pub(crate) remarks: Vec<String>,
}

/// More remarks on licences are not kept.
const MOST_REMARKS: usize = 100;

impl<'a> Licenses<'a> {
    /// Takes those that the document defines. The first of an identifier counts.
    pub(crate) fn define(&mut self, defined: Vec<NamedLicense<'a>>) {
        for license in defined {
            let id = license.id.to_string();
            if !expression::reference(&id) {
                self.remark(|| format!("{id} is no name for a licence"));
            } else if self.by_id.contains_key(&id) {
                self.remark(|| format!("{id} is defined twice"));
            } else if let Some(expression) = unlisted::stands_for(&license) {
                self.stand_ins.insert(id, expression.to_owned());
            } else {
                self.by_id.insert(id, self.named.len());
                self.named.push(license);
            }
        }
        for (at, name) in display_names(&self.named).into_iter().enumerate() {
            self.by_name.insert(name.to_owned(), at);
        }
    }

    pub(crate) fn into_named(self) -> Vec<NamedLicense<'a>> {
        self.named
    }

    fn remark(&mut self, remark: impl FnOnce() -> String) {
        if self.remarks.len() < MOST_REMARKS {
            self.remarks.push(remark());
        }
    }

    /// What stands where an expression is expected. What is none becomes a licence of that name.
    pub(crate) fn expression(&mut self, text: &Text<'a>) -> Option<License<'a>> {
        match text.trim() {
            "" | NO_ASSERTION => None,
            "NONE" => Some(License::None),
            _ => Some(License::Expression(self.valid(text).unwrap_or_else(|| {
                self.remark(|| format!("`{text:.100}` is no licence expression"));
                self.name(text, None, Vec::new())
            }))),
        }
    }

    /// The expression, if it is one.
    pub(crate) fn valid(&mut self, text: &Text<'a>) -> Option<Text<'a>> {
        let documents = &self.documents;
        let parse = |text| expression::parse(text, &|document| documents.contains(document));
        let mut read = parse(text)?;
        let resolved;
        if read.references.iter().any(|reference| self.stand_ins.contains_key(reference)) {
            resolved = self.resolved(&read.text);
            read = parse(&resolved)?;
        }
        let valid = if read.text == text.as_str() { text.clone() } else { Text::from(read.text.into_owned()) };
        for reference in read.references {
            if !self.by_id.contains_key(&reference) {
                self.remark(|| format!("{reference} is not defined"));
                self.add(NamedLicense { id: Text::from(reference), ..NamedLicense::default() });
            }
        }
        Some(valid)
    }

    /// The expression with the licences that others stood in for.
    fn resolved(&self, expression: &str) -> String {
        let word = |word: &str| {
            let name = word.trim_start_matches('(').trim_end_matches(')');
            self.stand_ins.get(name).map_or_else(|| word.to_owned(), |license| word.replace(name, license))
        };
        expression.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }

    /// Whether no more is said of a licence than is known.
    pub(crate) fn says(&self, id: &str, text: Option<&str>, url: Option<&str>) -> bool {
        let known = self.by_id.get(id).and_then(|at| self.named.get(*at));
        let known_text = known.and_then(|license| license.text.as_deref());
        let known_url = known.and_then(|license| license.see_also.first()).map(Text::as_str);
        text.is_none_or(|text| known_text == Some(text)) && url.is_none_or(|url| known_url == Some(url))
    }

    /// The identifier of a licence that has a name, and perhaps a text.
    pub(crate) fn name(&mut self, name: &Text<'a>, text: Option<Text<'a>>, see_also: Vec<Text<'a>>) -> Text<'a> {
        if let Some(known) = self.by_name.get(name.as_str()).and_then(|at| self.named.get_mut(*at)) {
            if text.is_none() || known.text == text || known.text.as_deref() == Some(NO_ASSERTION) {
                return known.id.clone();
            }
            if known.text.is_none() {
                known.text = text;
                return known.id.clone();
            }
        }
        match self.place(name, text.as_deref()) {
            Ok(known) => known,
            Err(id) => {
                self.add(NamedLicense { id: id.into(), name: Some(name.clone()), text, see_also, comment: None })
            }
        }
    }

    fn add(&mut self, license: NamedLicense<'a>) -> Text<'a> {
        let id = license.id.clone();
        self.by_id.insert(id.to_string(), self.named.len());
        let name = license.name.as_ref().unwrap_or(&license.id).to_string();
        self.by_name.entry(name).or_insert(self.named.len());
        self.named.push(license);
        id
    }

    /// The licence of that name and text, or a free identifier made of the name, and of the text
    /// where another has that name.
    fn place(&self, name: &str, text: Option<&str>) -> Result<Text<'a>, String> {
        let mut id = id_of(name);
        let mut round = String::new();
        while let Some(known) = self.by_id.get(&id).and_then(|at| self.named.get(*at)) {
            if known.name.as_deref() == Some(name) && known.text.as_deref() == text {
                return Ok(known.id.clone());
            }
            id = format!("{}-{}", id_of(name), &short_hash(&[name, text.unwrap_or_default(), &round])[..8]);
            round.push('+');
        }
        Err(id)
    }
}

/// The identifier that a name leads to: the name itself if it can be one, else with a hash, so
/// that different names do not meet.
pub(crate) fn id_of(name: &str) -> String {
    if expression::reference(name) {
        return name.to_owned();
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if (1..=64).contains(&name.len()) && name.chars().all(fits) {
        return format!("{REFERENCE}{name}");
    }
    let plain: String = name.chars().take(40).map(|c| if fits(c) { c } else { '-' }).collect();
    format!("{REFERENCE}{}-{}", plain.trim_matches('-'), &short_hash(&[name])[..8])
}

/// What each licence is called where only a name can be given: its own name or short text, or
/// its identifier where that would name another, or a licence of the list.
pub(crate) fn display_names<'n>(named: &'n [NamedLicense<'_>]) -> Vec<&'n str> {
    let mut names: Vec<&str> = named.iter().map(display_name).collect();
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for name in &names {
        *uses.entry(*name).or_default() += 1;
    }
    let ids: HashSet<&str> = named.iter().map(|license| license.id.as_str()).collect();
    for (name, license) in names.iter_mut().zip(named) {
        if uses.get(*name).is_some_and(|uses| *uses > 1) || ids.contains(*name) {
            *name = license.id.as_str();
        }
    }
    names
}

fn display_name<'n>(license: &'n NamedLicense<'_>) -> &'n str {
    let short = |text: &&Text<'_>| text.chars().count() <= 64 && text.as_str() != NO_ASSERTION;
    let own = license.name.as_ref().or_else(|| license.text.as_ref().filter(short));
    let fits = |name: &&Text<'_>| {
        !name.trim().is_empty() && !name.chars().any(char::is_control) && expression::parse(name, &|_| true).is_none()
    };
    own.filter(fits).unwrap_or(&license.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(licenses: &mut Licenses<'static>, text: &'static str) -> Option<String> {
        match licenses.expression(&Text::from(text))? {
            License::None => Some(String::from("none")),
            License::Expression(text) => Some(text.to_string()),
        }
    }

    #[test]
    fn what_is_no_expression_is_named() {
        let mut licenses = Licenses::default();
        let mut of = |text| expression(&mut licenses, text);
        assert_eq!(of("MIT").as_deref(), Some("MIT"));
        assert_eq!(of("NONE").as_deref(), Some("none"));
        assert_eq!((of("NOASSERTION"), of("")), (None, None));
        assert_eq!(of("public-domain").as_deref(), Some("LicenseRef-public-domain"));
        let (one, other) = (of("GPL-2 "), of("GPL-2+"));
        assert!(one != other && one.unwrap().starts_with("LicenseRef-GPL-2-"));
        assert_eq!(of("GPL-2+"), other);
        assert_eq!(of("MIT OR LicenseRef-new").as_deref(), Some("MIT OR LicenseRef-new"));
        assert_eq!(licenses.into_named().len(), 4);
    }

    #[test]
    fn names_with_two_texts_are_two_licences() {
        let mut licenses = Licenses::default();
        let name = Text::from("Own");
        let ids: Vec<_> = [None, Some("a"), Some("b"), None, Some("a"), Some("b")]
            .map(|text| licenses.name(&name, text.map(Text::from), Vec::new()))
            .into_iter()
            .collect();
        assert_eq!(ids[0], ids[1]);
        assert_eq!(ids[0], ids[3]);
        assert_ne!(ids[1], ids[2]);
        assert_eq!(ids[2], ids[5]);
        assert_eq!(licenses.into_named().len(), 2);
    }

    #[test]
    fn a_name_that_says_something_else_gives_way_to_the_identifier() {
        let named = |id, name| NamedLicense { id: Text::from(id), name: Some(Text::from(name)), ..Default::default() };
        let all = [
            named("LicenseRef-1", "MIT"),
            named("LicenseRef-2", "Own"),
            named("LicenseRef-3", "Same"),
            named("LicenseRef-4", "Same"),
            named("LicenseRef-5", "LicenseRef-1"),
        ];
        assert_eq!(display_names(&all), ["LicenseRef-1", "Own", "LicenseRef-3", "LicenseRef-4", "LicenseRef-5"]);
    }
}

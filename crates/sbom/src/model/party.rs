//! Persons, organisations and tools.

use crate::text::Text;

/// Who or what made something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Party<'a> {
    /// Whether it is a person.
    pub kind: PartyKind,
    /// The name.
    pub name: Text<'a>,
    /// The address.
    pub email: Option<Text<'a>>,
}

/// What a [`Party`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartyKind {
    /// An organisation.
    Organization,
    /// A person.
    Person,
    /// A tool; only as the maker of a document.
    Tool,
}

impl PartyKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Organization => "Organization: ",
            Self::Person => "Person: ",
            Self::Tool => "Tool: ",
        }
    }
}

impl<'a> Party<'a> {
    /// Reads `Person: Jane Doe (jane@example.org)` (SPDX 2.3, clause 6.8); `None` if it is
    /// something else, such as `NOASSERTION`.
    #[must_use]
    pub fn from_spdx(text: &Text<'a>) -> Option<Self> {
        let kinds = [PartyKind::Organization, PartyKind::Person, PartyKind::Tool];
        let kind = kinds.into_iter().find(|kind| text.starts_with(kind.prefix().trim_end()))?;
        let rest = text.map(|text| text[kind.prefix().len() - 1..].trim());
        let party = match kind {
            PartyKind::Tool => Self { kind, name: rest, email: None },
            _ => Self::with_email(kind, &rest, '(', ')'),
        };
        (!party.name.is_empty()).then_some(party)
    }

    /// Reads `Jane Doe <jane@example.org>`, as is usual where there is one text for both.
    #[must_use]
    pub fn from_mailbox(kind: PartyKind, text: &Text<'a>) -> Self {
        Self::with_email(kind, text, '<', '>')
    }

    /// A name, and an address in brackets if that is what they hold.
    fn with_email(kind: PartyKind, text: &Text<'a>, open: char, close: char) -> Self {
        let at = text.strip_suffix(close).and_then(|head| head.rfind(open));
        let Some(at) = at.filter(|at| text[..*at].ends_with(' ') && !text[..*at].trim().is_empty()) else {
            return Self { kind, name: text.clone(), email: None };
        };
        let email = text.map(|text| &text[at + 1..text.len() - 1]);
        let name = text.map(|text| &text[..at - 1]);
        if is_email(&email) {
            Self { kind, name, email: Some(email) }
        } else if email.is_empty() {
            Self { kind, name, email: None }
        } else {
            Self { kind, name: text.clone(), email: None }
        }
    }

    /// As SPDX writes it, if it can.
    #[must_use]
    pub fn to_spdx(&self) -> Option<String> {
        let text = match &self.email {
            Some(email) => format!("{}{} ({email})", self.kind.prefix(), self.name),
            None => format!("{}{}", self.kind.prefix(), self.name),
        };
        let same = Party::from_spdx(&Text::from(text.as_str())).is_some_and(|read| read == *self);
        (same && !self.name.starts_with('(') && !text.chars().any(char::is_control)).then_some(text)
    }

    /// As one text, `Jane Doe <jane@example.org>`, if that says it all.
    #[must_use]
    pub fn to_mailbox(&self) -> Option<String> {
        let text = match &self.email {
            Some(email) => format!("{} <{email}>", self.name),
            None => self.name.to_string(),
        };
        (Party::from_mailbox(self.kind, &Text::from(text.as_str())) == *self).then_some(text)
    }
}

/// Whether `text` can stand where an address is asked for.
pub(crate) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty())
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "()<>@".contains(c) && c != '@')
        && text.matches('@').count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parties_are_written_as_they_were_read() {
        for text in [
            "Person: Jane Doe (jane@example.org)",
            "Organization: Anchore, Inc",
            "Tool: syft-1.18.1",
            "Organization: Foo (Bar) Baz",
            "Organization: Foo (Bar)",
        ] {
            assert_eq!(Party::from_spdx(&Text::from(text)).unwrap().to_spdx().unwrap(), text);
        }
        for text in ["Jane Doe <jane@example.org>", "Jane Doe", "<jane@example.org>", "a <b> c"] {
            assert_eq!(Party::from_mailbox(PartyKind::Person, &Text::from(text)).to_mailbox().unwrap(), text);
        }
        let empty = Party::from_spdx(&Text::from("Person: Jane Doe ()")).unwrap();
        assert_eq!((empty.name.as_str(), empty.email), ("Jane Doe", None));
    }

    #[test]
    fn what_is_no_party_is_none() {
        for text in ["NOASSERTION", "Person:", "Person: ", "Jane", "", "Person"] {
            assert_eq!(Party::from_spdx(&Text::from(text)), None, "{text}");
        }
    }
}

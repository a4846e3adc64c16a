//! Typed reading of JSON with the place of what does not fit.

use std::collections::HashSet;
use std::fmt::{Formatter, Result as FmtResult};
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use crate::error::{Place, SbomError};
use crate::text::Text;

/// Reads the whole document as a `T`. Places cost a copy of every key on the way, so they are
/// looked for only once something does not fit.
pub(crate) fn read<'de, T: Deserialize<'de>>(document: &'de [u8]) -> Result<T, SbomError> {
    serde_json::from_slice(document).or_else(|_| read_with_places(document))
}

fn read_with_places<'de, T: Deserialize<'de>>(document: &'de [u8]) -> Result<T, SbomError> {
    let mut reader = serde_json::Deserializer::from_slice(document);
    let value =
        serde_path_to_error::deserialize(&mut reader).map_err(|error| refusal(pointer(error.path()), error.inner()))?;
    reader.end().map_err(|error| refusal(String::new(), &error))?;
    Ok(value)
}

fn refusal(pointer: String, error: &serde_json::Error) -> SbomError {
    let place = Place { pointer, line: error.line(), column: error.column() };
    let text = error.to_string();
    let suffix = format!(" at line {} column {}", place.line, place.column);
    let message = excerpt(text.strip_suffix(&suffix).unwrap_or(&text), 300);
    match error.classify() {
        Category::Data if message.starts_with(OVER_LIMIT) => {
            SbomError::OverLimit { place, message: message[OVER_LIMIT.len()..].to_owned() }
        }
        Category::Data => SbomError::Malformed { place, message },
        Category::Eof => SbomError::NotJson { place, message: format!("cut off: {message}") },
        Category::Syntax | Category::Io => SbomError::NotJson { place, message },
    }
}

/// How the message of an error begins that is about a limit.
const OVER_LIMIT: &str = "over the limit: ";

/// The most relationships, and elements of any other list, that a document may have.
pub(crate) const MOST_ELEMENTS: usize = 2_000_000;

/// A list that is not read beyond [`MOST_ELEMENTS`].
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData)).map(Self)
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = seq.next_element()? {
            if list.len() == MOST_ELEMENTS {
                return Err(A::Error::custom(format_args!("{OVER_LIMIT}more than {MOST_ELEMENTS} elements")));
            }
            list.push(element);
        }
        Ok(list)
    }
}

/// A JSON pointer (RFC 6901).
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        let token = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => excerpt(key, 100).replace('~', "~0").replace('/', "~1"),
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&token);
    }
    pointer
}

/// What a stranger wrote, cut and without the control characters that would forge a log line.
fn excerpt(text: &str, max: usize) -> String {
    let mut short: String = text.chars().take(max).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(max).is_some() {
        short.push('…');
    }
    short
}

/// A `T` written as an object. A derived `T` alone would also take an array, by position.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// A list of which only a part of some elements is kept, so that memory follows what is kept.
pub(crate) struct Sieve<T: Sift>(pub(crate) Vec<T::Kept>);

/// An element of a [`Sieve`].
pub(crate) trait Sift {
    type Kept;

    /// What is kept of it, if anything.
    fn sift(self) -> Option<Self::Kept>;
}

impl<T: Sift> Default for Sieve<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Sift + Deserialize<'de>> Deserialize<'de> for Sieve<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(SieveVisitor(PhantomData::<T>)).map(Self)
    }
}

struct SieveVisitor<T>(PhantomData<T>);

impl<'de, T: Sift + Deserialize<'de>> Visitor<'de> for SieveVisitor<T> {
    type Value = Vec<T::Kept>;

    fn expecting(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while let Some(Object(element)) = seq.next_element::<Object<T>>()? {
            kept.extend(element.sift());
        }
        Ok(kept)
    }
}

/// The version of a specification: digits and dots.
pub(crate) struct Version(pub(crate) String);

impl Version {
    pub(crate) fn parse<E: serde::de::Error>(text: &str) -> Result<Self, E> {
        let fits = (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if fits { Ok(Self(text.to_owned())) } else { Err(E::custom("must be a version of digits and dots")) }
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?)
    }
}

/// What kind of value stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    Scalar,
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Walk { names: &mut Vec::new() }.deserialize(deserializer)
    }
}

/// Reads a value and tells its kind. All of it is checked (depth, escapes, UTF-8, members that
/// come twice), which `IgnoredAny` would pass over unread.
pub(crate) struct Walk<'w, 'de> {
    /// The names of the members of the objects that are being read, the outermost first.
    pub(crate) names: &'w mut Vec<Text<'de>>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_, 'de> {
    type Value = Kind;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Up to so many names are compared one by one.
const FEW_MEMBERS: usize = 24;

impl<'de> Visitor<'de> for Walk<'_, 'de> {
    type Value = Kind;

    fn expecting(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let first = self.names.len();
        let mut many = HashSet::new();
        while let Some(name) = map.next_key::<Text<'de>>()? {
            let few = self.names.len() - first < FEW_MEMBERS;
            let twice = self.names[first..].contains(&name) || (!few && many.contains(&name));
            if twice {
                return Err(A::Error::custom(format_args!("the member `{name}` comes twice")));
            }
            if few {
                self.names.push(name);
            } else {
                many.insert(name);
            }
            map.next_value_seed(Walk { names: &mut *self.names })?;
        }
        self.names.truncate(first);
        Ok(Kind::Object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Kind, A::Error> {
        while seq.next_element_seed(Walk { names: &mut *self.names })?.is_some() {}
        Ok(Kind::Array)
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Scalar)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Kind, E> {
        Ok(Kind::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Kind, E> {
        Ok(Kind::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Kind, E> {
        Ok(Kind::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Kind, E> {
        Ok(Kind::Scalar)
    }

    fn visit_str<E>(self, _: &str) -> Result<Kind, E> {
        Ok(Kind::Scalar)
    }
}

//! Many values with one statement whose text does not depend on how many: they travel as one
//! JSON document, and the statement stays prepared.

use std::borrow::Cow;

use podarmor_domain::store::StoreError;
use sea_orm::{DbBackend, Value};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::error::other;

/// What a field of a list is in SQL.
#[derive(Clone, Copy)]
pub(crate) enum Field {
    Id(&'static str),
    Number(&'static str),
    Text(&'static str),
}

/// The rows of the list in parameter `$number`, to stand behind FROM or JOIN under the name
/// `given`. The list is an array of objects with these fields, null or absent ones included.
pub(crate) fn given(backend: DbBackend, number: u8, fields: &[Field]) -> String {
    let column = |field: &Field| match (backend, *field) {
        (DbBackend::Postgres, Field::Id(name)) => format!("{name} uuid"),
        (DbBackend::Postgres, Field::Number(name)) => format!("{name} bigint"),
        (DbBackend::Postgres, Field::Text(name)) => format!("{name} text"),
        (_, Field::Id(name)) => format!("unhex(value ->> '{name}') AS {name}"),
        (_, Field::Number(name) | Field::Text(name)) => format!("value ->> '{name}' AS {name}"),
    };
    let columns = fields.iter().map(column).collect::<Vec<_>>().join(", ");
    match backend {
        DbBackend::Postgres => format!("json_to_recordset(${number}::json) AS given({columns})"),
        _ => format!("(SELECT {columns} FROM json_each(${number})) AS given"),
    }
}

/// The document.
pub(crate) fn list<T: Serialize>(rows: &[T]) -> Result<Value, StoreError> {
    Ok(serde_json::to_string(rows).map_err(other)?.into())
}

/// A list of ids, each in the field `id`.
pub(crate) fn ids(ids: impl IntoIterator<Item = Uuid>) -> Result<Value, StoreError> {
    list(&ids.into_iter().map(|id| OneId { id: Hex(id) }).collect::<Vec<_>>())
}

/// The fields of [`ids`].
pub(crate) const IDS: [Field; 1] = [Field::Id("id")];

#[derive(Serialize)]
struct OneId {
    id: Hex,
}

/// An id as both databases read it from text: 32 hexadecimal digits.
#[derive(Clone, Copy)]
pub(crate) struct Hex(pub(crate) Uuid);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.as_simple())
    }
}

/// Text that others wrote. PostgreSQL takes no NUL in text.
pub(crate) fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

//! Reading one row of an answer, column by column from left to right, into the domain's types.
//!
//! By position, not by name: a list reads thousands of columns a request, and a look-up by name
//! would cost more than the database does.

use podarmor_domain::store::StoreError;
use podarmor_domain::{FieldError, Sha256, Timestamp};
use sea_orm::{QueryResult, TryGetable};
use uuid::Uuid;

use crate::error::{corrupt, fault};

/// A row, and how far it was read.
pub(crate) struct Row<'a> {
    row: &'a QueryResult,
    next: usize,
    table: &'static str,
    id: Uuid,
}

impl<'a> Row<'a> {
    pub(crate) const fn new(row: &'a QueryResult) -> Self {
        Self { row, next: 0, table: "", id: Uuid::nil() }
    }

    /// The next column, which is the id of a row of `table`. A complaint about one of the
    /// columns behind it names that row.
    pub(crate) fn begin(&mut self, table: &'static str) -> Result<Uuid, StoreError> {
        let id = self.get()?;
        (self.table, self.id) = (table, id);
        Ok(id)
    }

    /// As [`Row::begin`], for the optional side of a join.
    pub(crate) fn begin_optional(&mut self, table: &'static str) -> Result<Option<Uuid>, StoreError> {
        let id = self.get::<Option<Uuid>>()?;
        (self.table, self.id) = (table, id.unwrap_or_default());
        Ok(id)
    }

    /// The next column as it is.
    pub(crate) fn get<T: TryGetable>(&mut self) -> Result<T, StoreError> {
        let value = self.row.try_get_by_index(self.next).map_err(fault)?;
        self.next += 1;
        Ok(value)
    }

    /// Passes over columns.
    pub(crate) const fn skip(&mut self, columns: usize) {
        self.next += columns;
    }

    /// The next column, text that has to be a `T`.
    pub(crate) fn parsed<T>(&mut self, parse: fn(&str, &str) -> Result<T, FieldError>) -> Result<T, StoreError> {
        let text: String = self.get()?;
        self.checked(parse("column", &text))
    }

    /// The next column, text that has to be a `T` where there is one.
    pub(crate) fn parsed_optional<T>(
        &mut self,
        parse: fn(&str, &str) -> Result<T, FieldError>,
    ) -> Result<Option<T>, StoreError> {
        let text: Option<String> = self.get()?;
        text.map(|text| self.checked(parse("column", &text))).transpose()
    }

    /// The next column, text in parts of which each has to be a `T`.
    pub(crate) fn list<T>(&mut self, parse: fn(&str, &str) -> Result<T, FieldError>) -> Result<Vec<T>, StoreError> {
        let text: String = self.get()?;
        let parts = text.split(',').filter(|part| !part.is_empty());
        parts.map(|part| self.checked(parse("column", part))).collect()
    }

    /// The next column, a number that cannot be negative.
    pub(crate) fn number(&mut self) -> Result<u64, StoreError> {
        let number: i64 = self.get()?;
        self.checked(u64::try_from(number))
    }

    /// The next column, a number that is small and cannot be negative.
    pub(crate) fn small(&mut self) -> Result<u32, StoreError> {
        let number: i64 = self.get()?;
        self.checked(u32::try_from(number))
    }

    /// The next column, a moment.
    pub(crate) fn time(&mut self) -> Result<Timestamp, StoreError> {
        Ok(Timestamp::from_micros(self.get()?))
    }

    /// The next column, a moment where there is one.
    pub(crate) fn time_optional(&mut self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.get::<Option<i64>>()?.map(Timestamp::from_micros))
    }

    /// The next column, a hash.
    pub(crate) fn hash(&mut self) -> Result<Sha256, StoreError> {
        self.parsed(Sha256::parse)
    }

    /// `value`, or the complaint about this row.
    pub(crate) fn checked<T>(&self, value: Result<T, impl std::fmt::Display>) -> Result<T, StoreError> {
        value.map_err(|problem| corrupt(self.table, self.id, format!("column {}: {problem}", self.next)))
    }
}

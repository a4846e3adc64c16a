//! The kinds of columns and keys that the tables are made of. No table is named here.

use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::DbBackend;
use sea_orm_migration::sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index};
use sea_orm_migration::sea_query::{IndexCreateStatement, IntoIden as _};

/// The numbers of a scan or a baseline, in the order in which the persistence crate keeps them:
/// all matches by severity, outstanding ones by severity, then the rest.
pub(crate) const COUNTS: [&str; 16] = [
    "critical",
    "high",
    "medium",
    "low",
    "negligible",
    "unknown",
    "outstanding_critical",
    "outstanding_high",
    "outstanding_medium",
    "outstanding_low",
    "outstanding_negligible",
    "outstanding_unknown",
    "awaiting_upstream",
    "wont_fix",
    "unclassified",
    "distinct_vulnerabilities",
];

/// The same numbers once more, separated by commas: a list reads them as one value, for handing
/// over each of 16 a row costs more than all the rest of the query.
pub(crate) const COUNTS_TEXT: &str = "counts";

/// A UUID that must be there: native on PostgreSQL, 16 bytes on SQLite. Both order by bytes.
pub(crate) fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

/// A UUID that may be missing.
pub(crate) fn id_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().null().take()
}

/// A number that must be there; moments are numbers too, in microseconds since the epoch.
pub(crate) fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// A number that may be missing.
pub(crate) fn number_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().null().take()
}

/// Text that must be there.
pub(crate) fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

/// Text that may be missing.
pub(crate) fn text_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().null().take()
}

/// Text that lists are ordered by. SQLite orders by bytes; PostgreSQL would by the database's
/// locale, and a page would then begin elsewhere.
pub(crate) fn sorted_text(manager: &SchemaManager<'_>, name: &'static str) -> ColumnDef {
    let mut column = text(name);
    if manager.get_database_backend() == DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

/// Yes or no.
pub(crate) fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

/// Bytes that must be there.
pub(crate) fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).blob().not_null().take()
}

/// A reference to another table's `id`; rows go with what they refer to.
pub(crate) fn belongs_to(table: &'static str, column: &'static str, owner: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fkey"))
        .from(table.into_iden(), column)
        .to(owner.into_iden(), "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}

/// A uniqueness rule. Its name is the one that the domain knows it by.
pub(crate) fn unique(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(name, table, columns).unique().take()
}

/// An index.
pub(crate) fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

//! The numbers of a scan as 16 columns, in one fixed order.

use podarmor_domain::scan::{Counts, SeverityCounts};
use podarmor_domain::store::StoreError;
use sea_orm::{ActiveModelTrait, EntityTrait};

use crate::error::other;
use crate::row::Row;

/// How many columns they take.
pub(crate) const COLUMNS: usize = 16;

/// The next 16 columns.
pub(crate) fn read(row: &mut Row<'_>) -> Result<Counts, StoreError> {
    Ok(Counts {
        by_severity: severities(row)?,
        outstanding_by_severity: severities(row)?,
        awaiting_upstream: row.number()?,
        wont_fix: row.number()?,
        unclassified: row.number()?,
        distinct_vulnerabilities: row.number()?,
    })
}

fn severities(row: &mut Row<'_>) -> Result<SeverityCounts, StoreError> {
    let mut numbers = [0; 6];
    for number in &mut numbers {
        *number = row.number()?;
    }
    Ok(SeverityCounts::from_array(numbers))
}

/// Sets the 16 columns of a new row.
pub(crate) fn set<A: ActiveModelTrait>(
    row: &mut A,
    columns: [<A::Entity as EntityTrait>::Column; COLUMNS],
    counts: &Counts,
) -> Result<(), StoreError> {
    let residual = [counts.awaiting_upstream, counts.wont_fix, counts.unclassified, counts.distinct_vulnerabilities];
    let severities = counts.by_severity.to_array().into_iter().chain(counts.outstanding_by_severity.to_array());
    for (column, number) in columns.into_iter().zip(severities.chain(residual)) {
        row.set(column, signed(number)?.into());
    }
    Ok(())
}

/// A number as the databases keep it.
pub(crate) fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(other)
}

//! The numbers of a scan, in one fixed order: as 16 columns to calculate with, and as one text
//! to read them by.

use podarmor_domain::scan::{Counts, SeverityCounts};
use podarmor_domain::store::StoreError;
use sea_orm::{ActiveModelTrait, EntityTrait};

use crate::error::other;
use crate::row::Row;

/// How many columns they take in a table.
pub(crate) const COLUMNS: usize = 16;

/// The next column, the numbers as text.
pub(crate) fn read(row: &mut Row<'_>) -> Result<Counts, StoreError> {
    let text: String = row.get()?;
    let mut numbers = [0; COLUMNS];
    let mut parts = text.split(',');
    for number in &mut numbers {
        *number = row.checked(parts.next().unwrap_or_default().parse::<u64>())?;
    }
    let [critical, high, medium, low, negligible, unknown, rest @ ..] = numbers;
    let [out_critical, out_high, out_medium, out_low, out_negligible, out_unknown, residual @ ..] = rest;
    let [awaiting_upstream, wont_fix, unclassified, distinct_vulnerabilities] = residual;
    let outstanding = [out_critical, out_high, out_medium, out_low, out_negligible, out_unknown];
    Ok(Counts {
        by_severity: SeverityCounts::from_array([critical, high, medium, low, negligible, unknown]),
        outstanding_by_severity: SeverityCounts::from_array(outstanding),
        awaiting_upstream,
        wont_fix,
        unclassified,
        distinct_vulnerabilities,
    })
}

/// Sets the 16 columns of a new row; answers the text.
pub(crate) fn set<A: ActiveModelTrait>(
    row: &mut A,
    columns: [<A::Entity as EntityTrait>::Column; COLUMNS],
    counts: &Counts,
) -> Result<String, StoreError> {
    let residual = [counts.awaiting_upstream, counts.wont_fix, counts.unclassified, counts.distinct_vulnerabilities];
    let severities = counts.by_severity.to_array().into_iter().chain(counts.outstanding_by_severity.to_array());
    let mut text = Vec::with_capacity(COLUMNS);
    for (column, number) in columns.into_iter().zip(severities.chain(residual)) {
        row.set(column, signed(number)?.into());
        text.push(number.to_string());
    }
    Ok(text.join(","))
}

/// A number as the databases keep it.
pub(crate) fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(other)
}

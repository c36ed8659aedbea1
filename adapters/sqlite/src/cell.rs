//! Cells on their way into statements and out of rows.

use referral_core::error::StoreError;
use referral_core::record::{Cell, Kind, Record};
use referral_core::store::{Stored, Version};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Row, Statement};

use crate::error::failed;

/// A cell as a statement's parameter.
pub(crate) struct Bound<'a>(pub(crate) &'a Cell);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Cell::Null => ValueRef::Null,
            Cell::Integer(number) => ValueRef::Integer(*number),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// Binds `cells` to the parameters from `first` on, and answers the number of the next one.
pub(crate) fn bind(statement: &mut Statement<'_>, first: usize, cells: &[Cell]) -> Result<usize, StoreError> {
    for (index, cell) in (first..).zip(cells) {
        statement.raw_bind_parameter(index, Bound(cell)).map_err(failed)?;
    }
    Ok(first + cells.len())
}

/// The record in a row that holds all columns of `kind` and then the version of the row.
pub(crate) fn stored(kind: Kind, row: &Row<'_>) -> Result<Stored, StoreError> {
    let columns = kind.table().columns;
    let mut cells = Vec::with_capacity(columns.len());
    for (index, column) in columns.iter().enumerate() {
        cells.push(cell(kind, column.name, row, index)?);
    }
    let version = row.get(columns.len()).map_err(failed)?;
    Ok(Stored { record: Record::from_cells(kind, cells)?, version: Version::from_stored(version) })
}

/// The cell of a column that stands at `index` in a row.
pub(crate) fn cell(kind: Kind, column: &str, row: &Row<'_>, index: usize) -> Result<Cell, StoreError> {
    let wrong = |problem| StoreError::Corrupt(format!("{}.{column}: {problem}", kind.table().name));
    Ok(match row.get_ref(index).map_err(failed)? {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Text(text) => Cell::Text(String::from_utf8(text.to_vec()).map_err(|_| wrong("is no text in UTF-8"))?),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
        ValueRef::Real(_) => return Err(wrong("is a floating point number")),
    })
}

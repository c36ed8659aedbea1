//! The rows of one file of an export, as records. A row that is not exactly one is refused.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};

use referrals::record::{Cell, Column, ColumnType, Kind, Record};
use referrals::value::TenantId;
use serde_json::value::RawValue;

use crate::cell::{from_text, unshielded};
use crate::export::{Format, TENANT, columns};
use crate::limits::Limits;
use crate::restore::{RestoreError, Tables};
use crate::sentry::{Lines, Sentry, fault_of};

/// The largest record is a receipt or a referral with a thousand rewards; this is far beyond.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// One file, row by row.
pub(crate) struct TableRows<'a> {
    kind: Kind,
    tenant: &'a TenantId,
    line: u64,
    rows: Rows<'a>,
}

enum Rows<'a> {
    Csv(Box<csv::Reader<Sentry<Box<dyn Read + 'a>>>>, Lines),
    Json(BufReader<Box<dyn Read + 'a>>),
}

impl<'a> TableRows<'a> {
    /// Opens the file of a kind.
    pub(crate) fn open(
        kind: Kind,
        format: Format,
        tenant: &'a TenantId,
        tables: &'a mut dyn Tables,
    ) -> Result<Self, RestoreError> {
        let table = kind.table().name;
        let unreadable = |error: std::io::Error| RestoreError::Unreadable { table, problem: error.kind().to_string() };
        let file = tables.open(kind).map_err(unreadable)?;
        let rows = match format {
            Format::JsonLines => Rows::Json(BufReader::new(file)),
            Format::Csv => {
                let (columns, bytes) = (columns(kind).count(), u64::MAX);
                let (field_bytes, row_bytes) = (MOST_BYTES, 2 * MOST_BYTES);
                let limits = Limits { columns, bytes, field_bytes, row_bytes, ..Limits::default() };
                let (sentry, lines) = Sentry::new(file, b',', limits, 1);
                let mut builder = csv::ReaderBuilder::new();
                builder.has_headers(false).flexible(true);
                Rows::Csv(Box::new(builder.from_reader(sentry)), lines)
            }
        };
        let mut rows = Self { kind, tenant, line: 0, rows };
        if format == Format::Csv {
            let header = rows.csv_row()?.unwrap_or_default();
            if !header.iter().map(String::as_str).eq(columns(kind).map(|column| column.name)) {
                return Err(rows.wrong("the columns are not those of the table"));
            }
        }
        Ok(rows)
    }

    /// The next record; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, RestoreError> {
        let texts = match self.rows {
            Rows::Csv(..) => self.csv_row()?.map(|row| row.iter().map(|field| unshielded(field)).collect()),
            Rows::Json(_) => self.json_row()?,
        };
        let Some(texts) = texts else { return Ok(None) };
        self.record(texts).map(Some)
    }

    pub(crate) fn wrong(&self, problem: impl Into<String>) -> RestoreError {
        RestoreError::Table { table: self.kind.table().name, line: self.line, problem: problem.into() }
    }

    fn csv_row(&mut self) -> Result<Option<Vec<String>>, RestoreError> {
        let Rows::Csv(reader, lines) = &mut self.rows else { return Ok(None) };
        let mut row = csv::StringRecord::new();
        match reader.read_record(&mut row) {
            Ok(false) => Ok(None),
            Ok(true) => {
                self.line = lines.borrow_mut().pop_front().unwrap_or_default();
                Ok(Some(row.iter().map(ToOwned::to_owned).collect()))
            }
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(error) => {
                    let fault = fault_of(&error);
                    self.line = fault.line.unwrap_or(self.line);
                    Err(self.wrong(fault.problem.to_string()))
                }
                _ => Err(self.wrong("is not CSV")),
            },
        }
    }

    fn json_row(&mut self) -> Result<Option<Vec<Option<String>>>, RestoreError> {
        let Rows::Json(reader) = &mut self.rows else { return Ok(None) };
        let mut line = Vec::new();
        let most = 2 * MOST_BYTES as u64;
        let read = reader.by_ref().take(most).read_until(b'\n', &mut line);
        self.line += 1;
        match read {
            Ok(0) => return Ok(None),
            Ok(_) if line.last() != Some(&b'\n') => return Err(self.wrong("the line does not end, or is too long")),
            Ok(_) => {}
            Err(error) => return Err(self.wrong(error.kind().to_string())),
        }
        let Ok(mut fields) = serde_json::from_slice::<BTreeMap<String, Box<RawValue>>>(&line) else {
            return Err(self.wrong("is not an object of JSON"));
        };
        let mut texts = Vec::new();
        for column in columns(self.kind) {
            let Some(value) = fields.remove(column.name) else {
                return Err(self.wrong(format!("`{}` is missing", column.name)));
            };
            let text = json_text(value.get(), column);
            texts.push(text.map_err(|problem| self.wrong(format!("`{}` {problem}", column.name)))?);
        }
        if fields.is_empty() { Ok(Some(texts)) } else { Err(self.wrong("has a field that the table has not")) }
    }

    fn record(&self, texts: Vec<Option<String>>) -> Result<Record, RestoreError> {
        if texts.len() != columns(self.kind).count() {
            return Err(self.wrong("has another number of fields than the table has columns"));
        }
        let mut cells = Vec::with_capacity(texts.len());
        for (text, column) in texts.into_iter().zip(columns(self.kind)) {
            let cell = match text {
                None if column.nullable => Ok(Cell::Null),
                None => Err("is empty"),
                Some(text) => from_text(text, column.holds),
            };
            cells.push(cell.map_err(|problem| self.wrong(format!("`{}` {problem}", column.name)))?);
        }
        let own = cells.split_off(1);
        if cells != [Cell::Text(self.tenant.as_str().to_owned())] {
            return Err(self.wrong(format!("`{}` is another one than that of this door", TENANT.name)));
        }
        Record::from_cells(self.kind, own).map_err(|error| self.wrong(error.to_string()))
    }
}

/// The text of a JSON value, by what its column holds; nothing for null.
fn json_text(value: &str, column: Column) -> Result<Option<String>, &'static str> {
    match (value, column.holds) {
        // A document may be null itself; in a column that may be null, null is none.
        ("null", ColumnType::Json) if !column.nullable => Ok(Some(value.to_owned())),
        ("null", _) => Ok(None),
        (value, ColumnType::Integer | ColumnType::Boolean | ColumnType::Json) => Ok(Some(value.to_owned())),
        (value, _) => serde_json::from_str(value).map(Some).map_err(|_| "is not a text"),
    }
}

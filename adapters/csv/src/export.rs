//! Every table as CSV or JSON Lines.
//!
//! An export has one file for each kind of record, in the order of its keys, with the tenant in the first column. It only
//! reads. It is of one moment if the store is at rest, or a snapshot.

use std::io::{self, Write};

use referral_core::decide::Decide;
use referrals::engine::{Question, Reader};
use referrals::record::{Cell, Column, ColumnType, Kind, Record, Table};
use referrals::store::{Listing, Page, PageRequest};
use referrals::{Error, Referrals};
use serde::{Deserialize, Serialize};
use thiserror::Error as ThisError;

use crate::cell::{shielded, to_text};

/// How many records are asked for together.
const PAGE: u32 = 2_000;

/// The form of an export's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// CSV with a row of names first. Safe to open in a spreadsheet: a cell that one would run has an apostrophe before it.
    /// A restore takes it off again.
    Csv,
    /// JSON Lines: an object a line.
    JsonLines,
}

impl Format {
    /// The name of the file of a kind of records: `reward.csv`, `reward.jsonl`.
    #[must_use]
    pub fn file_name(self, kind: Kind) -> String {
        let ending = match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        };
        format!("{}.{ending}", kind.table().name)
    }
}

/// What ends an export.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum ExportError {
    /// The file could not be written.
    #[error("the file could not be written: {0}")]
    Unwritable(#[from] io::Error),
    /// The store could not be read.
    #[error(transparent)]
    Engine(#[from] Error),
}

/// Asks for one page of records.
#[derive(Clone, Debug)]
pub(crate) struct Records(pub(crate) PageRequest);

impl Question for Records {
    const NAME: &'static str = "export_records";
    type Answer = Page;

    fn read(&self, reader: &mut Reader<'_>) -> Decide<Page> {
        reader.page(&self.0).map(|page| (*page).clone())
    }
}

/// The first column of every table, which tells whose row it is.
pub(crate) const TENANT: Column = Column { name: Table::TENANT, holds: ColumnType::Text, nullable: false };

/// The columns of a table's file.
pub(crate) fn columns(kind: Kind) -> impl Iterator<Item = Column> {
    std::iter::once(TENANT).chain(kind.table().columns.iter().copied())
}

/// Writes all records of a kind. Answers how many there are.
///
/// The file holds what belongs to people where the table does.
///
/// # Errors
/// [`ExportError`], by what failed; the file is then not whole.
pub fn export(referrals: &Referrals, kind: Kind, format: Format, out: impl Write) -> Result<u64, ExportError> {
    let mut lines = Lines::begin(kind, format, out)?;
    let mut request = Listing::All(kind).first(kind.page_size(PAGE));
    let mut count = 0_u64;
    loop {
        let Page { rows, next, .. } = referrals.ask(Records(request.clone()))?;
        for stored in &rows {
            lines.write(referrals.tenant().as_str(), &stored.record)?;
            count = count.saturating_add(1);
        }
        match next {
            Some(next) => request.after = Some(next),
            None => return lines.end().map(|()| count),
        }
    }
}

enum Lines<W: Write> {
    Csv(Kind, Box<csv::Writer<W>>),
    Json(Kind, io::BufWriter<W>),
}

impl<W: Write> Lines<W> {
    fn begin(kind: Kind, format: Format, out: W) -> Result<Self, ExportError> {
        Ok(match format {
            Format::Csv => {
                let mut writer = csv::WriterBuilder::new().from_writer(out);
                writer.write_record(columns(kind).map(|column| column.name)).map_err(unwritable)?;
                Self::Csv(kind, Box::new(writer))
            }
            Format::JsonLines => Self::Json(kind, io::BufWriter::new(out)),
        })
    }

    fn write(&mut self, tenant: &str, record: &Record) -> Result<(), ExportError> {
        let kind = match self {
            Self::Csv(kind, _) | Self::Json(kind, _) => *kind,
        };
        let cells = std::iter::once(Cell::Text(tenant.to_owned())).chain(record.cells());
        let texts = cells.zip(columns(kind)).map(|(cell, column)| (to_text(&cell, column.holds), column));
        match self {
            Self::Csv(_, writer) => {
                writer.write_record(texts.map(|(text, _)| shielded(text))).map_err(unwritable)?;
            }
            Self::Json(_, writer) => {
                let fields: Vec<String> = texts.map(|(text, column)| json(text, column)).collect();
                writeln!(writer, "{{{}}}", fields.join(","))?;
            }
        }
        Ok(())
    }

    fn end(self) -> Result<(), ExportError> {
        match self {
            Self::Csv(_, mut writer) => writer.flush()?,
            Self::Json(_, mut writer) => writer.flush()?,
        }
        Ok(())
    }
}

/// `"name":value`. A JSON document stands as it is stored, so that no number in it changes.
fn json(text: Option<String>, column: Column) -> String {
    let value = match (text, column.holds) {
        (None, _) => "null".to_owned(),
        (Some(text), ColumnType::Integer | ColumnType::Boolean | ColumnType::Json) => text,
        (Some(text), _) => serde_json::Value::from(text).to_string(),
    };
    format!("\"{}\":{value}", column.name)
}

fn unwritable(error: csv::Error) -> ExportError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => ExportError::Unwritable(error),
        _ => ExportError::Unwritable(io::ErrorKind::InvalidData.into()),
    }
}

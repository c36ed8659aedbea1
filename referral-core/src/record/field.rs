//! How a field of a record becomes a cell of a table and comes back.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::StoreError;
use crate::value::{
    CampaignId, CampaignSlug, CommandKey, Country, Currency, EntryId, EventId, GrantId, HostId, IpPrefix, LetterId,
    LimitId, LookupId, NotificationId, ParticipantId, RuleId, SourceName, Span, SubscriberName, Timestamp, TouchId,
    UnitName, VisitorId,
};

/// What a column holds. An adapter maps each to a type of its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// A UUID: 16 bytes in a [`Cell::Bytes`].
    Uuid,
    /// A whole number.
    Integer,
    /// True or false: 1 or 0 in a [`Cell::Integer`].
    Boolean,
    /// An instant: microseconds since 1970, UTC, in a [`Cell::Integer`].
    Time,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// JSON in a [`Cell::Text`].
    Json,
}

/// One value of a row, in the four forms that every database has. The order is: null, numbers, texts, bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// Text, ordered by its bytes.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl fmt::Debug for Cell {
    // A cell may hold personal data, and does not know whether it does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Integer(_) => "Integer(..)",
            Self::Text(_) => "Text(..)",
            Self::Bytes(_) => "Bytes(..)",
        })
    }
}

/// A type that can stand in a column.
pub trait Field: Sized {
    /// What the column holds.
    const TYPE: ColumnType;
    /// Whether the column may be null.
    const NULLABLE: bool = false;
    /// The cell for this value.
    fn to_cell(&self) -> Cell;
    /// The value in `cell`.
    ///
    /// # Errors
    /// A message without the cell's content, if the cell does not hold such a value.
    fn from_cell(cell: Cell) -> Result<Self, String>;
}

/// Reads the cells of one row in the order of its columns.
#[derive(Debug)]
pub struct RowReader {
    table: &'static str,
    cells: std::vec::IntoIter<Cell>,
}

impl RowReader {
    /// A reader over the cells of a row of `table`.
    #[must_use]
    pub fn new(table: &'static str, cells: Vec<Cell>) -> Self {
        Self { table, cells: cells.into_iter() }
    }

    /// The next cell, which is `column`.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], naming table and column, if it does not hold what it should.
    pub fn next<T: Field>(&mut self, column: &'static str) -> Result<T, StoreError> {
        let cell = self.cells.next();
        let value = cell.ok_or_else(|| "is missing".to_owned()).and_then(T::from_cell);
        value.map_err(|problem| StoreError::Corrupt(format!("{}.{column}: {problem}", self.table)))
    }
}

fn unexpected<T>(expected: &str) -> Result<T, String> {
    Err(format!("does not hold {expected}"))
}

impl<T: Field> Field for Option<T> {
    const TYPE: ColumnType = T::TYPE;
    const NULLABLE: bool = true;
    fn to_cell(&self) -> Cell {
        self.as_ref().map_or(Cell::Null, Field::to_cell)
    }
    fn from_cell(cell: Cell) -> Result<Self, String> {
        match cell {
            Cell::Null => Ok(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}

impl Field for bool {
    const TYPE: ColumnType = ColumnType::Boolean;
    fn to_cell(&self) -> Cell {
        Cell::Integer(i64::from(*self))
    }
    fn from_cell(cell: Cell) -> Result<Self, String> {
        match cell {
            Cell::Integer(0) => Ok(false),
            Cell::Integer(1) => Ok(true),
            _ => unexpected("0 or 1"),
        }
    }
}

impl Field for i64 {
    const TYPE: ColumnType = ColumnType::Integer;
    fn to_cell(&self) -> Cell {
        Cell::Integer(*self)
    }
    fn from_cell(cell: Cell) -> Result<Self, String> {
        match cell {
            Cell::Integer(number) => Ok(number),
            _ => unexpected("a number"),
        }
    }
}

impl Field for u32 {
    const TYPE: ColumnType = ColumnType::Integer;
    fn to_cell(&self) -> Cell {
        Cell::Integer(i64::from(*self))
    }
    fn from_cell(cell: Cell) -> Result<Self, String> {
        match cell {
            Cell::Integer(number) => Self::try_from(number).or_else(|_| unexpected("a number from 0 to 2³²−1")),
            _ => unexpected("a number"),
        }
    }
}

impl Field for Timestamp {
    const TYPE: ColumnType = ColumnType::Time;
    fn to_cell(&self) -> Cell {
        Cell::Integer(self.as_micros())
    }
    fn from_cell(cell: Cell) -> Result<Self, String> {
        match cell {
            Cell::Integer(micros) => Self::from_micros(micros).or_else(|_| unexpected("a time")),
            _ => unexpected("a time"),
        }
    }
}

impl Field for CampaignId {
    const TYPE: ColumnType = ColumnType::Integer;
    fn to_cell(&self) -> Cell {
        self.0.to_cell()
    }
    fn from_cell(cell: Cell) -> Result<Self, String> {
        u32::from_cell(cell).map(Self)
    }
}

impl Field for String {
    const TYPE: ColumnType = ColumnType::Text;
    fn to_cell(&self) -> Cell {
        Cell::Text(self.clone())
    }
    fn from_cell(cell: Cell) -> Result<Self, String> {
        match cell {
            Cell::Text(text) => Ok(text),
            _ => unexpected("text"),
        }
    }
}

impl Field for Vec<u8> {
    const TYPE: ColumnType = ColumnType::Bytes;
    fn to_cell(&self) -> Cell {
        Cell::Bytes(self.clone())
    }
    fn from_cell(cell: Cell) -> Result<Self, String> {
        match cell {
            Cell::Bytes(bytes) => Ok(bytes),
            _ => unexpected("bytes"),
        }
    }
}

impl<const N: usize> Field for [u8; N] {
    const TYPE: ColumnType = ColumnType::Bytes;
    fn to_cell(&self) -> Cell {
        Cell::Bytes(self.to_vec())
    }
    fn from_cell(cell: Cell) -> Result<Self, String> {
        let bytes = Vec::from_cell(cell)?;
        Self::try_from(bytes).or_else(|_| unexpected("so many bytes"))
    }
}

impl Field for GrantId {
    const TYPE: ColumnType = ColumnType::Bytes;
    fn to_cell(&self) -> Cell {
        self.0.to_cell()
    }
    fn from_cell(cell: Cell) -> Result<Self, String> {
        Field::from_cell(cell).map(Self)
    }
}

impl Field for LetterId {
    const TYPE: ColumnType = ColumnType::Bytes;
    fn to_cell(&self) -> Cell {
        self.0.to_cell()
    }
    fn from_cell(cell: Cell) -> Result<Self, String> {
        Field::from_cell(cell).map(Self)
    }
}

macro_rules! uuid_fields {
    ($($name:ident)*) => {$(
        impl Field for $name {
            const TYPE: ColumnType = ColumnType::Uuid;
            fn to_cell(&self) -> Cell {
                Cell::Bytes(self.0.as_bytes().to_vec())
            }
            fn from_cell(cell: Cell) -> Result<Self, String> {
                <[u8; 16]>::from_cell(cell).map(|bytes| Self(Uuid::from_bytes(bytes)))
            }
        }
    )*};
}

uuid_fields! { ParticipantId TouchId EntryId NotificationId LookupId CommandKey VisitorId }

/// Implements [`Field`] for types that print as text and parse from it.
macro_rules! text_fields {
    ($($name:ty),* $(,)?) => {$(
        impl $crate::record::Field for $name {
            const TYPE: $crate::record::ColumnType = $crate::record::ColumnType::Text;
            fn to_cell(&self) -> $crate::record::Cell {
                $crate::record::Cell::Text(self.to_string())
            }
            fn from_cell(cell: $crate::record::Cell) -> Result<Self, String> {
                let text = String::from_cell(cell)?;
                text.parse().map_err(|_| concat!("does not hold a ", stringify!($name)).to_owned())
            }
        }
    )*};
}
pub(crate) use text_fields;

text_fields! {
    CampaignSlug, RuleId, LimitId, SourceName, SubscriberName, UnitName, EventId, HostId, Country, Currency, IpPrefix, Span,
}

/// Implements [`Field`] for types that are stored as JSON.
macro_rules! json_fields {
    ($($name:ty),* $(,)?) => {$(
        impl $crate::record::Field for $name {
            const TYPE: $crate::record::ColumnType = $crate::record::ColumnType::Json;
            fn to_cell(&self) -> $crate::record::Cell {
                // These types have string keys and no floats: writing them cannot fail.
                $crate::record::Cell::Text(serde_json::to_string(self).unwrap_or_default())
            }
            fn from_cell(cell: $crate::record::Cell) -> Result<Self, String> {
                let text = String::from_cell(cell)?;
                serde_json::from_str(&text).map_err(|problem| format!("does not hold what it should, from line {} on", problem.line()))
            }
        }
    )*};
}
pub(crate) use json_fields;

/// An enum whose variants have stable names, in JSON, in tables and in every language.
macro_rules! text_enum {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),*
        }

        impl $name {
            /// All variants, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::error::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err($crate::error::Error::invalid(stringify!($name), format!("{} is none", $crate::quote::quoted(text)))),
                }
            }
        }
    )*};
}
pub(crate) use text_enum;

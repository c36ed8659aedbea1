//! The one description of each record kind, from which its struct, its key, its columns and its indexes are made.

use super::field::{Cell, ColumnType, Field, RowReader};
use crate::error::StoreError;
use crate::value::Timestamp;

/// One column of a record kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: ColumnType,
    /// Whether it may be null. A key column never is.
    pub nullable: bool,
}

/// Which way an index runs over a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// Small to large.
    Ascending,
    /// Large to small.
    Descending,
}

impl Column {
    /// The column of a field.
    pub(super) const fn of<T: Field>(name: &'static str) -> Self {
        Self { name, holds: T::TYPE, nullable: T::NULLABLE }
    }
}

/// An index of a record kind. Behind its own columns stand the key's columns that it lacks, so every index is a total order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// The kind of record.
    pub kind: super::Kind,
    /// Its name, unique in its kind.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: &'static [(&'static str, Order)],
}

/// The table of a record kind: what an adapter needs to know.
///
/// Every table also has the columns [`Table::TENANT`] (text, leads the primary key) and [`Table::ROW_VERSION`] (a number,
/// last), and in a database its name stands behind [`Table::PREFIX`], so that it can live beside the host's own tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// The table's name.
    pub name: &'static str,
    /// How many of the columns, from the front, are the primary key.
    pub key_columns: usize,
    /// All columns, the key's first.
    pub columns: &'static [Column],
    /// The indexes beside the primary key.
    pub indexes: &'static [Index],
    /// Whether rows are changed by [`Add`](crate::store::Add) alone: such a table has `value` and `reached_at`.
    pub counter: bool,
    /// Whether rows are changed by [`AddSums`](crate::store::AddSums) alone: behind its key such a table has `sums`.
    pub sums: bool,
    /// Whether a row never changes once it is put, and is never removed: it needs no guard.
    pub immutable: bool,
    /// Whether a row may hold something that erasing its person removes.
    pub personal: bool,
}

/// What a record kind is declared to be, behind the name of its key.
pub(super) struct Flags {
    pub(super) counter: bool,
    pub(super) sums: bool,
    pub(super) immutable: bool,
    pub(super) personal: bool,
}

impl Flags {
    pub(super) const NONE: Self = Self { counter: false, sums: false, immutable: false, personal: false };

    pub(super) const fn counter(self) -> Self {
        Self { counter: true, ..self }
    }

    pub(super) const fn sums(self) -> Self {
        Self { sums: true, ..self }
    }

    pub(super) const fn immutable(self) -> Self {
        Self { immutable: true, ..self }
    }

    pub(super) const fn personal(self) -> Self {
        Self { personal: true, ..self }
    }
}

impl Table {
    /// What stands before the name of every table in a database.
    pub const PREFIX: &'static str = "referral_";
    /// The column that tells whose row it is.
    pub const TENANT: &'static str = "tenant";
    /// The column that tells which write of its key a row is. Not `version`: a campaign has a version of its own.
    pub const ROW_VERSION: &'static str = "row_version";

    /// The columns of the primary key.
    #[must_use]
    pub fn key(&self) -> &'static [Column] {
        self.columns.get(..self.key_columns).unwrap_or_default()
    }

    /// The position of the column of that name.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

/// What every record struct is.
pub trait RecordKind: Sized + Clone + Into<super::Record> {
    /// Its kind.
    const KIND: super::Kind;
    /// Its key.
    type Key: Clone + Into<super::Key>;
    /// The key of this record.
    fn key(&self) -> Self::Key;
    /// The record, if it is of this kind.
    fn from_record(record: &super::Record) -> Option<&Self>;
}

/// What the description makes of a record struct, beside what everybody may see.
pub(super) trait Described: RecordKind {
    /// Its table.
    const TABLE: Table;
    /// The cells of all columns, in order.
    fn cells(&self) -> Vec<Cell>;
    /// The cell of one column; none if the kind has no such column.
    fn cell(&self, column: &str) -> Option<Cell>;
    /// The value of a counter; none if the kind is no counter.
    fn counter_value(&self) -> Option<i64>;
    /// The numbers of a row of sums; none if the kind is no such row.
    fn sums(&self) -> Option<&super::Sums>;
    /// The record in a row.
    fn read(row: &mut RowReader) -> Result<Self, StoreError>;
}

/// What the description makes of a key struct.
pub(super) trait DescribedKey: Sized {
    /// The cells of its columns, in order.
    fn cells(&self) -> Vec<Cell>;
    /// The key in a row of its columns.
    fn read(row: &mut RowReader) -> Result<Self, StoreError>;
    /// The counter's record with `value`, which it reached at `at`; none if the kind is no counter.
    fn counted(self, value: i64, at: Timestamp) -> Option<super::Record>;
    /// The record with `sums`; none if the kind is no row of sums.
    fn summed(self, sums: super::Sums) -> Option<super::Record>;
}

/// The value of a record that is flagged `counter`, or its record with a value; none of every other kind.
macro_rules! counted {
    (value of $record:expr, counter) => { Some($record.value) };
    (value of $record:expr, $($flag:ident)*) => { None };
    (make $name:ident of $key:expr, $value:expr, $at:expr, counter { $($kf:ident)* }) => {
        Some($crate::record::Record::$name($name { $($kf: $key.$kf,)* value: $value, reached_at: $at }))
    };
    (make $name:ident of $key:expr, $value:expr, $at:expr, $($flag:ident)* { $($kf:ident)* }) => { None };
}
pub(crate) use counted;

/// The numbers of a record that is flagged `sums`, or its record with numbers; none of every other kind.
macro_rules! summed {
    (sums of $record:expr, sums) => { Some(&$record.sums) };
    (sums of $record:expr, $($flag:ident)*) => { None };
    (make $name:ident of $key:expr, $sums:expr, sums { $($kf:ident)* }) => {
        Some($crate::record::Record::$name($name { $($kf: $key.$kf,)* sums: $sums }))
    };
    (make $name:ident of $key:expr, $sums:expr, $($flag:ident)* { $($kf:ident)* }) => { None };
}
pub(crate) use summed;

/// Makes structs, keys, tables and indexes from one description; the kinds themselves are listed in [`kinds!`].
///
/// Behind the key's name stand the flags: `counter`, `sums`, `immutable`, `personal`. An unknown flag, and an index over a column
/// that the kind does not have, do not compile.
macro_rules! records {
    ($(
        $(#[$doc:meta])*
        $name:ident ($key:ident) $(, $flag:ident)* {
            key { $($(#[$kdoc:meta])* $kf:ident: $kt:ty,)* }
            $($(#[$fdoc:meta])* $f:ident: $ft:ty,)*
            $(@index $index:ident = $iname:literal [$($icol:ident $order:ident),*])*
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            $($(#[$kdoc])* pub $kf: $kt,)*
            $($(#[$fdoc])* pub $f: $ft,)*
        }

        #[doc = concat!("The key of a [`", stringify!($name), "`].")]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $key {
            $($(#[$kdoc])* pub $kf: $kt,)*
        }

        impl $crate::record::RecordKind for $name {
            const KIND: $crate::record::Kind = $crate::record::Kind::$name;
            type Key = $key;
            fn key(&self) -> $key {
                $key { $($kf: self.$kf.clone(),)* }
            }
            fn from_record(record: &$crate::record::Record) -> Option<&Self> {
                match record { $crate::record::Record::$name(record) => Some(record), _ => None }
            }
        }

        impl $name {
            $(
                #[doc = concat!("The index `", $iname, "`.")]
                pub const $index: $crate::record::Index = $crate::record::Index {
                    kind: $crate::record::Kind::$name,
                    name: $iname,
                    columns: &[$((stringify!($icol), $crate::record::Order::$order)),*],
                };
            )*
        }

        const _: fn(&$name) = |_record| { $($(let _ = &_record.$icol;)*)* };

        impl From<$name> for $crate::record::Record {
            fn from(record: $name) -> Self { Self::$name(record) }
        }

        impl From<$key> for $crate::record::Key {
            fn from(key: $key) -> Self { Self::$name(key) }
        }

        impl $crate::record::describe::Described for $name {
            const TABLE: $crate::record::Table = {
                const FLAGS: $crate::record::describe::Flags = $crate::record::describe::Flags::NONE$(.$flag())*;
                $crate::record::Table {
                    name: $crate::record::Kind::$name.table_name(),
                    key_columns: <[&str]>::len(&[$(stringify!($kf)),*]),
                    columns: &[
                        $($crate::record::Column::of::<$kt>(stringify!($kf)),)*
                        $($crate::record::Column::of::<$ft>(stringify!($f)),)*
                    ],
                    indexes: &[$($name::$index),*],
                    counter: FLAGS.counter,
                    sums: FLAGS.sums,
                    immutable: FLAGS.immutable,
                    personal: FLAGS.personal,
                }
            };
            fn cells(&self) -> Vec<$crate::record::Cell> {
                vec![
                    $($crate::record::Field::to_cell(&self.$kf),)*
                    $($crate::record::Field::to_cell(&self.$f),)*
                ]
            }
            fn cell(&self, column: &str) -> Option<$crate::record::Cell> {
                match column {
                    $(stringify!($kf) => Some($crate::record::Field::to_cell(&self.$kf)),)*
                    $(stringify!($f) => Some($crate::record::Field::to_cell(&self.$f)),)*
                    _ => None,
                }
            }
            fn counter_value(&self) -> Option<i64> {
                $crate::record::describe::counted!(value of self, $($flag)*)
            }
            fn sums(&self) -> Option<&$crate::record::Sums> {
                $crate::record::describe::summed!(sums of self, $($flag)*)
            }
            fn read(row: &mut $crate::record::RowReader) -> Result<Self, $crate::error::StoreError> {
                Ok(Self {
                    $($kf: row.next(stringify!($kf))?,)*
                    $($f: row.next(stringify!($f))?,)*
                })
            }
        }

        impl $crate::record::describe::DescribedKey for $key {
            fn cells(&self) -> Vec<$crate::record::Cell> {
                vec![$($crate::record::Field::to_cell(&self.$kf)),*]
            }
            fn read(_row: &mut $crate::record::RowReader) -> Result<Self, $crate::error::StoreError> {
                Ok(Self { $($kf: _row.next(stringify!($kf))?,)* })
            }
            fn counted(self, _value: i64, _at: $crate::value::Timestamp) -> Option<$crate::record::Record> {
                $crate::record::describe::counted!(make $name of self, _value, _at, $($flag)* { $($kf)* })
            }
            fn summed(self, _sums: $crate::record::Sums) -> Option<$crate::record::Record> {
                $crate::record::describe::summed!(make $name of self, _sums, $($flag)* { $($kf)* })
            }
        }
    )*};
}
pub(crate) use records;

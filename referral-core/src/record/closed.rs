//! The closed enums of all record kinds, made from their list.

/// Makes the closed enums `Kind`, `Key` and `Record` from the list of kinds, each with its key and the name of its table.
macro_rules! kinds {
    ($($name:ident ($key:ident) = $table:literal,)*) => {
        /// The kinds of records. The list is closed: whoever stores them can handle all.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum Kind {
            $(#[doc = concat!("Of a [`", stringify!($name), "`].")] #[serde(rename = $table)] $name,)*
        }

        /// The key of one record.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "kind")]
        pub enum Key {
            $(#[doc = concat!("Of a [`", stringify!($name), "`].")] #[serde(rename = $table)] $name($key),)*
        }

        /// One record.
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "kind")]
        pub enum Record {
            $(#[doc = concat!("A [`", stringify!($name), "`].")] #[serde(rename = $table)] $name($name),)*
        }

        impl Kind {
            /// All kinds, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name of the table of this kind.
            pub(super) const fn table_name(self) -> &'static str {
                match self { $(Self::$name => $table,)* }
            }

            /// The table of this kind.
            #[must_use]
            pub fn table(self) -> &'static Table {
                match self {
                    $(Self::$name => {
                        const TABLE: Table = <$name as Described>::TABLE;
                        &TABLE
                    })*
                }
            }
        }

        impl Key {
            /// The kind of record that this key is for.
            #[must_use]
            pub fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => Kind::$name,)* }
            }

            /// The cells of the key's columns, in order.
            #[must_use]
            pub fn cells(&self) -> Vec<Cell> {
                match self { $(Self::$name(key) => key.cells(),)* }
            }

            /// The counter's record with `value`, which it reached at `at`; none if the kind is no counter.
            #[must_use]
            pub fn counted(self, value: i64, at: Timestamp) -> Option<Record> {
                match self { $(Self::$name(key) => key.counted(value, at),)* }
            }

            /// The record with `sums`; none if the kind is no row of sums.
            #[must_use]
            pub fn summed(self, sums: $crate::record::Sums) -> Option<Record> {
                match self { $(Self::$name(key) => key.summed(sums),)* }
            }

            /// The key in `cells`.
            ///
            /// # Errors
            /// [`StoreError::Corrupt`], naming table and column, if a cell does not hold what it should.
            pub fn from_cells(kind: Kind, cells: Vec<Cell>) -> Result<Self, StoreError> {
                let mut row = RowReader::new(kind.table().name, cells);
                Ok(match kind { $(Kind::$name => Self::$name(DescribedKey::read(&mut row)?),)* })
            }
        }

        impl Record {
            /// The kind of this record.
            #[must_use]
            pub fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => Kind::$name,)* }
            }

            /// The key of this record.
            #[must_use]
            pub fn key(&self) -> Key {
                match self { $(Self::$name(record) => Key::$name(record.key()),)* }
            }

            /// The value of a counter; none if the kind is no counter.
            #[must_use]
            pub fn counter_value(&self) -> Option<i64> {
                match self { $(Self::$name(record) => record.counter_value(),)* }
            }

            /// The numbers of a row of sums; none if the kind is no such row.
            #[must_use]
            pub fn sums(&self) -> Option<&$crate::record::Sums> {
                match self { $(Self::$name(record) => record.sums(),)* }
            }

            /// The cells of all columns, in order.
            #[must_use]
            pub fn cells(&self) -> Vec<Cell> {
                match self { $(Self::$name(record) => record.cells(),)* }
            }

            /// The cell of one column; none if the kind has no such column.
            #[must_use]
            pub fn cell(&self, column: &str) -> Option<Cell> {
                match self { $(Self::$name(record) => record.cell(column),)* }
            }

            /// The record in `cells`.
            ///
            /// # Errors
            /// [`StoreError::Corrupt`], naming table and column, if a cell does not hold what it should.
            pub fn from_cells(kind: Kind, cells: Vec<Cell>) -> Result<Self, StoreError> {
                let mut row = RowReader::new(kind.table().name, cells);
                Ok(match kind { $(Kind::$name => Self::$name(Described::read(&mut row)?),)* })
            }
        }
    };
}
pub(crate) use kinds;

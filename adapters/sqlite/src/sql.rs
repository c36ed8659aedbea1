//! The statements of each record kind, written once from its description.
//!
//! Parameters are numbered: `?1` is the tenant, then come the columns in the order of the description (all of them, or the
//! key's alone), then what the statement says.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use referral_core::error::StoreError;
use referral_core::record::{Column, Kind, Table};
use referral_core::store::Version;

use crate::schema::{quoted, table_name};

/// The statements of one record kind.
#[derive(Debug)]
pub(crate) struct Statements {
    /// All columns and the version of the row, as a list to select.
    pub(crate) columns: String,
    /// The table's name.
    pub(crate) table: String,
    /// Key → all columns and the version of the row.
    pub(crate) select: String,
    /// Key → the version of the row.
    pub(crate) version: String,
    /// All columns, the version → one row, if the key was free.
    pub(crate) insert: String,
    /// All columns, the version, the expected version → one row, if that was there.
    pub(crate) update: String,
    /// Key, the expected version → one row, if that was there.
    pub(crate) delete: String,
    /// The statements of a counter, if it is one.
    pub(crate) counter: Option<Counter>,
}

/// The statements of a counter. Behind the key come: how much is added, when, the least and the greatest value that the
/// counter may have before.
#[derive(Debug)]
pub(crate) struct Counter {
    /// For a counter that may start at 0.
    pub(crate) add: String,
    /// For a counter that must exist.
    pub(crate) add_to_existing: String,
}

static STATEMENTS: LazyLock<BTreeMap<Kind, Statements>> =
    LazyLock::new(|| Kind::ALL.iter().map(|kind| (*kind, Statements::new(kind.table()))).collect());

impl Statements {
    /// The statements of `kind`.
    pub(crate) fn of(kind: Kind) -> Result<&'static Self, StoreError> {
        STATEMENTS.get(&kind).ok_or_else(|| StoreError::Failed(format!("no statements for `{}`", kind.table().name)))
    }

    fn new(table: &Table) -> Self {
        let name = quoted(&table_name(table));
        let (tenant, version) = (quoted(Table::TENANT), quoted(Table::ROW_VERSION));
        let columns = format!("{}, {version}", names(table.columns));
        let key = matches(table.key());
        let count = table.columns.len();
        let values: Vec<_> = (1..=count + 2).map(|number| format!("?{number}")).collect();
        let changed = table.columns.iter().enumerate().skip(table.key_columns);
        let mut sets: Vec<_> = changed.map(|(at, column)| format!("{} = ?{}", quoted(column.name), at + 2)).collect();
        sets.push(format!("{version} = ?{}", count + 2));
        Self {
            select: format!("SELECT {columns} FROM {name} WHERE {key}"),
            version: format!("SELECT {version} FROM {name} WHERE {key}"),
            insert: format!(
                "INSERT INTO {name} ({tenant}, {columns}) VALUES ({}) ON CONFLICT DO NOTHING",
                values.join(", ")
            ),
            update: format!("UPDATE {name} SET {} WHERE {key} AND {version} = ?{}", sets.join(", "), count + 3),
            delete: format!("DELETE FROM {name} WHERE {key} AND {version} = ?{}", table.key_columns + 2),
            counter: table.counter.then(|| Counter::new(table)),
            columns,
            table: name,
        }
    }
}

impl Counter {
    fn new(table: &Table) -> Self {
        let name = quoted(&table_name(table));
        let (tenant, version) = (quoted(Table::TENANT), quoted(Table::ROW_VERSION));
        let (keys, key) = (names(table.key()), matches(table.key()));
        let first = table.key_columns + 2;
        let (by, at, least, most) = (first, first + 1, first + 2, first + 3);
        let values: Vec<_> = (1..=at).map(|number| format!("?{number}")).collect();
        let set = format!("\"value\" = \"value\" + ?{by}, \"reached_at\" = ?{at}");
        let within = format!("\"value\" BETWEEN ?{least} AND ?{most}");
        let kept = Version::COUNTER.number();
        Self {
            add: format!(
                "INSERT INTO {name} ({tenant}, {keys}, \"value\", \"reached_at\", {version}) VALUES ({}, {kept}) \
                 ON CONFLICT ({tenant}, {keys}) DO UPDATE SET {set} WHERE {within}",
                values.join(", ")
            ),
            add_to_existing: format!("UPDATE {name} SET {set} WHERE {key} AND {within}"),
        }
    }
}

fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| quoted(column.name)).collect::<Vec<_>>().join(", ")
}

/// The condition that the tenant is `?1` and the key's columns are what follows.
fn matches(key: &[Column]) -> String {
    let tenant = format!("{} = ?1", quoted(Table::TENANT));
    let columns = key.iter().enumerate().map(|(at, column)| format!("{} = ?{}", quoted(column.name), at + 2));
    [tenant].into_iter().chain(columns).collect::<Vec<_>>().join(" AND ")
}

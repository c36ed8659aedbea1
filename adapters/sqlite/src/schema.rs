//! The schema that the core's description of its records asks for, in SQLite's words.
//!
//! The first migration was made from it; a test compares the database that all migrations build with the description.

use std::fmt::Write as _;

use referral_core::record::{Column, ColumnType, Index, Kind, Order, Table};

/// The table that tells which migrations a database has seen.
pub(crate) const SCHEMA_TABLE: &str = "referral_schema";

const HEADER: &str = "\
-- The tables of the referral engine.
--
-- Made from the description of the records in `referral-core/src/record/kind/` by
--     cargo run -p referral-sqlite --example schema > adapters/sqlite/migrations/0001_initial.sql
-- As long as nothing is released, a changed description is followed by making this file anew. After that it is never
-- changed again, and a change is a further file.
--
-- Every table leads with its tenant and is clustered by its key. A UUID is a BLOB of 16 bytes, a time an INTEGER of
-- microseconds since 1970 in UTC, a yes or no 1 or 0, and JSON a TEXT. Beside each table stands a view `…_readable`
-- that shows the same rows to people.
";

/// The whole schema as one SQL script.
///
/// ```
/// assert!(referral_sqlite::initial_schema().contains("CREATE TABLE \"referral_reward\""));
/// ```
#[must_use]
pub fn initial_schema() -> String {
    let mut script = HEADER.to_owned();
    let _ = write!(script, "\n{};\n", create_schema_table());
    for kind in Kind::ALL {
        let table = kind.table();
        let _ = write!(script, "\n{};\n", create_table(table));
        for index in table.indexes {
            let _ = writeln!(script, "\n{};", create_index(table, index));
        }
        let _ = writeln!(script, "\n{};", create_view(table));
    }
    script
}

/// The statement that makes the table of migrations. It is the same in every version.
pub(crate) fn create_schema_table() -> String {
    format!("CREATE TABLE {SCHEMA_TABLE} (\n  version INTEGER NOT NULL PRIMARY KEY\n) STRICT")
}

/// `name` as an identifier.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The table's name in the database.
pub(crate) fn table_name(table: &Table) -> String {
    format!("{}{}", Table::PREFIX, table.name)
}

/// The name of an index in the database.
pub(crate) fn index_name(table: &Table, index: &Index) -> String {
    format!("{}_{}", table_name(table), index.name)
}

/// The name of the view for people.
pub(crate) fn view_name(table: &Table) -> String {
    format!("{}_readable", table_name(table))
}

/// The columns of an index behind the tenant: its own, then the key's that it lacks.
pub(crate) fn index_columns(table: &Table, index: &Index) -> Vec<(&'static str, Order)> {
    let mut columns = index.columns.to_vec();
    for key in table.key() {
        if !columns.iter().any(|(name, _)| *name == key.name) {
            columns.push((key.name, Order::Ascending));
        }
    }
    columns
}

/// SQLite's type for a column.
pub(crate) fn type_name(holds: ColumnType) -> &'static str {
    match holds {
        ColumnType::Uuid | ColumnType::Bytes => "BLOB",
        ColumnType::Integer | ColumnType::Boolean | ColumnType::Time => "INTEGER",
        ColumnType::Text | ColumnType::Json => "TEXT",
    }
}

fn create_table(table: &Table) -> String {
    let mut lines = vec![format!("  {} TEXT NOT NULL", quoted(Table::TENANT))];
    lines.extend(table.columns.iter().map(|column| {
        let null = if column.nullable { "" } else { " NOT NULL" };
        format!("  {} {}{null}", quoted(column.name), type_name(column.holds))
    }));
    lines.push(format!("  {} INTEGER NOT NULL", quoted(Table::ROW_VERSION)));
    let key = [quoted(Table::TENANT)].into_iter().chain(table.key().iter().map(|column| quoted(column.name)));
    lines.push(format!("  PRIMARY KEY ({})", key.collect::<Vec<_>>().join(", ")));
    format!("CREATE TABLE {} (\n{}\n) STRICT, WITHOUT ROWID", quoted(&table_name(table)), lines.join(",\n"))
}

fn create_index(table: &Table, index: &Index) -> String {
    let mut columns = vec![quoted(Table::TENANT)];
    columns.extend(index_columns(table, index).into_iter().map(|(name, order)| match order {
        Order::Ascending => quoted(name),
        Order::Descending => format!("{} DESC", quoted(name)),
    }));
    let (name, table) = (quoted(&index_name(table, index)), quoted(&table_name(table)));
    format!("CREATE INDEX {name}\n  ON {table} ({})", columns.join(", "))
}

/// The statement that makes the view for people.
pub(crate) fn create_view(table: &Table) -> String {
    let mut lines = vec![format!("  {}", quoted(Table::TENANT))];
    lines.extend(table.columns.iter().map(|column| match readable(column) {
        Some(expression) => format!("  {expression} AS {}", quoted(column.name)),
        None => format!("  {}", quoted(column.name)),
    }));
    let (view, table) = (quoted(&view_name(table)), quoted(&table_name(table)));
    format!("CREATE VIEW {view} AS SELECT\n{}\nFROM {table}", lines.join(",\n"))
}

/// How a person reads the column; none if as it is.
fn readable(column: &Column) -> Option<String> {
    let name = quoted(column.name);
    let expression = match column.holds {
        ColumnType::Integer | ColumnType::Text | ColumnType::Json => return None,
        ColumnType::Boolean => format!("iif({name}, 'true', 'false')"),
        ColumnType::Bytes => format!("lower(hex({name}))"),
        ColumnType::Uuid => {
            let part = |from: u32, length: u32| format!("substr(hex({name}), {from}, {length})");
            let parts = [part(1, 8), part(9, 4), part(13, 4), part(17, 4), part(21, 12)];
            format!("lower({})", parts.join(" || '-' || "))
        }
        ColumnType::Time => format!(
            "strftime('%Y-%m-%dT%H:%M:%S', {name} / 1000000, 'unixepoch') || printf('.%06dZ', {name} % 1000000)"
        ),
    };
    Some(if column.nullable { format!("iif({name} IS NULL, NULL, {expression})") } else { expression })
}

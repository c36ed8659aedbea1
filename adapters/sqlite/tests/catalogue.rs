//! The database that the migrations build, compared with the description of every record kind.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in its helpers"
)]

use conformance::draw::Draw;
use conformance::samples;
use referral_core::record::{Cell, Column, ColumnType, Kind, Order, Table};
use referral_core::store::{Batch, Commit, Put, Store, Stored, Version};
use referral_core::value::Timestamp;
use referral_sqlite::rusqlite::Connection;
use referral_sqlite::rusqlite::types::Value;
use referral_sqlite::{Options, SqliteStore, initial_schema};

fn built() -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("referral.db");
    SqliteStore::open(&path, Options::default()).unwrap();
    let connection = Connection::open(path).unwrap();
    (folder, connection)
}

#[derive(Debug, PartialEq)]
struct FoundColumn {
    name: String,
    holds: String,
    not_null: bool,
    key: u32,
}

fn expected_columns(table: &Table) -> Vec<FoundColumn> {
    let tenant = FoundColumn { name: Table::TENANT.to_owned(), holds: "TEXT".to_owned(), not_null: true, key: 1 };
    let of = |(at, column): (usize, &Column)| FoundColumn {
        name: column.name.to_owned(),
        holds: match column.holds {
            ColumnType::Uuid | ColumnType::Bytes => "BLOB",
            ColumnType::Integer | ColumnType::Boolean | ColumnType::Time => "INTEGER",
            ColumnType::Text | ColumnType::Json => "TEXT",
        }
        .to_owned(),
        not_null: !column.nullable,
        key: if at < table.key_columns { at as u32 + 2 } else { 0 },
    };
    let version =
        FoundColumn { name: Table::ROW_VERSION.to_owned(), holds: "INTEGER".to_owned(), not_null: true, key: 0 };
    let columns = table.columns.iter().enumerate().map(of);
    [tenant].into_iter().chain(columns).chain([version]).collect()
}

#[test]
fn every_table_has_the_columns_that_its_kind_describes() {
    let (_folder, connection) = built();
    let sql = "SELECT name, type, \"notnull\", pk, hidden FROM pragma_table_xinfo(?1)";
    for kind in Kind::ALL {
        let table = kind.table();
        let mut statement = connection.prepare(sql).unwrap();
        let found = statement.query_map([format!("referral_{}", table.name)], |row| {
            assert_eq!(row.get::<_, i64>(4)?, 0, "no column is generated");
            Ok(FoundColumn { name: row.get(0)?, holds: row.get(1)?, not_null: row.get(2)?, key: row.get(3)? })
        });
        assert_eq!(found.unwrap().map(Result::unwrap).collect::<Vec<_>>(), expected_columns(table), "{}", table.name);
    }
}

#[test]
fn every_table_is_strict_and_clustered_by_its_key_and_there_are_no_others() {
    let (_folder, connection) = built();
    let sql = "SELECT name, wr, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
               AND name NOT LIKE 'sqlite_%' AND name <> 'referral_schema' ORDER BY name";
    let mut statement = connection.prepare(sql).unwrap();
    let found = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    let mut expected: Vec<_> = Kind::ALL.iter().map(|kind| format!("referral_{}", kind.table().name)).collect();
    expected.sort();
    let expected: Vec<(String, bool, bool)> = expected.into_iter().map(|name| (name, true, true)).collect();
    assert_eq!(found.unwrap().map(Result::unwrap).collect::<Vec<_>>(), expected);
}

#[test]
fn every_index_leads_with_the_tenant_and_ends_with_what_it_lacks_of_the_key() {
    let (_folder, connection) = built();
    for kind in Kind::ALL {
        let table = kind.table();
        let sql = "SELECT name FROM pragma_index_list(?1) WHERE origin = 'c' ORDER BY name";
        let mut statement = connection.prepare(sql).unwrap();
        let found = statement.query_map([format!("referral_{}", table.name)], |row| row.get(0));
        let found: Vec<String> = found.unwrap().map(Result::unwrap).collect();
        let mut named: Vec<_> = table.indexes.iter().collect();
        named.sort_by_key(|index| index.name);
        let expected: Vec<_> = named.iter().map(|index| format!("referral_{}_{}", table.name, index.name)).collect();
        assert_eq!(found, expected);
        for (index, name) in named.iter().zip(&found) {
            let sql = "SELECT name, \"desc\", coll FROM pragma_index_xinfo(?1) WHERE key";
            let mut statement = connection.prepare(sql).unwrap();
            let columns = statement.query_map([name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
            let found: Vec<(String, bool, String)> = columns.unwrap().map(Result::unwrap).collect();
            let lacking = table.key().iter().filter(|key| !index.columns.iter().any(|(name, _)| *name == key.name));
            let mut expected = vec![(Table::TENANT, false)];
            expected.extend(index.columns.iter().map(|(name, order)| (*name, *order == Order::Descending)));
            expected.extend(lacking.map(|key| (key.name, false)));
            let expected: Vec<_> =
                expected.into_iter().map(|(name, down)| (name.to_owned(), down, "BINARY".to_owned())).collect();
            assert_eq!(found, expected, "{name}");
        }
    }
}

#[test]
fn the_first_migration_is_what_the_description_asks_for() {
    let file = include_str!("../migrations/0001_initial.sql");
    let advice = "make it anew: cargo run -p referral-sqlite --example schema > \
                  adapters/sqlite/migrations/0001_initial.sql";
    assert!(file == initial_schema(), "{advice}");
}

#[test]
fn every_view_shows_ids_with_dashes_and_times_in_iso_8601() {
    let (folder, connection) = built();
    let store = SqliteStore::open(folder.path().join("referral.db"), Options::default()).unwrap();
    let mut draw = Draw::new(1, "views");
    let mut shown = 0;
    for kind in Kind::ALL {
        let record = samples::record(*kind, &mut draw).unwrap();
        let put = Put {
            stored: Stored { record: record.clone(), version: Version::from_random(draw.number()) },
            expected: Version::ABSENT,
        };
        assert_eq!(store.commit(&Batch { puts: vec![put], ..Batch::default() }).unwrap(), Commit::Applied);
        let sql = format!("SELECT * FROM \"referral_{}_readable\"", kind.table().name);
        let mut statement = connection.prepare(&sql).unwrap();
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let expected: Vec<_> = [Table::TENANT].into_iter().chain(kind.table().columns.iter().map(|c| c.name)).collect();
        assert_eq!(names, expected);
        let mut rows = statement.query(()).unwrap();
        let row = rows.next().unwrap().unwrap();
        for (at, (column, cell)) in kind.table().columns.iter().zip(record.cells()).enumerate() {
            let found: Value = row.get(at + 1).unwrap();
            assert_eq!(found, readable(column, cell), "{}.{}", kind.table().name, column.name);
            shown += 1;
        }
    }
    assert!(shown > 100);
}

fn readable(column: &Column, cell: Cell) -> Value {
    match (column.holds, cell) {
        (_, Cell::Null) => Value::Null,
        (ColumnType::Boolean, Cell::Integer(number)) => Value::Text((number == 1).to_string()),
        (ColumnType::Time, Cell::Integer(micros)) => {
            let time = Timestamp::from_micros(micros).unwrap().to_chrono();
            Value::Text(time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
        }
        (ColumnType::Uuid, Cell::Bytes(bytes)) => Value::Text(uuid::Uuid::from_slice(&bytes).unwrap().to_string()),
        (_, Cell::Bytes(bytes)) => Value::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        (_, Cell::Integer(number)) => Value::Integer(number),
        (_, Cell::Text(text)) => Value::Text(text),
    }
}

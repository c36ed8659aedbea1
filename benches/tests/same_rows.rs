//! A peer that writes less than the engine would make the engine look slow for no fault: both must leave the same.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::Path;

use benches::peers::SameRows;
use benches::{Contender, Drawer, Ours, build_file};
use referral_sqlite::{Options, SqliteStore};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// All rows of all tables, in an order: what is random or hashed is left out, and so is the version of a row.
fn rows(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut names = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'referral_%' ORDER BY name")
        .unwrap();
    let tables: Vec<String> = names.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut all = Vec::new();
    for table in tables {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = statement.column_count() - usize::from(table != "referral_schema");
        let mut found = statement.query(()).unwrap();
        while let Some(row) = found.next().unwrap() {
            let cells: Vec<_> = (0..columns).map(|at| shown(row.get_ref(at).unwrap())).collect();
            all.push(format!("{table}: {}", cells.join(" | ")));
        }
    }
    all.sort();
    all
}

fn shown(cell: ValueRef<'_>) -> String {
    match cell {
        ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
        ValueRef::Text(text) => without_ids(str::from_utf8(text).unwrap()),
        other => format!("{other:?}"),
    }
}

/// The text with every UUID as `id`.
fn without_ids(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let id = rest.get(..36).filter(|id| uuid::Uuid::try_parse(id).is_ok());
        let length = id.map_or(letter.len_utf8(), str::len);
        out.push_str(if id.is_some() { "id" } else { &rest[..length] });
        rest = &rest[length..];
    }
    out
}

#[test]
fn the_peer_leaves_the_rows_that_the_engine_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, hand) = (folder.path().join("engine"), folder.path().join("hand"));
    let referrers = build_file(&engine, 1_000);
    std::fs::copy(&engine, &hand).unwrap();
    let before = rows(&engine);

    let flows = Drawer::new(referrers, 0).flows(40);
    let (singles, batch) = flows.split_at(8);
    let mut ours = Ours::new(SqliteStore::open(&engine, Options::default()).unwrap(), 1);
    let mut theirs = SameRows::open(&hand, 1);
    for contender in [&mut ours as &mut dyn Contender, &mut theirs] {
        singles.iter().for_each(|flow| contender.single(flow));
        contender.batch(batch);
    }
    drop((ours, theirs));

    let (ours, theirs) = (rows(&engine), rows(&hand));
    assert!(ours.len() > before.len() + 40 * 15);
    let lacking = |of: &[String], from: &[String]| -> Vec<String> {
        of.iter().filter(|row| !from.contains(row)).take(5).cloned().collect()
    };
    assert_eq!((lacking(&ours, &theirs), lacking(&theirs, &ours)), (vec![], vec![]));
    assert_eq!(ours, theirs);
}

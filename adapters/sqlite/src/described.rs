//! Compares the schema that a database has with the one that the migrations make.
//!
//! A schema is a program: a view, a trigger, a default or a generated column runs when a row is read or written. So a database
//! that somebody else made is compared text by text before any of our tables is read.

use std::collections::BTreeMap;

use referral_core::error::StoreError;
use referral_core::quote::quoted;
use rusqlite::Connection;

use crate::error::open_failed;

/// What a schema says of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Object {
    kind: String,
    table: String,
    sql: Option<String>,
}

/// By name in lower case, because SQLite takes `A` and `a` for the same.
type Objects = BTreeMap<String, Object>;

/// Refuses a database in which one of the objects that `scripts` make is missing or is another one, or in which there is
/// something else on one of their tables. Other tables are the host's own.
pub(crate) fn compare(connection: &Connection, scripts: &[&str]) -> Result<(), StoreError> {
    let expected = made_by(scripts)?;
    let found = objects(connection)?;
    let tables: Vec<_> = expected.values().map(|object| &object.table).collect();
    for (name, object) in &found {
        let concerns_us = expected.contains_key(name) || tables.contains(&&object.table);
        if concerns_us && expected.get(name) != Some(object) {
            let (kind, name, table) = (quoted(&object.kind), quoted(name), quoted(&object.table));
            let problem = format!("the {kind} {name} on the table {table} is not of this software's schema");
            return Err(StoreError::Setup(problem));
        }
    }
    match expected.iter().find(|(name, _)| !found.contains_key(*name)) {
        Some((name, object)) => Err(StoreError::Setup(format!("the {} `{name}` is missing", object.kind))),
        None => Ok(()),
    }
}

/// The objects of an empty database after `scripts`.
fn made_by(scripts: &[&str]) -> Result<Objects, StoreError> {
    let empty = Connection::open_in_memory().map_err(open_failed)?;
    scripts.iter().try_for_each(|script| empty.execute_batch(script)).map_err(open_failed)?;
    objects(&empty)
}

fn objects(connection: &Connection) -> Result<Objects, StoreError> {
    let sql = "SELECT lower(name), type, lower(tbl_name), sql FROM sqlite_schema";
    let mut statement = connection.prepare(sql).map_err(open_failed)?;
    let rows = statement
        .query_map((), |row| Ok((row.get(0)?, Object { kind: row.get(1)?, table: row.get(2)?, sql: row.get(3)? })));
    let rows: Vec<(String, Object)> =
        rows.and_then(Iterator::collect).map_err(|_| StoreError::Setup("its schema cannot be read".to_owned()))?;
    let count = rows.len();
    let objects: Objects = rows.into_iter().collect();
    // One of two objects of one name would hide the other from the comparison.
    if objects.len() == count { Ok(objects) } else { Err(StoreError::Setup("two objects have one name".to_owned())) }
}

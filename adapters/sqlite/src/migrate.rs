//! Tells whose a database is, and brings its tables up to date.

use referral_core::error::StoreError;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::described::compare;
use crate::error::{failed, open_failed};
use crate::schema::{SCHEMA_TABLE, create_schema_table};

/// What stands in the file's header (`PRAGMA application_id`): "refr".
pub const APPLICATION_ID: i32 = 0x7265_6672;

/// Every migration, in order; the first is number [`FIRST_VERSION`]. A released one is never changed.
const MIGRATIONS: &[&str] = &[include_str!("../migrations/0001_initial.sql")];

/// The version of the schema that the first migration makes. Earlier ones were never released.
const FIRST_VERSION: u32 = 5;

/// The newest version of the schema that this software knows.
pub const SCHEMA_VERSION: u32 = FIRST_VERSION + MIGRATIONS.len() as u32 - 1;

/// Whose a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// Nobody's: there is nothing in it.
    Empty,
    /// It has our tables, in this version.
    Ours(u32),
    /// It has tables, and none of ours.
    Foreign,
}

/// Creates the tables in a database of the host, or brings them up to date, inside the host's transaction.
///
/// For a host that keeps its own tables in the same file and drives operations inside its own transactions
/// ([`load_in`](crate::load_in), [`list_in`](crate::list_in), [`commit_in`](crate::commit_in)). All names begin with
/// `referral_`; the file's application id stays the host's.
///
/// # Errors
/// [`StoreError::NewerVersion`] if newer software wrote the tables; [`StoreError::Setup`] if one of them is not as this software
/// makes it, or has a trigger or an index of somebody else; else as the database fails.
pub fn install(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    match found(transaction)? {
        Found::Ours(version) => advance(transaction, version)?,
        Found::Empty | Found::Foreign => advance(transaction, 0)?,
    }
    compare(transaction, MIGRATIONS)
}

/// Refuses a database that is not ours to write to, or whose schema is not the one that we made. Writes nothing itself.
pub(crate) fn check(connection: &Connection) -> Result<(), StoreError> {
    match found(connection)? {
        Found::Empty => Ok(()),
        Found::Ours(version) if version > SCHEMA_VERSION => Err(newer(version)),
        Found::Ours(version) if version < FIRST_VERSION => Err(older(version)),
        Found::Ours(version) => compare(connection, made_by(version)),
        Found::Foreign => Err(StoreError::Setup("the database belongs to another application".to_owned())),
    }
}

/// Creates the tables in a file of our own, or brings them up to date.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    if found(connection)? == Found::Ours(SCHEMA_VERSION) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(open_failed)?;
    // Another process may have been here between the check and the lock.
    check(&transaction)?;
    match found(&transaction)? {
        Found::Ours(version) => advance(&transaction, version)?,
        Found::Empty | Found::Foreign => {
            transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(open_failed)?;
            advance(&transaction, 0)?;
        }
    }
    transaction.commit().map_err(open_failed)
}

/// The migrations that made the tables of `version`.
fn made_by(version: u32) -> &'static [&'static str] {
    let count = usize::try_from(version.saturating_sub(FIRST_VERSION) + 1).unwrap_or(usize::MAX);
    MIGRATIONS.get(..count).unwrap_or(MIGRATIONS)
}

fn found(connection: &Connection) -> Result<Found, StoreError> {
    let count = |sql: &str| connection.query_row(sql, (), |row| row.get::<_, i64>(0)).map_err(open_failed);
    let named = format!("FROM sqlite_schema WHERE lower(name) = '{SCHEMA_TABLE}'");
    if count(&format!("SELECT count(*) {named}"))? > 0 {
        // The text is compared before the table is read: a view, or a column that is computed, could run for ever.
        let sql = format!("SELECT min(type = 'table' AND sql = ?1) = 1 {named}");
        let is_ours = connection.query_row(&sql, [create_schema_table()], |row| row.get::<_, bool>(0));
        if !is_ours.map_err(open_failed)? {
            return Err(StoreError::Setup(format!("`{SCHEMA_TABLE}` is not the table that this software makes")));
        }
        let version = count(&format!("SELECT coalesce(max(version), 0) FROM {SCHEMA_TABLE}"))?;
        let problem = || StoreError::Corrupt(format!("{SCHEMA_TABLE}.version: `{version}` is no version"));
        return u32::try_from(version).map(Found::Ours).map_err(|_| problem());
    }
    let id = count("SELECT application_id FROM pragma_application_id")?;
    let is_empty = count("SELECT count(*) FROM sqlite_schema")? == 0 && [0, i64::from(APPLICATION_ID)].contains(&id);
    Ok(if is_empty { Found::Empty } else { Found::Foreign })
}

fn advance(transaction: &Transaction<'_>, version: u32) -> Result<(), StoreError> {
    match version {
        // Nothing of ours is in the database.
        0 => {}
        version if version > SCHEMA_VERSION => return Err(newer(version)),
        version if version < FIRST_VERSION => return Err(older(version)),
        _ => {}
    }
    for (number, script) in (FIRST_VERSION..).zip(MIGRATIONS).filter(|(number, _)| *number > version) {
        transaction.execute_batch(script).map_err(failed)?;
        let sql = format!("INSERT INTO {SCHEMA_TABLE} (version) VALUES (?1)");
        transaction.execute(&sql, [number]).map_err(failed)?;
    }
    Ok(())
}

fn older(found: u32) -> StoreError {
    let problem = format!(
        "the database has version {found} of the tables, which was never released; this software needs {FIRST_VERSION} or later"
    );
    StoreError::Setup(problem)
}

fn newer(found: u32) -> StoreError {
    StoreError::NewerVersion { found, known: SCHEMA_VERSION }
}

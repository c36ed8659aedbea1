//! What the engine is compared with: the same flow by hand, straight on `rusqlite`.
//!
//! Both keep what a careful developer would keep: a write-ahead log that is synchronised at each commit, prepared
//! statements, one transaction for each command (or for each thousand), uniqueness by keys, limits by guarded updates.

pub mod few_tables;
pub mod same_rows;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use few_tables::FewTables;
pub use same_rows::SameRows;

/// A connection with the settings of the engine's own store, so that only what is written differs.
fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("the file");
    connection.busy_timeout(Duration::from_secs(5)).expect("a timeout");
    connection.set_prepared_statement_cache_capacity(128);
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
        PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384";
    connection.execute_batch(settings).expect("settings");
    connection
}

/// Runs `work` in one transaction that is durable when this returns.
fn durably<T>(connection: &mut Connection, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> T {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).expect("a transaction");
    let result = work(&transaction).expect("a command that succeeds");
    transaction.commit().expect("a commit");
    result
}

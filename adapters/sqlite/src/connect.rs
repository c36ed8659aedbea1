//! Opens connections, and proves that they keep what was promised.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use referral_core::error::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::open_failed;
use crate::migrate::{check, migrate};

/// What a new file is made with, before anything is written. Rows with JSON are wide, and a table that is clustered by its
/// key keeps a quarter of a page of each: pages of twice the usual size spare most rows a second page.
const LAYOUT: &str = "PRAGMA page_size = 8192";

/// What every writer keeps to. `fullfsync` matters on macOS alone, where a plain sync does not reach the disk.
///
/// The log is folded into the file at 16,000 pages (128 MB) instead of 1,000, because that takes the time of many commits,
/// and a batch of a thousand commands in a large file changes thousands of pages; a log that grew beyond that under a long
/// read is cut. The cache, of at most 64 MB, holds what such a batch changes.
const WRITING: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA secure_delete = ON;
    PRAGMA wal_autocheckpoint = 16000;
    PRAGMA journal_size_limit = 134217728;
    PRAGMA cache_size = -65536";

/// What protects every connection from a file that somebody else made, with [`DEFENCES`]: functions with side effects do not run
/// from a schema, cells are checked against their page, and the file is read by calls that can fail instead of by mapped memory.
const GUARDED: &str = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0";

/// Views and triggers are off, and no statement can write what would corrupt the file. None of our statements uses a view: those
/// are for people.
const DEFENCES: [(DbConfig, bool); 4] = [
    (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
    (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
    (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
    (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
];

/// What every reader keeps to.
const READING: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -8192";

/// Seven statements for each kind of record, and the listings.
const STATEMENTS: usize = 512;

/// How long to wait before trying again what SQLite does not wait for itself.
const PAUSE: Duration = Duration::from_millis(10);

/// How a store is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long a call waits for other writers before it is [`StoreError::Busy`].
    pub busy_timeout: Duration,
    /// How many connections read at once, at most.
    pub readers: usize,
}

impl Default for Options {
    /// Five seconds, four readers.
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(5), readers: 4 }
    }
}

/// A connection that may write, to a file with our tables in their newest version.
pub(crate) fn writer(path: &Path, options: &Options) -> Result<Connection, StoreError> {
    // The file is there already, made for its owner alone: SQLite would make it with the mode that the process gives to files.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(open_failed)?;
    prepare(&connection, options)?;
    check(&connection)?;
    run(&connection, LAYOUT)?;
    write_ahead(&connection, options)?;
    run(&connection, WRITING)?;
    expect(&connection, "journal_mode", "wal")?;
    expect(&connection, "synchronous", "2")?;
    expect(&connection, "secure_delete", "1")?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// A connection that only reads.
pub(crate) fn reader(path: &Path, options: &Options) -> Result<Connection, StoreError> {
    // Not opened read-only: the first reader after a crash must be able to recover the log.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(open_failed)?;
    prepare(&connection, options)?;
    run(&connection, READING)?;
    Ok(connection)
}

/// A database in memory, gone with the connection.
pub(crate) fn memory(options: &Options) -> Result<Connection, StoreError> {
    let connection = Connection::open_in_memory().map_err(open_failed)?;
    prepare(&connection, options)?;
    Ok(connection)
}

fn prepare(connection: &Connection, options: &Options) -> Result<(), StoreError> {
    connection.busy_timeout(options.busy_timeout).map_err(open_failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    for (setting, is_on) in DEFENCES {
        let found = connection.set_db_config(setting, is_on).map_err(open_failed)?;
        if found != is_on {
            return Err(StoreError::Setup("a defence against files of others cannot be set".to_owned()));
        }
    }
    run(connection, GUARDED)
}

/// Switches to the write-ahead log. SQLite does not wait here, so that several processes can open a new file at once.
fn write_ahead(connection: &Connection, options: &Options) -> Result<(), StoreError> {
    let began = Instant::now();
    loop {
        let mode = connection.query_row("PRAGMA journal_mode = WAL", (), |row| row.get::<_, String>(0));
        match mode {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                if began.elapsed() >= options.busy_timeout {
                    return Err(open_failed(error));
                }
                thread::sleep(PAUSE);
            }
            Err(error) => return Err(open_failed(error)),
            Ok(_) => return Ok(()),
        }
    }
}

/// Runs settings, some of which answer with a row.
fn run(connection: &Connection, settings: &str) -> Result<(), StoreError> {
    connection.execute_batch(settings).map_err(open_failed)
}

/// Reads a setting back: SQLite ignores what it cannot set.
fn expect(connection: &Connection, setting: &str, expected: &str) -> Result<(), StoreError> {
    let sql = format!("SELECT CAST({setting} AS TEXT) FROM pragma_{setting}");
    let found: String = connection.query_row(&sql, (), |row| row.get(0)).map_err(open_failed)?;
    if found == expected {
        return Ok(());
    }
    Err(StoreError::Setup(format!("`{setting}` is `{found}` and must be `{expected}`: no write would be durable")))
}

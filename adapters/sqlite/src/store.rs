//! The store over one file: one writer, several readers.

use std::fmt;
use std::path::{Path, PathBuf};

use referral_core::error::StoreError;
use referral_core::record::{Key, Kind, Table};
use referral_core::store::{Batch, Commit, Page, PageRequest, Store, Stored};
use referral_core::value::TenantId;
use rusqlite::Connection;

use crate::commit::commit;
use crate::connect::{self, Options};
use crate::file;
use crate::list::list;
use crate::load::load;
use crate::migrate::migrate;
use crate::pool::Pool;
use crate::schema::{quoted, table_name};
use crate::snapshot::Snapshot;

/// A store in one SQLite file.
///
/// Any number of threads share it, and any number of processes open the same file: one writes at a time, the others wait
/// up to [`Options::busy_timeout`]; readers wait for nobody. The file must lie on a local disk.
///
/// What `commit` answered is durable: the file has a write-ahead log that is synchronised at each commit, and a file on
/// which that cannot be had is refused.
///
/// ```
/// use referral_core::record::Kind;
/// use referral_core::store::{Listing, Store};
/// use referral_core::value::TenantId;
/// use referral_sqlite::SqliteStore;
/// let store = SqliteStore::in_memory()?;
/// assert!(store.list(&TenantId::default(), &Listing::All(Kind::Reward).first(10))?.rows.is_empty());
/// # Ok::<(), referral_core::error::StoreError>(())
/// ```
pub struct SqliteStore {
    place: Place,
    options: Options,
    writer: Pool,
    readers: Option<Pool>,
}

enum Place {
    File(PathBuf),
    Memory,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File(path) => f.debug_tuple("SqliteStore").field(path).finish(),
            Place::Memory => f.write_str("SqliteStore(in memory)"),
        }
    }
}

impl SqliteStore {
    /// Opens the file at `path`; makes it, if there is none, and brings its tables up to date. A file that it makes can be read by
    /// its owner alone.
    ///
    /// A file that somebody else made is opened defensively: its views and triggers do not run, and its schema is compared with the
    /// one that this software makes before any record is read.
    ///
    /// # Errors
    /// [`StoreError::Setup`] if the file cannot be opened, is no SQLite database, belongs to another application, has another
    /// schema, or cannot be made durable; [`StoreError::NewerVersion`] if newer software wrote it; [`StoreError::Busy`] if another process
    /// holds it for too long.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, StoreError> {
        let path = file::plain(path.as_ref());
        let writer = file::make(&path).and_then(|()| connect::writer(&path, &options));
        let writer = writer.map_err(|error| at_path(&path, error))?;
        let again = (path.clone(), options.clone());
        let writer = Pool::of_one(writer, options.busy_timeout, Box::new(move || connect::writer(&again.0, &again.1)));
        let reads = (path.clone(), options.clone());
        let open = Box::new(move || connect::reader(&reads.0, &reads.1));
        let readers = Some(Pool::new(options.readers, options.busy_timeout, open));
        Ok(Self { place: Place::File(path), options, writer, readers })
    }

    /// A new store in memory, gone with this value: for tests.
    ///
    /// # Errors
    /// [`StoreError::Setup`] if memory is short.
    pub fn in_memory() -> Result<Self, StoreError> {
        let options = Options::default();
        let mut connection = connect::memory(&options)?;
        migrate(&mut connection)?;
        let lost = || Err(StoreError::Failed("the store in memory was lost in a panic".to_owned()));
        let writer = Pool::of_one(connection, options.busy_timeout, Box::new(lost));
        Ok(Self { place: Place::Memory, options, writer, readers: None })
    }

    /// Everything that is stored, as it is at this moment, however much is written meanwhile: what an audit or an export
    /// reads.
    ///
    /// While a snapshot of a file lives, the file's log grows with what is written and cannot be shortened.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        match &self.place {
            Place::File(path) => Snapshot::of_file(path, &self.options).map_err(|error| at_path(path, error)),
            Place::Memory => self.writer.with(|connection| Snapshot::of_memory(connection, &self.options)),
        }
    }

    /// Removes from the store's files what was deleted: the log is folded into the file and cut to nothing. In the file itself
    /// whatever is deleted is overwritten at once. To be called when a person was erased.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another reader, such as a [`Snapshot`], still needs the log: to be called again when it is gone.
    pub fn scrub(&self) -> Result<(), StoreError> {
        if let Place::Memory = self.place {
            return Ok(());
        }
        self.writer.with(|connection| {
            let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get::<_, i64>(0));
            match busy.map_err(crate::error::failed)? {
                0 => Ok(()),
                _ => Err(StoreError::Busy("a reader needs the log, which still holds what was deleted".to_owned())),
            }
        })
    }

    /// The tenants whose records are in the store, by name.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if the file cannot be read; [`StoreError::Corrupt`] if a name is none.
    pub fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        self.read(|connection| {
            let failed = crate::error::failed;
            let (table, tenant) = (quoted(&table_name(Kind::Settings.table())), quoted(Table::TENANT));
            let sql = format!("SELECT {tenant} FROM {table} ORDER BY {tenant}");
            let mut statement = connection.prepare(&sql).map_err(failed)?;
            let names = statement.query_map((), |row| row.get::<_, String>(0)).map_err(failed)?;
            let named = |name: rusqlite::Result<String>| {
                let wrong = |_| StoreError::Corrupt("the name of a tenant cannot be read".to_owned());
                name.map_err(failed)?.parse::<TenantId>().map_err(wrong)
            };
            names.map(named).collect()
        })
    }

    /// Runs `read` in one read transaction, so that it sees one state.
    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let pool = self.readers.as_ref().unwrap_or(&self.writer);
        pool.with(|connection| {
            let transaction = connection.transaction().map_err(crate::error::failed)?;
            read(&transaction)
        })
    }
}

impl Store for SqliteStore {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        self.read(|connection| load(connection, tenant, keys))
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        self.read(|connection| list(connection, tenant, request))
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        if batch.is_empty() {
            return Ok(Commit::Applied);
        }
        self.writer.with(|connection| commit(connection, batch))
    }
}

fn at_path(path: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Setup(problem) => StoreError::Setup(format!("`{}`: {problem}", path.display())),
        other => other,
    }
}

//! One state of a store, to read from as long as one likes.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use referral_core::error::StoreError;
use referral_core::record::Key;
use referral_core::store::{Batch, Commit, Page, PageRequest, Store, Stored};
use referral_core::value::TenantId;
use rusqlite::Connection;
use rusqlite::backup::Backup;

use crate::connect::{self, Options};
use crate::error::{failed, open_failed};
use crate::list::list;
use crate::load::load;

/// A store as it was when [`SqliteStore::snapshot`](crate::SqliteStore::snapshot) was called. A commit fails.
pub struct Snapshot {
    connection: Mutex<Connection>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Snapshot")
    }
}

impl Snapshot {
    pub(crate) fn of_file(path: &Path, options: &Options) -> Result<Self, StoreError> {
        let connection = connect::reader(path, options)?;
        // A transaction begins with its first read, not with its `BEGIN`.
        connection.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema").map_err(open_failed)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    pub(crate) fn of_memory(source: &Connection, options: &Options) -> Result<Self, StoreError> {
        let mut connection = connect::memory(options)?;
        let backup = Backup::new(source, &mut connection).map_err(failed)?;
        backup.step(-1).map_err(failed)?;
        drop(backup);
        Ok(Self { connection: Mutex::new(connection) })
    }

    fn locked(&self) -> MutexGuard<'_, Connection> {
        // Reading leaves nothing half done.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Snapshot {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        load(&self.locked(), tenant, keys)
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        list(&self.locked(), tenant, request)
    }

    fn commit(&self, _batch: &Batch) -> Result<Commit, StoreError> {
        Err(StoreError::Failed("a snapshot is only read".to_owned()))
    }
}

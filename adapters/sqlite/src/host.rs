//! A store over a transaction of the host.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use referral_core::error::StoreError;
use referral_core::record::Key;
use referral_core::store::{Batch, Commit, Page, PageRequest, Store, Stored};
use referral_core::value::TenantId;
use rusqlite::Connection;

use crate::commit::commit_within;
use crate::list::list;
use crate::load::load;

/// A store inside a transaction that the host began and ends: what an operation writes becomes durable with the host's own
/// rows, or not at all.
///
/// It borrows the connection, not a [`rusqlite::Transaction`], because a store can be shared by threads and a transaction
/// cannot. With a `Transaction` in hand, use [`load_in`](crate::load_in), [`list_in`](crate::list_in) and
/// [`commit_in`](crate::commit_in).
///
/// ```
/// use referral_core::store::{Batch, Commit, Store};
/// use referral_sqlite::{HostStore, install, rusqlite::Connection};
/// let mut connection = Connection::open_in_memory()?;
/// let transaction = connection.transaction()?;
/// install(&transaction)?;
/// transaction.commit()?;
///
/// connection.execute_batch("BEGIN IMMEDIATE")?;
/// let store = HostStore::over(&mut connection)?;
/// assert_eq!(store.commit(&Batch::default())?, Commit::Applied);
/// connection.execute_batch("COMMIT")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct HostStore<'t> {
    connection: Mutex<&'t mut Connection>,
}

impl fmt::Debug for HostStore<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostStore")
    }
}

impl<'t> HostStore<'t> {
    /// A store over the transaction that is open on `connection`.
    ///
    /// # Errors
    /// [`StoreError::Setup`] if none is open.
    pub fn over(connection: &'t mut Connection) -> Result<Self, StoreError> {
        if connection.is_autocommit() {
            return Err(StoreError::Setup("no transaction is open on this connection".to_owned()));
        }
        Ok(Self { connection: Mutex::new(connection) })
    }

    fn locked(&self) -> MutexGuard<'_, &'t mut Connection> {
        // A panic between a savepoint and its end leaves the savepoint to the host's own rollback.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for HostStore<'_> {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        load(&self.locked(), tenant, keys)
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        list(&self.locked(), tenant, request)
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        commit_within(&self.locked(), batch)
    }
}

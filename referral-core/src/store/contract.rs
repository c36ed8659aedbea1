//! What a store must do: three methods, and one atomic write.
//!
//! No transaction handle crosses the trait. Correctness of every decision rests on what is written here and on nothing
//! else: no isolation level, no lock, no order of rows.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

use super::page::{Page, PageRequest};
use crate::error::StoreError;
use crate::record::{Key, Record, Sums};
use crate::value::{TenantId, Timestamp};

/// Which write of a key a record is: 63 random bits that the writer draws, so that a version is never used again for a
/// key, not even after a delete, and no store needs a sequence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(i64);

impl Version {
    /// There is no record.
    pub const ABSENT: Self = Self(0);
    /// The version of every counter and of every row of sums: they are changed by adds and never guarded.
    pub const COUNTER: Self = Self(1);

    /// A version from 64 random bits.
    #[must_use]
    pub fn from_random(bits: u64) -> Self {
        let positive = i64::try_from(bits >> 1).unwrap_or(i64::MAX);
        Self(positive.max(2))
    }

    /// A version as an adapter read it back.
    #[must_use]
    pub fn from_stored(number: i64) -> Self {
        Self(number)
    }

    /// The number to store.
    #[must_use]
    pub fn number(self) -> i64 {
        self.0
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ABSENT { f.write_str("ABSENT") } else { write!(f, "v{:x}", self.0) }
    }
}

/// A record as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The record.
    pub record: Record,
    /// Which write of its key it is.
    pub version: Version,
}

/// A record to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Put {
    /// The record with its new version.
    pub stored: Stored,
    /// The version that it replaces; [`Version::ABSENT`]: the key must not exist.
    pub expected: Version,
}

/// A record to remove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delete {
    /// Its key.
    pub key: Key,
    /// The version that is removed; never absent.
    pub expected: Version,
}

/// A record that a decision read and does not write: it exists, and stays as it was until the commit is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Its key.
    pub key: Key,
    /// The version that was read; never absent.
    pub expected: Version,
}

/// A change of a counter (a [`Total`](crate::record::Total) or a [`Standing`](crate::record::Standing)).
///
/// An absent counter starts at 0. The bounds are checked on the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Add {
    /// The counter's key.
    pub key: Key,
    /// How much is added.
    pub by: i64,
    /// The least result that is allowed: for balances and stock.
    pub at_least: Option<i64>,
    /// The greatest result that is allowed: for limits and budgets.
    pub at_most: Option<i64>,
    /// When: a leaderboard asks who was there first.
    pub at: Timestamp,
}

/// A change of a row of sums: all numbers of one row that one commit changes.
///
/// An absent row, and a number that the row does not have, start at 0. A number that would leave the range of integers
/// refuses the commit. A number that becomes 0 is no longer in the row; the row stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddSums {
    /// The row's key.
    pub key: Key,
    /// How much is added to each number.
    pub by: Sums,
}

/// One atomic write in one tenant. Each key stands in it at most once, and all lists are in the order of their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The tenant. A commit that crosses tenants cannot be written down.
    pub tenant: TenantId,
    /// Records to write.
    pub puts: Vec<Put>,
    /// Records to remove.
    pub deletes: Vec<Delete>,
    /// Records that must stay as they were.
    pub guards: Vec<Guard>,
    /// Counters to change.
    pub adds: Vec<Add>,
    /// Rows of sums to change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sums: Vec<AddSums>,
}

impl Batch {
    /// Whether the batch changes nothing and guards nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.puts.is_empty()
            && self.deletes.is_empty()
            && self.guards.is_empty()
            && self.adds.is_empty()
            && self.sums.is_empty()
    }
}

/// What became of a batch.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Commit {
    /// All of it is written, and durable where the store is.
    Applied,
    /// Nothing is written.
    Refused {
        /// Every key whose version was another one than expected.
        stale: Vec<Key>,
        /// Every counter that would have left its bounds, and every row of sums with a number that would have left the range
        /// of integers.
        over: Vec<Key>,
    },
}

/// Where records live.
///
/// # Contract
///
/// - A commit is all or nothing, also when the process dies in the middle of it.
/// - A load or list sees every commit that returned [`Commit::Applied`] before it began.
/// - Of two puts or deletes that name one version of a key, exactly one is applied.
/// - A guarded record exists in the expected version until the commit is done. Two commits, each of which guards what
///   the other writes, are never both applied.
/// - An add to an absent counter starts at 0; adds that run side by side never lose one another; a counter is never
///   seen outside the bounds under which it was changed. The same holds for each number of a row of sums, whose bounds are
///   those of integers.
/// - A put of a row of sums that does not exist writes the row as it is: that is how a store is restored.
/// - A refused commit names **every** key that lost, not the first, and leaves nothing behind.
/// - A commit whose result is not known ([`StoreError::NoAnswer`]) was applied whole or not at all.
/// - `tenant` separates: no call ever returns or changes a record of another tenant.
///
/// The `conformance` crate runs this contract against any store, and shows six broken stores that it rejects.
pub trait Store: fmt::Debug + Send + Sync {
    /// The records of `keys` that exist, in any order. Absent keys are left out.
    ///
    /// # Errors
    /// [`StoreError`], by what failed.
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError>;

    /// One page of a listing. Where the request names columns, a store may answer their cells alone.
    ///
    /// # Errors
    /// [`StoreError`], by what failed.
    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError>;

    /// Writes `batch`, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Busy`]: nothing was written. [`StoreError::NoAnswer`]: it is not known whether it was.
    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError>;
}

/// A future that can be sent to another thread.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A [`Store`] whose answers come later. The same contract holds.
pub trait AsyncStore: fmt::Debug + Send + Sync {
    /// See [`Store::load`].
    fn load<'a>(&'a self, tenant: &'a TenantId, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Stored>, StoreError>>;

    /// See [`Store::list`].
    fn list<'a>(&'a self, tenant: &'a TenantId, request: &'a PageRequest) -> BoxFuture<'a, Result<Page, StoreError>>;

    /// See [`Store::commit`].
    fn commit<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Commit, StoreError>>;
}

impl<S: Store + ?Sized> Store for std::sync::Arc<S> {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        (**self).load(tenant, keys)
    }
    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        (**self).list(tenant, request)
    }
    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        (**self).commit(batch)
    }
}

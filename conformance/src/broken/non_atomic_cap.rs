//! Reads a counter, checks its bounds, and writes afterwards.

use std::sync::atomic::{AtomicUsize, Ordering};

use referral_core::error::StoreError;
use referral_core::record::Key;
use referral_core::store::{Add, Batch, Commit, MemoryStore, Page, PageRequest, Store, Stored};
use referral_core::value::TenantId;

use super::{linger, unbounded};

/// A store whose bounds are checked on what was read before, not on what is written.
#[derive(Debug, Default)]
pub struct NonAtomicCap {
    inner: MemoryStore,
    /// How many commits stand between reading and writing.
    between: AtomicUsize,
}

impl NonAtomicCap {
    fn over(&self, batch: &Batch) -> Result<Vec<Key>, StoreError> {
        let keys: Vec<Key> = batch.adds.iter().map(|add| add.key.clone()).collect();
        let found = self.inner.load(&batch.tenant, &keys)?;
        let value = |key: &Key| {
            let stored = found.iter().find(|stored| stored.record.key() == *key);
            stored.and_then(|stored| stored.record.counter_value()).unwrap_or_default()
        };
        let fits = |add: &Add| {
            value(&add.key).checked_add(add.by).is_some_and(|result| {
                add.at_least.is_none_or(|least| result >= least) && add.at_most.is_none_or(|most| result <= most)
            })
        };
        Ok(batch.adds.iter().filter(|add| !fits(add)).map(|add| add.key.clone()).collect())
    }
}

impl Store for NonAtomicCap {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        self.inner.load(tenant, keys)
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        self.inner.list(tenant, request)
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        let over = self.over(batch)?;
        if !over.is_empty() {
            return self.inner.commit(batch);
        }
        self.between.fetch_add(1, Ordering::SeqCst);
        if !batch.adds.is_empty() {
            linger(|| self.between.load(Ordering::SeqCst) > 1);
        }
        let late = Batch { adds: batch.adds.iter().map(unbounded).collect(), ..batch.clone() };
        let commit = self.inner.commit(&late);
        self.between.fetch_sub(1, Ordering::SeqCst);
        commit
    }
}

//! Six stores with exactly one fault each. The suite must reject every one: a check that cannot fail proves nothing.
//!
//! Each is the store in memory with one promise of the contract broken, and keeps all others. Where a fault shows only in
//! a race, the store waits inside it for a rival to come by, so that it does not depend on luck. Never use them for
//! anything else.

mod acknowledged_early;
mod dirty_read;
mod lost_outbox;
mod non_atomic_cap;
mod non_unique_key;
mod reordered;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use referral_core::error::StoreError;
use referral_core::record::Key;
use referral_core::store::{Add, Batch, Commit, MemoryStore, Put, Store, Version};
use referral_core::value::TenantId;

pub use acknowledged_early::AcknowledgedEarly;
pub use dirty_read::DirtyRead;
pub use lost_outbox::LostOutbox;
pub use non_atomic_cap::NonAtomicCap;
pub use non_unique_key::NonUniqueKey;
pub use reordered::Reordered;

/// One of each, empty, with its name.
#[must_use]
pub fn all() -> Vec<(&'static str, Arc<dyn Store>)> {
    vec![
        ("non-atomic cap", Arc::new(NonAtomicCap::default())),
        ("lost outbox", Arc::new(LostOutbox::default())),
        ("non-unique key", Arc::new(NonUniqueKey::default())),
        ("dirty read", Arc::new(DirtyRead::default())),
        ("acknowledged before commit", Arc::new(AcknowledgedEarly::default())),
        ("reordered commit", Arc::new(Reordered::default())),
    ]
}

/// Gives other threads a chance until `met`, but not for ever: a single thread waits in vain.
fn linger(met: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if met() {
            return;
        }
        std::thread::yield_now();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes `batch` whatever stands in `store`: without versions, guards and bounds. Nobody else may write meanwhile.
fn overwrite(store: &MemoryStore, batch: &Batch) -> Result<Commit, StoreError> {
    let versions = versions(store, &batch.tenant, &touched(batch))?;
    let version = |key: &Key| versions.get(key).copied().unwrap_or(Version::ABSENT);
    let put = |put: &Put| Put { expected: version(&put.stored.record.key()), ..put.clone() };
    store.commit(&Batch {
        tenant: batch.tenant.clone(),
        puts: batch.puts.iter().map(put).collect(),
        deletes: batch.deletes.iter().filter(|delete| version(&delete.key) == delete.expected).cloned().collect(),
        guards: Vec::new(),
        adds: batch.adds.iter().map(unbounded).collect(),
        sums: batch.sums.clone(),
    })
}

/// The keys of all records that `batch` puts or deletes.
fn touched(batch: &Batch) -> Vec<Key> {
    let puts = batch.puts.iter().map(|put| put.stored.record.key());
    puts.chain(batch.deletes.iter().map(|delete| delete.key.clone())).collect()
}

/// The versions of those of `keys` that exist.
fn versions(store: &MemoryStore, tenant: &TenantId, keys: &[Key]) -> Result<HashMap<Key, Version>, StoreError> {
    let found = store.load(tenant, keys)?;
    Ok(found.into_iter().map(|stored| (stored.record.key(), stored.version)).collect())
}

fn unbounded(add: &Add) -> Add {
    Add { at_least: None, at_most: None, ..add.clone() }
}

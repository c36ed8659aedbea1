//! Shows what is being written before it is known whether it will be.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use referral_core::error::StoreError;
use referral_core::record::Key;
use referral_core::store::{Batch, Commit, Delete, MemoryStore, Page, PageRequest, Put, Store, Stored, Version};
use referral_core::value::TenantId;

use super::{linger, locked, overwrite, touched, versions};

/// A store whose loads and listings see the puts and deletes of commits that are under way, refused ones included.
#[derive(Debug, Default)]
pub struct DirtyRead {
    decided: MemoryStore,
    /// What is committed, and on top of it what is not.
    shown: MemoryStore,
    writing: Mutex<()>,
    reads: AtomicUsize,
}

impl DirtyRead {
    /// Makes the records that `batch` names look as they are.
    fn clean(&self, batch: &Batch) -> Result<(), StoreError> {
        let keys = touched(batch);
        let true_rows = self.decided.load(&batch.tenant, &keys)?;
        let mut shown = versions(&self.shown, &batch.tenant, &keys)?;
        let put = |stored: Stored| {
            let expected = shown.remove(&stored.record.key()).unwrap_or(Version::ABSENT);
            Put { stored, expected }
        };
        let puts = true_rows.into_iter().map(put).collect();
        let deletes = shown.into_iter().map(|(key, expected)| Delete { key, expected }).collect();
        let _ = self.shown.commit(&Batch { tenant: batch.tenant.clone(), puts, deletes, ..Batch::default() })?;
        Ok(())
    }
}

impl Store for DirtyRead {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        let found = self.shown.load(tenant, keys);
        self.reads.fetch_add(1, Ordering::SeqCst);
        found
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        let found = self.shown.list(tenant, request);
        self.reads.fetch_add(1, Ordering::SeqCst);
        found
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        let writing = locked(&self.writing);
        let _ = overwrite(&self.shown, &Batch { adds: Vec::new(), sums: Vec::new(), ..batch.clone() })?;
        drop(writing);
        let before = self.reads.load(Ordering::SeqCst);
        linger(|| self.reads.load(Ordering::SeqCst) != before);
        let _one_at_a_time = locked(&self.writing);
        let commit = self.decided.commit(batch)?;
        self.clean(batch)?;
        if commit == Commit::Applied {
            let _ = overwrite(&self.shown, &Batch { puts: Vec::new(), deletes: Vec::new(), ..batch.clone() })?;
        }
        Ok(commit)
    }
}

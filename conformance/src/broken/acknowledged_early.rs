//! Says that it wrote, and writes later.

use std::sync::Mutex;

use referral_core::error::StoreError;
use referral_core::record::Key;
use referral_core::store::{Batch, Commit, MemoryStore, Page, PageRequest, Store, Stored};
use referral_core::value::TenantId;

use super::{locked, overwrite};

/// A store that answers when it has decided, and writes when the next commit comes; the last one it never writes.
#[derive(Debug, Default)]
pub struct AcknowledgedEarly {
    decided: MemoryStore,
    written: MemoryStore,
    waiting: Mutex<Option<Batch>>,
}

impl Store for AcknowledgedEarly {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        self.written.load(tenant, keys)
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        self.written.list(tenant, request)
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        let mut waiting = locked(&self.waiting);
        let commit = self.decided.commit(batch)?;
        if let Some(earlier) = waiting.take() {
            let _ = overwrite(&self.written, &earlier)?;
        }
        if commit == Commit::Applied {
            *waiting = Some(batch.clone());
        }
        Ok(commit)
    }
}

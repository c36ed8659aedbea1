//! Decides in one order and shows in another.

use std::sync::Mutex;

use referral_core::error::StoreError;
use referral_core::record::Key;
use referral_core::store::{Batch, Commit, MemoryStore, Page, PageRequest, Store, Stored};
use referral_core::value::TenantId;

use super::{locked, overwrite};

/// A store that shows every second commit before the one that it decided first.
#[derive(Debug, Default)]
pub struct Reordered {
    decided: MemoryStore,
    shown: MemoryStore,
    held_back: Mutex<Option<Batch>>,
}

impl Store for Reordered {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        self.shown.load(tenant, keys)
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        self.shown.list(tenant, request)
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        let mut held_back = locked(&self.held_back);
        let commit = self.decided.commit(batch)?;
        if commit != Commit::Applied {
            return Ok(commit);
        }
        match held_back.take() {
            None => *held_back = Some(batch.clone()),
            Some(earlier) => {
                let _ = overwrite(&self.shown, batch)?;
                let _ = overwrite(&self.shown, &earlier)?;
            }
        }
        Ok(commit)
    }
}

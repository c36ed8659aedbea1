//! A store that is busy when a test says so.

#![allow(unreachable_pub, reason = "tests use it as a module")]

use std::sync::atomic::{AtomicBool, Ordering};

use referral_core::error::StoreError;
use referral_core::record::Key;
use referral_core::store::{Batch, Commit, MemoryStore, Page, PageRequest, Store, Stored};
use referral_core::value::TenantId;

/// A store in memory that may be told to be busy.
#[derive(Debug, Default)]
pub struct Sometimes {
    /// What it keeps.
    pub inner: MemoryStore,
    /// Whether it is busy.
    pub is_busy: AtomicBool,
}

impl Store for Sometimes {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        self.inner.load(tenant, keys)
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        self.inner.list(tenant, request)
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        if self.is_busy.load(Ordering::SeqCst) {
            return Err(StoreError::Busy("told to be".to_owned()));
        }
        self.inner.commit(batch)
    }
}

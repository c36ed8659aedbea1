//! Writes the facts and forgets to tell anybody.

use referral_core::error::StoreError;
use referral_core::record::{Key, Kind};
use referral_core::store::{Batch, Commit, MemoryStore, Page, PageRequest, Store, Stored};
use referral_core::value::TenantId;

/// A store that drops what it is told to put into the outbox.
#[derive(Debug, Default)]
pub struct LostOutbox {
    inner: MemoryStore,
}

impl Store for LostOutbox {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        self.inner.load(tenant, keys)
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        self.inner.list(tenant, request)
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        let mut kept = batch.clone();
        kept.puts.retain(|put| !matches!(put.stored.record.kind(), Kind::Notification | Kind::Delivery));
        self.inner.commit(&kept)
    }
}

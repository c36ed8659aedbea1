//! Takes a new record for the one that is there already.

use std::sync::Mutex;

use referral_core::error::StoreError;
use referral_core::record::Key;
use referral_core::store::{Batch, Commit, MemoryStore, Page, PageRequest, Store, Stored, Version};
use referral_core::value::TenantId;

use super::{locked, touched, versions};

/// A store in which a put of an absent key overwrites the record that exists.
#[derive(Debug, Default)]
pub struct NonUniqueKey {
    inner: MemoryStore,
    commits: Mutex<()>,
}

impl Store for NonUniqueKey {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        self.inner.load(tenant, keys)
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        self.inner.list(tenant, request)
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        let _one_at_a_time = locked(&self.commits);
        let versions = versions(&self.inner, &batch.tenant, &touched(batch))?;
        let mut upsert = batch.clone();
        for put in upsert.puts.iter_mut().filter(|put| put.expected == Version::ABSENT) {
            put.expected = versions.get(&put.stored.record.key()).copied().unwrap_or(Version::ABSENT);
        }
        self.inner.commit(&upsert)
    }
}

//! A store that notes what it is asked: which kinds of records, how many, and how large.

use std::sync::Mutex;

use referral_core::error::StoreError;
use referral_core::record::{Cell, Key, Record};
use referral_core::store::{Batch, Commit, MemoryStore, Page, PageRequest, Store, Stored};
use referral_core::value::TenantId;

/// A store in memory that notes every call, without anything of its content.
#[derive(Debug)]
pub struct NotingStore<'a> {
    inner: &'a MemoryStore,
    calls: Mutex<Vec<String>>,
}

impl<'a> NotingStore<'a> {
    /// Notes what `inner` is asked.
    pub fn new(inner: &'a MemoryStore) -> Self {
        Self { inner, calls: Mutex::default() }
    }

    /// What it was asked so far.
    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    fn note(&self, call: String) {
        self.calls.lock().unwrap().push(call);
    }
}

fn kind(key: &Key) -> String {
    key.kind().table().name.to_owned()
}

/// A record's kind, and how many bytes each of its columns takes.
fn shape(record: &Record) -> String {
    let size = |cell: &Cell| match cell {
        Cell::Null => 0,
        Cell::Integer(_) => 8,
        Cell::Text(text) => text.len(),
        Cell::Bytes(bytes) => bytes.len(),
    };
    let sizes: Vec<usize> = record.cells().iter().map(size).collect();
    format!("{} {sizes:?}", record.kind().table().name)
}

fn sorted(mut names: Vec<String>) -> String {
    names.sort();
    names.join(", ")
}

impl Store for NotingStore<'_> {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        self.note(format!("load {}", sorted(keys.iter().map(kind).collect())));
        self.inner.load(tenant, keys)
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        self.note("list".to_owned());
        self.inner.list(tenant, request)
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        let puts = sorted(batch.puts.iter().map(|put| shape(&put.stored.record)).collect());
        let deletes = sorted(batch.deletes.iter().map(|delete| kind(&delete.key)).collect());
        let guards = sorted(batch.guards.iter().map(|guard| kind(&guard.key)).collect());
        self.note(format!("commit puts {puts}; deletes {deletes}; guards {guards}; {} adds", batch.adds.len()));
        self.inner.commit(batch)
    }
}

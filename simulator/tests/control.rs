//! A check that cannot fail proves nothing: broken stores must be noticed, and one that keeps its word must not.

use referral_core::error::StoreError;
use referral_core::record::{Key, Kind};
use referral_core::store::{Batch, Commit, MemoryStore, Page, PageRequest, Store, Stored, Version};
use referral_core::value::TenantId;
use simulator::run::{Plan, run};

/// A store that commits something else than it was given.
#[derive(Debug)]
struct Broken {
    inner: MemoryStore,
    spoil: fn(&MemoryStore, &mut Batch),
}

impl Store for Broken {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        self.inner.load(tenant, keys)
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        self.inner.list(tenant, request)
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        let mut batch = batch.clone();
        (self.spoil)(&self.inner, &mut batch);
        self.inner.commit(&batch)
    }
}

/// Bounds hold for what was read, not for what is written.
fn late_cap(_: &MemoryStore, batch: &mut Batch) {
    batch.adds.iter_mut().for_each(|add| (add.at_least, add.at_most) = (None, None));
}

/// What is to be told is forgotten.
fn lost_outbox(_: &MemoryStore, batch: &mut Batch) {
    batch.puts.retain(|put| put.stored.record.kind() != Kind::Notification);
}

/// A new record overwrites the one that is there.
fn non_unique_key(inner: &MemoryStore, batch: &mut Batch) {
    for put in batch.puts.iter_mut().filter(|put| put.expected == Version::ABSENT) {
        let found = inner.load(&batch.tenant, &[put.stored.record.key()]).unwrap_or_default();
        put.expected = found.first().map_or(Version::ABSENT, |stored| stored.version);
    }
}

/// What was read may change before it is written.
fn no_guards(_: &MemoryStore, batch: &mut Batch) {
    batch.guards.clear();
}

fn failures(spoil: fn(&MemoryStore, &mut Batch), seeds: u64) -> Vec<String> {
    let of = |seed| {
        let store = Broken { inner: MemoryStore::new(), spoil };
        run(Plan { seed, commands: 600, watched: false }, store).failures
    };
    (1..=seeds).map(of).find(|failures| !failures.is_empty()).unwrap_or_default()
}

#[test]
fn a_store_that_keeps_its_word_passes() {
    assert_eq!(failures(|_, _| {}, 3), Vec::<String>::new());
}

#[test]
fn a_cap_that_is_checked_before_it_is_written_is_noticed() {
    assert_ne!(failures(late_cap, 200), Vec::<String>::new());
}

#[test]
fn a_lost_outbox_is_noticed() {
    assert_ne!(failures(lost_outbox, 3), Vec::<String>::new());
}

#[test]
fn a_key_that_is_not_unique_is_noticed() {
    assert_ne!(failures(non_unique_key, 20), Vec::<String>::new());
}

#[test]
fn a_guard_that_does_not_guard_is_noticed() {
    assert_ne!(failures(no_guards, 20), Vec::<String>::new());
}

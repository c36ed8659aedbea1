//! What commands want written, until it is one batch.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::{Key, Record, Sums};
use crate::store::{Add, AddSums, Batch, Delete, Guard, Put, Stored, Version};
use crate::value::{Entropy, ParticipantId, TenantId, Timestamp};

/// What was loaded: a key that maps to nothing is known to be absent.
pub type Snapshot = BTreeMap<Key, Option<Stored>>;

/// Records to write or remove, records that were read, and counters and rows of sums to change.
#[derive(Clone, Debug, Default)]
pub struct Writes {
    pub(super) records: BTreeMap<Key, Option<Record>>,
    pub(super) reads: BTreeSet<Key>,
    pub(super) adds: BTreeMap<Key, AddParts>,
    pub(super) sums: BTreeMap<Key, Sums>,
    pub(super) new_people: BTreeSet<ParticipantId>,
}

/// A change of one counter.
#[derive(Clone, Copy, Debug)]
pub(super) struct AddParts {
    pub(super) by: i64,
    pub(super) at_least: Option<i64>,
    pub(super) at_most: Option<i64>,
    pub(super) at: Timestamp,
}

impl Writes {
    pub(super) fn add(&mut self, key: Key, parts: AddParts) {
        let sum = self.adds.entry(key).or_insert(AddParts { by: 0, at_least: None, at_most: None, at: parts.at });
        sum.by = sum.by.saturating_add(parts.by);
        sum.at_least = tightest(sum.at_least, parts.at_least, i64::max);
        sum.at_most = tightest(sum.at_most, parts.at_most, i64::min);
        sum.at = sum.at.max(parts.at);
    }

    pub(super) fn added(&self, key: &Key) -> i64 {
        self.adds.get(key).map_or(0, |parts| parts.by)
    }

    /// Whether anything is to be written, not only guarded.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        !self.records.is_empty() || !self.adds.is_empty() || self.sums.values().any(|sums| !sums.is_empty())
    }

    /// Takes over what a later command wants written.
    pub fn absorb(&mut self, later: Self) {
        self.records.extend(later.records);
        self.reads.extend(later.reads);
        self.new_people.extend(later.new_people);
        for (key, parts) in later.adds {
            self.add(key, parts);
        }
        for (key, sums) in later.sums {
            self.sums.entry(key).or_default().add_all(sums);
        }
    }

    /// The keys that are read, written or bounded: what a commit can be refused for.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.records.keys().chain(&self.reads).chain(self.adds.keys())
    }

    /// One atomic write. Every record replaces the version in `snapshot`; new versions are drawn from `entropy`.
    ///
    /// A record that is put as it was is guarded instead; what never changes needs no guard.
    #[must_use]
    pub fn into_batch(self, tenant: &TenantId, snapshot: &Snapshot, entropy: &mut Entropy) -> Batch {
        let mut batch = Batch { tenant: tenant.clone(), ..Batch::default() };
        let old = |key: &Key| snapshot.get(key).and_then(Option::as_ref);
        let mut guards = self.reads;
        for (key, record) in self.records {
            guards.remove(&key);
            match (record, old(&key)) {
                (Some(record), Some(old)) if old.record == record => {
                    guards.insert(key);
                }
                (Some(record), old) => {
                    debug_assert!(old.is_none() || !record.kind().table().immutable, "{key:?} never changes");
                    let expected = old.map_or(Version::ABSENT, |old| old.version);
                    let version = Version::from_random(entropy.number());
                    batch.puts.push(Put { stored: Stored { record, version }, expected });
                }
                (None, Some(old)) => batch.deletes.push(Delete { key, expected: old.version }),
                (None, None) => {}
            }
        }
        for key in guards.into_iter().filter(|key| !key.kind().table().immutable) {
            if let Some(old) = old(&key) {
                batch.guards.push(Guard { expected: old.version, key });
            }
        }
        for (key, AddParts { by, at_least, at_most, at }) in self.adds {
            if by != 0 || at_least.is_some() || at_most.is_some() {
                batch.adds.push(Add { key, by, at_least, at_most, at });
            }
        }
        let changed = self.sums.into_iter().filter(|(_, by)| !by.is_empty());
        batch.sums = changed.map(|(key, by)| AddSums { key, by }).collect();
        batch
    }
}

fn tightest(a: Option<i64>, b: Option<i64>, pick: fn(i64, i64) -> i64) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(pick(a, b)),
        (a, b) => a.or(b),
    }
}

//! A dry run: any operation, over a store that is only read. What it would write is remembered instead.
//!
//! Commits never reach the store. Loads see what was remembered; listings do not, so nothing that lists is rehearsed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use referrals::Result;
use referrals::engine::{Operation, Reply, Step};
use referrals::record::{Key, Sums};
use referrals::store::{Add, Batch, Commit, Stored, Version};
use referrals::value::TenantId;

/// What would have been written: the record of a key, or none where it would have been removed or is absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remembered(Arc<Mutex<BTreeMap<Key, Option<Stored>>>>);

/// An operation that is rehearsed.
#[derive(Debug)]
pub(crate) struct Rehearsal<O> {
    inner: O,
    remembered: Remembered,
    asked: Asked,
}

#[derive(Debug, Default)]
enum Asked {
    #[default]
    Nothing,
    /// The operation's keys.
    Load(Vec<Key>),
    /// The counters and rows of sums that this batch changes.
    Counters(Vec<Key>, Batch),
}

impl<O: Operation> Rehearsal<O> {
    pub(crate) fn new(inner: O, remembered: &Remembered) -> Self {
        Self { inner, remembered: remembered.clone(), asked: Asked::Nothing }
    }
}

impl<O: Operation> Operation for Rehearsal<O> {
    type Output = O::Output;

    fn tenant(&self) -> &TenantId {
        self.inner.tenant()
    }

    fn next(&mut self, reply: Option<Reply>) -> Result<Step<O::Output>> {
        let mut reply = match (std::mem::take(&mut self.asked), reply) {
            (Asked::Load(keys), Some(Reply::Loaded(rows))) => {
                Some(Reply::Loaded(self.remembered.locked().answer(&keys, rows)))
            }
            (Asked::Counters(keys, batch), Some(Reply::Loaded(rows))) => {
                let mut remembered = self.remembered.locked();
                remembered.learn(keys, rows);
                Some(Reply::Committed(remembered.commit(batch)))
            }
            (_, reply) => reply,
        };
        loop {
            match self.inner.next(reply.take())? {
                Step::Load(keys) => {
                    let lacking = self.remembered.locked().lacking(keys.iter());
                    if !lacking.is_empty() {
                        self.asked = Asked::Load(keys);
                        return Ok(Step::Load(lacking));
                    }
                    reply = Some(Reply::Loaded(self.remembered.locked().answer(&keys, Vec::new())));
                }
                Step::Commit(batch) => {
                    let counters = batch.adds.iter().map(|add| &add.key).chain(batch.sums.iter().map(|add| &add.key));
                    let lacking = self.remembered.locked().lacking(counters);
                    if !lacking.is_empty() {
                        self.asked = Asked::Counters(lacking.clone(), batch);
                        return Ok(Step::Load(lacking));
                    }
                    reply = Some(Reply::Committed(self.remembered.locked().commit(batch)));
                }
                step @ (Step::List(_) | Step::Done(_)) => return Ok(step),
            }
        }
    }
}

impl Remembered {
    /// How many records are remembered.
    pub(crate) fn len(&self) -> usize {
        self.locked().0.len()
    }

    fn locked(&self) -> Memory<'_> {
        Memory(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Memory<'a>(MutexGuard<'a, BTreeMap<Key, Option<Stored>>>);

impl Memory<'_> {
    fn lacking<'k>(&self, keys: impl Iterator<Item = &'k Key>) -> Vec<Key> {
        keys.filter(|key| !self.0.contains_key(key)).cloned().collect()
    }

    /// What a store would answer that had been written to.
    fn answer(&self, keys: &[Key], mut rows: Vec<Stored>) -> Vec<Stored> {
        rows.extend(keys.iter().filter_map(|key| self.0.get(key)).flatten().cloned());
        rows
    }

    fn learn(&mut self, keys: Vec<Key>, rows: Vec<Stored>) {
        for key in keys {
            self.0.entry(key).or_insert(None);
        }
        for stored in rows {
            self.0.insert(stored.record.key(), Some(stored));
        }
    }

    fn commit(&mut self, batch: Batch) -> Commit {
        let adds = batch.adds.iter().filter(|add| !self.fits(add)).map(|add| add.key.clone());
        let sums = batch.sums.iter().filter(|add| !self.sums(&add.key).fits(&add.by)).map(|add| add.key.clone());
        let over: Vec<Key> = adds.chain(sums).collect();
        if !over.is_empty() {
            return Commit::Refused { stale: Vec::new(), over };
        }
        for delete in batch.deletes {
            self.0.insert(delete.key, None);
        }
        for put in batch.puts {
            self.0.insert(put.stored.record.key(), Some(put.stored));
        }
        for add in batch.adds {
            let value = self.value(&add.key).saturating_add(add.by);
            let record =
                add.key.clone().counted(value, add.at).map(|record| Stored { record, version: Version::COUNTER });
            self.0.insert(add.key, record);
        }
        for add in batch.sums {
            let mut sums = self.sums(&add.key);
            sums.add_all(add.by);
            let record = add.key.clone().summed(sums).map(|record| Stored { record, version: Version::COUNTER });
            self.0.insert(add.key, record);
        }
        Commit::Applied
    }

    fn fits(&self, add: &Add) -> bool {
        let Some(result) = self.value(&add.key).checked_add(add.by) else { return false };
        add.at_least.is_none_or(|least| result >= least) && add.at_most.is_none_or(|most| result <= most)
    }

    fn sums(&self, key: &Key) -> Sums {
        let stored = self.0.get(key).and_then(Option::as_ref);
        stored.and_then(|stored| stored.record.sums()).cloned().unwrap_or_default()
    }

    fn value(&self, key: &Key) -> i64 {
        self.0.get(key).and_then(Option::as_ref).and_then(|stored| stored.record.counter_value()).unwrap_or_default()
    }
}

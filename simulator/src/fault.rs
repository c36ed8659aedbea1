//! Faults, and a store that fails on demand. It never fails by itself: whoever drives it says when.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use referral_core::error::StoreError;
use referral_core::record::Key;
use referral_core::store::{Batch, Commit, Page, PageRequest, Store, Stored};
use referral_core::value::TenantId;

/// What can go wrong between a caller, a process and a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The store call fails before it did anything, and says so.
    Before,
    /// The store call did nothing and gives no answer.
    Timeout,
    /// The commit is done and gives no answer.
    After,
    /// The commit is refused although nobody else wrote.
    Conflict,
    /// The process dies before the store call.
    CrashBefore,
    /// The process dies when the store call is done, before it learns so.
    CrashAfter,
    /// The request arrives again.
    Duplicate,
    /// The request overtakes another.
    Reorder,
    /// The request arrives late, up to days.
    Delay,
    /// The clock of the process jumps ahead.
    ClockForward,
    /// The clock of the process jumps back.
    ClockBack,
}

impl Fault {
    /// All faults.
    pub const ALL: [Self; 11] = [
        Self::Before,
        Self::Timeout,
        Self::After,
        Self::Conflict,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::Duplicate,
        Self::Reorder,
        Self::Delay,
        Self::ClockForward,
        Self::ClockBack,
    ];

    /// The faults of a store call.
    pub const OF_STORE: [Self; 6] =
        [Self::Before, Self::Timeout, Self::After, Self::Conflict, Self::CrashBefore, Self::CrashAfter];

    /// The name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Before => "error before",
            Self::Timeout => "timeout",
            Self::After => "error after",
            Self::Conflict => "conflict",
            Self::CrashBefore => "crash before",
            Self::CrashAfter => "crash after",
            Self::Duplicate => "duplicate",
            Self::Reorder => "reorder",
            Self::Delay => "delay",
            Self::ClockForward => "clock forward",
            Self::ClockBack => "clock back",
        }
    }

    /// Whether the process that made the call dies of it.
    #[must_use]
    pub fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter)
    }

    /// Whether it can befall a commit only.
    fn needs_commit(self) -> bool {
        matches!(self, Self::After | Self::Conflict | Self::CrashAfter)
    }
}

#[derive(Debug, Default)]
struct State {
    calls: u64,
    plan: Vec<(u64, Fault)>,
    fired: Option<Fault>,
}

/// A store around another one that fails as planned: at most once for each planned fault, at the given call or, if the
/// fault can befall a commit only, at the first commit from there on.
pub struct FaultyStore<S> {
    inner: S,
    state: Mutex<State>,
}

impl<S> fmt::Debug for FaultyStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FaultyStore")
    }
}

impl<S> FaultyStore<S> {
    /// A store that does not fail yet.
    pub fn new(inner: S) -> Self {
        Self { inner, state: Mutex::default() }
    }

    /// The store inside, which never fails.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// Plans `fault` for the call behind the next `after` ones.
    pub fn plan(&self, after: u64, fault: Fault) {
        let mut state = self.locked();
        let at = state.calls.saturating_add(after);
        state.plan.push((at, fault));
    }

    /// Forgets what is planned and has not happened.
    pub fn calm(&self) {
        self.locked().plan.clear();
    }

    /// The fault of the last call, if it had one; asking forgets it.
    pub fn take_fired(&self) -> Option<Fault> {
        self.locked().fired.take()
    }

    /// How many calls were made.
    pub fn calls(&self) -> u64 {
        self.locked().calls
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, is_commit: bool) -> Option<Fault> {
        let mut state = self.locked();
        let now = state.calls;
        state.calls = now.saturating_add(1);
        let due = |(at, fault): &(u64, Fault)| *at <= now && (is_commit || !fault.needs_commit());
        let found = state.plan.iter().position(due).map(|at| state.plan.remove(at).1);
        state.fired = found;
        found
    }

    fn read<T>(&self, call: impl FnOnce(&S) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match self.next(false) {
            None => call(&self.inner),
            Some(fault) => Err(failure(fault)),
        }
    }
}

fn failure(fault: Fault) -> StoreError {
    match fault {
        Fault::Before => StoreError::Busy("planned".to_owned()),
        _ => StoreError::NoAnswer("planned".to_owned()),
    }
}

impl<S: Store> Store for FaultyStore<S> {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        self.read(|inner| inner.load(tenant, keys))
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        self.read(|inner| inner.list(tenant, request))
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        match self.next(true) {
            None => self.inner.commit(batch),
            Some(Fault::Conflict) => Ok(refusal(batch)),
            Some(fault @ (Fault::After | Fault::CrashAfter)) => {
                // Refused or done, the caller learns nothing of it.
                let _ = self.inner.commit(batch)?;
                Err(failure(fault))
            }
            Some(fault) => Err(failure(fault)),
        }
    }
}

/// A refusal that names everything that could have lost a race.
fn refusal(batch: &Batch) -> Commit {
    let puts = batch.puts.iter().map(|put| put.stored.record.key());
    let deletes = batch.deletes.iter().map(|delete| delete.key.clone());
    let guards = batch.guards.iter().map(|guard| guard.key.clone());
    let bounded = batch.adds.iter().filter(|add| add.at_least.is_some() || add.at_most.is_some());
    let over = bounded.map(|add| add.key.clone()).collect();
    Commit::Refused { stale: puts.chain(deletes).chain(guards).collect(), over }
}

#[cfg(test)]
mod tests {
    use referral_core::record::Kind;
    use referral_core::store::{MemoryStore, Put, Version};

    use super::*;

    fn batch() -> Batch {
        let record = conformance::samples::records(Kind::CampaignName, 1).remove(0);
        let version = Version::from_random(9);
        let puts = vec![Put { stored: Stored { record, version }, expected: Version::ABSENT }];
        Batch { puts, ..Batch::default() }
    }

    #[test]
    fn each_fault_does_what_it_says_and_happens_once() {
        let cases = [
            (Fault::Before, false),
            (Fault::Timeout, false),
            (Fault::After, true),
            (Fault::Conflict, false),
            (Fault::CrashBefore, false),
            (Fault::CrashAfter, true),
        ];
        for (fault, is_written) in cases {
            let (store, batch) = (FaultyStore::new(MemoryStore::new()), batch());
            let key: Vec<Key> = batch.puts.iter().map(|put| put.stored.record.key()).collect();
            store.plan(0, fault);
            let answer = store.commit(&batch);
            assert_ne!(answer, Ok(Commit::Applied), "{fault:?}");
            assert_eq!(store.take_fired(), Some(fault));
            assert_eq!(!store.load(&batch.tenant, &key).unwrap().is_empty(), is_written, "{fault:?}");
            assert_eq!(store.take_fired(), None);
        }
    }
}

//! What a decide function sees, and where it leaves what it wants done.
//!
//! A decide function is straight-line code over a [`View`]. It names together what it will read ([`View::need`]); a key
//! that is not loaded yet ends the attempt with the keys it lacks, the operation loads them and runs decide again. What
//! it reads is guarded without being asked to: a decision cannot rest on a record that changes before its commit is done.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::halt::{Decide, Halt};
use super::lacking::{Lacking, ListedPage};
use super::writes::{AddParts, Snapshot, Writes};
use crate::campaign::Campaigns;
use crate::command::{Decision, Finding, HostFacts};
use crate::error::{Error, StoreError};
use crate::record::{Field, Key, Record, RecordKind, Sums};
use crate::store::{Page, PageRequest};
use crate::value::{CommandKey, Entropy, Keyring, ParticipantId, TenantId, Timestamp};

/// What stays the same for every command of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The tenant.
    pub tenant: &'a TenantId,
    /// The host's secrets.
    pub keyring: &'a Keyring,
    /// Compiled campaign versions.
    pub campaigns: &'a Campaigns,
    /// The time of the decision: when what the command tells happened, as far as the host says so.
    pub now: Timestamp,
    /// The time of the operation. Receipts and the age of command keys go by it, and nothing else does.
    pub received_at: Timestamp,
    /// The key of the command that is decided.
    pub command: CommandKey,
}

/// What one command sees: the snapshot, under what earlier commands of the operation wrote, under what it wrote itself.
#[derive(Debug)]
pub struct View<'a> {
    setting: Setting<'a>,
    facts: &'a HostFacts,
    snapshot: &'a Snapshot,
    pages: &'a [ListedPage],
    earlier: &'a Writes,
    own: Writes,
    missing: BTreeSet<Key>,
    missing_pages: Vec<PageRequest>,
    assumed: BTreeSet<Key>,
    entropy: Entropy,
    decision: Decision,
    of_what_was_told: Vec<Finding>,
}

impl<'a> View<'a> {
    /// A view for one command.
    #[must_use]
    pub fn new(
        setting: Setting<'a>,
        facts: &'a HostFacts,
        snapshot: &'a Snapshot,
        earlier: &'a Writes,
        entropy: Entropy,
    ) -> Self {
        let (own, missing, decision) = (Writes::default(), BTreeSet::new(), Decision::default());
        let (assumed, missing_pages, pages) = (BTreeSet::new(), Vec::new(), &[] as &[ListedPage]);
        let of_what_was_told = Vec::new();
        Self {
            setting,
            facts,
            snapshot,
            pages,
            earlier,
            own,
            missing,
            missing_pages,
            assumed,
            entropy,
            decision,
            of_what_was_told,
        }
    }

    /// The same view, with the pages that were listed.
    #[must_use]
    pub fn with_pages(self, pages: &'a [ListedPage]) -> Self {
        Self { pages, ..self }
    }

    /// The time of the decision.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.setting.now
    }

    /// The time of the operation, which is that of the decision unless the host says when it happened.
    #[must_use]
    pub fn received_at(&self) -> Timestamp {
        self.setting.received_at
    }

    /// The key of the command that is decided.
    #[must_use]
    pub fn command(&self) -> CommandKey {
        self.setting.command
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &'a TenantId {
        self.setting.tenant
    }

    /// The host's secrets.
    #[must_use]
    pub fn keyring(&self) -> &'a Keyring {
        self.setting.keyring
    }

    /// Compiled campaign versions.
    #[must_use]
    pub fn campaigns(&self) -> &'a Campaigns {
        self.setting.campaigns
    }

    /// What the host knows beside the command.
    #[must_use]
    pub fn facts(&self) -> &'a HostFacts {
        self.facts
    }

    /// The command's own stream of entropy: the same at every attempt.
    pub fn entropy(&mut self) -> &mut Entropy {
        &mut self.entropy
    }

    /// Names keys that the decision will read, so that they are loaded together.
    ///
    /// # Errors
    /// [`Halt::Missing`] if one of them is not loaded yet.
    pub fn need(&mut self, keys: impl IntoIterator<Item = Key>) -> Decide<()> {
        let mut lacks = false;
        for key in keys {
            if !self.is_known(&key) {
                self.missing.insert(key);
                lacks = true;
            }
        }
        if lacks { Err(Halt::Missing) } else { Ok(()) }
    }

    /// Names keys that the decision may read: they are loaded with those that it lacks, if it lacks any.
    pub fn want<K: Into<Key>>(&mut self, keys: impl IntoIterator<Item = K>) {
        for key in keys {
            let key = key.into();
            if !self.is_known(&key) {
                self.missing.insert(key);
            }
        }
    }

    /// Whether the record of `key` is loaded, or known to be absent.
    #[must_use]
    pub fn is_known(&self, key: &Key) -> bool {
        let written = |writes: &Writes| writes.records.contains_key(key);
        self.snapshot.contains_key(key)
            || written(self.earlier)
            || written(&self.own)
            || self.assumed.contains(key)
            || self.is_of_new_person(key)
    }

    /// Notes that this command made a participant under an id that it drew.
    pub fn note_new(&mut self, participant: ParticipantId) {
        self.own.new_people.insert(participant);
    }

    /// Whether the key names somebody whom this operation makes: nothing can be stored under an id that was just drawn.
    fn is_of_new_person(&self, key: &Key) -> bool {
        let (earlier, own) = (&self.earlier.new_people, &self.own.new_people);
        if earlier.is_empty() && own.is_empty() {
            return false;
        }
        let is_new = |id: ParticipantId| earlier.contains(&id) || own.contains(&id);
        key.cells().into_iter().filter_map(|cell| ParticipantId::from_cell(cell).ok()).any(is_new)
    }

    /// Takes the record of `key` for absent without loading it, unless it is loaded: for a key that is new by
    /// construction. The command's put of it says so to the store: if the record is there after all, the commit is
    /// refused, and the record is loaded.
    pub fn assume_absent(&mut self, key: impl Into<Key>) {
        let key = key.into();
        if !self.is_known(&key) {
            self.assumed.insert(key);
        }
    }

    /// The record of `key`, if it is loaded: to foresee what will be read next. No decision rests on it.
    #[must_use]
    pub fn glance<T: RecordKind>(&self, key: impl Into<Key>) -> Option<&T> {
        self.find_record(&key.into())
    }

    /// The record of `key`, which the decision rests on: it is guarded, unless it is written.
    ///
    /// Absence cannot be guarded. A decision that rests on it puts that key, or puts a record that its rival writes too.
    ///
    /// # Errors
    /// [`Halt::Missing`] if it is not loaded yet.
    pub fn get<T: RecordKind>(&mut self, key: impl Into<Key>) -> Decide<Option<T>> {
        let key = key.into();
        self.need([key.clone()])?;
        let found = self.lookup::<T>(&key);
        if found.is_some() {
            self.own.reads.insert(key);
        }
        Ok(found)
    }

    /// The record of `key`, which never changes or on which nothing rests: it is not guarded.
    ///
    /// # Errors
    /// [`Halt::Missing`] if it is not loaded yet.
    pub fn peek<T: RecordKind>(&mut self, key: impl Into<Key>) -> Decide<Option<T>> {
        let key = key.into();
        self.need([key.clone()])?;
        Ok(self.lookup::<T>(&key))
    }

    /// The record of `key`, which other records say exists.
    ///
    /// # Errors
    /// As [`View::get`]; [`StoreError::Corrupt`] if it is not there.
    pub fn expect<T: RecordKind>(&mut self, key: impl Into<Key>) -> Decide<T> {
        let key = key.into();
        let kind = key.kind().table().name;
        let found = self.get::<T>(key)?;
        found
            .ok_or_else(|| Error::Store(StoreError::Corrupt(format!("a {kind} that is referred to is missing"))).into())
    }

    /// Whether the record of `key` is durable: read from the store, not written by an earlier command of the operation.
    #[must_use]
    pub fn is_stored(&self, key: &Key) -> bool {
        self.snapshot.get(key).is_some_and(Option::is_some)
    }

    /// Writes `record`.
    pub fn put<T: RecordKind>(&mut self, record: T) {
        let record: Record = record.into();
        self.own.records.insert(record.key(), Some(record));
    }

    /// Removes the record of `key`, if there is one. The key must be loaded: nothing removes what was not read.
    pub fn delete(&mut self, key: impl Into<Key>) {
        let key = key.into();
        debug_assert!(self.is_known(&key), "{key:?} is removed and was not loaded");
        self.own.records.insert(key, None);
    }

    /// Adds to a counter.
    pub fn add(&mut self, key: impl Into<Key>, by: i64) {
        if by != 0 {
            self.own.add(key.into(), AddParts { by, at_least: None, at_most: None, at: self.setting.now });
        }
    }

    /// Adds to one number of a row of sums.
    pub fn add_sum(&mut self, key: impl Into<Key>, name: String, by: i64) {
        if by != 0 {
            self.own.sums.entry(key.into()).or_default().add(name, by);
        }
    }

    /// A row of sums, as a hint: it is never guarded.
    ///
    /// # Errors
    /// [`Halt::Missing`] if it is not loaded yet.
    pub fn sums(&mut self, key: impl Into<Key>) -> Decide<Sums> {
        let key = key.into();
        self.need([key.clone()])?;
        let stored = self.snapshot.get(&key).and_then(Option::as_ref);
        let mut sums = stored.and_then(|stored| stored.record.sums()).cloned().unwrap_or_default();
        for writes in [self.earlier, &self.own] {
            writes.sums.get(&key).into_iter().for_each(|by| sums.add_all(by.clone()));
        }
        Ok(sums)
    }

    /// Whether the counter `key` has room for `by` more up to `at_most`, as far as is known; if so, it is reserved. A wrong
    /// hint refuses the commit, and the operation decides again.
    ///
    /// # Errors
    /// [`Halt::Missing`] if the counter is not loaded yet.
    pub fn reserve(&mut self, key: impl Into<Key>, by: i64, at_most: i64) -> Decide<bool> {
        let key = key.into();
        let fits = self.counter(key.clone())?.checked_add(by).is_some_and(|sum| sum <= at_most);
        if fits {
            let at = self.setting.now;
            self.own.add(key, AddParts { by, at_least: None, at_most: Some(at_most), at });
        }
        Ok(fits)
    }

    /// The value of a counter, as a hint: it is never guarded.
    ///
    /// # Errors
    /// [`Halt::Missing`] if it is not loaded yet.
    pub fn counter(&mut self, key: impl Into<Key>) -> Decide<i64> {
        let key = key.into();
        self.need([key.clone()])?;
        let stored = self.snapshot.get(&key).and_then(Option::as_ref);
        let stored = stored.and_then(|stored| stored.record.counter_value()).unwrap_or_default();
        Ok(stored.saturating_add(self.earlier.added(&key)).saturating_add(self.own.added(&key)))
    }

    /// Names pages that the decision will read, so that they are listed before the next attempt.
    ///
    /// # Errors
    /// [`Halt::Missing`] if one of them is not listed yet.
    pub fn need_pages(&mut self, requests: impl IntoIterator<Item = PageRequest>) -> Decide<()> {
        let before = self.missing_pages.len();
        for request in requests {
            let is_known = self.listed(&request).is_some() || self.missing_pages.contains(&request);
            if !is_known {
                self.missing_pages.push(request);
            }
        }
        if self.missing_pages.len() > before { Err(Halt::Missing) } else { Ok(()) }
    }

    /// One page of a listing. It may be behind, and nothing of it is guarded: a decision gets what it names by key.
    ///
    /// # Errors
    /// [`Halt::Missing`] if it is not listed yet.
    pub fn page(&mut self, request: &PageRequest) -> Decide<Arc<Page>> {
        self.need_pages([request.clone()])?;
        self.listed(request).ok_or(Halt::Missing)
    }

    fn listed(&self, request: &PageRequest) -> Option<Arc<Page>> {
        self.pages.iter().find(|(known, _)| known == request).map(|(_, page)| Arc::clone(page))
    }

    /// Notes why.
    pub fn find(&mut self, finding: Finding) {
        const MOST: usize = 1_000;
        if self.decision.findings.len() < MOST {
            self.decision.findings.push(finding);
        }
    }

    /// Notes what the engine found in what the host told. It stays in the decision when the command is declined.
    pub fn find_in_what_was_told(&mut self, finding: Finding) {
        self.of_what_was_told.push(finding.clone());
        self.find(finding);
    }

    /// The decision so far.
    #[must_use]
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// What became of it: the command's writes and findings, and what it lacks.
    #[must_use]
    pub fn finish(self) -> (Writes, Decision, Lacking) {
        (self.own, self.decision, Lacking { keys: self.missing, pages: self.missing_pages })
    }

    /// Forgets what was written and found so far, but for what was found of what the command tells, and what was read: for a
    /// command that is declined half-way.
    pub fn roll_back(&mut self) {
        self.own.records.clear();
        self.own.adds.clear();
        self.own.sums.clear();
        self.own.new_people.clear();
        self.decision.findings = std::mem::take(&mut self.of_what_was_told);
    }

    fn lookup<T: RecordKind>(&self, key: &Key) -> Option<T> {
        self.find_record::<T>(key).cloned()
    }

    fn find_record<T: RecordKind>(&self, key: &Key) -> Option<&T> {
        let written = self.own.records.get(key).or_else(|| self.earlier.records.get(key));
        let record = match written {
            Some(record) => record.as_ref(),
            None => self.snapshot.get(key).and_then(Option::as_ref).map(|stored| &stored.record),
        };
        record.and_then(T::from_record)
    }
}

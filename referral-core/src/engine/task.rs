//! Tasks: straight-line code that lists, reads and writes, where no caller's command is behind it.
//!
//! What a listing proposes is read again by key and guarded, like everything that a decision rests on. A commit that lost a
//! race is decided again from the listing on, because what was listed may be somebody else's by now.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::Engine;
use super::query::Reader;
use super::step::{Operation, Reply, Step, unexpected_reply};
use crate::command::HostFacts;
use crate::decide::{Decide, Halt, Lacking, ListedPage, Setting, Snapshot, View, Writes};
use crate::error::{Error, Result, StoreError};
use crate::record::{Key, RecordKind};
use crate::store::{Batch, Commit, PageRequest, Stored};
use crate::value::{CommandKey, Entropy, TenantId, Timestamp};

/// A task loads, lists or commits at most so many times.
const MOST_ROUNDS: u32 = 2_000;
/// A task lists at most so many records.
const MOST_ROWS: usize = 250_000;
/// A task gives up after so many lost races.
const MOST_LOSSES: u32 = 24;

/// Something to be done that no caller's command asks for: to lease deliveries, to acknowledge them.
pub trait Task: fmt::Debug {
    /// What it comes to.
    type Output;

    /// Does it. Straight-line code: it may run several times before all that it reads is loaded.
    ///
    /// # Errors
    /// [`Halt::Missing`] where something is not loaded yet; [`Halt::Failed`] if it cannot be done.
    fn run(&self, desk: &mut Desk<'_>) -> Decide<Self::Output>;
}

/// What a task works at: it reads, and leaves what it wants written.
#[derive(Debug)]
pub struct Desk<'a> {
    reader: Reader<'a>,
}

impl<'a> Desk<'a> {
    /// What the task sees of the store. Nothing that is read here is guarded.
    pub fn reader(&mut self) -> &mut Reader<'a> {
        &mut self.reader
    }

    /// The time of the task.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.reader.now()
    }

    /// The record of `key`, on which what is written rests: it is guarded.
    pub(crate) fn get<T: RecordKind>(&mut self, key: impl Into<Key>) -> Decide<Option<T>> {
        self.reader.view.get(key)
    }

    /// The record of `key`, if it is loaded: to foresee what will be read next.
    pub(crate) fn glance<T: RecordKind>(&self, key: impl Into<Key>) -> Option<&T> {
        self.reader.view.glance(key)
    }

    /// Writes `record`.
    pub(crate) fn put<T: RecordKind>(&mut self, record: T) {
        self.reader.view.put(record);
    }

    /// Removes the record of `key`, which must have been read.
    pub(crate) fn delete(&mut self, key: impl Into<Key>) {
        self.reader.view.delete(key);
    }

    /// The task's own stream of entropy: the same at every attempt.
    pub(crate) fn entropy(&mut self) -> &mut Entropy {
        self.reader.view.entropy()
    }
}

/// Runs one task.
pub struct Run<T: Task> {
    engine: Arc<Engine>,
    tenant: TenantId,
    now: Timestamp,
    entropy: Entropy,
    task: T,
    facts: HostFacts,
    nothing: Writes,
    snapshot: Snapshot,
    pages: Vec<ListedPage>,
    asked: Asked<T::Output>,
    to_list: VecDeque<PageRequest>,
    rounds: u32,
    rows: usize,
    losses: u32,
}

enum Asked<O> {
    Nothing,
    Load(Vec<Key>),
    List(PageRequest),
    Commit(O),
}

impl<T: Task> fmt::Debug for Run<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("task", &self.task).field("rounds", &self.rounds).finish_non_exhaustive()
    }
}

impl<T: Task> Run<T> {
    pub(super) fn new(engine: Arc<Engine>, tenant: TenantId, task: T, now: Timestamp, entropy: Entropy) -> Self {
        Self {
            engine,
            tenant,
            now,
            entropy,
            task,
            facts: HostFacts::default(),
            nothing: Writes::default(),
            snapshot: Snapshot::new(),
            pages: Vec::new(),
            asked: Asked::Nothing,
            to_list: VecDeque::new(),
            rounds: 0,
            rows: 0,
            losses: 0,
        }
    }

    fn attempt(&mut self) -> Result<Step<T::Output>> {
        let (done, writes, lacking) = {
            let (keyring, campaigns) = (self.engine.keyring(), self.engine.campaigns());
            let (now, received_at) = (self.now, self.now);
            // A task is nobody's command.
            let command = CommandKey(uuid::Uuid::nil());
            let setting = Setting { tenant: &self.tenant, keyring, campaigns, now, received_at, command };
            let entropy = self.entropy.part("task", 0);
            let view = View::new(setting, &self.facts, &self.snapshot, &self.nothing, entropy).with_pages(&self.pages);
            let mut desk = Desk { reader: Reader { view } };
            let done = self.task.run(&mut desk);
            let (writes, _, lacking) = desk.reader.view.finish();
            (done, writes, lacking)
        };
        match done {
            Ok(output) => self.finish(output, writes),
            Err(Halt::Failed(error)) => Err(error),
            Err(Halt::Declined(reason)) => Err(Error::command("task", reason.as_str())),
            Err(Halt::Missing) => self.load(lacking),
        }
    }

    /// Commits what the task wants written; what it read alone needs no guard if nothing is written.
    fn finish(&mut self, output: T::Output, writes: Writes) -> Result<Step<T::Output>> {
        if !writes.has_changes() {
            return Ok(Step::Done(output));
        }
        self.count_round()?;
        let mut versions = self.entropy.part("versions", u64::from(self.rounds));
        let batch: Batch = writes.into_batch(&self.tenant, &self.snapshot, &mut versions);
        self.asked = Asked::Commit(output);
        Ok(Step::Commit(batch))
    }

    fn load(&mut self, Lacking { keys, pages }: Lacking) -> Result<Step<T::Output>> {
        self.to_list = pages.into();
        if keys.is_empty() {
            return self.list_next();
        }
        self.count_round()?;
        let keys: Vec<Key> = keys.into_iter().collect();
        self.asked = Asked::Load(keys.clone());
        Ok(Step::Load(keys))
    }

    fn list_next(&mut self) -> Result<Step<T::Output>> {
        let Some(request) = self.to_list.pop_front() else {
            return Err(StoreError::Failed("a task ended without an answer".to_owned()).into());
        };
        self.count_round()?;
        self.asked = Asked::List(request.clone());
        Ok(Step::List(request))
    }

    fn go_on(&mut self) -> Result<Step<T::Output>> {
        if self.to_list.is_empty() { self.attempt() } else { self.list_next() }
    }

    fn count_round(&mut self) -> Result<()> {
        self.rounds = self.rounds.saturating_add(1);
        if self.rounds > MOST_ROUNDS || self.rows > MOST_ROWS {
            return Err(Error::command("query", "asks for too much at once"));
        }
        Ok(())
    }

    fn loaded(&mut self, keys: Vec<Key>, rows: Vec<Stored>) {
        for key in keys {
            self.snapshot.entry(key).or_insert(None);
        }
        for stored in rows {
            self.snapshot.insert(stored.record.key(), Some(stored));
        }
    }

    fn refused(&mut self, lost: impl Iterator<Item = Key>) -> Result<Step<T::Output>> {
        for key in lost {
            self.snapshot.remove(&key);
        }
        self.pages.clear();
        self.losses = self.losses.saturating_add(1);
        if self.losses >= MOST_LOSSES {
            return Err(Error::Contended { losses: self.losses });
        }
        self.attempt()
    }
}

impl<T: Task> Operation for Run<T> {
    type Output = T::Output;

    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn next(&mut self, reply: Option<Reply>) -> Result<Step<T::Output>> {
        match (std::mem::replace(&mut self.asked, Asked::Nothing), reply) {
            (Asked::Nothing, None) => self.attempt(),
            (Asked::Load(keys), Some(Reply::Loaded(rows))) => {
                self.loaded(keys, rows);
                self.go_on()
            }
            (Asked::List(request), Some(Reply::Listed(page))) => {
                self.rows = self.rows.saturating_add(page.rows.len());
                self.pages.push((request, Arc::new(page)));
                self.go_on()
            }
            (Asked::Commit(output), Some(Reply::Committed(Commit::Applied))) => Ok(Step::Done(output)),
            (Asked::Commit(_), Some(Reply::Committed(Commit::Refused { stale, over }))) => {
                self.refused(stale.into_iter().chain(over))
            }
            (Asked::Load(_) | Asked::List(_) | Asked::Commit(_), Some(Reply::Failed(error))) => Err(error.into()),
            _ => Err(unexpected_reply()),
        }
    }
}

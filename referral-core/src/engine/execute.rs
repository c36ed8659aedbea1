//! Executes commands: one or many, one commit where nothing is contested, a result for each.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use super::Engine;
use super::step::{Operation, Reply, Step, unexpected_reply};
use crate::command::{Decision, Receipt, Request};
use crate::decide::{self, Answered, Lacking, ListedPage, Setting, Snapshot, View, Writes};
use crate::error::{Error, Result, StoreError};
use crate::record::Key;
use crate::store::{Batch, Commit, PageRequest, Stored};
use crate::value::{Entropy, TenantId, Timestamp};

/// After so many lost races in a row the commands are halved.
const LOSSES_BEFORE_HALVING: u32 = 3;
/// A single command gives up after so many lost races.
const MOST_LOSSES: u32 = 24;
/// Records that do not fit together were loaded around a rival's commit: so often they are loaded again before they are
/// taken for corrupt.
const MOST_DOUBTS: u32 = 3;

/// What deciding one request left in its view: its writes, its findings, what it lacks.
type Finished = (Writes, Decision, Lacking);

/// What each command came to, in the order of the requests.
pub type Results = Vec<Result<Receipt>>;

/// Executes requests in order: each sees what the ones before it wrote, and none fails another.
///
/// Every round loads the union of what all requests lack, and the commit is one. A page that a request lacks is listed. Deciding goes on from the first request
/// that lacked something: the ones before it keep their results. A commit that lost a race names the keys that lost;
/// these are loaded again and all is decided again. After three losses the requests are halved.
#[derive(Debug)]
pub struct Execute {
    engine: Arc<Engine>,
    tenant: TenantId,
    now: Timestamp,
    entropy: Entropy,
    requests: Vec<Request>,
    results: Vec<Option<Result<Receipt>>>,
    chunks: VecDeque<Range<usize>>,
    decided: Progress,
    snapshot: Snapshot,
    pages: Vec<ListedPage>,
    asked: Asked,
    attempts: u64,
    losses: u32,
    doubts: u32,
}

/// The results of the first requests of the current chunk, and what these want written.
#[derive(Debug, Default)]
struct Progress {
    results: Results,
    written: Writes,
}

impl Progress {
    fn take(&mut self, answered: Answered, writes: Writes, decision: Decision) {
        let result = match answered {
            // Nothing is written by a request that lacks something: it is decided again.
            Answered::Lacks => return,
            Answered::Receipt(receipt) => {
                self.written.absorb(writes);
                Ok(Receipt { decision, ..receipt })
            }
            Answered::Repeated(receipt) => {
                // A known conversion may come with ids that are new.
                if writes.has_changes() {
                    self.written.absorb(writes);
                }
                Ok(receipt)
            }
            Answered::Failed(error) => Err(error),
        };
        self.results.push(result);
    }
}

#[derive(Debug)]
enum Asked {
    Nothing,
    Load(Vec<Key>),
    List(PageRequest),
    Commit(Batch, Results),
}

impl Execute {
    pub(super) fn new(
        engine: Arc<Engine>,
        tenant: TenantId,
        requests: Vec<Request>,
        now: Timestamp,
        entropy: Entropy,
    ) -> Self {
        let results = requests.iter().map(|_| None).collect();
        let chunks = std::iter::once(0..requests.len()).filter(|all| !all.is_empty()).collect();
        let (decided, snapshot, asked) = (Progress::default(), Snapshot::new(), Asked::Nothing);
        Self {
            engine,
            tenant,
            now,
            entropy,
            requests,
            results,
            chunks,
            decided,
            snapshot,
            pages: Vec::new(),
            asked,
            attempts: 0,
            losses: 0,
            doubts: 0,
        }
    }

    fn chunk(&self) -> Range<usize> {
        self.chunks.front().cloned().unwrap_or_default()
    }

    /// Decides the requests of the current chunk over the snapshot, from the first that has no result.
    fn decide(&mut self) -> Step<Results> {
        let lacking = self.decide_chunk();
        if self.doubts < MOST_DOUBTS && self.decided.results.iter().any(is_corrupt) {
            self.doubts += 1;
            self.snapshot.clear();
            self.pages.clear();
            self.decided = Progress::default();
            return self.decide();
        }
        if !lacking.is_empty() {
            return self.ask(lacking);
        }
        let Progress { results, written } = std::mem::take(&mut self.decided);
        self.attempts = self.attempts.saturating_add(1);
        let mut versions = self.entropy.part("versions", self.attempts);
        let batch = written.into_batch(&self.tenant, &self.snapshot, &mut versions);
        if batch.is_empty() {
            return self.settle_chunk(results);
        }
        self.asked = Asked::Commit(batch.clone(), results);
        Step::Commit(batch)
    }

    /// Asks for what is lacking: first all keys, then one page after the other.
    fn ask(&mut self, lacking: Lacking) -> Step<Results> {
        let Lacking { keys, pages } = lacking;
        match pages.into_iter().next().filter(|_| keys.is_empty()) {
            Some(page) => {
                self.asked = Asked::List(page.clone());
                Step::List(page)
            }
            None => {
                let keys: Vec<Key> = keys.into_iter().collect();
                self.asked = Asked::Load(keys.clone());
                Step::Load(keys)
            }
        }
    }

    /// Decides as far as nothing lacks. Behind the first request that lacks something, the others are decided to learn
    /// what they lack, over what those between wrote; their results are not kept.
    fn decide_chunk(&mut self) -> Lacking {
        let chunk = self.chunk();
        let first = chunk.start + self.decided.results.len();
        let mut lacking = Lacking::default();
        let mut foreseen: Option<Progress> = None;
        for index in first..chunk.end {
            let Some(request) = self.requests.get(index) else { break };
            let written = foreseen.as_ref().map_or(&self.decided.written, |foreseen| &foreseen.written);
            let (answered, (writes, decision, missing)) = self.answer(index, request, written);
            if matches!(answered, Answered::Lacks) {
                lacking.extend(missing);
                foreseen
                    .get_or_insert_with(|| Progress { results: Results::new(), written: self.decided.written.clone() });
            }
            foreseen.as_mut().unwrap_or(&mut self.decided).take(answered, writes, decision);
        }
        lacking
    }

    fn answer(&self, index: usize, request: &Request, earlier: &Writes) -> (Answered, Finished) {
        let (tenant, keyring, campaigns) = (&self.tenant, &self.engine.keyring, &self.engine.campaigns);
        let received_at = self.now;
        let now = request.facts.at.map_or(received_at, |at| at.min(received_at));
        let setting = Setting { tenant, keyring, campaigns, now, received_at, command: request.key };
        let entropy = self.entropy.part("command", index as u64);
        let mut view = View::new(setting, &request.facts, &self.snapshot, earlier, entropy).with_pages(&self.pages);
        let answered = decide::answer(&mut view, request);
        (answered, view.finish())
    }

    /// The chunk has its results: goes on with the next.
    fn settle_chunk(&mut self, results: Results) -> Step<Results> {
        let chunk = self.chunks.pop_front().unwrap_or_default();
        self.decided = Progress::default();
        for (slot, result) in self.results.iter_mut().skip(chunk.start).zip(results) {
            *slot = Some(result);
        }
        (self.losses, self.doubts) = (0, 0);
        self.pages.clear();
        if self.chunks.is_empty() { self.done() } else { self.decide() }
    }

    fn done(&mut self) -> Step<Results> {
        // Every chunk was given its results, or the failure that ended the operation.
        let undecided = || Err(Error::Store(StoreError::Failed("the operation ended early".to_owned())));
        Step::Done(self.results.iter_mut().map(|slot| slot.take().unwrap_or_else(undecided)).collect())
    }

    fn loaded(&mut self, keys: Vec<Key>, rows: Vec<Stored>) -> Step<Results> {
        for key in keys {
            self.snapshot.entry(key).or_insert(None);
        }
        for stored in rows {
            self.snapshot.insert(stored.record.key(), Some(stored));
        }
        self.decide()
    }

    fn applied(&mut self, batch: Batch, results: Results) -> Step<Results> {
        for put in batch.puts {
            self.snapshot.insert(put.stored.record.key(), Some(put.stored));
        }
        for delete in batch.deletes {
            self.snapshot.insert(delete.key, None);
        }
        for add in batch.adds {
            self.snapshot.remove(&add.key);
        }
        for add in batch.sums {
            self.snapshot.remove(&add.key);
        }
        self.settle_chunk(results)
    }

    /// The commit lost a race: what lost is loaded again, and so is what was absent. The rival's commit may have made it,
    /// which no guard tells: of one commit, all or nothing is seen.
    fn refused(&mut self, lost: impl Iterator<Item = Key>) -> Step<Results> {
        let lost: BTreeSet<Key> = lost.collect();
        let again: Vec<Key> = {
            let absent = self.snapshot.iter().filter(|(_, stored)| stored.is_none()).map(|(key, _)| key.clone());
            absent.chain(lost).collect::<BTreeSet<_>>().into_iter().collect()
        };
        for key in &again {
            self.snapshot.remove(key);
        }
        self.pages.clear();
        self.decided = Progress::default();
        self.losses = self.losses.saturating_add(1);
        let chunk = self.chunk();
        if chunk.len() > 1 && self.losses >= LOSSES_BEFORE_HALVING {
            let middle = chunk.start + chunk.len() / 2;
            self.chunks.pop_front();
            self.chunks.push_front(middle..chunk.end);
            self.chunks.push_front(chunk.start..middle);
            self.losses = 0;
        } else if self.losses >= MOST_LOSSES {
            let losses = self.losses;
            return self.settle_chunk(chunk.map(|_| Err(Error::Contended { losses })).collect());
        }
        self.asked = Asked::Load(again.clone());
        Step::Load(again)
    }

    /// The one command of the chunk adds more than a total can hold. No other attempt can help.
    fn too_much(&mut self) -> Step<Results> {
        self.pages.clear();
        self.decided = Progress::default();
        self.settle_chunk(vec![Err(Error::invalid("amount", "is more than a total can hold"))])
    }

    /// The store failed: what is decided stays, the rest fails with it.
    fn failed(&mut self, error: &StoreError) -> Step<Results> {
        for slot in self.results.iter_mut().filter(|slot| slot.is_none()) {
            *slot = Some(Err(Error::Store(error.clone())));
        }
        self.done()
    }
}

/// Whether a total without bounds had no room: it would leave the range of integers.
fn overflows(batch: &Batch, over: &[Key]) -> bool {
    let unbounded = batch.adds.iter().filter(|add| add.at_most.is_none() && add.at_least.is_none());
    unbounded.map(|add| &add.key).chain(batch.sums.iter().map(|add| &add.key)).any(|key| over.contains(key))
}

fn is_corrupt(result: &Result<Receipt>) -> bool {
    matches!(result, Err(Error::Store(StoreError::Corrupt(_))))
}

impl Operation for Execute {
    type Output = Results;

    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn next(&mut self, reply: Option<Reply>) -> Result<Step<Results>> {
        match (std::mem::replace(&mut self.asked, Asked::Nothing), reply) {
            (Asked::Nothing, None) if self.chunks.is_empty() => Ok(self.done()),
            (Asked::Nothing, None) => Ok(self.decide()),
            (Asked::Load(keys), Some(Reply::Loaded(rows))) => Ok(self.loaded(keys, rows)),
            (Asked::List(request), Some(Reply::Listed(page))) => {
                self.pages.push((request, Arc::new(page)));
                Ok(self.decide())
            }
            (Asked::Commit(batch, results), Some(Reply::Committed(commit))) => Ok(match commit {
                Commit::Applied => self.applied(batch, results),
                Commit::Refused { over, .. } if self.chunk().len() == 1 && overflows(&batch, &over) => self.too_much(),
                Commit::Refused { stale, over } => self.refused(stale.into_iter().chain(over)),
            }),
            (Asked::Load(_) | Asked::List(_) | Asked::Commit(..), Some(Reply::Failed(error))) => {
                Ok(self.failed(&error))
            }
            _ => Err(unexpected_reply()),
        }
    }
}

//! Drops the letters that name a person, before the person is erased: what a message says of somebody goes with them.

use std::sync::Arc;

use super::Engine;
use super::execute::Execute;
use super::query::{Query, Question, Reader};
use super::step::{Operation, Reply, Step, unexpected_reply};
use crate::command::{HostFacts, Outcome, Request, SetLetterState, Who};
use crate::decide::{self, Decide};
use crate::error::{Error, Result};
use crate::record::{Alias, LetterKey, LetterPerson, LetterState, Participant, ParticipantKey};
use crate::store::Listing;
use crate::value::{CommandKey, Entropy, TenantId, Timestamp};

/// One commit drops so many letters at most.
const PER_COMMIT: usize = 100;
/// More letters than that name nobody.
const MOST: usize = 1_000_000;
/// Who adds letters faster than this drops them is told so.
const MOST_ROUNDS: u32 = 20_000;
/// What stands in a letter that was dropped for this.
const WHY: &str = "a person whom it names was erased";

/// The letters that name somebody, by this name or, of a participant's id, by every id and alias of that person.
#[derive(Clone, Debug)]
struct LettersNaming(Who);

impl Question for LettersNaming {
    const NAME: &'static str = "letters_naming";
    type Answer = Vec<LetterKey>;

    fn read(&self, reader: &mut Reader<'_>) -> Decide<Vec<LetterKey>> {
        let mut hashes = decide::letters_named_by(&reader.view, &self.0);
        if let Who::Id(participant) = self.0 {
            // A letter from before a merge names the id, or an alias, of the one who went.
            let is_known = reader.peek::<Participant>(ParticipantKey { participant })?.is_some();
            let ids = if is_known { reader.ids(participant)? } else { Vec::new() };
            for participant in ids {
                hashes.extend(decide::letters_named_by(&reader.view, &Who::Id(participant)));
                let aliases = reader.every::<Alias>(Listing::AliasesOf { participant }, MOST)?;
                hashes.extend(aliases.into_iter().map(|alias| alias.hash));
            }
            hashes.sort_unstable();
            hashes.dedup();
        }
        let listing = |hash: &[u8; 16]| Listing::LettersNaming { hash: *hash };
        reader.need_pages(hashes.iter().map(|hash| Reader::all_of(listing(hash))))?;
        let mut letters = Vec::new();
        for hash in &hashes {
            let named = reader.every::<LetterPerson>(listing(hash), MOST)?;
            letters.extend(named.into_iter().map(|named| LetterKey { source: named.source, letter: named.letter }));
        }
        letters.sort_unstable();
        letters.dedup();
        Ok(letters)
    }
}

#[derive(Debug)]
enum Doing {
    Looking(Box<Query<LettersNaming>>),
    Dropping(Box<Execute>),
}

/// Drops the letters that name a person. Its output is how many there were.
#[derive(Debug)]
pub struct DropLetters {
    engine: Arc<Engine>,
    tenant: TenantId,
    who: Who,
    now: Timestamp,
    entropy: Entropy,
    doing: Doing,
    rounds: u32,
    dropped: u64,
}

impl DropLetters {
    pub(super) fn new(engine: Arc<Engine>, tenant: TenantId, who: Who, now: Timestamp, entropy: Entropy) -> Self {
        let query = Query::new(engine.clone(), tenant.clone(), LettersNaming(who.clone()), now);
        let doing = Doing::Looking(Box::new(query));
        Self { engine, tenant, who, now, entropy, doing, rounds: 0, dropped: 0 }
    }

    fn look(&mut self) -> Result<Step<u64>> {
        let (engine, tenant) = (self.engine.clone(), self.tenant.clone());
        self.doing = Doing::Looking(Box::new(Query::new(engine, tenant, LettersNaming(self.who.clone()), self.now)));
        self.next(None)
    }

    fn found(&mut self, mut letters: Vec<LetterKey>) -> Result<Step<u64>> {
        if letters.is_empty() {
            return Ok(Step::Done(self.dropped));
        }
        self.rounds = self.rounds.saturating_add(1);
        if self.rounds > MOST_ROUNDS {
            return Err(Error::Contended { losses: self.rounds });
        }
        letters.truncate(PER_COMMIT);
        let mut entropy = self.entropy.part("drop letters", u64::from(self.rounds));
        let drops = letters.into_iter().map(|letter| {
            let (actor, reason) = (None, Some(WHY.to_owned()));
            let command = SetLetterState { letter, state: LetterState::Dropped, actor, reason }.into();
            Request { key: CommandKey::mint(self.now, &mut entropy), command, facts: HostFacts::default() }
        });
        let drops = drops.collect();
        let part = self.entropy.part("execute drops", u64::from(self.rounds));
        self.doing = Doing::Dropping(Box::new(self.engine.execute(self.tenant.clone(), drops, self.now, part)));
        self.next(None)
    }
}

impl Operation for DropLetters {
    type Output = u64;

    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn next(&mut self, reply: Option<Reply>) -> Result<Step<u64>> {
        match &mut self.doing {
            Doing::Looking(query) => match query.next(reply)? {
                Step::Load(keys) => Ok(Step::Load(keys)),
                Step::List(request) => Ok(Step::List(request)),
                Step::Commit(batch) => Ok(Step::Commit(batch)),
                Step::Done(letters) => self.found(letters),
            },
            Doing::Dropping(execute) => match execute.next(reply)? {
                Step::Load(keys) => Ok(Step::Load(keys)),
                Step::List(request) => Ok(Step::List(request)),
                Step::Commit(batch) => Ok(Step::Commit(batch)),
                Step::Done(results) if results.is_empty() => Err(unexpected_reply()),
                Step::Done(results) => {
                    for receipt in results {
                        // One that was closed meanwhile names nobody any more.
                        self.dropped += u64::from(matches!(receipt?.outcome, Outcome::Accepted(_)));
                    }
                    self.look()
                }
            },
        }
    }
}

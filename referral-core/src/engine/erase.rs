//! Erases a person: lists what is held, has a guarded command clear it, and looks again until nothing is left.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Engine;
use super::execute::Execute;
use super::held::{self, Held};
use super::letters::DropLetters;
use super::query::{Query, Question, Reader};
use super::step::{Operation, Reply, Step, unexpected_reply};
use crate::command::{AnyCommand, AnyOutcome, ErasePerson, HostFacts, Outcome, Request, Who};
use crate::decide::{Decide, holds_personal_data};
use crate::error::{Error, Result};
use crate::record::{Key, Participant, ParticipantKey, Person, PersonKey, Record};
use crate::value::{CommandKey, Entropy, ParticipantId, TenantId, Timestamp};

/// One command clears so many records.
const PER_COMMAND: usize = 1_000;
/// Who adds to a person's records faster than this clears them is told so.
const MOST_ROUNDS: u32 = 1_000;

/// What erasing a person came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Whom it was, under the id that stays.
    pub participant: ParticipantId,
    /// How many records were removed, or cleared of what they said of the person.
    pub records: u64,
}

/// What of a person is still to be cleared; nothing, if nobody has this id.
#[derive(Clone, Debug)]
struct Proposals(ParticipantId);

impl Question for Proposals {
    const NAME: &'static str = "erasure";
    type Answer = Option<Vec<Key>>;

    fn read(&self, reader: &mut Reader<'_>) -> Decide<Option<Vec<Key>>> {
        reader.need([ParticipantKey { participant: self.0 }.into()])?;
        if reader.peek::<Participant>(ParticipantKey { participant: self.0 })?.is_none() {
            return Ok(None);
        }
        let mut keys = Vec::new();
        for participant in reader.ids(self.0)? {
            reader.need([ParticipantKey { participant }.into(), PersonKey { participant }.into()])?;
            let known = reader.peek::<Participant>(ParticipantKey { participant })?;
            let row = reader.peek::<Person>(PersonKey { participant })?;
            let Held { aliases, links, codes, conversions, referred, .. } = held::by_listing(reader, participant)?;
            let own = known.map(Record::from).into_iter().chain(row.map(Record::from));
            let listed = aliases.into_iter().map(Record::from).chain(links.into_iter().map(Record::from));
            let listed = listed.chain(codes.into_iter().map(Record::from));
            let listed = listed.chain(conversions.into_iter().map(Record::from));
            let all = own.chain(listed).chain(referred.into_iter().map(Record::from));
            keys.extend(all.filter(holds_personal_data).map(|record| record.key()));
        }
        Ok(Some(keys))
    }
}

#[derive(Debug)]
enum Doing {
    Letters(Box<DropLetters>),
    Looking(Box<Query<Proposals>>),
    Clearing(Box<Execute>),
}

/// Erases a person. May be run again at any time: it goes on where it was left.
///
/// Referrals, rewards, ledger entries and totals stay as they are, under an id that leads to nobody. What a store keeps in
/// its files of what it deleted is the store's to remove.
#[derive(Debug)]
pub struct Erase {
    engine: Arc<Engine>,
    tenant: TenantId,
    participant: ParticipantId,
    now: Timestamp,
    entropy: Entropy,
    doing: Doing,
    rounds: u32,
    records: u64,
}

impl Erase {
    pub(super) fn new(
        engine: Arc<Engine>,
        tenant: TenantId,
        participant: ParticipantId,
        now: Timestamp,
        entropy: Entropy,
    ) -> Self {
        // Letters go first: they are found by what leads to the person.
        let (who, part) = (Who::Id(participant), entropy.part("letters", 0));
        let doing = Doing::Letters(Box::new(DropLetters::new(engine.clone(), tenant.clone(), who, now, part)));
        Self { engine, tenant, participant, now, entropy, doing, rounds: 0, records: 0 }
    }

    fn look(&mut self) -> Result<Step<Erased>> {
        let (engine, tenant) = (self.engine.clone(), self.tenant.clone());
        self.doing = Doing::Looking(Box::new(Query::new(engine, tenant, Proposals(self.participant), self.now)));
        self.advance(None)
    }

    /// Clears what was found; done, if that is nothing.
    fn found(&mut self, proposals: Option<Vec<Key>>) -> Result<Step<Erased>> {
        let missing = || Error::not_found("participant", self.participant);
        let mut records = proposals.ok_or_else(missing)?;
        if records.is_empty() {
            return Ok(Step::Done(Erased { participant: self.participant, records: self.records }));
        }
        self.rounds = self.rounds.saturating_add(1);
        if self.rounds > MOST_ROUNDS {
            return Err(Error::Contended { losses: self.rounds });
        }
        records.truncate(PER_COMMAND);
        let mut entropy = self.entropy.part("erase", u64::from(self.rounds));
        let key = CommandKey::mint(self.now, &mut entropy);
        let command = AnyCommand::from(ErasePerson { participant: Who::Id(self.participant), records });
        let request = Request { key, command, facts: HostFacts::default() };
        let part = self.entropy.part("execute", u64::from(self.rounds));
        let execute = self.engine.execute(self.tenant.clone(), vec![request], self.now, part);
        self.doing = Doing::Clearing(Box::new(execute));
        self.advance(None)
    }

    fn advance(&mut self, reply: Option<Reply>) -> Result<Step<Erased>> {
        match &mut self.doing {
            Doing::Letters(letters) => match letters.next(reply)? {
                Step::Load(keys) => Ok(Step::Load(keys)),
                Step::List(request) => Ok(Step::List(request)),
                Step::Commit(batch) => Ok(Step::Commit(batch)),
                Step::Done(dropped) => {
                    self.records = self.records.saturating_add(dropped);
                    self.look()
                }
            },
            Doing::Looking(query) => match query.next(reply)? {
                Step::Load(keys) => Ok(Step::Load(keys)),
                Step::List(request) => Ok(Step::List(request)),
                Step::Commit(batch) => Ok(Step::Commit(batch)),
                Step::Done(proposals) => self.found(proposals),
            },
            Doing::Clearing(execute) => match execute.next(reply)? {
                Step::Load(keys) => Ok(Step::Load(keys)),
                Step::List(request) => Ok(Step::List(request)),
                Step::Commit(batch) => Ok(Step::Commit(batch)),
                Step::Done(mut results) => {
                    let receipt = results.pop().ok_or_else(unexpected_reply)??;
                    if let Outcome::Accepted(AnyOutcome::PersonErased(erased)) = receipt.outcome {
                        self.records = self.records.saturating_add(u64::from(erased.records));
                    }
                    self.look()
                }
            },
        }
    }
}

impl Operation for Erase {
    type Output = Erased;

    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn next(&mut self, reply: Option<Reply>) -> Result<Step<Erased>> {
        self.advance(reply)
    }
}

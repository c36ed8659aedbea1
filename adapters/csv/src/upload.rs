//! An upload: rows become commands, a thousand share a commit, and each row is told what became of it.
//!
//! It decides nothing: what a row comes to is the engine's answer. It writes nothing but by commands.

use std::io::Read;

use referrals::Referrals;
use referrals::command::{AnyCommand, HostFacts, Outcome, Request};
use referrals::engine::Results;
use referrals::record::ConversionKey;
use referrals::value::{CommandKey, Entropy};

use crate::decided;
use crate::draft::{Draft, Wrong, draft};
use crate::key::{RowKeys, command_key};
use crate::lookup::{Exists, Found, Lookup, Sought};
use crate::mapping::Mapping;
use crate::outcome::Told;
use crate::problem::{Fault, Interrupted, Problem};
use crate::rehearsal::{Rehearsal, Remembered};
use crate::report::{RowReport, RowResult, Summary};
use crate::rows::{Row, Rows};
use crate::standing::Said;

/// At most so many rows share a commit: as many as the front door puts into one operation.
const MOST_ROWS: usize = 1_000;
/// Rows of so many bytes together share a commit, however few they are.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// An upload of files of one form.
#[derive(Clone, Debug)]
pub struct Upload {
    mapping: Mapping,
}

impl Upload {
    /// An upload of files that are read by `mapping`.
    ///
    /// # Errors
    /// [`Problem::Mapping`] if it makes no sense.
    pub fn new(mapping: Mapping) -> Result<Self, Problem> {
        mapping.check()?;
        Ok(Self { mapping })
    }

    /// Uploads a file. `report` is told of each row, in order, once it is committed.
    ///
    /// The same file again does nothing twice: a conversion is known by its source and event for ever, a person by host id
    /// or email, a lead by its person and campaign. Only a lead is qualified: a referral that qualified before is told and
    /// left alone, also when that was taken back. A reward is handed over once under one reference. So an upload that was
    /// cut short, by whatever, is finished by uploading the same file again. What a hand said (marks, moderation, voids) is left
    /// alone where it is known already, or where something later was said.
    ///
    /// # Errors
    /// [`Interrupted`], if the file cannot be read to its end or the store failed: rows before that place are done. A row
    /// that is wrong is no error: it is told, and the next one is read.
    pub fn run(
        &self,
        referrals: &Referrals,
        source: impl Read,
        report: impl FnMut(RowReport),
    ) -> Result<Summary, Interrupted> {
        Session::new(referrals, &self.mapping, None, report).finish(source)
    }

    /// Says what [`Upload::run`] would do now, and writes nothing. Rows see what the rows before them would have done.
    ///
    /// # Errors
    /// As [`Upload::run`]; [`Problem::RehearsalTooLarge`] if it would have to remember too much.
    pub fn rehearse(
        &self,
        referrals: &Referrals,
        source: impl Read,
        report: impl FnMut(RowReport),
    ) -> Result<Summary, Interrupted> {
        Session::new(referrals, &self.mapping, Some(Remembered::default()), report).finish(source)
    }
}

/// One row on its way.
struct Planned {
    line: u64,
    key: Option<String>,
    plan: Result<Draft, Wrong>,
}

/// One file on its way.
struct Session<'a, F> {
    referrals: &'a Referrals,
    mapping: &'a Mapping,
    remembered: Option<Remembered>,
    batch: Vec<Planned>,
    batch_bytes: usize,
    summary: Summary,
    said: Said,
    report: F,
}

impl<'a, F: FnMut(RowReport)> Session<'a, F> {
    fn new(referrals: &'a Referrals, mapping: &'a Mapping, remembered: Option<Remembered>, report: F) -> Self {
        let (batch, batch_bytes, summary, said) = (Vec::new(), 0, Summary::default(), Said::default());
        Self { referrals, mapping, remembered, batch, batch_bytes, summary, said, report }
    }

    fn finish(mut self, source: impl Read) -> Result<Summary, Interrupted> {
        match self.read(source) {
            Ok(()) => Ok(self.summary),
            Err(fault) => Err(Interrupted { fault, summary: Box::new(self.summary) }),
        }
    }

    fn read(&mut self, source: impl Read) -> Result<(), Fault> {
        if let Some(campaign) = &self.mapping.campaign {
            self.referrals.ask(Exists(campaign.clone()))?;
        }
        let mut keys = RowKeys::new(self.mapping.source_name()?);
        let mut rows = Rows::open(source, self.mapping)?;
        self.summary.ignored_columns = rows.columns().ignored.clone();
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    self.batch_bytes = self.batch_bytes.saturating_add(row.bytes());
                    self.batch.push(plan(&row, self.mapping, &mut keys));
                    if self.batch.len() >= self.mapping.limits.rows_per_commit.min(MOST_ROWS)
                        || self.batch_bytes >= MOST_BYTES
                    {
                        self.flush()?;
                    }
                }
                Ok(None) => return self.flush(),
                Err(fault) => {
                    self.flush()?;
                    return Err(fault);
                }
            }
        }
    }

    /// Does the rows that were read, and tells what became of each.
    fn flush(&mut self) -> Result<(), Fault> {
        self.batch_bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        let mut found = self.look_up(&batch)?.into_iter();
        let (mut rows, mut requests) = (Vec::with_capacity(batch.len()), Vec::new());
        for Planned { line, key, plan } in batch {
            let name = key.clone().unwrap_or_default();
            let told = match plan.and_then(|draft| self.decided(draft, &name, &mut found)) {
                Ok((command, facts)) => {
                    let now = self.referrals.now();
                    let key = command_key(self.referrals.tenant(), self.mapping, &name, (&command, &facts), now);
                    requests.push(Request { key, command, facts });
                    None
                }
                Err(wrong) => Some(Told::from(wrong)),
            };
            rows.push((line, key, told));
        }
        let mut results = self.execute(requests)?.into_iter();
        let mut failed = None;
        for (line, key, told) in rows {
            let told = told.or_else(|| {
                let result = results.next()?;
                let told = Told::of(&result);
                if told.result == RowResult::Failed {
                    failed = result.err().or(failed.take());
                }
                Some(told)
            });
            let Told { result, reason, detail, findings } = told.unwrap_or_else(Told::lost);
            let row = RowReport { line, key, result, reason, detail, findings };
            self.summary.add(&row);
            (self.report)(row);
        }
        match failed {
            Some(error) => Err(error.into()),
            None => self.check_memory(),
        }
    }

    fn check_memory(&self) -> Result<(), Fault> {
        let most = self.mapping.limits.rehearsed_records;
        let is_over = self.remembered.as_ref().is_some_and(|remembered| remembered.len() > most);
        if is_over { Err(Problem::RehearsalTooLarge { most }.into()) } else { Ok(()) }
    }

    /// What must be known before some of the rows can be done, in their order.
    fn look_up(&self, batch: &[Planned]) -> Result<Vec<Found>, Fault> {
        let sought = batch.iter().filter_map(|planned| match &planned.plan {
            Ok(
                Draft::Qualify(invitee, _, facts)
                | Draft::Mark(invitee, _, _, facts)
                | Draft::Moderate(invitee, _, _, facts),
            ) => Some(Sought::Referral(invitee.clone(), facts.at)),
            Ok(Draft::Lead(who, ..)) => Some(Sought::Leads(who.clone())),
            Ok(Draft::Void(order, ..) | Draft::CancelRefund(order, ..)) => Some(Sought::Conversion(order.clone())),
            Ok(Draft::Correct(command, _)) => {
                let (source, event) = (command.source.clone(), command.event.clone());
                Some(Sought::Conversion(ConversionKey { source, event }))
            }
            Ok(Draft::Issue(owed, ..)) => Some(Sought::Reward(owed.clone())),
            Ok(Draft::Run(..)) | Err(_) => None,
        });
        let sought: Vec<Sought> = sought.collect();
        if sought.is_empty() {
            return Ok(Vec::new());
        }
        let lookup = Lookup { campaign: self.mapping.campaign.clone(), sought };
        Ok(match &self.remembered {
            None => self.referrals.ask(lookup)?,
            Some(remembered) => self.referrals.run(|engine, occasion| {
                Rehearsal::new(engine.ask(occasion.tenant, lookup.clone(), occasion.now), remembered)
            })?,
        })
    }

    /// The command of a row, now that what it needs is known.
    fn decided(
        &mut self,
        draft: Draft,
        row: &str,
        found: &mut impl Iterator<Item = Found>,
    ) -> Result<(AnyCommand, HostFacts), Wrong> {
        let draft = match draft {
            Draft::Run(command, facts) => return Ok((command, facts)),
            draft => draft,
        };
        let now = self.referrals.now();
        let found = found.next().unwrap_or(Found::Nothing("lookup"));
        decided::command(
            draft,
            found,
            decided::Row { name: row, mapping: self.mapping, tenant: self.referrals.tenant(), now },
            &mut self.said,
        )
    }

    fn execute(&self, requests: Vec<Request>) -> Result<Results, Fault> {
        if requests.is_empty() {
            return Ok(Results::new());
        }
        let mut results = self.execute_once(requests.clone(), self.remembered.as_ref())?;
        self.ask_again(&requests, &mut results)?;
        Ok(results)
    }

    /// A row that was declined earlier today was answered by its receipt. It is asked again, and done if the answer is
    /// another one now: the referrer may have been enrolled since.
    fn ask_again(&self, requests: &[Request], results: &mut Results) -> Result<(), Fault> {
        let again = |result: &referrals::Result<referrals::command::Receipt>| matches!(result, Ok(receipt) if receipt.repeated && matches!(receipt.outcome, Outcome::Declined(_)));
        let mut places: Vec<usize> =
            results.iter().enumerate().filter(|(_, result)| again(result)).map(|(place, _)| place).collect();
        if places.is_empty() {
            return Ok(());
        }
        let anew = |place: &usize| requests.get(*place).map(|request| self.with_new_key(request));
        if self.remembered.is_none() {
            let rehearsed =
                self.execute_once(places.iter().filter_map(anew).collect(), Some(&Remembered::default()))?;
            let mut answers = rehearsed.into_iter();
            places.retain(|place| match (answers.next(), results.get(*place)) {
                (Some(Ok(now)), Some(Ok(before))) => now.outcome != before.outcome,
                _ => true,
            });
        }
        let answers = self.execute_once(places.iter().filter_map(anew).collect(), self.remembered.as_ref())?;
        for (place, answer) in places.into_iter().zip(answers) {
            if let Some(result) = results.get_mut(place) {
                *result = answer;
            }
        }
        Ok(())
    }

    fn with_new_key(&self, request: &Request) -> Request {
        let now = self.referrals.now();
        let mut hasher = blake3::Hasher::new();
        hasher.update(request.key.0.as_bytes()).update(&now.as_micros().to_le_bytes());
        let key = CommandKey::mint(now, &mut Entropy::new(*hasher.finalize().as_bytes()));
        Request { key, ..request.clone() }
    }

    fn execute_once(&self, mut requests: Vec<Request>, remembered: Option<&Remembered>) -> Result<Results, Fault> {
        let Some(remembered) = remembered else { return Ok(self.referrals.execute_requests(requests)) };
        for request in &mut requests {
            self.referrals.complete(request);
        }
        Ok(self.referrals.run(|engine, occasion| {
            let requests = requests.clone();
            Rehearsal::new(engine.execute(occasion.tenant, requests, occasion.now, occasion.entropy), remembered)
        })?)
    }
}

fn plan(row: &Row<'_>, mapping: &Mapping, keys: &mut RowKeys) -> Planned {
    let refused = |wrong| Planned { line: row.line, key: None, plan: Err(wrong) };
    if row.is_empty() {
        return refused(Wrong { result: RowResult::Empty, reason: "empty", detail: String::new() });
    }
    if row.is_ragged() {
        return refused(Wrong::new("ragged", "has another number of fields than the first row"));
    }
    match keys.next(row, mapping) {
        Ok(key) => Planned { line: row.line, plan: draft(row, mapping, keys.source(), &key), key: Some(key) },
        Err(wrong) => refused(wrong),
    }
}

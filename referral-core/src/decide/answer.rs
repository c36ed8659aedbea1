//! From a request to its receipt: idempotency around every command.

use super::halt::{Decide, Halt};
use super::handled::{Decided, RECEIPT_DAYS, document, has_receipt};
use super::view::View;
use super::{
    campaign, consent, conversion, correct, enrol, erase, fire, foresee, grant, issue, keyring, lead, lookup, moderate,
    notify, people, qualify, reference, refund, track,
};
use crate::command::{AnyCommand, AnyOutcome, CodeCreated, Decision, Finding, Outcome, Receipt, Request};
use crate::error::{Error, StoreError};
use crate::link::VanityCode;
use crate::record::{self, Document, ReceiptKey, Settings, SettingsKey};
use crate::value::Timestamp;

/// How far a command's key may lie in the future, for clocks that differ.
const FUTURE_HOURS: i64 = 24;

/// What an attempt to answer a request came to.
#[derive(Debug)]
pub enum Answered {
    /// Keys are not loaded yet.
    Lacks,
    /// The receipt, without its decision, which the view holds.
    Receipt(Receipt),
    /// The request, or its event, was answered before. Nothing is to be written.
    Repeated(Receipt),
    /// The request is wrong.
    Failed(Error),
}

/// Answers one request over the view.
#[must_use]
pub fn answer(view: &mut View<'_>, request: &Request) -> Answered {
    match attempt(view, request) {
        Ok(answered) => answered,
        Err(Halt::Missing) => {
            foresee::widen(view, request);
            Answered::Lacks
        }
        Err(Halt::Failed(error)) => Answered::Failed(error),
        // Declined before anything could be noted: the receipt itself could not be read.
        Err(Halt::Declined(reason)) => Answered::Failed(Error::command("command", reason.as_str())),
    }
}

fn attempt(view: &mut View<'_>, request: &Request) -> Decide<Answered> {
    let content = content_hash(view, &request.command);
    if let Some(answered) = answered_before(view, request, content)? {
        return Ok(answered);
    }
    let outcome = match dispatch(view, &request.command, content) {
        Ok(Decided::New(outcome)) => Outcome::Accepted(outcome),
        Ok(Decided::Refused(reason)) => {
            view.find(Finding::new(reason));
            Outcome::Declined(reason)
        }
        Ok(Decided::Repeated(document)) => return repeated(request, &document).map(Answered::Repeated),
        Err(Halt::Declined(reason)) => {
            view.roll_back();
            view.find(Finding::new(reason));
            Outcome::Declined(reason)
        }
        Err(halt) => return Err(halt),
    };
    if has_receipt(&request.command) {
        view.put(record::Receipt {
            command: request.key,
            name: request.command.name().to_owned(),
            content,
            answer: document(&without_own_words(&request.command, &outcome), view.decision()),
            at: view.received_at(),
        });
    }
    Ok(Answered::Receipt(Receipt { key: request.key, outcome, decision: Decision::default(), repeated: false }))
}

fn answered_before(view: &mut View<'_>, request: &Request, content: [u8; 32]) -> Decide<Option<Answered>> {
    if !has_receipt(&request.command) {
        return Ok(None);
    }
    let key = ReceiptKey { command: request.key };
    view.need([SettingsKey {}.into(), key.clone().into()])?;
    if let Some(receipt) = view.peek::<record::Receipt>(key)? {
        if receipt.content != content {
            return Err(Error::CommandReused { key: request.key.to_string() }.into());
        }
        return repeated(request, &receipt.answer).map(|receipt| Some(Answered::Repeated(receipt)));
    }
    let days = view.get::<Settings>(SettingsKey {})?.map_or(RECEIPT_DAYS, |settings| settings.receipt_days);
    check_age(request, view.received_at(), days)?;
    Ok(None)
}

fn check_age(request: &Request, now: Timestamp, days: u32) -> Result<(), Error> {
    let age = now.since(request.key.minted_at()?);
    if age.num_hours() < -FUTURE_HOURS {
        return Err(Error::command("key", format!("`{}` is of a time in the future", request.key)));
    }
    if age.num_days() >= i64::from(days) {
        return Err(Error::KeyTooOld { key: request.key.to_string(), days });
    }
    Ok(())
}

fn repeated(request: &Request, answer: &Document) -> Decide<Receipt> {
    let unreadable = |_| Halt::from(StoreError::Corrupt("a receipt cannot be read back".to_owned()));
    let (mut outcome, decision) = serde_json::from_value(answer.0.clone()).map_err(unreadable)?;
    if let (Outcome::Accepted(AnyOutcome::CodeCreated(created)), Some(vanity)) =
        (&mut outcome, vanity(&request.command))
    {
        created.code = vanity.parse::<VanityCode>()?.to_string();
    }
    Ok(Receipt { key: request.key, outcome, decision, repeated: true })
}

/// An outcome as it is stored: a code in a person's own words outlives nobody's erasure. Who asks again names it again.
fn without_own_words(command: &AnyCommand, outcome: &Outcome<AnyOutcome>) -> Outcome<AnyOutcome> {
    match (outcome, vanity(command)) {
        (Outcome::Accepted(AnyOutcome::CodeCreated(created)), Some(_)) => {
            Outcome::Accepted(CodeCreated { code: String::new(), ..created.clone() }.into())
        }
        (outcome, _) => outcome.clone(),
    }
}

/// The code that a command asks for in a person's own words.
fn vanity(command: &AnyCommand) -> Option<&str> {
    match command {
        AnyCommand::CreateCode(command) => command.vanity.as_deref(),
        _ => None,
    }
}

fn content_hash(view: &View<'_>, command: &AnyCommand) -> [u8; 32] {
    view.keyring().content_hash(view.tenant(), &serde_json::to_vec(command).unwrap_or_default())
}

fn dispatch(view: &mut View<'_>, command: &AnyCommand, content: [u8; 32]) -> Decide<Decided> {
    let outcome = match command {
        AnyCommand::CheckKeyring(_) => keyring::check(view)?.into(),
        AnyCommand::DefineCampaign(command) => campaign::define(view, command)?.into(),
        AnyCommand::SetCampaignState(command) => campaign::set_state(view, command)?.into(),
        AnyCommand::Subscribe(command) => people::subscribe(view, command)?.into(),
        AnyCommand::Redeliver(command) => notify::redeliver(view, command)?.into(),
        AnyCommand::Enrol(command) => enrol::enrol(view, command)?.into(),
        AnyCommand::CreateLink(command) => enrol::create_link(view, command)?.into(),
        AnyCommand::CreateCode(command) => enrol::create_code(view, command)?.into(),
        AnyCommand::AddAlias(command) => people::add_alias(view, command)?.into(),
        AnyCommand::SetParticipantState(command) => people::set_state(view, command)?.into(),
        AnyCommand::RecordShare(command) => track::share(view, command)?.into(),
        AnyCommand::RecordClick(command) => track::click(view, command)?.into(),
        AnyCommand::RecordLead(command) => lead::record(view, command)?.into(),
        AnyCommand::Qualify(command) => qualify::qualify(view, command)?.into(),
        AnyCommand::Unqualify(command) => qualify::unqualify(view, command)?.into(),
        AnyCommand::Lose(command) => qualify::lose(view, command)?.into(),
        AnyCommand::RemoveMark(command) => qualify::remove_mark(view, command)?.into(),
        AnyCommand::VoidConversion(command) => correct::void(view, command)?.into(),
        AnyCommand::RestoreConversion(command) => correct::restore(view, command)?.into(),
        AnyCommand::CorrectConversion(command) => correct::correct(view, command)?.into(),
        AnyCommand::CancelRefund(command) => refund::cancel(view, command)?.into(),
        AnyCommand::RecordConversion(command) => return conversion::record(view, command, content),
        AnyCommand::AddReference(command) => reference::add(view, command)?.into(),
        AnyCommand::RecordRefund(command) => return refund::record(view, command, content),
        AnyCommand::Moderate(command) => moderate::moderate(view, command)?.into(),
        AnyCommand::MoveReward(command) => issue::move_reward(view, command)?.into(),
        AnyCommand::GrantReward(command) => grant::grant(view, command)?.into(),
        AnyCommand::RequestLookup(command) => lookup::request(view, command)?.into(),
        AnyCommand::OpenLookup(command) => return lookup::open(view, command),
        AnyCommand::Unsubscribe(command) => consent::unsubscribe(view, command)?.into(),
        AnyCommand::Resubscribe(command) => consent::resubscribe(view, command)?.into(),
        AnyCommand::ErasePerson(command) => erase::erase(view, command)?.into(),
        AnyCommand::FireTimer(command) => fire::fire(view, command)?.into(),
    };
    Ok(Decided::New(outcome))
}

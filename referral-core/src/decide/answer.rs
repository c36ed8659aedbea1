//! From a request to its receipt: idempotency around every command.

use super::halt::{Decide, Halt};
use super::handled::{Decided, RECEIPT_DAYS, document};
use super::own_words;
use super::table;
use super::view::View;
use crate::command::bounds;
use crate::command::{AnyCommand, AnyOutcome, Decision, Finding, Outcome, Receipt, RecordRefund, Request};
use crate::error::{Error, StoreError};
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
            widen(view, request);
            Answered::Lacks
        }
        Err(Halt::Failed(error)) => Answered::Failed(error),
        // Declined before anything could be noted: the receipt itself could not be read.
        Err(Halt::Declined(reason)) => Answered::Failed(Error::command("command", reason.as_str())),
    }
}

/// Names what the request will probably read, beside what it was found to lack.
fn widen(view: &mut View<'_>, request: &Request) {
    view.want([SettingsKey {}]);
    if table::has_receipt(&request.command) {
        view.want([ReceiptKey { command: request.key }]);
    }
    table::foresee(view, &request.command);
}

fn attempt(view: &mut View<'_>, request: &Request) -> Decide<Answered> {
    bounds::check(&request.command)?;
    let content = content_hash(view, &request.command);
    if let Some(answered) = answered_before(view, request, content)? {
        return Ok(answered);
    }
    let outcome = match table::decide(view, &request.command, content) {
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
    if table::has_receipt(&request.command) {
        view.put(record::Receipt {
            command: request.key,
            name: request.command.name().to_owned(),
            content,
            answer: document(&own_words::without(&request.command, &outcome), view.decision()),
            at: view.received_at(),
        });
    }
    Ok(Answered::Receipt(Receipt { key: request.key, outcome, decision: Decision::default(), repeated: false }))
}

/// What a command would be answered, and what would be found on the way. What it would write is forgotten.
pub(crate) fn rehearse(view: &mut View<'_>, command: &AnyCommand) -> Decide<(Outcome<AnyOutcome>, Vec<Finding>)> {
    bounds::check(command)?;
    let content = content_hash(view, command);
    let outcome = match table::decide(view, command, content) {
        Ok(Decided::New(outcome)) => Outcome::Accepted(outcome),
        Ok(Decided::Refused(reason)) | Err(Halt::Declined(reason)) => Outcome::Declined(reason),
        Ok(Decided::Repeated(_)) => return Err(Error::command("command", "was executed before").into()),
        Err(halt) => return Err(halt),
    };
    let findings = view.decision().findings.clone();
    view.roll_back();
    Ok((outcome, findings))
}

fn answered_before(view: &mut View<'_>, request: &Request, content: [u8; 32]) -> Decide<Option<Answered>> {
    if !table::has_receipt(&request.command) {
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
    let settings = view.get::<Settings>(SettingsKey {})?;
    let days = settings.as_ref().map_or(RECEIPT_DAYS, |settings| settings.receipt_days);
    check_age(request, view.received_at(), days)?;
    // The receipt of an older key may be gone, also where the tenant keeps receipts for longer now or the clock went back.
    let swept = settings.map_or(Timestamp::FIRST, |settings| settings.retention.receipts.until);
    if request.key.minted_at()? < swept {
        return Err(Error::KeyTooOld { key: request.key.to_string(), days }.into());
    }
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
    let (mut outcome, decision): (Outcome<AnyOutcome>, _) =
        serde_json::from_value(answer.0.clone()).map_err(unreadable)?;
    own_words::with(&request.command, &mut outcome)?;
    Ok(Receipt { key: request.key, outcome, decision, repeated: true })
}

/// A refund is the same one whoever told it.
fn content_hash(view: &View<'_>, command: &AnyCommand) -> [u8; 32] {
    if let AnyCommand::RecordRefund(refund) = command
        && (refund.actor.is_some() || refund.reason.is_some())
    {
        let plain = RecordRefund { actor: None, reason: None, ..(**refund).clone() };
        return content_hash(view, &plain.into());
    }
    view.keyring().content_hash(view.tenant(), &serde_json::to_vec(command).unwrap_or_default())
}

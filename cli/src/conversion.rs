//! Conversions: shown, corrected, voided, refunded.

use referral_core::decide::Decide;
use referrals::command::{
    AnyCommand, AnyOutcome, CancelRefund, CorrectConversion, Outcome, RecordRefund, RefundAmount, RestoreConversion,
    VoidConversion,
};
use referrals::engine::{Question, Reader};
use referrals::record::{Conversion, ConversionKey, refunded_minor};
use referrals::report::Unexplained;
use referrals::value::{Money, Timestamp};
use referrals::{Error, Referrals};
use serde_json::json;

use crate::arguments::{ConversionJob, Hand, OfConversion};
use crate::failure::Failure;
use crate::hand;
use crate::show::by_hand;
use crate::telling::{Telling, facts, table};

pub(crate) fn run(job: &ConversionJob, open: &dyn Fn() -> Result<Referrals, Failure>) -> Result<Telling, Failure> {
    let referrals = open()?;
    match job {
        ConversionJob::Show(of) => show(&referrals, of),
        ConversionJob::Void { of, hand } => {
            let (OfConversion { source, event }, Hand { by: actor, why: reason, at }) = (of.clone(), hand.clone());
            changed(&referrals, VoidConversion { source, event, actor, reason }, at)
        }
        ConversionJob::Restore { of, hand } => {
            let (OfConversion { source, event }, Hand { by: actor, why: reason, at }) = (of.clone(), hand.clone());
            changed(&referrals, RestoreConversion { source, event, actor, reason }, at)
        }
        ConversionJob::Correct { of, correction, total, tax, shipping, hand } => {
            let (OfConversion { source, event }, Hand { by: actor, why: reason, at }) = (of.clone(), hand.clone());
            let (correction, total, tax, shipping) = (correction.clone(), *total, *tax, *shipping);
            let command = CorrectConversion { source, event, correction, total, tax, shipping, actor, reason };
            changed(&referrals, command, at)
        }
        ConversionJob::Refund { of, refund, amount, cumulative, hand } => {
            let (OfConversion { source, event }, Hand { by: actor, why: reason, at }) = (of.clone(), hand.clone());
            let amount = if *cumulative { RefundAmount::Cumulative(*amount) } else { RefundAmount::Amount(*amount) };
            let refund = refund.clone();
            refunded(&referrals, RecordRefund { source, event, refund, amount, actor, reason }, at)
        }
        ConversionJob::CancelRefund { of, refund, hand } => {
            let (OfConversion { source, event }, Hand { by: actor, why: reason, at }) = (of.clone(), hand.clone());
            refunded(&referrals, CancelRefund { source, event, refund: refund.clone(), actor, reason }, at)
        }
    }
}

fn named(key: &ConversionKey) -> String {
    format!("{}/{}", key.source, key.event)
}

/// Executes a command, and tells what the order is now: something that was said of a later time may go before it.
fn changed(referrals: &Referrals, command: impl Into<AnyCommand>, at: Option<Timestamp>) -> Result<Telling, Failure> {
    let receipt = hand::run(referrals, command, at)?;
    let known = match &receipt.outcome {
        Outcome::Accepted(AnyOutcome::ConversionChanged(done)) => {
            Some(referrals.ask(FindConversion(done.conversion.clone()))?)
        }
        _ => None,
    };
    hand::answered(&receipt, |outcome| match (outcome, known) {
        (AnyOutcome::ConversionChanged(done), Some(known)) => {
            let voiding = known.voiding.as_ref().map(|voiding| if voiding.is_void { "void" } else { "restored" });
            let new = known.correction.as_ref();
            let total = new.map(|new| Money::new(new.total_minor, new.currency).to_string());
            let corrected =
                new.zip(total.as_ref()).map(|(new, total)| format!("corrected to {total} by `{}`", new.correction));
            let is: Vec<String> = voiding.map(ToOwned::to_owned).into_iter().chain(corrected).collect();
            let text = format!("order {} is {}", named(&done.conversion), is.join(", and "));
            (text, json!({ "is": voiding, "corrected_to": total }))
        }
        (other, _) => hand::other(other),
    })
}

fn refunded(referrals: &Referrals, command: impl Into<AnyCommand>, at: Option<Timestamp>) -> Result<Telling, Failure> {
    let receipt = hand::run(referrals, command, at)?;
    let key = match &receipt.outcome {
        Outcome::Accepted(AnyOutcome::RefundRecorded(done)) => Some(done.conversion.clone()),
        Outcome::Accepted(AnyOutcome::RefundCancelled(done)) => Some(done.conversion.clone()),
        _ => None,
    };
    let known = key.map(|key| referrals.ask(FindConversion(key))).transpose()?;
    let currency = known.as_ref().and_then(|known| known.currency);
    let so_far = |minor: i64| {
        let money = currency.map(|currency| Money::new(minor, currency));
        money.map_or_else(|| "nothing".to_owned(), |money| money.to_string())
    };
    let again = if receipt.repeated { "; it was known already" } else { "" };
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::RefundRecorded(done) => {
            let amount = so_far(done.refunded_minor);
            let text = format!("of order {} {amount} is refunded{again}", named(&done.conversion));
            (text, json!({ "refunded": amount }))
        }
        AnyOutcome::RefundCancelled(done) => {
            let amount = so_far(done.refunded_minor);
            let text = format!(
                "refund `{}` did not leave: of order {} {amount} is refunded",
                done.refund,
                named(&done.conversion)
            );
            (text, json!({ "refunded": amount }))
        }
        other => hand::other(other),
    })
}

/// The record of a conversion, by any of its ids.
#[derive(Clone, Debug)]
pub(crate) struct FindConversion(pub(crate) ConversionKey);

impl Question for FindConversion {
    const NAME: &'static str = "find_conversion";
    type Answer = Conversion;

    fn read(&self, reader: &mut Reader<'_>) -> Decide<Conversion> {
        let main = reader.first_id(&self.0)?;
        let missing = || Error::NotFound { what: "conversion", name: named(&self.0) };
        Ok(reader.peek::<Conversion>(main)?.ok_or_else(missing)?)
    }
}

fn show(referrals: &Referrals, of: &OfConversion) -> Result<Telling, Failure> {
    let asked = ConversionKey { source: of.source.clone(), event: of.event.clone() };
    let known = referrals.ask(FindConversion(asked))?;
    let key = ConversionKey { source: known.source.clone(), event: known.event.clone() };
    let explained = referrals.explain(Unexplained::Conversion(key.clone()))?;
    let money = |minor: i64| known.currency.map(|currency| Money::new(minor, currency).to_string());
    let corrected = known.correction.as_ref().map(|new| Money::new(new.total_minor, new.currency).to_string());
    let is_known = known.content.is_some();
    let most = known.correction.as_ref().map_or(known.total_minor, |new| new.total_minor);
    let refunds = refunded_minor(&known.refunds).min(if is_known { most } else { i64::MAX });
    let is_void = known.voiding.as_ref().is_some_and(|voiding| voiding.is_void);
    let total = money(known.total_minor).filter(|_| is_known);
    let shown = facts([
        ("order", Some(named(&key))),
        ("kind", is_known.then(|| known.converted.to_string())),
        ("state", Some(known.state.to_string())),
        ("whose", known.participant.map(|participant| participant.to_string())),
        ("total", total.clone()),
        ("corrected to", corrected.clone()),
        ("refunded", money(refunds).filter(|_| refunds > 0)),
        ("void", is_void.then(|| "it never was".to_owned())),
        ("at", is_known.then(|| known.occurred_at.to_string())),
    ]);
    let mut text = shown;
    if !known.refunds.is_empty() {
        let rows = known.refunds.iter().map(|refund| {
            let how = if refund.cumulative { "so far" } else { "" };
            let left = if refund.taken_back.is_some() { "did not leave" } else { "" };
            [refund.refund.to_string(), money(refund.amount_minor).unwrap_or_default(), how.to_owned(), left.to_owned()]
        });
        text.push('\n');
        text.push_str(&table(["refund", "amount", "", ""], rows));
    }
    if !explained.hands.is_empty() {
        text.push('\n');
        explained.hands.iter().for_each(|hand| text.push_str(&by_hand(hand)));
    }
    let refund_of = |refund: &referrals::record::RefundFact| {
        json!({
            "refund": refund.refund, "amount": money(refund.amount_minor), "cumulative": refund.cumulative,
            "taken_back": refund.taken_back,
        })
    };
    let document = json!({
        "conversion": key, "kind": known.converted, "state": known.state, "participant": known.participant,
        "total": total, "corrected_to": corrected, "refunded": money(refunds), "is_void": is_void,
        "refunds": known.refunds.iter().map(refund_of).collect::<Vec<_>>(), "occurred_at": known.occurred_at,
        "counted_in": known.counted_in, "hands": explained.hands,
    });
    Telling::new(text, document)
}

//! Records refunds, and refunds that did not leave: what rests on the conversion follows. Both may arrive before their
//! conversion: they then wait under its event id.

use super::awaited::{awaited, find, note};
use super::changed;
use super::foresee;
use super::foresee_rewards::changed;
use super::halt::{Decide, Halt};
use super::hand;
use super::handled::{Decided, document};
use super::orders::{currency_of, refunded};
use super::reference;
use super::view::View;
use crate::command::{
    AnyOutcome, CancelRefund, Finding, Outcome, Reason, RecordRefund, RefundAmount, RefundCancelled, RefundRecorded,
};
use crate::error::Error;
use crate::record::{Conversion, ConversionKey, ConversionState, Refund, RefundFact, RefundKey, Said, refunded_minor};

const REFUNDED: &str = "refund";
const CANCELLED: &str = "the refund was cancelled";
/// Records a refund.
pub(super) fn record(view: &mut View<'_>, command: &RecordRefund, content: [u8; 32]) -> Decide<Decided> {
    let money = command.amount.money();
    if money.minor <= 0 {
        return Err(Error::command("amount", "is greater than zero").into());
    }
    let recorded = by_hand(view, command)?;
    let given = ConversionKey { source: command.source.clone(), event: command.event.clone() };
    let own = RefundKey { source: given.source.clone(), event: given.event.clone(), refund: command.refund.clone() };
    view.need([own.clone().into(), given.clone().into()])?;
    if let Some(known) = view.get::<Refund>(own.clone())? {
        if known.content != content {
            return Err(reused(&own).into());
        }
        return Ok(Decided::Repeated(known.answer));
    }
    let key = reference::resolve(view, &given)?;
    let mut conversion = view.get::<Conversion>(key.clone())?.unwrap_or_else(|| awaited(view, &key, None));
    let fact = RefundFact {
        refund: command.refund.clone(),
        amount_minor: money.minor,
        currency: Some(money.currency),
        cumulative: matches!(command.amount, RefundAmount::Cumulative(_)),
        recorded,
        taken_back: None,
    };
    // Told before under another id of the same conversion: the first answer holds.
    let known = find(&mut conversion, &fact.refund).filter(|known| known.amount_minor > 0);
    let is_known = known.is_some();
    if known.is_some_and(|known| (known.amount_minor, known.cumulative) != (fact.amount_minor, fact.cumulative)) {
        return Err(reused(&own).into());
    }
    if conversion.state == ConversionState::Awaited && conversion.currency.is_none() {
        conversion.currency = Some(money.currency);
    }
    if currency_of(&conversion).is_some_and(|currency| currency != money.currency) {
        return Err(Halt::Declined(Reason::RefundCurrency));
    }
    if !is_known {
        note(&mut conversion, fact.clone())?;
        view.put(conversion.clone());
        changed::follow_everywhere(view, &conversion, REFUNDED)?;
    }
    let is_awaited = conversion.state == ConversionState::Awaited;
    if is_awaited {
        view.find(Finding::new(Reason::WaitsForConversion));
    }
    let so_far = if is_awaited { refunded_minor(&conversion.refunds) } else { refunded(&conversion) };
    let outcome = AnyOutcome::from(RefundRecorded { conversion: key, awaited: is_awaited, refunded_minor: so_far });
    let answer = document(&Outcome::Accepted(outcome.clone()), view.decision());
    let RefundFact { refund, amount_minor, cumulative, .. } = fact;
    let RefundKey { source, event, .. } = own;
    let (currency, received_at) = (money.currency, view.received_at());
    // Also where it is known: if a rival records it under this id at this moment, its answer holds, and this commit is refused.
    let kept = answer.clone();
    view.put(Refund { source, event, refund, currency, amount_minor, cumulative, received_at, content, answer: kept });
    Ok(if is_known { Decided::Repeated(answer) } else { Decided::New(outcome) })
}

/// Who recorded a refund, if a hand did.
fn by_hand(view: &View<'_>, command: &RecordRefund) -> Result<Option<Said>, Error> {
    let said = hand::said(view, command.actor.as_ref(), command.reason.as_ref())?;
    Ok(Some(said).filter(|said| said.actor.is_some() || said.reason.is_some()))
}

fn reused(own: &RefundKey) -> Error {
    Error::event_reused(&own.source, own.refund.as_str())
}

/// Takes a refund back: the money did not leave.
pub(super) fn cancel(view: &mut View<'_>, command: &CancelRefund) -> Decide<RefundCancelled> {
    let said = hand::said(view, command.actor.as_ref(), command.reason.as_ref())?;
    let given = ConversionKey { source: command.source.clone(), event: command.event.clone() };
    let key = reference::resolve(view, &given)?;
    let mut conversion = view.get::<Conversion>(key.clone())?.unwrap_or_else(|| awaited(view, &key, None));
    let refund = command.refund.clone();
    let (amount_minor, currency, cumulative, recorded) = (0, None, false, None);
    note(&mut conversion, RefundFact { refund, amount_minor, currency, cumulative, recorded, taken_back: Some(said) })?;
    if conversion.state == ConversionState::Awaited {
        view.find(Finding::new(Reason::WaitsForConversion));
    }
    view.put(conversion.clone());
    changed::follow_everywhere(view, &conversion, CANCELLED)?;
    let refunded_minor = refunded(&conversion);
    Ok(RefundCancelled { conversion: key, refund: command.refund.clone(), refunded_minor })
}

/// Foresees what a refund reads.
pub(super) fn foresee(view: &mut View<'_>, command: &RecordRefund) {
    let (source, event_id, refund) = (command.source.clone(), command.event.clone(), command.refund.clone());
    view.want([RefundKey { source, event: event_id, refund }]);
    let Some(conversion) = foresee::event(view, &command.source, &command.event) else { return };
    changed(view, &conversion);
}

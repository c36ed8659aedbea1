//! Corrects conversions: new amounts, that one never was, and that it was after all. Each may arrive before the conversion.

use super::awaited::awaited;
use super::changed;
use super::halt::{Decide, Halt};
use super::hand;
use super::reference;

use super::view::View;
use crate::command::{ConversionChanged, CorrectConversion, Finding, Reason, RestoreConversion, VoidConversion};
use crate::error::Error;
use crate::record::{Conversion, ConversionKey, ConversionState, Correction, Said, Voiding};
use crate::value::{EventId, SourceName};

/// Records that a conversion never was.
pub(super) fn void(view: &mut View<'_>, command: &VoidConversion) -> Decide<ConversionChanged> {
    let hand = (command.actor.as_ref(), command.reason.as_ref());
    say(view, (&command.source, &command.event), hand, true, "the order was voided")
}

/// Records that a conversion was after all.
pub(super) fn restore(view: &mut View<'_>, command: &RestoreConversion) -> Decide<ConversionChanged> {
    let hand = (command.actor.as_ref(), command.reason.as_ref());
    say(view, (&command.source, &command.event), hand, false, "the order was restored")
}

fn say(
    view: &mut View<'_>,
    (source, event): (&SourceName, &EventId),
    (actor, reason): (Option<&String>, Option<&String>),
    is_void: bool,
    why: &'static str,
) -> Decide<ConversionChanged> {
    let Said { at, command, actor, reason } = hand::said(view, actor, reason)?;
    let new = Voiding { at, command, is_void, actor, reason };
    change(view, (source, event), why, |conversion| {
        let is_later = conversion.voiding.as_ref().is_some_and(|known| known.at > new.at);
        Ok(why_not(is_later, Voiding::note(&mut conversion.voiding, new)))
    })
}

/// Records new amounts of a conversion. Of several corrections the one with the greatest time and id counts.
pub(super) fn correct(view: &mut View<'_>, command: &CorrectConversion) -> Decide<ConversionChanged> {
    let currency = command.total.currency;
    let part = |field, money: Option<crate::value::Money>| match money {
        None => Ok(0),
        Some(money) if money.currency == currency && money.minor >= 0 => Ok(money.minor),
        Some(_) => Err(Error::command(field, "is in the currency of the total and not negative")),
    };
    let (tax, shipping) = (part("tax", command.tax)?, part("shipping", command.shipping)?);
    let total = command.total.minor;
    if total < 0 || tax.checked_add(shipping).is_none_or(|both| both > total) {
        return Err(Error::command("total", "is not negative, and not less than tax and shipping together").into());
    }
    let Said { at, command: key, actor, reason } = hand::said(view, command.actor.as_ref(), command.reason.as_ref())?;
    let new = Correction {
        at,
        correction: command.correction.clone(),
        currency,
        total_minor: total,
        tax_minor: tax,
        shipping_minor: shipping,
        command: key,
        actor,
        reason,
    };
    change(view, (&command.source, &command.event), "the order was corrected", |conversion| {
        let refunded = || conversion.refunds.iter().find_map(|refund| refund.currency);
        if conversion.currency.or_else(refunded).is_some_and(|known| known != currency) {
            return Err(Halt::Declined(Reason::Currency));
        }
        let is_later = conversion.correction.as_ref().is_some_and(|known| known.at > new.at);
        Ok(why_not(is_later, Correction::note(&mut conversion.correction, new)))
    })
}

/// Why what was told may not count: another one has a later time, or the same time and other values.
fn why_not(is_later: bool, differs: bool) -> Option<Reason> {
    if is_later {
        return Some(Reason::LaterCounts);
    }
    differs.then_some(Reason::SameTime)
}

fn change(
    view: &mut View<'_>,
    (source, event): (&SourceName, &EventId),
    why: &'static str,
    change: impl FnOnce(&mut Conversion) -> Decide<Option<Reason>>,
) -> Decide<ConversionChanged> {
    let given = ConversionKey { source: source.clone(), event: event.clone() };
    let key = reference::resolve(view, &given)?;
    let mut conversion = view.get::<Conversion>(key.clone())?.unwrap_or_else(|| awaited(view, &key, None));
    if let Some(reason) = change(&mut conversion)? {
        view.find(Finding::new(reason));
    }
    view.put(conversion.clone());
    changed::follow_everywhere(view, &conversion, why)?;
    let is_awaited = conversion.state == ConversionState::Awaited;
    if is_awaited {
        view.find(Finding::new(Reason::WaitsForConversion));
    }
    Ok(ConversionChanged { conversion: key, awaited: is_awaited })
}

//! Facts of a conversion that arrive before it: refunds, a correction, a void. They wait under the conversion's
//! event id, or under a further id of it.

use super::changed;
use super::halt::{Decide, Halt};
use super::orders::currency_of;
use super::view::View;
use crate::command::{Finding, Reason};
use crate::record::{
    Conversion, ConversionKey, ConversionKind, ConversionState, Correction, Data, Document, RefundFact, Voiding,
    note_refund,
};
use crate::value::{Currency, EventId};

const TOLD_BEFORE: &str = "what was told before it came";
/// The most refunds of one conversion.
const MOST_REFUNDS: usize = 32;

pub(super) fn find<'a>(conversion: &'a mut Conversion, refund: &EventId) -> Option<&'a mut RefundFact> {
    conversion.refunds.iter_mut().find(|known| known.refund == *refund)
}

/// Notes a refund of a conversion, if there is room for it.
pub(super) fn note(conversion: &mut Conversion, fact: RefundFact) -> Decide<()> {
    let is_known = find(conversion, &fact.refund).is_some();
    if !is_known && conversion.refunds.len() >= MOST_REFUNDS {
        return Err(Halt::Declined(Reason::TooManyRefunds));
    }
    note_refund(&mut conversion.refunds, fact);
    Ok(())
}

/// Whether nothing was told of a conversion before it came.
pub(super) fn is_untouched(conversion: &Conversion) -> bool {
    conversion.refunds.is_empty() && conversion.correction.is_none() && conversion.voiding.is_none()
}

/// An awaited conversion of which what was told went to the one that it is a further id of.
pub(super) fn emptied(awaited: Conversion) -> Conversion {
    Conversion { refunds: Vec::new(), correction: None, voiding: None, currency: None, ..awaited }
}

/// A conversion of which nothing is known but what was told before it came, in `currency`.
pub(super) fn awaited(view: &View<'_>, key: &ConversionKey, currency: Option<Currency>) -> Conversion {
    let (occurred_at, received_at) = (view.now(), view.received_at());
    Conversion {
        source: key.source.clone(),
        event: key.event.clone(),
        state: ConversionState::Awaited,
        participant: None,
        converted: ConversionKind::Custom,
        only_in: None,
        currency,
        total_minor: 0,
        tax_minor: 0,
        shipping_minor: 0,
        country: None,
        coupon: None,
        data: Data::default(),
        occurred_at,
        received_at,
        refunds: Vec::new(),
        correction: None,
        voiding: None,
        counted_in: Vec::new(),
        sealed_in: Vec::new(),
        content: None,
        answer: Document::default(),
    }
}

/// Takes over what was told under another id: refunds in another currency, and a correction in one, are left out.
pub(super) fn take_over(view: &mut View<'_>, conversion: &mut Conversion, other: &Conversion) {
    if is_untouched(other) {
        return;
    }
    if conversion.state == ConversionState::Awaited && conversion.currency.is_none() {
        conversion.currency = other.currency;
    }
    let differs = |refund: &RefundFact| refund.currency.zip(currency_of(conversion)).is_some_and(|(is, of)| is != of);
    if other.refunds.iter().any(differs) {
        view.find(Finding::new(Reason::RefundCurrency));
    } else {
        for fact in other.refunds.iter().cloned() {
            if note(conversion, fact).is_err() {
                view.find(Finding::new(Reason::TooManyRefunds));
            }
        }
    }
    if let Some(correction) = &other.correction {
        let refunded = || conversion.refunds.iter().find_map(|refund| refund.currency);
        if conversion.currency.or_else(refunded).is_some_and(|currency| currency != correction.currency) {
            view.find(Finding::new(Reason::Currency));
        } else {
            note_same(view, Correction::note(&mut conversion.correction, correction.clone()));
        }
    }
    if let Some(voiding) = &other.voiding {
        note_same(view, Voiding::note(&mut conversion.voiding, voiding.clone()));
    }
}

/// Adds what was told of an awaited conversion to the known one that it turns out to be.
pub(super) fn merge(view: &mut View<'_>, main: &ConversionKey, awaited: Conversion) -> Decide<()> {
    if is_untouched(&awaited) {
        return Ok(());
    }
    let mut conversion = view.expect::<Conversion>(main.clone())?;
    take_over(view, &mut conversion, &awaited);
    view.put(emptied(awaited));
    view.put(conversion.clone());
    changed::follow_everywhere(view, &conversion, TOLD_BEFORE)
}

/// Notes that two facts have the same time and other values, if they do.
fn note_same(view: &mut View<'_>, differs: bool) {
    if differs {
        view.find(Finding::new(Reason::SameTime));
    }
}

//! Orders as referrals and people know them: put among the facts, as their conversions say.

use super::ask;
use super::context::ReferralContext;
use super::halt::Decide;
use super::view::View;
use crate::campaign::InFlight;
use crate::command::{Finding, Reason};
use crate::record::{
    Conversion, ConversionKey, ConversionState, Correction, Key, NamedOrder, OrderFact, Participant, RecordKind,
    Referral, note_order, refunded_minor,
};
use crate::value::{CampaignId, Currency};

/// The most orders that one person names.
const MOST_NAMED: usize = 32;

/// The amounts of a conversion as last corrected: currency, total, tax and shipping.
pub(crate) fn amounts_of(conversion: &Conversion) -> (Option<Currency>, i64, i64, i64) {
    match &conversion.correction {
        Some(Correction { currency, total_minor, tax_minor, shipping_minor, .. }) => {
            (Some(*currency), *total_minor, *tax_minor, *shipping_minor)
        }
        None => {
            let Conversion { currency, total_minor, tax_minor, shipping_minor, .. } = conversion;
            (*currency, *total_minor, *tax_minor, *shipping_minor)
        }
    }
}

/// The currency of a conversion: that of its amounts or, as long as it was told without any, of what was refunded of it.
pub(super) fn currency_of(conversion: &Conversion) -> Option<Currency> {
    amounts_of(conversion).0.or_else(|| conversion.refunds.iter().find_map(|refund| refund.currency))
}

/// What was refunded of a conversion, never more than its total.
pub(crate) fn refunded(conversion: &Conversion) -> i64 {
    let (_, total, ..) = amounts_of(conversion);
    refunded_minor(&conversion.refunds).min(total)
}

/// Puts a new order among those that its person names: a lead that begins finds it there. The last orders are kept, by time,
/// source and id. One that was never counted and is forgotten is named in a finding.
pub(super) fn name(view: &mut View<'_>, person: &mut Participant, conversion: &Conversion) {
    let named = NamedOrder { conversion: conversion.key(), at: conversion.occurred_at, only_in: conversion.only_in };
    let place = |order: &NamedOrder| (order.at, order.conversion.clone());
    let index = person.orders.partition_point(|known| place(known) < place(&named));
    person.orders.insert(index, named);
    keep_last(view, person);
}

/// Puts the orders that another person named among those of this one.
pub(super) fn join_named(view: &mut View<'_>, person: &mut Participant, others: &[NamedOrder]) {
    person.orders.extend(others.iter().cloned());
    person.orders.sort_by_key(|order| (order.at, order.conversion.clone()));
    keep_last(view, person);
}

fn keep_last(view: &mut View<'_>, person: &mut Participant) {
    while person.orders.len() > MOST_NAMED {
        let forgotten = person.orders.remove(0);
        let counts = |campaign: &CampaignId| forgotten.only_in.is_none_or(|only| only == *campaign);
        if !person.referred_in.iter().any(counts) {
            view.find(Finding::new(Reason::TooManyOrders).because("named by its person"));
        }
    }
}

/// The orders that a person names and that a lead of this campaign finds: those of its window, as far as it has begun.
fn named_for(context: &ReferralContext) -> Vec<ConversionKey> {
    let starts = context.referral.lead_at.plus(-context.pinned.model.waiting.delta());
    let campaign = context.current.id();
    let fits = |named: &&NamedOrder| named.at >= starts && named.only_in.is_none_or(|only| only == campaign);
    let known = |key: &ConversionKey| context.referral.orders.iter().any(|order| order.is(key));
    let named = context.invitee.orders.iter().filter(fits).map(|named| named.conversion.clone());
    named.filter(|key| !known(key)).collect()
}

/// The orders that the person names and that a lead finds when it begins: those that no other lead of the person holds.
pub(super) fn free_for(context: &ReferralContext, known: &[Referral]) -> Vec<ConversionKey> {
    let is_held = |key: &ConversionKey| known.iter().any(|lead| lead.orders.iter().any(|order| order.is(key)));
    named_for(context).into_iter().filter(|key| !is_held(key)).collect()
}

/// Whether an order happened before one that is sealed: it has no place any more.
fn is_before(context: &ReferralContext, conversion: &Conversion) -> bool {
    let place = (conversion.occurred_at, &conversion.source, &conversion.event);
    context.referral.sealed.as_ref().is_some_and(|sealed| place < sealed.place())
}

/// The orders that a person names and that count in a campaign, if a lead's window holds them.
pub(super) fn named_in(person: &Participant, campaign: CampaignId) -> impl Iterator<Item = ConversionKey> + '_ {
    let fits = move |named: &&NamedOrder| named.only_in.is_none_or(|only| only == campaign);
    person.orders.iter().filter(fits).map(|named| named.conversion.clone())
}

/// Puts conversions among the facts of a referral. Those that happened before sealed ones are named in a finding.
pub(super) fn add(view: &mut View<'_>, context: &mut ReferralContext, keys: &[ConversionKey]) -> Decide<()> {
    view.need(keys.iter().cloned().map(Key::from))?;
    for key in keys {
        let mut conversion = view.expect::<Conversion>(key.clone())?;
        if conversion.state == ConversionState::Awaited {
            continue;
        }
        let campaign = context.current.id();
        if is_before(context, &conversion) {
            view.find(Finding::new(Reason::TooManyOrders).in_campaign(campaign));
            continue;
        }
        put(context, &conversion);
        if !conversion.counted_in.contains(&campaign) {
            conversion.counted_in.push(campaign);
            view.put(conversion);
        }
    }
    Ok(())
}

/// Puts a conversion among the facts, in its place, or renews what is known of it.
fn put(context: &mut ReferralContext, conversion: &Conversion) {
    let fact = read(context, conversion);
    note_order(&mut context.referral.orders, fact);
}

/// A conversion as this referral knows it, with what its conditions ask of people.
pub(super) fn read(context: &ReferralContext, conversion: &Conversion) -> OrderFact {
    let fact = fact_of(context, conversion);
    OrderFact { reading: ask::read_order(context, &fact, conversion), ..fact }
}

/// Reads everything anew that was read of people and orders: the lead follows another version, or began earlier.
pub(super) fn read_anew(view: &mut View<'_>, context: &mut ReferralContext) -> Decide<()> {
    let keys: Vec<ConversionKey> = context.referral.orders.iter().map(OrderFact::key).collect();
    view.need(keys.iter().cloned().map(Key::from))?;
    context.referral.reading = ask::read_lead(context);
    context.referral.orders.clear();
    for key in keys {
        let conversion = view.expect::<Conversion>(key)?;
        put(context, &conversion);
    }
    for index in 0..context.referral.marks.len() {
        let Some(at) = context.referral.marks.get(index).map(|mark| mark.at) else { continue };
        let reading = ask::read_mark(context, at);
        if let Some(mark) = context.referral.marks.get_mut(index) {
            mark.reading = reading;
        }
    }
    Ok(())
}

pub(super) fn fact_of(context: &ReferralContext, conversion: &Conversion) -> OrderFact {
    let (currency, total_minor, tax_minor, shipping_minor) = amounts_of(conversion);
    let late = conversion.received_at.since(conversion.occurred_at) > context.pinned.model.late.delta();
    let stops = context.pinned.model.in_flight == InFlight::Stop;
    OrderFact {
        at: conversion.occurred_at,
        source: conversion.source.clone(),
        event: conversion.event.clone(),
        converted: conversion.converted,
        currency,
        total_minor,
        tax_minor,
        shipping_minor,
        refunded_minor: refunded_minor(&conversion.refunds),
        is_void: conversion.voiding.as_ref().is_some_and(|voiding| voiding.is_void),
        is_late: late,
        is_over: stops && context.current.is_over(conversion.occurred_at),
        reading: String::new(),
    }
}

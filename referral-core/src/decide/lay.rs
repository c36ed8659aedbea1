//! Lays out what was told of a person over the person's leads: which evidence begins a lead, and which lead holds an order.
//!
//! Evidence is looked at in order of time. Whether it begins another lead is judged by all orders, and by the marks and the
//! moderation before it. Only the leads since the person last had another referrer, and since the last that has sealed orders,
//! are laid out anew: what another referrer's evidence began stays.

use std::collections::{BTreeMap, BTreeSet};

use super::ask;
use super::campaign::{self, Current};
use super::context::ReferralContext;
use super::halt::Decide;
use super::leads;
use super::merged;
use super::orders;
use super::pool::{Pool, beginning, hold_order, hold_said, need, pool_of_said, reads, take_late};
use super::view::View;
use crate::campaign::ExistingCustomers;
use crate::evaluate::{Facts, evaluate, window_end, window_start};
use crate::record::{
    Conversion, ConversionKey, ConversionState, Key, Met, Moderation, OrderFact, Places, Progress, RecordKind,
    Referral, ReferralKey, note_met,
};
use crate::value::{ParticipantId, Timestamp};

/// Which leads are laid out anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Those since the person last had another referrer.
    SinceAnotherReferrer,
    /// All: two people turned out to be one.
    All,
}

/// Lays out the leads of a person: all of them, with what each holds now. How far each is, and its groups, are as they were
/// under its key. `named` are orders that no lead knows yet.
pub(super) fn lay(
    view: &mut View<'_>,
    current: &Current,
    known: &[Referral],
    which: Which,
    named: &[ConversionKey],
) -> Decide<Vec<ReferralContext>> {
    let standing = leads::standing(known);
    let start = match (which, standing.last()) {
        (Which::SinceAnotherReferrer, Some(last)) => first_of_segment(view, &standing, last.referrer)?,
        _ => 0,
    };
    let (fixed, segment) = standing.split_at(start);
    let mut laid = Vec::with_capacity(known.len());
    let mut pool = Pool::default();
    let begins = segment.iter().map(|lead| lead.lead_at).min();
    for lead in fixed {
        let mut context = ReferralContext::around(view, current.clone(), (*lead).clone())?;
        take_late(&mut context, &mut pool, begins);
        laid.push(context);
    }
    for lead in laid.iter_mut().filter(|lead| lead.referral.sealed.is_none()) {
        hold_within(view, lead, &mut pool)?;
    }
    // Evidence of a lead that an earlier merge superseded may begin it after all.
    let mut told: Vec<&Referral> = segment.to_vec();
    told.extend(known.iter().filter(|lead| which == Which::All && may_begin_again(lead)));
    told.iter().for_each(|lead| pool.take(lead));
    let earliest = told.iter().min_by_key(|lead| lead.lead_at).copied();
    add_named(view, current, earliest, named, &mut pool)?;
    pool.sort();
    let first = laid.len();
    let mut left_out = Vec::new();
    for (referrer, met) in std::mem::take(&mut pool.met) {
        if let Some(open) = laid.get_mut(first..).and_then(<[_]>::last_mut) {
            let is_own = merged::root(view, referrer)?.participant == open.referrer.participant;
            if !begins_anew(view, open, &pool, &met, is_own)? {
                match is_own {
                    true => _ = note_met(&mut open.referral.further, met),
                    false => left_out.push((referrer, met)),
                }
                continue;
            }
            close(view, open, &mut pool, Some(met.at))?;
        }
        laid.push(begin(view, current, &told, referrer, &met)?);
    }
    if let Some(open) = laid.get_mut(first..).and_then(<[_]>::last_mut) {
        close(view, open, &mut pool, None)?;
    }
    place_the_rest(view, &mut laid, pool)?;
    let mut laid = give_keys(view, current, laid, first, (known, segment))?;
    keep_left_out(view, current, &mut laid, &told, left_out)?;
    laid.sort_by_key(|context| context.referral.key());
    count_leads(&mut laid);
    Ok(laid)
}

/// Keeps evidence of another referrer that begins nothing in a lead of that referrer that is superseded: a later merge asks it again.
fn keep_left_out(
    view: &mut View<'_>,
    current: &Current,
    laid: &mut Vec<ReferralContext>,
    told: &[&Referral],
    left_out: Vec<(ParticipantId, Met)>,
) -> Decide<()> {
    for (referrer, met) in left_out {
        let is_its = |context: &&mut ReferralContext| {
            context.referral.referrer == referrer && may_begin_again(&context.referral)
        };
        if let Some(context) = laid.iter_mut().find(is_its) {
            if beginning(&context.referral) != met {
                note_met(&mut context.referral.further, met);
            }
            continue;
        }
        let mut context = begin(view, current, told, referrer, &met)?;
        let own = laid.iter().map(|context| &context.referral);
        let own = own.filter(|lead| lead.invitee == context.invitee.participant);
        let lead = own.map(|lead| lead.lead).max().unwrap_or(0) + 1;
        context.referral = Referral {
            invitee: context.invitee.participant,
            lead,
            places: Places::default(),
            progress: Progress::Lead,
            qualified_at: None,
            expires_at: None,
            ..superseded(&context.referral)
        };
        laid.push(context);
    }
    Ok(())
}

/// Behind the last lead of another referrer, and behind the last that has sealed orders.
pub(super) fn first_of_segment(view: &mut View<'_>, standing: &[&Referral], referrer: ParticipantId) -> Decide<usize> {
    for (index, lead) in standing.iter().enumerate().rev() {
        if lead.sealed.is_some() || !merged::are_one(view, lead.referrer, referrer)? {
            return Ok(index + 1);
        }
    }
    Ok(0)
}

/// Adds orders that no lead knows yet, from the window of the first lead on.
fn add_named(
    view: &mut View<'_>,
    current: &Current,
    first: Option<&Referral>,
    named: &[ConversionKey],
    pool: &mut Pool,
) -> Decide<()> {
    let Some(first) = first.filter(|_| !named.is_empty()) else { return Ok(()) };
    view.need(named.iter().cloned().map(Key::from))?;
    let context = ReferralContext::around(view, current.clone(), first.clone())?;
    let start = window_start(&context.pinned, &Facts::of(first));
    for key in named {
        let mut conversion = view.expect::<Conversion>(key.clone())?;
        let is_known = pool.orders.iter().any(|(_, order)| order.is(key));
        if is_known || conversion.state == ConversionState::Awaited || conversion.occurred_at < start {
            continue;
        }
        pool.orders.push((reads(first), orders::read(&context, &conversion)));
        if !conversion.counted_in.contains(&current.id()) {
            conversion.counted_in.push(current.id());
            view.put(conversion);
        }
    }
    Ok(())
}

/// Whether a lead is over for other referrers: by a time its window had ended, and it is not qualified. It is judged by all its
/// orders, and by what hands said before that time.
pub(super) fn is_over(view: &mut View<'_>, current: &Current, lead: &Referral, at: Timestamp) -> Decide<bool> {
    let open = ReferralContext::around(view, current.clone(), emptied(lead))?;
    let mut pool = Pool::default();
    pool.take(lead);
    pool.sort();
    let (_, is_over) = judged_at(view, &open, &pool, at)?;
    Ok(is_over)
}

/// Whether evidence for the referrer of a lead lets one more lead begin by a code, when it is laid out with all that is known.
pub(super) fn adds_use(
    view: &mut View<'_>,
    current: &Current,
    known: &[Referral],
    lead: &Referral,
    met: &Met,
) -> Decide<bool> {
    let mut with = known.to_vec();
    for own in with.iter_mut().filter(|own| own.key() == lead.key()) {
        note_met(&mut own.further, met.clone());
    }
    let laid = lay(view, current, &with, Which::SinceAnotherReferrer, &[])?;
    Ok(leads::begun_by_code(laid.iter().map(|context| &context.referral)) > leads::begun_by_code(known))
}

/// Whether evidence begins another lead: it came at or after the end of the window of the open one, which is not qualified and,
/// for its own referrer, not denied.
fn begins_anew(view: &mut View<'_>, open: &ReferralContext, pool: &Pool, met: &Met, is_own: bool) -> Decide<bool> {
    let (moderation, is_over) = judged_at(view, open, pool, met.at)?;
    let refuses = open.current.compiled.model.attribution.existing_customers == ExistingCustomers::Refuse;
    Ok(is_over && !(is_own && moderation == Moderation::Denied) && (met.is_new || !refuses))
}

/// What moderation said of a lead by a time, and whether its window had ended by then and it is not qualified.
fn judged_at(view: &mut View<'_>, open: &ReferralContext, pool: &Pool, at: Timestamp) -> Decide<(Moderation, bool)> {
    let mut judged = open.clone();
    hold_said(&mut judged, &mut pool_of_said(pool), Some(at));
    let moderation = judged.referral.moderation;
    if window_end(&judged.pinned, &Facts::of(&judged.referral)).is_none_or(|end| at < end) {
        return Ok((moderation, false));
    }
    need(view, open, &pool.orders)?;
    for (read_by, order) in &pool.orders {
        hold_order(view, &mut judged, *read_by, order)?;
    }
    let facts = Facts::of(&judged.referral);
    let qualified = evaluate(&judged.pinned, &facts, view.received_at())?.qualified.is_some();
    Ok((moderation, !qualified))
}

/// Ends the laying out of a lead: it holds what hands said before a time, and the orders within its window.
fn close(view: &mut View<'_>, open: &mut ReferralContext, pool: &mut Pool, until: Option<Timestamp>) -> Decide<()> {
    hold_said(open, pool, until);
    for index in 0..open.referral.marks.len() {
        let Some(at) = open.referral.marks.get(index).filter(|mark| !mark.reading.is_empty()).map(|mark| mark.at)
        else {
            continue;
        };
        let reading = ask::read_mark(open, at);
        if let Some(mark) = open.referral.marks.get_mut(index) {
            mark.reading = reading;
        }
    }
    hold_within(view, open, pool)
}

/// Gives a lead the orders within its window.
fn hold_within(view: &mut View<'_>, open: &mut ReferralContext, pool: &mut Pool) -> Decide<()> {
    let facts = Facts::of(&open.referral);
    let (start, end) = (window_start(&open.pinned, &facts), window_end(&open.pinned, &facts));
    let is_held = |order: &OrderFact| order.at >= start && end.is_none_or(|end| order.at < end);
    let (held, rest): (Vec<_>, Vec<_>) =
        std::mem::take(&mut pool.orders).into_iter().partition(|(_, order)| is_held(order));
    pool.orders = rest;
    need(view, open, &held)?;
    for (read_by, order) in &held {
        hold_order(view, open, *read_by, order)?;
    }
    Ok(())
}

/// Orders within no window have their place in the latest lead before them; those before all leads, in the first.
fn place_the_rest(view: &mut View<'_>, laid: &mut [ReferralContext], pool: Pool) -> Decide<()> {
    for (read_by, order) in pool.orders {
        let before = laid.iter().rposition(|lead| lead.referral.lead_at <= order.at && lead.referral.sealed.is_none());
        if let Some(lead) = laid.get_mut(before.unwrap_or(0)) {
            hold_order(view, lead, read_by, &order)?;
        }
    }
    Ok(())
}

/// Whether a lead is superseded for another reason than that a referral between these people was denied.
fn may_begin_again(lead: &Referral) -> bool {
    lead.superseded && lead.moderation != Moderation::Denied
}

/// A lead that evidence begins. One that it began before keeps its version and what was read then.
fn begin(
    view: &mut View<'_>,
    current: &Current,
    told: &[&Referral],
    referrer: ParticipantId,
    met: &Met,
) -> Decide<ReferralContext> {
    let mut own = told.iter().filter(|lead| lead.referrer == referrer);
    let known = own.clone().find(|lead| beginning(lead) == *met).copied();
    let Some(like) = known.or(own.next().copied()) else {
        return Err(crate::error::Error::command("leads", "are none").into());
    };
    let bare = Referral { superseded: false, ..emptied(like) };
    if known.is_some() {
        return ReferralContext::around(view, current.clone(), bare);
    }
    let pinned = campaign::version_at(view, current, met.at)?;
    let referral = Referral {
        version: pinned.version,
        evidence: met.evidence,
        channel: met.channel.clone(),
        link: met.link,
        origin: met.origin.clone(),
        is_new: met.is_new,
        clicked_at: met.clicked_at,
        command: met.command,
        lead_at: met.at,
        reassigned: Vec::new(),
        ..bare
    };
    let mut context = ReferralContext::around(view, current.clone(), referral)?;
    context.referral.country = context.invitee.country.or(context.referral.country);
    context.referral.reading = ask::read_lead(&context);
    Ok(context)
}

/// Gives the leads their keys: the one under which a lead began before, or else one of the same referrer that is left over, or
/// else a new one. A lead whose key is left over is superseded.
fn give_keys(
    view: &mut View<'_>,
    current: &Current,
    mut laid: Vec<ReferralContext>,
    first: usize,
    (known, segment): (&[Referral], &[&Referral]),
) -> Decide<Vec<ReferralContext>> {
    let Some(invitee) = laid.first().map(|context| context.invitee.participant) else {
        return known.iter().map(|lead| ReferralContext::around(view, current.clone(), lead.clone())).collect();
    };
    let mut free: Vec<&Referral> = segment.to_vec();
    free.extend(known.iter().filter(|lead| may_begin_again(lead)));
    let mut keys: Vec<Option<ReferralKey>> = Vec::with_capacity(laid.len());
    for context in laid.iter().skip(first) {
        let began = |lead: &&Referral| !lead.superseded && beginning(lead) == beginning(&context.referral);
        let own = free.iter().position(|lead| began(lead) && lead.referrer == context.referral.referrer);
        keys.push(own.map(|own| free.remove(own).key()));
    }
    let mut highest = known.iter().filter(|lead| lead.invitee == invitee).map(|lead| lead.lead).max().unwrap_or(0);
    for (context, key) in laid.iter_mut().skip(first).zip(keys) {
        let left = free.iter().position(|lead| lead.referrer == context.referral.referrer);
        let key = key.or_else(|| left.map(|left| free.remove(left).key())).unwrap_or_else(|| {
            highest += 1;
            ReferralKey { campaign: current.id(), invitee, lead: highest }
        });
        let was = known.iter().find(|known| known.key() == key);
        let referral = &mut context.referral;
        (referral.invitee, referral.lead, referral.superseded) = (key.invitee, key.lead, false);
        referral.places = was.map_or_else(Places::default, |was| was.places.clone());
        referral.progress = was.map_or(Progress::Lead, |was| was.progress);
        referral.qualified_at = was.and_then(|was| was.qualified_at);
        referral.expires_at = was.and_then(|was| was.expires_at);
    }
    let taken: BTreeSet<ReferralKey> = laid.iter().map(|context| context.referral.key()).collect();
    for left in known.iter().filter(|lead| !taken.contains(&lead.key())) {
        laid.push(ReferralContext::around(view, current.clone(), superseded(left))?);
    }
    Ok(laid)
}

/// A lead that holds nothing any more but what was told of its referrer: a later merge asks that again. What moderation said of one
/// that was superseded before stays.
fn superseded(lead: &Referral) -> Referral {
    if lead.superseded {
        return lead.clone();
    }
    let (further, suspected) = (lead.further.clone(), lead.suspected.clone());
    Referral { superseded: true, further, suspected, ..emptied(lead) }
}

/// A lead without what was told of it after it began.
fn emptied(lead: &Referral) -> Referral {
    Referral {
        further: Vec::new(),
        orders: Vec::new(),
        marks: Vec::new(),
        moderating: Vec::new(),
        suspected: None,
        moderation: Moderation::Clear,
        ..lead.clone()
    }
}

/// The first lead under each id counts how many there are.
fn count_leads(laid: &mut [ReferralContext]) {
    let mut counts: BTreeMap<ParticipantId, u32> = BTreeMap::new();
    for context in laid.iter() {
        *counts.entry(context.referral.invitee).or_default() += 1;
    }
    for context in laid {
        let referral = &mut context.referral;
        let count = counts.get(&referral.invitee).copied().unwrap_or(1);
        referral.leads = if referral.lead == 1 { count } else { 0 };
    }
}

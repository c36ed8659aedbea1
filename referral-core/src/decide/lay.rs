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
use super::view::View;
use crate::campaign::ExistingCustomers;
use crate::evaluate::{Facts, evaluate, window_end, window_start};
use crate::record::{
    Conversion, ConversionKey, ConversionState, Key, Mark, Met, Moderating, Moderation, OrderFact, Places, Progress,
    RecordKind, Referral, ReferralKey, Suspicion, moderation_of, note_met, note_order,
};
use crate::value::{CommandKey, ParticipantId, Timestamp};

/// By which lead an order was read: its verdicts hold for this lead alone.
type ReadBy = (Timestamp, CommandKey, u32);

fn reads(referral: &Referral) -> ReadBy {
    (referral.lead_at, referral.command, referral.version)
}

/// What was told, and which no lead holds yet.
#[derive(Default)]
struct Pool {
    /// The evidence, and the referrer of each.
    met: Vec<(ParticipantId, Met)>,
    orders: Vec<(ReadBy, OrderFact)>,
    marks: Vec<Mark>,
    moderating: Vec<Moderating>,
    suspected: Option<Suspicion>,
}

impl Pool {
    fn take(&mut self, lead: &Referral) {
        let told = std::iter::once(beginning(lead)).chain(lead.further.iter().cloned());
        self.met.extend(told.map(|met| (lead.referrer, met)));
        self.orders.extend(lead.orders.iter().map(|order| (reads(lead), order.clone())));
        self.marks.extend(lead.marks.iter().cloned());
        self.moderating.extend(lead.moderating.iter().cloned());
        let earliest = [self.suspected.take(), lead.suspected.clone()].into_iter().flatten().min();
        self.suspected = earliest;
    }

    fn sort(&mut self) {
        self.met.sort_by_key(|(_, met)| (met.at, met.command));
        self.met.dedup_by_key(|(referrer, met)| (met.at, *referrer));
        self.orders.sort_by(|(_, a), (_, b)| a.place().cmp(&b.place()));
        self.marks.sort_by_key(|mark| (mark.at, mark.command));
        self.moderating.sort_by_key(|said| (said.at, said.command));
    }
}

/// The evidence that began a lead.
pub(super) fn beginning(lead: &Referral) -> Met {
    Met {
        at: lead.lead_at,
        command: lead.command,
        evidence: lead.evidence,
        channel: lead.channel.clone(),
        clicked_at: lead.clicked_at,
        is_new: lead.is_new,
    }
}

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
    for lead in fixed {
        let mut context = ReferralContext::around(view, current.clone(), (*lead).clone())?;
        take_late(&mut context, &mut pool);
        laid.push(context);
    }
    segment.iter().for_each(|lead| pool.take(lead));
    add_named(view, current, segment, named, &mut pool)?;
    pool.sort();
    let first = laid.len();
    for (referrer, met) in std::mem::take(&mut pool.met) {
        if let Some(open) = laid.get_mut(first..).and_then(<[_]>::last_mut) {
            let is_own = merged::root(view, referrer)?.participant == open.referrer.participant;
            if !begins_anew(view, open, &pool, &met, is_own)? {
                if is_own {
                    note_met(&mut open.referral.further, met);
                }
                continue;
            }
            close(view, open, &mut pool, Some(met.at))?;
        }
        laid.push(begin(view, current, segment, referrer, &met)?);
    }
    if let Some(open) = laid.get_mut(first..).and_then(<[_]>::last_mut) {
        close(view, open, &mut pool, None)?;
    }
    place_the_rest(view, &mut laid, pool)?;
    give_keys(view, current, laid, first, (known, segment))
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
    segment: &[&Referral],
    named: &[ConversionKey],
    pool: &mut Pool,
) -> Decide<()> {
    let Some(first) = segment.first().filter(|_| !named.is_empty()) else { return Ok(()) };
    view.need(named.iter().cloned().map(Key::from))?;
    let context = ReferralContext::around(view, current.clone(), (*first).clone())?;
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

/// Takes the orders after the window of a lead, unless it has sealed some: a later lead may hold them.
fn take_late(context: &mut ReferralContext, pool: &mut Pool) {
    if context.referral.sealed.is_some() {
        return;
    }
    let Some(end) = window_end(&context.pinned, &Facts::of(&context.referral)) else { return };
    let read_by = reads(&context.referral);
    let (late, own) = std::mem::take(&mut context.referral.orders).into_iter().partition(|order| order.at >= end);
    context.referral.orders = own;
    let late: Vec<OrderFact> = late;
    pool.orders.extend(late.into_iter().map(|order| (read_by, order)));
}

/// Whether evidence begins another lead: it came at or after the end of the window of the open one, which is not qualified and,
/// for its own referrer, not denied.
fn begins_anew(view: &mut View<'_>, open: &ReferralContext, pool: &Pool, met: &Met, is_own: bool) -> Decide<bool> {
    let mut judged = open.clone();
    hold_said(&mut judged, &mut pool_of_said(pool), Some(met.at));
    let is_over = window_end(&judged.pinned, &Facts::of(&judged.referral)).is_some_and(|end| met.at >= end);
    if !is_over || (is_own && judged.referral.moderation == Moderation::Denied) {
        return Ok(false);
    }
    need(view, open, &pool.orders)?;
    for (read_by, order) in &pool.orders {
        hold_order(view, &mut judged, *read_by, order)?;
    }
    let facts = Facts::of(&judged.referral);
    let refuses = open.current.compiled.model.attribution.existing_customers == ExistingCustomers::Refuse;
    let qualified = evaluate(&judged.pinned, &facts, view.received_at())?.qualified.is_some();
    Ok(!qualified && (met.is_new || !refuses))
}

/// What hands said, without the orders.
fn pool_of_said(pool: &Pool) -> Pool {
    Pool {
        marks: pool.marks.clone(),
        moderating: pool.moderating.clone(),
        suspected: pool.suspected.clone(),
        ..Pool::default()
    }
}

/// Gives a lead what hands said before a time, and what was found of it.
fn hold_said(context: &mut ReferralContext, pool: &mut Pool, until: Option<Timestamp>) {
    let is_before = |at: Timestamp| until.is_none_or(|until| at < until);
    let referral = &mut context.referral;
    (referral.marks, pool.marks) = std::mem::take(&mut pool.marks).into_iter().partition(|mark| is_before(mark.at));
    (referral.moderating, pool.moderating) =
        std::mem::take(&mut pool.moderating).into_iter().partition(|said| is_before(said.at));
    // That the invitee seems to be the referrer holds for later leads by the same referrer as well.
    referral.suspected = pool.suspected.clone().filter(|found| is_before(found.at));
    referral.moderation = moderation_of(&referral.moderating, referral.lead_at, referral.suspected.as_ref());
}

fn hold_order(view: &mut View<'_>, context: &mut ReferralContext, read_by: ReadBy, order: &OrderFact) -> Decide<()> {
    let fact = if read_by == reads(&context.referral) {
        order.clone()
    } else {
        let conversion = view.expect::<Conversion>(order.key())?;
        orders::read(context, &conversion)
    };
    note_order(&mut context.referral.orders, fact);
    Ok(())
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

fn need(view: &mut View<'_>, context: &ReferralContext, orders: &[(ReadBy, OrderFact)]) -> Decide<()> {
    let others = orders.iter().filter(|(read_by, _)| *read_by != reads(&context.referral));
    view.need(others.map(|(_, order)| Key::from(order.key())))
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

/// A lead that evidence begins. One that it began before keeps its version and what was read then.
fn begin(
    view: &mut View<'_>,
    current: &Current,
    segment: &[&Referral],
    referrer: ParticipantId,
    met: &Met,
) -> Decide<ReferralContext> {
    let mut own = segment.iter().filter(|lead| lead.referrer == referrer);
    let known = own.clone().find(|lead| beginning(lead) == *met).copied();
    let Some(like) = known.or(own.next().copied()) else {
        return Err(crate::error::Error::command("leads", "are none").into());
    };
    let bare = emptied(like);
    if known.is_some() {
        return ReferralContext::around(view, current.clone(), bare);
    }
    let pinned = campaign::version_at(view, current, met.at)?;
    let referral = Referral {
        version: pinned.version,
        evidence: met.evidence,
        channel: met.channel.clone(),
        is_new: met.is_new,
        clicked_at: met.clicked_at,
        command: met.command,
        lead_at: met.at,
        reassigned: None,
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
    free.extend(known.iter().filter(|lead| lead.superseded && lead.moderation != Moderation::Denied));
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
    laid.sort_by_key(|context| context.referral.key());
    count_leads(&mut laid);
    Ok(laid)
}

/// A lead that holds nothing any more. What moderation said of one that was superseded before stays.
fn superseded(lead: &Referral) -> Referral {
    if lead.superseded {
        return lead.clone();
    }
    Referral { superseded: true, ..emptied(lead) }
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

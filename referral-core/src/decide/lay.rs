//! Lays out what was told of a person over the person's leads: which evidence begins a lead, and which lead holds an order.
//!
//! Evidence is looked at in order of time. Whether it begins another lead is judged by all orders, and by the marks and the
//! moderation before it. Only the leads since the person last had another referrer, and since the last that has sealed orders,
//! are laid out anew: what another referrer's evidence began stays.

use std::collections::BTreeSet;

use super::ask;
use super::campaign::{self, Current};
use super::context::ReferralContext;
use super::halt::Decide;
use super::leads;
use super::orders;
use super::view::View;
use crate::campaign::ExistingCustomers;
use crate::evaluate::{Facts, evaluate, window_end, window_start};
use crate::record::{
    Conversion, Key, Mark, Met, Moderating, Moderation, OrderFact, Places, Progress, Referral, Suspicion,
    moderation_of, note_met, note_order,
};
use crate::value::{CommandKey, Timestamp};

/// By which lead an order was read: its verdicts hold for this lead alone.
type ReadBy = (Timestamp, CommandKey, u32);

fn reads(referral: &Referral) -> ReadBy {
    (referral.lead_at, referral.command, referral.version)
}

/// What was told, and which no lead holds yet.
#[derive(Default)]
struct Pool {
    met: Vec<Met>,
    orders: Vec<(ReadBy, OrderFact)>,
    marks: Vec<Mark>,
    moderating: Vec<Moderating>,
    suspected: Option<Suspicion>,
}

impl Pool {
    fn take(&mut self, lead: &Referral) {
        self.met.push(beginning(lead));
        self.met.extend(lead.further.iter().cloned());
        self.orders.extend(lead.orders.iter().map(|order| (reads(lead), order.clone())));
        self.marks.extend(lead.marks.iter().cloned());
        self.moderating.extend(lead.moderating.iter().cloned());
        let earliest = [self.suspected.take(), lead.suspected.clone()].into_iter().flatten().min();
        self.suspected = earliest;
    }

    fn sort(&mut self) {
        self.met.sort_by_key(|met| (met.at, met.command));
        self.met.dedup_by_key(|met| met.at);
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

/// Lays out the leads of a person: all of them, with what each holds now. How far each is, and its groups, are as they were
/// under its number.
pub(super) fn lay(view: &mut View<'_>, current: &Current, known: &[Referral]) -> Decide<Vec<ReferralContext>> {
    let standing: Vec<Referral> = leads::standing(known).into_iter().cloned().collect();
    let referrer = standing.last().map(|last| last.referrer);
    let is_fixed = |lead: &Referral| Some(lead.referrer) != referrer || lead.sealed.is_some();
    let start = standing.iter().rposition(is_fixed).map_or(0, |last| last + 1);
    let (fixed, segment) = standing.split_at(start);
    let mut laid = Vec::with_capacity(known.len());
    let mut pool = Pool::default();
    for lead in fixed {
        let mut context = ReferralContext::around(view, current.clone(), lead.clone())?;
        take_late(&mut context, &mut pool);
        laid.push(context);
    }
    segment.iter().for_each(|lead| pool.take(lead));
    pool.sort();
    let first = laid.len();
    for met in std::mem::take(&mut pool.met) {
        match laid.get_mut(first..).and_then(<[_]>::last_mut) {
            Some(open) if !begins_anew(view, open, &pool, &met)? => {
                note_met(&mut open.referral.further, met);
                continue;
            }
            Some(open) => close(view, open, &mut pool, Some(met.at))?,
            None => {}
        }
        laid.push(begin(view, current, segment, &met)?);
    }
    if let Some(open) = laid.get_mut(first..).and_then(<[_]>::last_mut) {
        close(view, open, &mut pool, None)?;
    }
    place_the_rest(view, &mut laid, pool)?;
    number(view, current, laid, first, (known, segment))
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

/// Whether evidence begins another lead: it came at or after the end of the window of the open one, which is not qualified and
/// not denied.
fn begins_anew(view: &mut View<'_>, open: &ReferralContext, pool: &Pool, met: &Met) -> Decide<bool> {
    let mut judged = open.clone();
    hold_said(&mut judged, &mut pool_of_said(pool), Some(met.at));
    let is_over = window_end(&judged.pinned, &Facts::of(&judged.referral)).is_some_and(|end| met.at >= end);
    if !is_over || judged.referral.moderation == Moderation::Denied {
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
    referral.moderation = moderation_of(referral.moderating.last(), referral.suspected.as_ref());
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
fn begin(view: &mut View<'_>, current: &Current, segment: &[Referral], met: &Met) -> Decide<ReferralContext> {
    let known = segment.iter().find(|lead| beginning(lead) == *met);
    let Some(like) = known.or(segment.first()) else {
        return Err(crate::error::Error::command("leads", "are none").into());
    };
    let bare = Referral {
        further: Vec::new(),
        orders: Vec::new(),
        marks: Vec::new(),
        moderating: Vec::new(),
        suspected: None,
        moderation: Moderation::Clear,
        ..like.clone()
    };
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

/// Gives the leads their numbers, in order of time: those that the person's leads by this referrer have, then others. A lead
/// whose number is left over is superseded.
fn number(
    view: &mut View<'_>,
    current: &Current,
    mut laid: Vec<ReferralContext>,
    first: usize,
    (known, segment): (&[Referral], &[Referral]),
) -> Decide<Vec<ReferralContext>> {
    let own: BTreeSet<u32> = segment.iter().map(|lead| lead.lead).collect();
    let spare: BTreeSet<u32> = known.iter().filter(|lead| lead.superseded).map(|lead| lead.lead).collect();
    let highest = known.iter().map(|lead| lead.lead).max().unwrap_or(0);
    let mut numbers = own.iter().chain(&spare).copied().chain(highest + 1..);
    for context in laid.iter_mut().skip(first) {
        let Some(lead) = numbers.next() else { break };
        let was = known.iter().find(|known| known.lead == lead);
        let referral = &mut context.referral;
        (referral.lead, referral.superseded) = (lead, false);
        referral.places = was.map_or_else(Places::default, |was| was.places.clone());
        referral.progress = was.map_or(Progress::Lead, |was| was.progress);
        referral.qualified_at = was.and_then(|was| was.qualified_at);
        referral.expires_at = was.and_then(|was| was.expires_at);
    }
    let taken: BTreeSet<u32> = laid.iter().map(|context| context.referral.lead).collect();
    for left in known.iter().filter(|lead| !taken.contains(&lead.lead)) {
        let empty = Referral {
            superseded: true,
            further: Vec::new(),
            orders: Vec::new(),
            marks: Vec::new(),
            moderating: Vec::new(),
            suspected: None,
            moderation: Moderation::Clear,
            ..left.clone()
        };
        laid.push(ReferralContext::around(view, current.clone(), empty)?);
    }
    let leads = laid.iter().map(|context| context.referral.lead).max().unwrap_or(1);
    for context in &mut laid {
        context.referral.leads = if context.referral.lead == 1 { leads } else { 0 };
    }
    laid.sort_by_key(|context| context.referral.lead);
    Ok(laid)
}

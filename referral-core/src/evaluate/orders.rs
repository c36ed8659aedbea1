//! Which orders stand, and which place each has.

use super::amount::Base;
use super::facts::Facts;
use crate::campaign::{Compiled, Trigger, ZeroOrders};
use crate::record::{MarkKind, OrderFact};
use crate::value::Timestamp;

/// With which eyes orders are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// As they were told.
    AsTold,
    /// As if nothing had been taken back: without refunds, voids and marks that end a qualification.
    NothingTakenBack,
    /// With those that were told too late.
    WithLate,
}

/// Where an order lies relative to the window of its lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Before the window: it has no place.
    Before,
    /// In the window: it counts.
    Within,
    /// After the window: it has a place, qualifies nothing, and earns only while the lead is qualified.
    After,
}

/// An order with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<'a> {
    pub(super) fact: &'a OrderFact,
    pub(super) base: Option<Base>,
    pub(super) side: Side,
    /// Its place among all orders that stand, from 1; 0 if it has none.
    pub(super) number: u32,
    /// Its place among those of its own kind, from 1; 0 if it has none.
    pub(super) of_kind: u32,
}

impl Placed<'_> {
    /// Whether it has a place.
    pub(super) fn stands(&self) -> bool {
        self.number > 0
    }
}

/// All orders of a referral, in order.
#[derive(Debug)]
pub(super) struct Orders<'a> {
    placed: Vec<Placed<'a>>,
}

impl<'a> Orders<'a> {
    pub(super) fn new(version: &Compiled, facts: &Facts<'a>, sight: Sight) -> Self {
        let starts = facts.lead_at.plus(-version.model.waiting.delta());
        let ends = window_end(version, facts, sight);
        let mut counts: [(Option<Trigger>, u32); 5] = [(None, 0); 5];
        let mut placed = Vec::with_capacity(facts.orders.len());
        for fact in facts.orders {
            let side = match fact.at {
                at if at < starts => Side::Before,
                at if ends.is_some_and(|end| at >= end) => Side::After,
                _ => Side::Within,
            };
            let base =
                Base::of(fact).map(|base| if sight == Sight::NothingTakenBack { base.untouched() } else { base });
            let mut order = Placed { fact, base, side, number: 0, of_kind: 0 };
            if side != Side::Before && stands(version, fact, base, sight) {
                order.number = next(&mut counts, None);
                order.of_kind = next(&mut counts, Some(Trigger::of(fact.converted)));
            }
            placed.push(order);
        }
        Self { placed }
    }

    pub(super) fn all(&self) -> &[Placed<'a>] {
        &self.placed
    }
}

/// The end of the lead's window, if it has one. A mark `lost` ends it.
pub(super) fn window_end(version: &Compiled, facts: &Facts<'_>, sight: Sight) -> Option<Timestamp> {
    let window = version.model.qualification.window.map(|window| facts.lead_at.plus(window.delta()));
    let lost = facts.mark().filter(|mark| mark.says == MarkKind::Lost && sight != Sight::NothingTakenBack);
    window.into_iter().chain(lost.map(|mark| mark.at)).min()
}

fn stands(version: &Compiled, fact: &OrderFact, base: Option<Base>, sight: Sight) -> bool {
    let is_void = fact.is_void && sight != Sight::NothingTakenBack;
    let is_late = fact.is_late && sight != Sight::WithLate;
    !is_void && !is_late && !is_zero(version, fact) && !base.is_some_and(Base::is_gone)
}

/// Whether it is an order of zero in a campaign where such orders do not count.
pub(super) fn is_zero(version: &Compiled, fact: &OrderFact) -> bool {
    fact.currency.is_some() && fact.total_minor == 0 && version.model.zero_orders == ZeroOrders::Ignore
}

/// Counts one more of a kind, or of all.
fn next(counts: &mut [(Option<Trigger>, u32); 5], of: Option<Trigger>) -> u32 {
    let slot = match of {
        None => counts.first_mut(),
        Some(_) => counts.iter_mut().skip(1).find(|(kind, _)| kind.is_none() || *kind == of),
    };
    slot.map_or(0, |(kind, count)| {
        *kind = of;
        *count = count.saturating_add(1);
        *count
    })
}

//! Which orders stand, and which place each has.

use super::amount::Base;
use super::facts::Facts;
use crate::campaign::{Compiled, Trigger, ZeroOrders};
use crate::record::{MarkKind, OrderFact, Sealed, SealedOrder};
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

/// All open orders of a referral, in order, and the sealed one that carries the qualification, if one does.
#[derive(Debug)]
pub(super) struct Orders<'a> {
    placed: Vec<Placed<'a>>,
    carrier: Option<Placed<'a>>,
}

impl<'a> Placed<'a> {
    /// A sealed order: it keeps its place while it stands.
    pub(super) fn sealed(version: &Compiled, sealed: &'a SealedOrder, sight: Sight) -> Self {
        let base = Base::of(&sealed.fact).map(|base| base.seen(sight));
        let stands = stands(version, &sealed.fact, base, sight);
        let place = |place: u32| if stands { place } else { 0 };
        let (number, of_kind) = (place(sealed.number), place(sealed.of_kind));
        Self { fact: &sealed.fact, base, side: Side::Within, number, of_kind }
    }
}

impl Base {
    /// The base with these eyes.
    fn seen(self, sight: Sight) -> Self {
        if sight == Sight::NothingTakenBack { self.untouched() } else { self }
    }
}

impl<'a> Orders<'a> {
    pub(super) fn new(version: &Compiled, facts: &Facts<'a>, sight: Sight) -> Self {
        let starts = super::window_start(version, facts);
        let ends = window_end(version, facts, sight);
        let mut counts = Counts::behind(facts.sealed);
        let mut placed = Vec::with_capacity(facts.orders.len());
        for fact in facts.orders {
            let side = match fact.at {
                at if at < starts => Side::Before,
                at if ends.is_some_and(|end| at >= end) => Side::After,
                _ => Side::Within,
            };
            let base = Base::of(fact).map(|base| base.seen(sight));
            let mut order = Placed { fact, base, side, number: 0, of_kind: 0 };
            if side != Side::Before && stands(version, fact, base, sight) {
                (order.number, order.of_kind) = counts.next(Trigger::of(fact.converted));
            }
            placed.push(order);
        }
        let carrier = facts.sealed.and_then(|sealed| sealed.carrier.as_ref());
        Self { placed, carrier: carrier.map(|carrier| Placed::sealed(version, carrier, sight)) }
    }

    /// The open orders.
    pub(super) fn all(&self) -> &[Placed<'a>] {
        &self.placed
    }

    /// Those that may qualify, in order: a sealed one stays first.
    pub(super) fn candidates(&self) -> impl Iterator<Item = &Placed<'a>> {
        self.carrier.iter().chain(&self.placed)
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

/// How many places were given, in all and for each kind.
struct Counts {
    all: u32,
    of_kind: [(Option<Trigger>, u32); 4],
}

impl Counts {
    /// Behind the places that sealed orders keep.
    fn behind(sealed: Option<&Sealed>) -> Self {
        let mut counts = Self { all: 0, of_kind: [(None, 0); 4] };
        if let Some(sealed) = sealed {
            counts.all = sealed.places;
            for (kind, places) in &sealed.of_kind {
                if let Some(count) = counts.of(Trigger::of(*kind)) {
                    *count = count.saturating_add(*places);
                }
            }
        }
        counts
    }

    fn of(&mut self, trigger: Trigger) -> Option<&mut u32> {
        let slot = self.of_kind.iter_mut().find(|(kind, _)| kind.is_none() || *kind == Some(trigger))?;
        slot.0 = Some(trigger);
        Some(&mut slot.1)
    }

    /// The next place among all, and among those of a kind.
    fn next(&mut self, trigger: Trigger) -> (u32, u32) {
        self.all = self.all.saturating_add(1);
        let of_kind = self.of(trigger).map_or(0, |count| {
            *count = count.saturating_add(1);
            *count
        });
        (self.all, of_kind)
    }
}

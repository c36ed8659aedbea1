//! Orders beyond the bound of a referral: the earliest are sealed, and only change by themselves.
//!
//! A sealed order keeps its place, and what it earned stays. Its own refunds, corrections and voids move its own rewards. If
//! it carries the qualification and goes, the first open order that meets the criteria carries it.

use super::context::ReferralContext;
use super::counts;
use super::follow::{self, Told};
use super::halt::Decide;
use super::reconcile::{self, Lines};
use super::view::View;
use crate::evaluate::{Carrier, Facts, Target, evaluate, evaluate_sealed, seal};
use crate::record::{Conversion, OrderFact, RecordKind, Sealed, SealedLate, SealedOrder};

/// The most open orders of one referral.
pub(super) const MOST_OPEN: usize = 256;

/// Seals the earliest orders of a referral until it has no more than it may. Nothing is posted: what is owed stays.
pub(super) fn seal_earliest(view: &mut View<'_>, context: &mut ReferralContext) -> Decide<()> {
    while context.referral.orders.len() > MOST_OPEN {
        let Some(first) = context.referral.orders.first().cloned() else { return Ok(()) };
        let mut conversion = view.expect::<Conversion>(first.key())?;
        let pinned = context.pinned.clone();
        let now = view.received_at();
        let before = evaluate(&pinned, &Facts::of(&context.referral), now)?;
        let order = seal(&pinned, &Facts::of(&context.referral), context.current.id(), &first);
        context.referral.orders.remove(0);
        let sealed = note(context.referral.sealed.take(), &order, &before);
        context.referral.sealed = Some(sealed);
        if first.is_late {
            let after = evaluate(&pinned, &Facts::of(&context.referral), now)?;
            keep_late(context, &before, &after);
        }
        conversion.sealed_in.retain(|known| known.campaign != order.campaign);
        conversion.sealed_in.push(order);
        view.put(conversion);
    }
    Ok(())
}

/// What is kept of sealed orders, with one more.
fn note(known: Option<Sealed>, order: &SealedOrder, target: &Target<'_>) -> Sealed {
    let fact = &order.fact;
    let mut sealed = known.unwrap_or_else(|| Sealed {
        places: 0,
        of_kind: std::collections::BTreeMap::new(),
        last_at: fact.at,
        last: fact.key(),
        carrier: None,
        late: Vec::new(),
    });
    (sealed.last_at, sealed.last) = (fact.at, fact.key());
    if order.number > 0 {
        sealed.places = sealed.places.saturating_add(1);
        let of_kind = sealed.of_kind.entry(fact.converted).or_default();
        *of_kind = of_kind.saturating_add(1);
    }
    let carries = target.qualified.as_ref().is_some_and(|qualified| qualified.by == Carrier::Order(fact.key()));
    if carries {
        sealed.carrier = Some(order.clone());
    }
    sealed
}

/// Keeps what a sealed order that was told too late would have added.
fn keep_late(context: &mut ReferralContext, before: &Target<'_>, after: &Target<'_>) {
    for line in &before.late {
        let of = |other: &&crate::evaluate::Line| {
            (other.rule, other.role, other.amount.unit_key()) == (line.rule, line.role, line.amount.unit_key())
        };
        let left = after.late.iter().find(of).map_or(0, |line| line.amount.quantity());
        let missing = line.amount.quantity().saturating_sub(left);
        let Some(rule) = context.pinned.rules.get(line.rule).map(|rule| rule.model.id.clone()) else { continue };
        let Some(sealed) = context.referral.sealed.as_mut().filter(|_| missing > 0) else { continue };
        let unit = line.amount.unit_key();
        match sealed.late.iter_mut().find(|late| late.rule == rule && late.role == line.role && late.unit == unit) {
            Some(late) => late.quantity = late.quantity.saturating_add(missing),
            None => sealed.late.push(SealedLate { rule, role: line.role, unit, quantity: missing }),
        }
    }
}

/// Lets what rests on a sealed order follow a change of it.
pub(super) fn follow(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    conversion: &Conversion,
    (was, fact): (&SealedOrder, OrderFact),
    why: &'static str,
) -> Decide<()> {
    let is = SealedOrder { fact, ..was.clone() };
    let pinned = context.pinned.clone();
    let lines = |order| evaluate_sealed(&pinned, &Facts::of(&context.referral), order);
    let (before, after) = (lines(was)?, lines(&is)?);
    let (before, after) = (Lines::of_lines(context, &before), Lines::of_lines(context, &after));
    reconcile::reconcile(view, context, &before, &after, why)?;
    let (counted_before, counted_after) = (counts::of_sealed(context, was)?, counts::of_sealed(context, &is)?);
    counts::post(view, context, counted_before, counted_after);
    let carrier = context.referral.sealed.as_ref().and_then(|sealed| sealed.carrier.as_ref());
    if carrier.is_some_and(|carrier| carrier.fact.is(&conversion.key())) {
        let carrier = is.clone();
        follow::change(view, context, &Told::referral(why), |context| {
            if let Some(sealed) = &mut context.referral.sealed {
                sealed.carrier = Some(carrier);
            }
        })?;
    }
    let mut conversion = view.expect::<Conversion>(conversion.key())?;
    conversion.sealed_in.iter_mut().filter(|known| known.campaign == is.campaign).for_each(|known| *known = is.clone());
    view.put(conversion);
    Ok(())
}

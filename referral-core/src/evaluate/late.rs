//! What orders that were told too late would have added: one line for each rule, side and unit.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::target::Line;
use crate::campaign::{Compiled, Give, Hold, Rule};
use crate::error::Result;
use crate::record::{Cause, ConversionKey, Moderation, OrderFact, Role, SealedLate};
use crate::value::{Amount, Timestamp};

/// What the lines with late orders have more than those without, and what sealed orders would have added.
pub(super) fn added(version: &Compiled, facts: &Facts<'_>, (with, without): (&[Line], &[Line])) -> Result<Vec<Line>> {
    let mut sums: BTreeMap<(usize, Role, String), i64> = BTreeMap::new();
    for late in sealed(facts) {
        if let Some(rule) = version.rules.iter().position(|rule| rule.model.id == late.rule) {
            sums.insert((rule, late.role, late.unit.clone()), late.quantity);
        }
    }
    for (lines, sign) in [(with, 1), (without, -1)] {
        for line in lines {
            let sum = sums.entry((line.rule, line.role, line.amount.unit_key())).or_default();
            *sum = sum.saturating_add(sign * line.amount.quantity());
        }
    }
    let positive = sums.into_iter().filter(|(_, sum)| *sum > 0);
    positive.map(|(of, sum)| line(version, facts, with, (of, sum))).collect()
}

/// The line of what late orders would have added under one rule for one side in one unit. It is held as its newest late order
/// says.
fn line(
    version: &Compiled,
    facts: &Facts<'_>,
    with: &[Line],
    ((rule, role, unit), sum): ((usize, Role, String), i64),
) -> Result<Line> {
    let same = |line: &&Line| line.rule == rule && line.role == role && line.amount.unit_key() == unit;
    let newest = newest_of(facts, with.iter().filter(same));
    let (at, carrier) = newest.map_or((facts.lead_at, None), |(at, order)| (at, Some(order)));
    let hold = version.rules.get(rule).and_then(|rule| rule.model.hold);
    Ok(Line {
        rule,
        role,
        amount: Amount::from_unit_key(&unit, sum)?,
        cause: Cause::Late(facts.invitee, facts.lead, unit),
        carrier,
        at,
        held_until: match hold {
            Some(Hold::For(span)) => Some(at.plus(span.delta())),
            _ => None,
        },
        needs_approval: hold == Some(Hold::Approval),
        flagged: facts.moderation == Moderation::Flagged,
    })
}

/// The newest late order that carries one of these lines; if none does, the newest late order. Behind those that are open
/// the last sealed order is the newest.
fn newest_of<'l>(facts: &Facts<'_>, lines: impl Iterator<Item = &'l Line>) -> Option<(Timestamp, ConversionKey)> {
    let late = || facts.orders.iter().filter(|order| order.is_late && !order.is_void);
    let carriers: BTreeSet<&ConversionKey> = lines.filter_map(|line| line.carrier.as_ref()).collect();
    let carries = |order: &&OrderFact| carriers.contains(&order.key());
    let newest = late().rfind(carries).or_else(|| late().next_back());
    let of_sealed = || facts.sealed.map(|sealed| (sealed.last_at, sealed.last.clone()));
    newest.map(|order| (order.at, order.key())).or_else(of_sealed)
}

/// The units in which late orders may have added something under a rule, now or before.
pub(super) fn possible_units(facts: &Facts<'_>, rule: &Rule) -> BTreeSet<String> {
    let mut units: BTreeSet<String> =
        sealed(facts).iter().filter(|late| late.rule == rule.model.id).map(|late| late.unit.clone()).collect();
    if facts.orders.iter().any(|order| order.is_late) {
        match &rule.model.give {
            Some(Give::Flat(flat)) => units.extend([flat.flat.currency.code().to_owned()]),
            Some(Give::Units(given)) => units.extend([given.unit.as_str().to_owned()]),
            Some(Give::Percent(_)) => {
                let currencies = facts.orders.iter().filter_map(|order| order.currency);
                units.extend(currencies.map(|currency| currency.code().to_owned()));
            }
            None => {}
        }
    }
    units
}

fn sealed<'f>(facts: &Facts<'f>) -> &'f [SealedLate] {
    facts.sealed.map(|sealed| sealed.late.as_slice()).unwrap_or_default()
}

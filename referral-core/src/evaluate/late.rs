//! What orders that were told too late would have added: one line for each rule, side and unit.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::target::Line;
use crate::campaign::{Compiled, Give, Rule};
use crate::error::Result;
use crate::record::{Cause, Role, SealedLate};
use crate::value::Amount;

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
    let line = |((rule, role, unit), sum): ((usize, Role, String), i64)| {
        Ok(Line {
            rule,
            role,
            amount: Amount::from_unit_key(&unit, sum)?,
            cause: Cause::Late(facts.invitee, facts.lead, unit),
            carrier: None,
            at: facts.lead_at,
            held_until: None,
            needs_approval: false,
            flagged: false,
        })
    };
    positive.map(line).collect()
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

//! When conditions are read, and where each finds its verdicts again.

use crate::campaign::{Compiled, QualifiesOn, Trigger};
use crate::record::ConversionKind;
use crate::rule::condition::{Condition, Facts};

/// The event at which the parts of conditions that ask for people are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The person became a lead.
    Lead,
    /// An order and the lead are both known.
    Order(ConversionKind),
    /// A hand marked the referral.
    Mark,
}

/// Which condition of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// That of the success criteria.
    Criteria,
    /// That of the rule at this place.
    Rule(usize),
}

/// Whether a conversion of this kind may qualify at all.
pub(super) fn kind_fits(on: QualifiesOn, kind: ConversionKind) -> bool {
    match on {
        QualifiesOn::Purchase => matches!(kind, ConversionKind::Purchase | ConversionKind::Subscription),
        QualifiesOn::Conversion => true,
        QualifiesOn::Joined | QualifiesOn::Manual => false,
    }
}

impl Moment {
    /// The conditions that are read at this moment, in the order of their verdicts.
    fn conditions(self, version: &Compiled) -> impl Iterator<Item = (Which, &Condition)> {
        let on = version.model.qualification.on;
        let asks_criteria = match self {
            Self::Lead => on == QualifiesOn::Joined,
            Self::Order(kind) => kind_fits(on, kind),
            Self::Mark => false,
        };
        let asks_rule = move |trigger: Trigger| match self {
            Self::Lead => matches!(trigger, Trigger::Joined | Trigger::Qualified),
            Self::Order(kind) => trigger == Trigger::Qualified || trigger == Trigger::of(kind),
            Self::Mark => trigger == Trigger::Qualified,
        };
        let criteria = version.qualifies_when.as_ref().filter(|_| asks_criteria).map(|when| (Which::Criteria, when));
        let rules = version.rules.iter().enumerate().filter(move |(_, rule)| asks_rule(rule.model.on));
        criteria.into_iter().chain(rules.filter_map(|(index, rule)| Some((Which::Rule(index), rule.when.as_ref()?))))
    }

    /// Reads what later evaluations will not ask again.
    #[must_use]
    pub fn read(self, version: &Compiled, facts: &dyn Facts) -> String {
        let mut reading = String::new();
        for (_, condition) in self.conditions(version) {
            condition.read(facts, &mut reading);
        }
        reading
    }

    /// The verdicts of one condition within a reading of this moment.
    pub(super) fn part_of<'r>(self, version: &Compiled, which: Which, reading: &'r str) -> &'r str {
        let mut start = 0;
        for (other, condition) in self.conditions(version) {
            let end = start + condition.told_parts();
            if other == which {
                return reading.get(start..end).unwrap_or_default();
            }
            start = end;
        }
        ""
    }
}

//! What values a term can still have where several constraints hold together.
//!
//! A domain is an interval, perhaps a list of the only values allowed, a list of values excluded, and for money its
//! currency. It only ever shrinks; an empty one is a contradiction.

use std::collections::BTreeSet;

use super::expression::Comparison;
use crate::value::Currency;

/// A value without its type, which the check has made sure of. Truth values are 0 and 1, times are microseconds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Point {
    Number(i128),
    Text(String),
}

/// What one comparison asks of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    Compare(Comparison, Point),
    Among(BTreeSet<Point>),
    NotAmong(BTreeSet<Point>),
}

impl Rule {
    /// What holds exactly when this does not.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Compare(comparison, point) => Self::Compare(comparison.negated(), point),
            Self::Among(points) => Self::NotAmong(points),
            Self::NotAmong(points) => Self::Among(points),
        }
    }
}

/// The values that are still possible.
#[derive(Clone, Debug, Default)]
pub(super) struct Domain {
    /// The bound, and whether it lies inside.
    low: Option<(Point, bool)>,
    high: Option<(Point, bool)>,
    allowed: Option<BTreeSet<Point>>,
    excluded: BTreeSet<Point>,
    currency: Option<Currency>,
    torn: bool,
}

impl Domain {
    /// The numbers from `low` to `high`, as far as they are known.
    pub(super) fn between(low: Option<i64>, high: Option<i64>) -> Self {
        let bound = |number: i64| (Point::Number(i128::from(number)), true);
        Self { low: low.map(bound), high: high.map(bound), ..Self::default() }
    }

    /// Leaves only what fulfils `rule`, in `currency` if it speaks of money.
    pub(super) fn narrow(&mut self, rule: &Rule, currency: Option<Currency>) {
        match (self.currency, currency) {
            (Some(known), Some(new)) if known != new => self.torn = true,
            (None, Some(new)) => self.currency = Some(new),
            _ => {}
        }
        match rule {
            Rule::Compare(Comparison::Equal, point) => self.allow(&BTreeSet::from([point.clone()])),
            Rule::Compare(Comparison::Unequal, point) => {
                self.excluded.insert(point.clone());
            }
            Rule::Compare(Comparison::Less, point) => self.lower_high(point, false),
            Rule::Compare(Comparison::AtMost, point) => self.lower_high(point, true),
            Rule::Compare(Comparison::Greater, point) => self.raise_low(point, false),
            Rule::Compare(Comparison::AtLeast, point) => self.raise_low(point, true),
            Rule::Among(points) => self.allow(points),
            Rule::NotAmong(points) => self.excluded.extend(points.iter().cloned()),
        }
    }

    fn allow(&mut self, points: &BTreeSet<Point>) {
        self.allowed = Some(match &self.allowed {
            Some(allowed) => allowed.intersection(points).cloned().collect(),
            None => points.clone(),
        });
    }

    fn lower_high(&mut self, point: &Point, inside: bool) {
        let new = match point {
            Point::Number(number) => (Point::Number(number - i128::from(!inside)), true),
            Point::Text(_) => (point.clone(), inside),
        };
        // At the same point, the bound that leaves it out is the lower one: `false` sorts before `true`.
        if self.high.as_ref().is_none_or(|old| new < *old) {
            self.high = Some(new);
        }
    }

    fn raise_low(&mut self, point: &Point, inside: bool) {
        let new = match point {
            Point::Number(number) => (Point::Number(number + i128::from(!inside)), true),
            Point::Text(_) => (point.clone(), inside),
        };
        if self.low.as_ref().is_none_or(|old| (&new.0, !new.1) > (&old.0, !old.1)) {
            self.low = Some(new);
        }
    }

    /// Whether no value is left. Never says so where one is.
    pub(super) fn is_empty(&self) -> bool {
        if self.torn {
            return true;
        }
        if let Some(allowed) = &self.allowed {
            return !allowed.iter().any(|point| self.is_inside(point) && !self.excluded.contains(point));
        }
        let (Some((low, low_inside)), Some((high, high_inside))) = (&self.low, &self.high) else { return false };
        match (low, high) {
            (Point::Number(low), Point::Number(high)) => {
                let width = usize::try_from(high - low).unwrap_or(if low > high { 0 } else { usize::MAX });
                low > high
                    || (width < self.excluded.len()
                        && (*low..=*high).all(|number| self.excluded.contains(&Point::Number(number))))
            }
            _ => low > high || (low == high && (!(*low_inside && *high_inside) || self.excluded.contains(low))),
        }
    }

    fn is_inside(&self, point: &Point) -> bool {
        let above = self.low.as_ref().is_none_or(|(low, inside)| point > low || (*inside && point == low));
        let below = self.high.as_ref().is_none_or(|(high, inside)| point < high || (*inside && point == high));
        above && below
    }
}

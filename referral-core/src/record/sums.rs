//! Many numbers in one row, each with a name: what a commit adds to them is one write, however many they are.

use std::collections::BTreeMap;
use std::collections::btree_map;

use serde::{Deserialize, Serialize};

use super::field::json_fields;
use super::name::{Dimension, Metric};

/// Numbers by name. A number that is 0 is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sums(BTreeMap<String, i64>);

impl Sums {
    /// The number of that name; 0 if there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> i64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Adds to the number of that name. What leaves the range of integers stays at its end.
    pub fn add(&mut self, name: String, by: i64) {
        let sum = self.get(&name).saturating_add(by);
        if sum == 0 {
            self.0.remove(&name);
        } else {
            self.0.insert(name, sum);
        }
    }

    /// Adds all of `other`.
    pub fn add_all(&mut self, other: Self) {
        for (name, by) in other.0 {
            self.add(name, by);
        }
    }

    /// Whether every number of `other` can be added without leaving the range of integers.
    #[must_use]
    pub fn fits(&self, other: &Self) -> bool {
        other.0.iter().all(|(name, by)| self.get(name).checked_add(*by).is_some())
    }

    /// The numbers by name, in the order of their names.
    pub fn iter(&self) -> btree_map::Iter<'_, String, i64> {
        self.0.iter()
    }

    /// Whether every number is 0.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Sums {
    type Item = (&'a String, &'a i64);
    type IntoIter = btree_map::Iter<'a, String, i64>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<(String, i64)> for Sums {
    fn from_iter<I: IntoIterator<Item = (String, i64)>>(numbers: I) -> Self {
        let mut sums = Self::default();
        for (name, by) in numbers {
            sums.add(name, by);
        }
        sums
    }
}

json_fields! { Sums }

/// The name of a number in [`PeriodSums`](super::PeriodSums) and [`PersonSums`](super::PersonSums): `clicks`, `revenue/EUR`.
#[must_use]
pub fn sum_name(metric: Metric, unit: &str) -> String {
    if unit.is_empty() { metric.to_string() } else { format!("{metric}/{unit}") }
}

/// The metric, and the currency or unit, of a name that [`sum_name`] made.
#[must_use]
pub fn of_sum_name(name: &str) -> Option<(Metric, &str)> {
    let (metric, unit) = name.split_once('/').unwrap_or((name, ""));
    metric.parse().ok().map(|metric| (metric, unit))
}

/// The name of a number in [`PartSums`](super::PartSums): `clicks//channel/whatsapp`.
#[must_use]
pub fn part_name(metric: Metric, unit: &str, dimension: Dimension, member: &str) -> String {
    format!("{metric}/{unit}/{dimension}/{member}")
}

/// The metric, the currency or unit, the dimension and the member of a name that [`part_name`] made.
#[must_use]
pub fn of_part_name(name: &str) -> Option<(Metric, &str, Dimension, &str)> {
    let mut parts = name.splitn(4, '/');
    let (metric, unit) = (parts.next()?.parse().ok()?, parts.next()?);
    let (dimension, member) = (parts.next()?.parse().ok()?, parts.next()?);
    Some((metric, unit, dimension, member))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(numbers: &[(&str, i64)]) -> Sums {
        numbers.iter().map(|(name, by)| ((*name).to_owned(), *by)).collect()
    }

    #[test]
    fn numbers_add_up_by_name_and_a_zero_is_not_kept() {
        let mut found = sums(&[("clicks", 3), ("leads", 1), ("clicks", -1)]);
        found.add_all(sums(&[("leads", -1), ("revenue/EUR", -250)]));
        assert_eq!(found, sums(&[("clicks", 2), ("revenue/EUR", -250)]));
        assert_eq!(serde_json::to_string(&found).unwrap(), r#"{"clicks":2,"revenue/EUR":-250}"#);
        assert_eq!((found.get("clicks"), found.get("leads")), (2, 0));
    }

    #[test]
    fn names_come_apart_as_they_were_made() {
        for (metric, unit) in [(Metric::Clicks, ""), (Metric::Revenue, "EUR"), (Metric::Granted, "free-months")] {
            assert_eq!(of_sum_name(&sum_name(metric, unit)), Some((metric, unit)));
            for member in ["whatsapp", "other:flyer", "a/b c", ""] {
                let name = part_name(metric, unit, Dimension::Channel, member);
                assert_eq!(of_part_name(&name), Some((metric, unit, Dimension::Channel, member)));
            }
        }
        for wrong in ["", "nothing", "clicks/x/y", "clicks//planet/mars"] {
            assert_eq!(of_part_name(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_leaves_the_range_of_integers_does_not_fit() {
        let most = sums(&[("clicks", i64::MAX)]);
        assert!(most.fits(&sums(&[("clicks", -1), ("leads", i64::MAX)])));
        assert!(!most.fits(&sums(&[("leads", 1), ("clicks", 1)])));
        assert!(!sums(&[("clicks", i64::MIN)]).fits(&sums(&[("clicks", -1)])));
    }
}

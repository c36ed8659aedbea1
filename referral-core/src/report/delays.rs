//! How long things took: percentiles from classes of delays.

use serde::{Deserialize, Serialize};

use super::numbers::Counted;
use crate::record::Metric;
use crate::value::DelayClass;

/// How long something took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delays {
    /// How many took place.
    pub count: i64,
    /// In which time half of them took place.
    pub p50: Option<DelayRange>,
    /// In which time nine of ten took place.
    pub p90: Option<DelayRange>,
}

/// Where a percentile lies, in seconds: at least `from`, and less than `until`; without an end, longer than about seven years.
///
/// Delays are counted in classes, so this is all that is known: `until` is at most 28 % above `from`, but for delays of less than
/// a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelayRange {
    /// The least number of seconds.
    pub from: i64,
    /// The first number of seconds behind it.
    pub until: Option<i64>,
}

impl Delays {
    /// What the numbers of one metric come to, whose unit is the class of the delay.
    pub(super) fn of<'r>(numbers: impl Iterator<Item = Counted<'r>>, metric: Metric) -> Self {
        let mut classes = [0_i64; DelayClass::COUNT];
        for counted in numbers.filter(|counted| counted.metric == metric) {
            let class = counted.unit.parse().ok().and_then(|number: usize| classes.get_mut(number));
            class.into_iter().for_each(|sum| *sum = sum.saturating_add(counted.value));
        }
        let count = classes.iter().copied().fold(0, i64::saturating_add);
        Self { count, p50: percentile(&classes, count, 50), p90: percentile(&classes, count, 90) }
    }
}

/// The class by whose end so many of a hundred have taken place.
fn percentile(classes: &[i64], count: i64, of_hundred: i64) -> Option<DelayRange> {
    let wanted = i128::from(count) * i128::from(of_hundred);
    let mut sum = 0_i128;
    for (number, of_class) in (0..).zip(classes) {
        sum += i128::from(*of_class) * 100;
        if *of_class > 0 && sum >= wanted {
            let (from, until) = DelayClass::of_number(number)?.seconds();
            return Some(DelayRange { from, until });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(seconds: &[i64]) -> Delays {
        let units: Vec<String> = seconds.iter().map(|s| DelayClass::of_seconds(*s).number().to_string()).collect();
        let metric = Metric::ClickToLead;
        Delays::of(units.iter().map(|unit| Counted { metric, unit, value: 1 }), metric)
    }

    #[test]
    fn a_percentile_lies_where_so_many_took_place() {
        assert_eq!(delays(&[]), Delays::default());
        let day = 86_400;
        let found = delays(&[30, 30, 30, 30, 30, day, day, day, day, 30 * day]);
        let holds = |range: Option<DelayRange>, seconds: i64| {
            range.is_some_and(|range| range.from <= seconds && range.until.is_none_or(|until| seconds < until))
        };
        assert_eq!(found.count, 10);
        assert!(holds(found.p50, 30) && holds(found.p90, day), "{found:?}");
        assert!(holds(delays(&[day]).p50, day) && holds(delays(&[day]).p90, day));
        assert!(holds(delays(&[30, day]).p50, 30) && holds(delays(&[30, day]).p90, day));
    }
}

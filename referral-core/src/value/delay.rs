//! How long something took, as one of 64 classes whose bounds grow by a fixed factor: enough for percentiles, and small enough to count.

use serde::{Deserialize, Serialize};

/// A class of delays. Each class but the first and the last is about 1.28 times as long as the one before.
///
/// ```
/// use referral_core::value::DelayClass;
/// let class = DelayClass::of_seconds(3 * 86_400);
/// let (least, below) = class.seconds();
/// assert!(least <= 259_200 && below.is_some_and(|below| 259_200 < below));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DelayClass(u8);

const CLASSES: u8 = 64;
/// Below this many seconds everything is one class.
const FIRST: i64 = 60;

impl DelayClass {
    /// How many classes there are.
    pub const COUNT: usize = CLASSES as usize;

    /// The class of a number of seconds. Less than nothing is in the first class.
    #[must_use]
    pub fn of_seconds(seconds: i64) -> Self {
        let (mut class, mut bound) = (0, FIRST);
        while seconds >= bound && class < CLASSES - 1 {
            class += 1;
            bound = next(bound);
        }
        Self(class)
    }

    /// The class of a number that [`DelayClass::number`] gave.
    #[must_use]
    pub fn of_number(number: u32) -> Option<Self> {
        u8::try_from(number).ok().filter(|number| *number < CLASSES).map(Self)
    }

    /// The number of the class, from 0 to 63.
    #[must_use]
    pub fn number(self) -> u32 {
        u32::from(self.0)
    }

    /// The least number of seconds in the class, and the first one behind it; the last class has no end.
    #[must_use]
    pub fn seconds(self) -> (i64, Option<i64>) {
        let mut bounds = (0, FIRST);
        for _ in 0..self.0 {
            bounds = (bounds.1, next(bounds.1));
        }
        (bounds.0, (self.0 < CLASSES - 1).then_some(bounds.1))
    }
}

fn next(bound: i64) -> i64 {
    bound + bound * 28 / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_of_seconds_lies_in_its_class_and_classes_follow_one_another() {
        for seconds in [i64::MIN, -1, 0, 59, 60, 61, 75, 76, 3_599, 86_400, 31_536_000, 315_360_000, i64::MAX] {
            let class = DelayClass::of_seconds(seconds);
            let (least, below) = class.seconds();
            assert!(seconds.max(0) >= least && below.is_none_or(|below| seconds < below), "{seconds}: {class:?}");
        }
        for number in 0..CLASSES - 1 {
            let (class, after) = (DelayClass(number), DelayClass(number + 1));
            assert_eq!(class.seconds().1, Some(after.seconds().0));
            assert_eq!(DelayClass::of_seconds(after.seconds().0), after);
        }
        assert!(DelayClass(63).seconds().0 > 7 * 31_536_000, "{:?}", DelayClass(63).seconds());
    }
}

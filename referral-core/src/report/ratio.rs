//! Exact ratios, and rates: ratios of a part to its whole.

use serde::{Deserialize, Serialize};

/// A ratio that names both its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    /// What is counted.
    pub numerator: i64,
    /// Of how many. Never 0.
    pub denominator: i64,
}

impl Ratio {
    /// The ratio of two counts; none if the second is 0. It is never below 0, and may be above 1.
    ///
    /// ```
    /// use referral_core::report::Ratio;
    /// assert_eq!(Ratio::of(1, 3).map(Ratio::parts_per_million), Some(333_333));
    /// assert_eq!(Ratio::of(3, 1).map(Ratio::parts_per_million), Some(3_000_000));
    /// assert_eq!(Ratio::of(1, 0), None);
    /// ```
    #[must_use]
    pub fn of(numerator: i64, denominator: i64) -> Option<Self> {
        (denominator > 0).then_some(Self { numerator: numerator.max(0), denominator })
    }

    /// The rate of a part of a whole, such as a cohort; none if the whole is empty. It lies within 0 and 1.
    ///
    /// Totals are read one after the other. If the part was read later and is greater than the whole, it is the whole.
    ///
    /// ```
    /// use referral_core::report::Ratio;
    /// assert_eq!(Ratio::rate(1, 3), Ratio::of(1, 3));
    /// assert_eq!(Ratio::rate(4, 3), Ratio::of(3, 3));
    /// ```
    #[must_use]
    pub fn rate(part: i64, whole: i64) -> Option<Self> {
        Self::of(part.min(whole), whole)
    }

    /// The ratio in parts per million, rounded down.
    #[must_use]
    pub fn parts_per_million(self) -> i64 {
        let parts = i128::from(self.numerator) * 1_000_000;
        let parts = parts.div_euclid(i128::from(self.denominator).max(1));
        i64::try_from(parts).unwrap_or(i64::MAX)
    }
}

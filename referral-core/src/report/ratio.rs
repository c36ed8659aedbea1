//! Exact ratios.

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
    /// The ratio of two numbers; none if the second is 0.
    ///
    /// ```
    /// use referral_core::report::Ratio;
    /// assert_eq!(Ratio::of(1, 3).map(Ratio::parts_per_million), Some(333_333));
    /// assert_eq!(Ratio::of(1, 0), None);
    /// ```
    #[must_use]
    pub fn of(numerator: i64, denominator: i64) -> Option<Self> {
        (denominator != 0).then_some(Self { numerator, denominator })
    }

    /// The ratio in parts per million, rounded down.
    #[must_use]
    pub fn parts_per_million(self) -> i64 {
        let parts = i128::from(self.numerator) * 1_000_000;
        let parts = parts.div_euclid(i128::from(self.denominator).max(1));
        i64::try_from(parts).unwrap_or(i64::MAX)
    }
}

//! Intervals of rates, computed with whole numbers alone.
//!
//! The interval of one rate is Wilson's score interval without correction of continuity (E. B. Wilson, "Probable inference, the law of
//! succession, and statistical inference", 1927). That of a difference is Newcombe's method 10 (R. G. Newcombe, "Interval estimation
//! for the difference between independent proportions", 1998), which is made of both Wilson intervals. Both are at 95 %.

use serde::{Deserialize, Serialize};

use super::ratio::Ratio;

/// The 97.5th percentile of the standard normal distribution, in millionths.
const Z: i128 = 1_959_964;
/// Its square, in millionths.
const Z_SQUARED: i128 = 3_841_459;
const MILLION: i128 = 1_000_000;

/// Where something lies with a confidence of 95 %, in parts per million. Both ends are rounded outwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: i64,
    /// The upper end.
    pub high: i64,
}

impl Interval {
    /// Wilson's interval of a rate: between 0 and 1,000,000.
    ///
    /// ```
    /// use referral_core::report::{Interval, Ratio};
    /// // Newcombe's example: 81 of 263.
    /// let interval = Ratio::rate(81, 263).map(Interval::of_rate);
    /// assert_eq!(interval, Some(Interval { low: 255_288, high: 366_210 }));
    /// ```
    #[must_use]
    pub fn of_rate(rate: Ratio) -> Self {
        let (k, n) = (i128::from(rate.numerator), i128::from(rate.denominator));
        let whole = n.saturating_mul(MILLION).saturating_add(Z_SQUARED);
        let center = k.saturating_mul(MILLION).saturating_add(Z_SQUARED / 2);
        // k(n − k)/n + z²/4, in millionths of millionths.
        let spread = k.saturating_mul(n.saturating_sub(k)).saturating_mul(MILLION * MILLION).div_euclid(n.max(1));
        let spread = spread.saturating_add(Z_SQUARED * MILLION / 4);
        let half = Z.saturating_mul(isqrt(spread).saturating_add(1)).div_euclid(MILLION).saturating_add(1);
        let low = center.saturating_sub(half).max(0).saturating_mul(MILLION).div_euclid(whole);
        let high = center.saturating_add(half).saturating_mul(MILLION).div_euclid(whole).saturating_add(1);
        let low = if k == 0 { 0 } else { low };
        let high = if k >= n { MILLION } else { high.min(MILLION) };
        Self { low: narrow(low), high: narrow(high) }
    }

    /// Newcombe's interval of how much greater the second rate is than the first: between −1,000,000 and 1,000,000.
    ///
    /// ```
    /// use referral_core::report::{Interval, Ratio};
    /// // Newcombe's example: 56 of 70 against 48 of 80.
    /// let (Some(less), Some(more)) = (Ratio::rate(48, 80), Ratio::rate(56, 70)) else { return };
    /// assert_eq!(Interval::of_difference(less, more), Interval { low: 52_430, high: 333_874 });
    /// ```
    #[must_use]
    pub fn of_difference(one: Ratio, other: Ratio) -> Self {
        let (first, second) = (Self::of_rate(one), Self::of_rate(other));
        let (of_one, of_other) = (one.parts_per_million(), other.parts_per_million());
        let root = |left: i64, right: i64| {
            let square = |part: i64| i128::from(part).saturating_mul(i128::from(part));
            narrow(isqrt(square(left).saturating_add(square(right))).saturating_add(1))
        };
        let difference = of_other.saturating_sub(of_one);
        let below = root(of_other.saturating_sub(second.low), first.high.saturating_sub(of_one));
        let above = root(second.high.saturating_sub(of_other), of_one.saturating_sub(first.low));
        let most = narrow(MILLION);
        Self { low: difference.saturating_sub(below).max(-most), high: difference.saturating_add(above).min(most) }
    }

    /// Whether it says which of the two is greater.
    #[must_use]
    pub fn tells(self) -> bool {
        self.low > 0 || self.high < 0
    }
}

/// The root of a number, rounded down.
fn isqrt(number: i128) -> i128 {
    number.max(0).isqrt()
}

fn narrow(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(part: i64, whole: i64) -> Ratio {
        Ratio::rate(part, whole).unwrap()
    }

    /// The same by floating point, as textbooks write it.
    #[allow(clippy::float_arithmetic, reason = "what is computed with whole numbers is compared with it")]
    fn wilson(k: f64, n: f64) -> (f64, f64) {
        let z = 1.959_963_984_540_054_f64;
        let (p, whole) = (k / n, 1.0 + z * z / n);
        let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        ((p + z * z / (2.0 * n) - half) / whole, (p + z * z / (2.0 * n) + half) / whole)
    }

    #[test]
    fn intervals_are_those_of_the_textbook_to_some_millionths() {
        for n in [1, 2, 3, 10, 263, 10_000, 1_000_000_000] {
            for k in [0, 1, n / 3, n / 2, n - 1, n] {
                let found = Interval::of_rate(rate(k, n));
                let (low, high) = wilson(k as f64, n as f64);
                let is_near = |found: i64, exact: f64| (found as f64 - exact * 1e6).abs() < 4.0;
                assert!(is_near(found.low, low) && is_near(found.high, high), "{k} of {n}: {found:?} {low} {high}");
                assert!(found.low as f64 <= low * 1e6 + 0.5 && found.high as f64 >= high * 1e6 - 0.5, "{k} of {n}");
                assert!((0..=1_000_000).contains(&found.low) && found.low <= found.high && found.high <= 1_000_000);
            }
        }
    }

    #[test]
    fn differences_are_those_that_newcombe_printed() {
        // Table II of the paper, method 10, to four places.
        for ((m, n), (k, l), low, high) in [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((10, 10), (0, 20), 0.6791, 1.0),
            ((10, 10), (0, 10), 0.6075, 1.0),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 20), -0.1611, 0.2775),
        ] {
            let found = Interval::of_difference(rate(k, l), rate(m, n));
            let is_near = |found: i64, printed: f64| (found as f64 / 1e6 - printed).abs() < 0.000_06;
            assert!(is_near(found.low, low) && is_near(found.high, high), "{m}/{n} {k}/{l}: {found:?}");
        }
    }

    #[test]
    fn the_other_way_round_it_is_the_mirror_image() {
        let (one, other) = (rate(7, 90), rate(21, 130));
        let (there, back) = (Interval::of_difference(one, other), Interval::of_difference(other, one));
        assert!((there.low + back.high).abs() <= 2 && (there.high + back.low).abs() <= 2, "{there:?} {back:?}");
        assert!(!Interval::of_difference(one, one).tells());
    }
}

//! Money, and rates.
//!
//! Everything is an integer: money in minor units, rates in parts per million. What does not fit is an error, what does
//! not divide is rounded the way the caller names. Money of two currencies never meets, and nothing here converts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::quote::quoted;

/// A currency of ISO 4217 that has a minor unit, by its alphabetic code: `EUR`, `JPY`.
///
/// Precious metals and the codes for testing have no minor unit, so nothing can be owed in them here.
///
/// ```
/// use referral_core::value::Currency;
/// let yen: Currency = "JPY".parse()?;
/// assert_eq!((yen.code(), yen.exponent()), ("JPY", 0));
/// assert!("XAU".parse::<Currency>().is_err());
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency {
    iso: iso_currency::Currency,
    exponent: u8,
}

impl Currency {
    /// The alphabetic code, three upper-case letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.iso.code()
    }

    /// How many decimals the minor unit has: 2 for `EUR`, 0 for `JPY`, 3 for `KWD`, 4 for `CLF`.
    #[must_use]
    pub fn exponent(self) -> u8 {
        self.exponent
    }

    /// How many minor units make one: 100 for `EUR`.
    #[must_use]
    pub fn minor_per_unit(self) -> i64 {
        10_i64.saturating_pow(u32::from(self.exponent))
    }
}

impl FromStr for Currency {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let problem = |why: &str| Error::invalid("currency", format!("{} {why}", quoted(text)));
        let iso = iso_currency::Currency::from_code(text).ok_or_else(|| problem("is not a code of ISO 4217"))?;
        let exponent = iso.exponent().ok_or_else(|| problem("has no minor unit"))?;
        // INVARIANT: no exponent is above 4, so `minor_per_unit` is exact.
        let exponent = u8::try_from(exponent).ok().filter(|digits| *digits <= 4);
        Ok(Self { iso, exponent: exponent.ok_or_else(|| problem("has too many decimals"))? })
    }
}

impl TryFrom<String> for Currency {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What to do with the part of a minor unit that remains after a division.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Down, towards negative infinity. What rules do unless they say otherwise.
    #[default]
    Floor,
    /// Up, towards positive infinity.
    Ceiling,
    /// To the nearest; a half goes away from zero.
    HalfUp,
    /// To the nearest; a half goes to the even neighbour.
    HalfEven,
}

/// `value × by ÷ of`, exact until the one rounding at the end.
///
/// # Errors
/// [`Error::InvalidValue`] if `of` is not positive or the result does not fit 64 bits.
pub(crate) fn scale(value: i64, by: i64, of: i64, rounding: Rounding) -> Result<i64, Error> {
    if of <= 0 {
        return Err(Error::invalid("money", format!("cannot divide by {of}")));
    }
    // Two factors of 64 bits always fit 127 bits and a sign.
    let (product, of) = (i128::from(value) * i128::from(by), i128::from(of));
    let (floor, rest) = (product.div_euclid(of), product.rem_euclid(of));
    let up = match rounding {
        Rounding::Floor => false,
        Rounding::Ceiling => rest > 0,
        Rounding::HalfUp => rest * 2 > of || (rest * 2 == of && product >= 0),
        Rounding::HalfEven => rest * 2 > of || (rest * 2 == of && floor.rem_euclid(2) == 1),
    };
    i64::try_from(floor + i128::from(up)).map_err(|_| Error::invalid("money", "is out of range"))
}

/// A sum of money: whole minor units of one currency.
///
/// Text, and so JSON, has the form `50.00 EUR`: it is read by people, it is exact, and no reader can lose the currency.
/// Fewer decimals may be given, more are an error: nothing is rounded while it is parsed.
///
/// ```
/// use referral_core::value::{Money, Rounding};
/// let order: Money = "49.99 EUR".parse()?;
/// assert_eq!(order.minor, 4_999);
/// assert_eq!(order.percent("10%".parse()?, Rounding::Floor)?.to_string(), "4.99 EUR");
/// assert_eq!(serde_json::to_string(&order).ok().as_deref(), Some(r#""49.99 EUR""#));
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Money {
    /// How many minor units: cents for `EUR`. May be negative: a debt, a correction.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

impl Money {
    /// `minor` minor units of `currency`.
    #[must_use]
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// No money, in `currency`.
    #[must_use]
    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Both together.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] if the currencies differ or the sum does not fit.
    pub fn plus(self, other: Self) -> Result<Self, Error> {
        self.combine(other, self.minor.checked_add(other.minor))
    }

    /// This without `other`.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] if the currencies differ or the difference does not fit.
    pub fn minus(self, other: Self) -> Result<Self, Error> {
        self.combine(other, self.minor.checked_sub(other.minor))
    }

    /// The share `rate` of this.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] if the result does not fit: possible only above 100 %.
    pub fn percent(self, rate: Rate, rounding: Rounding) -> Result<Self, Error> {
        self.fraction(i64::from(rate.0), 1_000_000, rounding)
    }

    /// `by` parts of `of`: the net part of a refund is `net.fraction(refunded, total, Rounding::Floor)`.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] if `of` is not positive or the result does not fit.
    pub fn fraction(self, by: i64, of: i64, rounding: Rounding) -> Result<Self, Error> {
        Ok(Self { minor: scale(self.minor, by, of, rounding)?, currency: self.currency })
    }

    fn combine(self, other: Self, minor: Option<i64>) -> Result<Self, Error> {
        if self.currency != other.currency {
            let problem = format!("`{}` and `{}` cannot be combined", self.currency, other.currency);
            return Err(Error::invalid("money", problem));
        }
        let minor = minor.ok_or_else(|| Error::invalid("money", "is out of range"))?;
        Ok(Self { minor, currency: self.currency })
    }
}

/// Parses `-12.5` with at most `decimals` decimals into an integer scaled by 10^decimals.
fn parse_decimal(what: &'static str, text: &str, decimals: u8) -> Result<i64, Error> {
    let problem = |why: &str| Error::invalid(what, format!("{} {why}", quoted(text)));
    if text.contains(',') {
        return Err(problem("has a comma; write a decimal point and no separators of thousands"));
    }
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !part.is_none_or(is_number) {
        return Err(problem("is not a decimal number"));
    }
    let part = part.unwrap_or_default();
    let missing = usize::from(decimals)
        .checked_sub(part.len())
        .ok_or_else(|| problem(&format!("has more than the {decimals} decimals that it can have")))?;
    let zeros = std::iter::repeat_n(b'0', missing);
    let mut value = 0_i64;
    for digit in whole.bytes().chain(part.bytes()).chain(zeros) {
        let digit = i64::from(digit - b'0');
        // Downwards, because the least number of 64 bits has no positive counterpart.
        let next = value.checked_mul(10).and_then(|value| value.checked_sub(digit));
        value = next.ok_or_else(|| problem("is out of range"))?;
    }
    if negative { Ok(value) } else { value.checked_neg().ok_or_else(|| problem("is out of range")) }
}

impl FromStr for Money {
    type Err = Error;
    /// Parses `50 EUR`, `12.345 KWD`, `-0.01 EUR`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let (number, code) = text
            .split_once(' ')
            .ok_or_else(|| Error::invalid("money", format!("{} is not of the form `50.00 EUR`", quoted(text))))?;
        let currency: Currency = code.parse()?;
        Ok(Self { minor: parse_decimal("money", number, currency.exponent)?, currency })
    }
}

impl TryFrom<String> for Money {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Money> for String {
    fn from(money: Money) -> Self {
        money.to_string()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let unit = self.currency.minor_per_unit().unsigned_abs();
        let (whole, part) = (self.minor.unsigned_abs() / unit, self.minor.unsigned_abs() % unit);
        match usize::from(self.currency.exponent) {
            0 => write!(f, "{sign}{whole} {}", self.currency),
            digits => write!(f, "{sign}{whole}.{part:0digits$} {}", self.currency),
        }
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A share of something in parts per million, written in percent with at most four decimals: `12.5%`. At most 1,000 %.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate(u32);

impl Rate {
    /// 1,000 %.
    const MAX_PPM: u32 = 10_000_000;

    /// `ppm` parts per million.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] above 1,000 %.
    pub fn from_ppm(ppm: u32) -> Result<Self, Error> {
        if ppm > Self::MAX_PPM {
            return Err(Error::invalid("rate", "is above 1000%"));
        }
        Ok(Self(ppm))
    }

    /// Parts per million: 125,000 for `12.5%`.
    #[must_use]
    pub fn ppm(self) -> u32 {
        self.0
    }
}

impl FromStr for Rate {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let form = || Error::invalid("rate", format!("{} is not of the form `12.5%`", quoted(text)));
        let ppm = parse_decimal("rate", text.strip_suffix('%').ok_or_else(form)?, 4)?;
        if ppm < 0 {
            return Err(Error::invalid("rate", "is negative"));
        }
        Self::from_ppm(u32::try_from(ppm).unwrap_or(u32::MAX))
    }
}

impl TryFrom<String> for Rate {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 10_000, self.0 % 10_000);
        if part == 0 {
            return write!(f, "{whole}%");
        }
        let part = format!("{part:04}");
        write!(f, "{whole}.{}%", part.trim_end_matches('0'))
    }
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn money_is_read_and_written_in_the_minor_unit_of_its_currency() {
        let cases = [
            ("50 EUR", 5_000, "50.00 EUR"),
            ("50.5 EUR", 5_050, "50.50 EUR"),
            ("-0.01 EUR", -1, "-0.01 EUR"),
            ("007 USD", 700, "7.00 USD"),
            ("1200 JPY", 1_200, "1200 JPY"),
            ("12.345 KWD", 12_345, "12.345 KWD"),
            ("0.0001 CLF", 1, "0.0001 CLF"),
            ("1.2345 UYW", 12_345, "1.2345 UYW"),
            ("92233720368547758.07 EUR", i64::MAX, "92233720368547758.07 EUR"),
            ("-92233720368547758.08 EUR", i64::MIN, "-92233720368547758.08 EUR"),
        ];
        for (text, minor, shown) in cases {
            assert_eq!(money(text).minor, minor, "{text}");
            assert_eq!(money(text).to_string(), shown, "{text}");
            assert_eq!(money(shown), money(text), "{text}");
        }
    }

    #[test]
    fn money_that_is_ambiguous_inexact_or_too_large_is_refused() {
        let cases = [
            ("1,50 EUR", "comma"),
            ("1,000.00 EUR", "comma"),
            ("1.234 EUR", "more than the 2 decimals"),
            ("1.200 EUR", "more than the 2 decimals"),
            ("1.0 JPY", "more than the 0 decimals"),
            ("1. EUR", "not a decimal number"),
            (".5 EUR", "not a decimal number"),
            ("+5 EUR", "not a decimal number"),
            ("- EUR", "not a decimal number"),
            ("1e3 EUR", "not a decimal number"),
            ("٣ EUR", "not a decimal number"),
            ("5EUR", "not of the form"),
            ("5  EUR", "not a code"),
            ("5 eur", "not a code"),
            ("5 EUR ", "not a code"),
            (" 5 EUR", "not a code"),
            ("5 ABC", "not a code"),
            ("5 XAU", "no minor unit"),
            ("92233720368547758.08 EUR", "out of range"),
            ("-92233720368547758.09 EUR", "out of range"),
            ("99999999999999999999999999999999999999999999 EUR", "out of range"),
            ("", "not of the form"),
        ];
        for (text, problem) in cases {
            let error = text.parse::<Money>().unwrap_err();
            assert_eq!(error.code(), "invalid_value", "{text}");
            assert!(error.to_string().contains(problem), "{text}: {error}");
        }
    }

    #[test]
    fn every_currency_without_two_decimals_is_known() {
        let exponents = [
            (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
            (2, "EUR USD GBP CHF CNY INR BRL MXN SLE VES VED XCG ZWG CHE CHW COU MXV USN BOV"),
            (3, "BHD IQD JOD KWD LYD OMR TND"),
            (4, "CLF UYW"),
        ];
        for (exponent, codes) in exponents {
            for code in codes.split(' ') {
                assert_eq!(code.parse::<Currency>().map(Currency::exponent), Ok(exponent), "{code}");
            }
        }
    }

    #[test]
    fn sums_stay_in_one_currency_and_in_range() {
        let (five, two) = (money("5 EUR"), money("2.50 EUR"));
        assert_eq!(five.plus(two), Ok(money("7.50 EUR")));
        assert_eq!(two.minus(five), Ok(money("-2.50 EUR")));
        assert!(five.plus(money("5 USD")).is_err());
        assert!(five.minus(money("5 USD")).is_err());
        let most = Money::new(i64::MAX, five.currency);
        assert!(most.plus(five).is_err());
        assert!(Money::new(i64::MIN, five.currency).minus(five).is_err());
        assert!(most.percent(Rate::from_ppm(1_000_001).unwrap(), Rounding::Floor).is_err());
        assert!(five.fraction(1, 0, Rounding::Floor).is_err());
        assert!(five.fraction(1, -3, Rounding::Floor).is_err());
    }

    #[test]
    fn each_rounding_goes_its_own_way_on_both_sides_of_zero() {
        use Rounding::{Ceiling, Floor, HalfEven, HalfUp};
        // (value, by, of): rounded by each of the four.
        let cases = [
            ((7, 1, 2), [3, 4, 4, 4]),
            ((5, 1, 2), [2, 3, 3, 2]),
            ((-5, 1, 2), [-3, -2, -3, -2]),
            ((-7, 1, 2), [-4, -3, -4, -4]),
            ((10, 1, 3), [3, 4, 3, 3]),
            ((-10, 1, 3), [-4, -3, -3, -3]),
            ((11, 1, 3), [3, 4, 4, 4]),
            ((6, 1, 3), [2, 2, 2, 2]),
            ((i64::MAX, i64::MAX, i64::MAX), [i64::MAX; 4]),
            ((i64::MIN, 1_000_000, 1_000_000), [i64::MIN; 4]),
        ];
        for ((value, by, of), expected) in cases {
            let found = [Floor, Ceiling, HalfUp, HalfEven].map(|rounding| scale(value, by, of, rounding).unwrap());
            assert_eq!(found, expected, "{value} × {by} ÷ {of}");
        }
    }

    #[test]
    fn rates_are_read_and_written_in_percent() {
        for (text, ppm) in [("10%", 100_000), ("12.5%", 125_000), ("0.0001%", 1), ("0%", 0), ("1000%", 10_000_000)] {
            let rate: Rate = text.parse().unwrap();
            assert_eq!((rate.ppm(), rate.to_string().as_str()), (ppm, text));
        }
        for text in ["10", "10 %", "-1%", "1000.0001%", "0.00001%", "12,5%", "%", "99999999999999999999%"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}

//! Amounts as senders write them, to money of ISO 4217. Exact, or refused.

use referral_core::value::{Currency, Money};

/// What a sender means by an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// `12.50` is twelve and a half.
    Major,
    /// `1250` is twelve and a half where the currency has cents, by ISO 4217.
    Minor,
    /// `1250`, by Stripe's own table.
    Stripe,
}

/// What to do with a part that is smaller than the currency's minor unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Round {
    /// Refuse the amount.
    Exact,
    /// Take the next larger amount: right for a tax, where less would raise a reward.
    Up,
}

/// Stripe's zero-decimal currencies. From <https://docs.stripe.com/currencies>, "Zero-decimal currencies", without UGX, which
/// "Special cases" takes out again: like ISK, it is written with two decimals that are always `00`.
const STRIPE_ZERO: &[&str] =
    &["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];
/// Stripe's three-decimal currencies, from the same page.
const STRIPE_THREE: &[&str] = &["BHD", "JOD", "KWD", "OMR", "TND"];

/// How many decimals Stripe's amounts have: HUF and TWD are zero-decimal for payouts only, ISK and UGX nowhere.
fn stripe_decimals(currency: Currency) -> u8 {
    if STRIPE_ZERO.contains(&currency.code()) {
        return 0;
    }
    if STRIPE_THREE.contains(&currency.code()) { 3 } else { 2 }
}

/// Reads an amount.
pub(crate) fn money(amount: &str, code: &str, unit: Unit, round: Round) -> Result<Money, String> {
    let currency: Currency = code.to_ascii_uppercase().parse().map_err(|_| "has no currency of ISO 4217".to_owned())?;
    match unit {
        Unit::Major => major(amount, currency, round),
        Unit::Minor => whole(amount).map(|minor| Money::new(minor, currency)),
        Unit::Stripe => {
            let (from, to) = (stripe_decimals(currency), currency.exponent());
            let minor = whole(amount)?;
            let ten = |places: u8| 10_i64.saturating_pow(u32::from(places));
            if from <= to {
                let minor = minor.checked_mul(ten(to.saturating_sub(from)));
                return minor.map(|minor| Money::new(minor, currency)).ok_or_else(|| "is out of range".to_owned());
            }
            divided(minor, ten(from.saturating_sub(to)), round).map(|minor| Money::new(minor, currency))
        }
    }
}

fn whole(amount: &str) -> Result<i64, String> {
    let digits = amount.strip_prefix('-').unwrap_or(amount);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("is not a whole number of minor units".to_owned());
    }
    amount.parse().map_err(|_| "is out of range".to_owned())
}

fn divided(minor: i64, by: i64, round: Round) -> Result<i64, String> {
    match (minor.rem_euclid(by), round) {
        (0, _) => Ok(minor.div_euclid(by)),
        (_, Round::Up) => Ok(minor.div_euclid(by).saturating_add(1)),
        (_, Round::Exact) => Err("is a fraction of the currency's minor unit".to_owned()),
    }
}

/// Zeros beyond the minor unit say nothing; other digits are refused by the core, unless they are rounded.
fn major(amount: &str, currency: Currency, round: Round) -> Result<Money, String> {
    let places = usize::from(currency.exponent());
    let (units, part) = amount.split_once('.').unwrap_or((amount, ""));
    if amount.len() > 64 || amount.ends_with('.') {
        return Err("is not a decimal number".to_owned());
    }
    let (kept, rest) = (part.get(..places.min(part.len())).unwrap_or_default(), part.get(places..).unwrap_or_default());
    if !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("is not a decimal number".to_owned());
    }
    let exact = rest.bytes().all(|byte| byte == b'0');
    let text = match (exact, kept.is_empty()) {
        (false, _) if round == Round::Exact => {
            return Err("has more decimals than the currency".to_owned());
        }
        (_, true) => format!("{units} {currency}"),
        (_, false) => format!("{units}.{kept} {currency}"),
    };
    let money: Money = text.parse().map_err(|_| "is not a decimal number, or out of range".to_owned())?;
    if exact || units.starts_with('-') {
        return Ok(money);
    }
    let minor = money.minor.checked_add(1).ok_or_else(|| "is out of range".to_owned())?;
    Ok(Money::new(minor, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_whole_units_are_exact_or_refused_and_rounded_up_only_where_that_is_asked_for() {
        let cases = [
            ("49.90", "EUR", Round::Exact, Ok("49.90 EUR")),
            ("49.9000", "eur", Round::Exact, Ok("49.90 EUR")),
            ("500.00", "JPY", Round::Exact, Ok("500 JPY")),
            ("-5.5", "EUR", Round::Exact, Ok("-5.50 EUR")),
            ("0.001", "EUR", Round::Exact, Err("has more decimals than the currency")),
            ("0.001", "EUR", Round::Up, Ok("0.01 EUR")),
            ("1.999", "EUR", Round::Up, Ok("2.00 EUR")),
            ("500.1", "JPY", Round::Up, Ok("501 JPY")),
            ("-0.009", "EUR", Round::Up, Ok("0.00 EUR")),
            ("5.", "EUR", Round::Up, Err("is not a decimal number")),
            ("5.x", "EUR", Round::Up, Err("is not a decimal number")),
            ("92233720368547758.071", "EUR", Round::Up, Err("is out of range")),
        ];
        for (amount, code, round, expected) in cases {
            let found = money(amount, code, Unit::Major, round).map(|money| money.to_string());
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{amount} {code}");
        }
    }

    #[test]
    fn amounts_in_minor_units_follow_iso_4217_or_stripe() {
        let cases = [
            ("500", "UGX", Unit::Minor, Round::Exact, Ok("500 UGX")),
            ("500", "UGX", Unit::Stripe, Round::Exact, Ok("5 UGX")),
            ("550", "UGX", Unit::Stripe, Round::Up, Ok("6 UGX")),
            ("550", "UGX", Unit::Stripe, Round::Exact, Err("is a fraction of the currency's minor unit")),
            ("5.0", "EUR", Unit::Minor, Round::Exact, Err("is not a whole number of minor units")),
            ("9223372036854775808", "EUR", Unit::Minor, Round::Exact, Err("is out of range")),
        ];
        for (amount, code, unit, round, expected) in cases {
            let found = money(amount, code, unit, round).map(|money| money.to_string());
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{amount} {code}");
        }
    }
}

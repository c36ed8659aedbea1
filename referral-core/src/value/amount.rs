//! What a reward gives: money, or a quantity of any other unit.
//!
//! It only tells the two apart; what divides and how is the business of [`Money`].

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::{Money, UnitName};
use crate::error::Error;

/// What a reward gives: money, or a quantity of any other unit (points, credits, free months).
///
/// In JSON money is its text, `"5.00 EUR"`, and units are `{"unit": "points", "quantity": 100}`; nothing else is read.
///
/// ```
/// use referral_core::value::Amount;
/// let points: Amount = serde_json::from_str(r#"{"unit": "points", "quantity": 100}"#).unwrap();
/// assert_eq!((points.unit_key().as_str(), points.quantity()), ("points", 100));
/// assert_eq!(points.with_quantity(-40).to_string(), "-40 points");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum Amount {
    /// Money.
    Money(Money),
    /// So many of a unit. Units do not divide.
    Units {
        /// The unit.
        unit: UnitName,
        /// How many.
        quantity: i64,
    },
}

impl Amount {
    /// The amount whose [`Amount::unit_key`] and [`Amount::quantity`] are these.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] if `unit_key` is neither a currency nor the name of a unit.
    pub fn from_unit_key(unit_key: &str, quantity: i64) -> Result<Self, Error> {
        if unit_key.starts_with(|first: char| first.is_ascii_uppercase()) {
            return Ok(Self::Money(Money::new(quantity, unit_key.parse()?)));
        }
        Ok(Self::Units { unit: UnitName::new(unit_key)?, quantity })
    }

    /// What the amount is counted in: the code of the currency, or the name of the unit. Codes are upper case and units
    /// lower case, so that the two never meet.
    #[must_use]
    pub fn unit_key(&self) -> String {
        match self {
            Self::Money(money) => money.currency.code().to_owned(),
            Self::Units { unit, .. } => unit.as_str().to_owned(),
        }
    }

    /// How many: minor units of money, or the unit's own number.
    #[must_use]
    pub fn quantity(&self) -> i64 {
        match self {
            Self::Money(money) => money.minor,
            Self::Units { quantity, .. } => *quantity,
        }
    }

    /// The same currency or unit with another quantity.
    #[must_use]
    pub fn with_quantity(&self, quantity: i64) -> Self {
        match self {
            Self::Money(money) => Self::Money(Money::new(quantity, money.currency)),
            Self::Units { unit, .. } => Self::Units { unit: unit.clone(), quantity },
        }
    }
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self::Money(money)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(money) => money.fmt(f),
            Self::Units { unit, quantity } => write!(f, "{quantity} {unit}"),
        }
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

// By hand, because an untagged derive would say only that nothing matched.
impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AmountVisitor)
    }
}

struct AmountVisitor;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitsForm {
    unit: UnitName,
    quantity: i64,
}

impl<'de> Visitor<'de> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("money such as \"5.00 EUR\", or a unit with its quantity")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
        text.parse().map(Amount::Money).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Amount, A::Error> {
        let UnitsForm { unit, quantity } = UnitsForm::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Amount::Units { unit, quantity })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_survive_json_and_nothing_else_is_read() {
        for json in [r#""5.00 EUR""#, r#"{"unit":"points","quantity":-3}"#] {
            let amount: Amount = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&amount).unwrap(), json);
            assert_eq!(Amount::from_unit_key(&amount.unit_key(), amount.quantity()), Ok(amount.clone()));
            assert_eq!(amount.with_quantity(9).quantity(), 9);
        }
        for json in [
            "5",
            "null",
            r#""5 points""#,
            r#"{"unit":"points"}"#,
            r#"{"unit":"EUR","quantity":3}"#,
            r#"{"unit":"points","quantity":1.5}"#,
            r#"{"unit":"points","quantity":3,"currency":"EUR"}"#,
        ] {
            assert!(serde_json::from_str::<Amount>(json).is_err(), "{json}");
        }
    }
}

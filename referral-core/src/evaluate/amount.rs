//! How much a rule gives, from what an order still is.
//!
//! Net is the total without tax and shipping. Of a refund, the net part is ⌊net × refunded so far ÷ total⌋, so refunds in
//! any order and number end at the same amount.

use crate::campaign::{Give, PercentOf};
use crate::error::Error;
use crate::record::OrderFact;
use crate::value::{Amount, Currency, Money, Rounding};

/// Why there is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAmount {
    /// The order is in a currency that the rule does not pay in.
    Currency,
    /// There is no order to take a percentage of.
    NoBase,
}

/// What is left of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    currency: Currency,
    total: i64,
    net: i64,
    refunded: i64,
}

impl Base {
    /// The base that an order is; none if it has no amount. Refunds beyond the total are no more than the total.
    #[must_use]
    pub fn of(order: &OrderFact) -> Option<Self> {
        let currency = order.currency?;
        let total = order.total_minor;
        let net = total.saturating_sub(order.tax_minor).saturating_sub(order.shipping_minor).max(0);
        Some(Self { currency, total, net, refunded: order.refunded_minor.min(total) })
    }

    /// The base of an order that is this total, without tax and shipping.
    #[must_use]
    pub(crate) fn of_total(total: Money) -> Self {
        Self { currency: total.currency, total: total.minor, net: total.minor, refunded: 0 }
    }

    /// The same order before any refund: conditions see the order as it was placed.
    #[must_use]
    pub fn untouched(self) -> Self {
        Self { refunded: 0, ..self }
    }

    /// Whether nothing of it is left.
    #[must_use]
    pub fn is_gone(self) -> bool {
        self.refunded > 0 && self.refunded >= self.total
    }

    /// The net amount, before refunds.
    #[must_use]
    pub fn net(self) -> Money {
        Money::new(self.net, self.currency)
    }

    /// The net amount that is left.
    ///
    /// # Errors
    /// If it leaves the range of money.
    pub fn net_left(self) -> Result<Money, Error> {
        let net = Money::new(self.net, self.currency);
        if self.refunded == 0 {
            return Ok(net);
        }
        net.minus(net.fraction(self.refunded, self.total.max(1), Rounding::Floor)?)
    }

    fn left(self, of: PercentOf) -> Result<Money, Error> {
        match of {
            PercentOf::Net => self.net_left(),
            PercentOf::Total => Ok(Money::new(self.total.saturating_sub(self.refunded), self.currency)),
        }
    }
}

/// What a percentage is taken of, if `give` is one and there is an order.
///
/// # Errors
/// If it leaves the range of money.
pub fn percent_base(give: &Give, base: Option<Base>) -> Result<Option<Money>, Error> {
    match (give, base) {
        (Give::Percent(percent), Some(base)) => base.left(percent.of).map(Some),
        _ => Ok(None),
    }
}

/// How much `give` is over one order. A flat amount stays until its order is gone.
///
/// # Errors
/// If it leaves the range of money.
pub fn amount(give: &Give, base: Option<Base>) -> Result<Result<Amount, NoAmount>, Error> {
    let gone = base.is_some_and(Base::is_gone);
    match give {
        Give::Percent(_) => percent(give, percent_base(give, base)?),
        Give::Flat(flat) => Ok(Ok(Amount::Money(if gone { Money::zero(flat.flat.currency) } else { flat.flat }))),
        Give::Units(units) => {
            let quantity = if gone { 0 } else { i64::from(units.units) };
            Ok(Ok(Amount::Units { unit: units.unit.clone(), quantity }))
        }
    }
}

/// How much `give` is over the sum of several orders: those of a group.
///
/// # Errors
/// If it leaves the range of money.
pub fn amount_over(give: &Give, bases: &[Option<Money>]) -> Result<Result<Amount, NoAmount>, Error> {
    if !matches!(give, Give::Percent(_)) {
        return amount(give, None);
    }
    let mut sum: Option<Money> = None;
    for base in bases.iter().flatten() {
        sum = match sum {
            None => Some(*base),
            Some(sum) if sum.currency == base.currency => Some(sum.plus(*base)?),
            Some(_) => return Ok(Err(NoAmount::Currency)),
        };
    }
    percent(give, sum)
}

fn percent(give: &Give, of: Option<Money>) -> Result<Result<Amount, NoAmount>, Error> {
    let (Give::Percent(percent), Some(of)) = (give, of) else { return Ok(Err(NoAmount::NoBase)) };
    let part = of.percent(percent.percent, Rounding::Floor)?;
    Ok(match percent.at_most {
        Some(most) if most.currency != part.currency => Err(NoAmount::Currency),
        Some(most) if most.minor < part.minor => Ok(Amount::Money(most)),
        _ => Ok(Amount::Money(part)),
    })
}

//! How much a rule gives, from what an order still is.
//!
//! Net is the total without tax and shipping. Of a refund, the net part is ⌊net × refunded so far ÷ total⌋, so refunds in
//! any order and number end at the same amount.

use crate::campaign::{Give, PercentOf};
use crate::command::Reason;
use crate::error::Error;
use crate::record::Conversion;
use crate::value::{Amount, Currency, Money, Rounding};

/// An order, as far as it still stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    currency: Currency,
    total: i64,
    net: i64,
    refunded: i64,
}

impl Base {
    /// The base that a conversion is; none if it has no amount.
    pub(crate) fn of(conversion: &Conversion) -> Option<Self> {
        let currency = conversion.currency?;
        let total = conversion.total_minor;
        let net = total.saturating_sub(conversion.tax_minor).saturating_sub(conversion.shipping_minor).max(0);
        Some(Self { currency, total, net, refunded: refunded(conversion) })
    }

    /// Whether nothing of it is left.
    pub(crate) fn is_gone(self) -> bool {
        self.refunded > 0 && self.refunded >= self.total
    }

    /// The net amount that is left.
    pub(crate) fn net_left(self) -> Result<Money, Error> {
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

/// What was refunded so far: the sum of amounts or the greatest cumulative total, never more than the total.
pub(crate) fn refunded(conversion: &Conversion) -> i64 {
    conversion.refunded_sum.max(conversion.refunded_total).min(conversion.total_minor)
}

/// The net amount that is left of a conversion; none if it has no amount.
pub(crate) fn net_left(conversion: &Conversion) -> Option<Money> {
    Base::of(conversion).and_then(|base| base.net_left().ok())
}

/// What a percentage is taken of, if `give` is one and there is an order.
pub(crate) fn percent_base(give: &Give, base: Option<Base>) -> Result<Option<Money>, Error> {
    match (give, base) {
        (Give::Percent(percent), Some(base)) => base.left(percent.of).map(Some),
        _ => Ok(None),
    }
}

/// How much `give` comes to over one order. A flat amount stands until its order is gone.
pub(crate) fn amount(give: &Give, base: Option<Base>) -> Result<Result<Amount, Reason>, Error> {
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

/// How much `give` comes to over the sum of several orders: those of a group.
pub(crate) fn amount_over(give: &Give, bases: &[Option<Money>]) -> Result<Result<Amount, Reason>, Error> {
    if !matches!(give, Give::Percent(_)) {
        return amount(give, None);
    }
    let mut sum: Option<Money> = None;
    for base in bases.iter().flatten() {
        sum = match sum {
            None => Some(*base),
            Some(sum) if sum.currency == base.currency => Some(sum.plus(*base)?),
            Some(_) => return Ok(Err(Reason::Currency)),
        };
    }
    percent(give, sum)
}

fn percent(give: &Give, of: Option<Money>) -> Result<Result<Amount, Reason>, Error> {
    let (Give::Percent(percent), Some(of)) = (give, of) else { return Ok(Err(Reason::NoBase)) };
    let part = of.percent(percent.percent, Rounding::Floor)?;
    Ok(match percent.at_most {
        Some(most) if most.currency != part.currency => Err(Reason::Currency),
        Some(most) if most.minor < part.minor => Ok(Amount::Money(most)),
        _ => Ok(Amount::Money(part)),
    })
}

//! What conditions ask at each evaluation: amounts, places and times.

use super::facts::Facts;
use super::moment::{Moment, Which};
use super::orders::Placed;
use crate::campaign::Compiled;
use crate::rule::condition::{self, Facts as _, Slot, Value, Verdict};
use crate::value::{Money, Timestamp};

/// What is judged: an order at its place, a mark, or the lead itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event<'a> {
    pub(super) moment: Moment,
    pub(super) at: Timestamp,
    pub(super) reading: &'a str,
    pub(super) order: Option<Placed<'a>>,
}

impl<'a> Event<'a> {
    pub(super) fn order(placed: Placed<'a>) -> Self {
        let (at, reading) = (placed.fact.at, placed.fact.reading.as_str());
        Self { moment: Moment::Order(placed.fact.converted), at, reading, order: Some(placed) }
    }
}

/// The verdict of a condition on an event; none if there is no condition.
pub(super) fn judge<'v>(
    version: &'v Compiled,
    facts: &Facts<'_>,
    which: Which,
    event: &Event<'_>,
) -> Option<Verdict<'v>> {
    let condition = match which {
        Which::Criteria => version.qualifies_when.as_ref(),
        Which::Rule(index) => version.rules.get(index).and_then(|rule| rule.when.as_ref()),
    }?;
    let channel = facts.channel.map(ToString::to_string);
    let open = Open { version: version.version, facts, event, channel: channel.as_deref() };
    Some(condition.judge(&open, event.moment.part_of(version, which, event.reading)))
}

/// The values of these fields at an event, as text. A field of a person, of a country, of a coupon or of stated data has none
/// here: its parts of conditions were read once, and only their verdicts are kept.
pub(super) fn values<'f>(
    version: &Compiled,
    facts: &Facts<'_>,
    event: &Event<'_>,
    fields: impl Iterator<Item = &'f condition::Field>,
) -> Vec<(String, String)> {
    let channel = facts.channel.map(ToString::to_string);
    let open = Open { version: version.version, facts, event, channel: channel.as_deref() };
    let shown = |value: Value<'_>| match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Str(text) => text.to_owned(),
        Value::Strings(texts) => texts.join(", "),
        Value::Money(money) => money.to_string(),
        Value::Time(time) => time.to_string(),
    };
    fields.filter_map(|field| Some((field.path.clone(), shown(open.get(field.slot)?)))).collect()
}

struct Open<'e> {
    version: u32,
    facts: &'e Facts<'e>,
    event: &'e Event<'e>,
    channel: Option<&'e str>,
}

impl condition::Facts for Open<'_> {
    fn get(&self, slot: Slot) -> Option<Value<'_>> {
        let order = self.event.order.as_ref();
        let money = |minor: fn(&Placed<'_>) -> i64| {
            let order = order?;
            Some(Value::Money(Money::new(minor(order), order.fact.currency?)))
        };
        match slot {
            Slot::OrderTotal => money(|order| order.fact.total_minor),
            Slot::OrderTax => money(|order| order.fact.tax_minor),
            Slot::OrderShipping => money(|order| order.fact.shipping_minor),
            Slot::OrderNet => order?.base?.untouched().net_left().ok().map(Value::Money),
            Slot::OrderCurrency => Some(Value::Str(order?.fact.currency?.code())),
            Slot::OrderKind => Some(Value::Str(order?.fact.converted.as_str())),
            Slot::OrderSource => Some(Value::Str(order?.fact.source.as_str())),
            Slot::OrderNumber => Some(Value::Int(i64::from(order?.number))),
            Slot::OrderOccurredAt => Some(Value::Time(order?.fact.at)),
            Slot::ReferralLeadAt => Some(Value::Time(self.facts.lead_at)),
            Slot::ReferralChannel => self.channel.map(Value::Str),
            Slot::ReferralVersion => Some(Value::Int(i64::from(self.version))),
            Slot::Now => Some(Value::Time(self.event.at)),
            _ => None,
        }
    }
}

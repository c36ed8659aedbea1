//! What a referral knows: its orders, the marks that hands set, and what moderation said.
//!
//! A referral is computed from these facts. They stay within a bound, so that one record holds them; they hold verdicts
//! of conditions and no values of people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::field::json_fields;
use super::hand::Said;
use super::kind::ConversionKey;
use super::name::Channel;
use super::origin::{Origin, UsedLink};
use super::state::{ConversionKind, Evidence, Role};
use crate::value::{CampaignId, CommandKey, Currency, EventId, RuleId, SourceName, Timestamp};

/// An order, as its referral knows it: a purchase, a renewal or another conversion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "OrderRow", into = "OrderRow")]
pub struct OrderFact {
    /// When it happened, as its source says.
    pub at: Timestamp,
    /// Where it comes from.
    pub source: SourceName,
    /// Its id there.
    pub event: EventId,
    /// What it is.
    pub converted: ConversionKind,
    /// Its currency; none if it has no amount.
    pub currency: Option<Currency>,
    /// The total as last corrected, in minor units.
    pub total_minor: i64,
    /// The tax in it, in minor units.
    pub tax_minor: i64,
    /// The shipping in it, in minor units.
    pub shipping_minor: i64,
    /// What was refunded of it, in minor units; it may exceed the total.
    pub refunded_minor: i64,
    /// Whether the host said that it never was.
    pub is_void: bool,
    /// Whether it was told too long after it happened: it has no place.
    pub is_late: bool,
    /// Whether the campaign had ended for leads in flight when it happened: it qualifies nothing.
    pub is_over: bool,
    /// The verdicts of the parts of conditions that were read when order and lead were both known.
    pub reading: String,
}

impl OrderFact {
    /// Its place among orders: by time, source and id.
    #[must_use]
    pub fn place(&self) -> (Timestamp, &SourceName, &EventId) {
        (self.at, &self.source, &self.event)
    }

    /// The key of its conversion.
    #[must_use]
    pub fn key(&self) -> ConversionKey {
        ConversionKey { source: self.source.clone(), event: self.event.clone() }
    }

    /// Whether it is the order of this key.
    #[must_use]
    pub fn is(&self, key: &ConversionKey) -> bool {
        self.source == key.source && self.event == key.event
    }
}

/// Puts an order among the others, in its place. One of the same key is renewed.
pub fn note_order(orders: &mut Vec<OrderFact>, fact: OrderFact) {
    orders.retain(|known| known.source != fact.source || known.event != fact.event);
    let place = orders.partition_point(|known| known.place() < fact.place());
    orders.insert(place, fact);
}

/// An order as it is stored: without names of fields, because a referral holds up to 256.
#[derive(Serialize, Deserialize)]
struct OrderRow(
    Timestamp,
    SourceName,
    EventId,
    ConversionKind,
    Option<Currency>,
    (i64, i64, i64, i64),
    (bool, bool, bool),
    String,
);

impl From<OrderRow> for OrderFact {
    fn from(row: OrderRow) -> Self {
        let OrderRow(at, source, event, converted, currency, amounts, flags, reading) = row;
        let (total_minor, tax_minor, shipping_minor, refunded_minor) = amounts;
        let (is_void, is_late, is_over) = flags;
        Self {
            at,
            source,
            event,
            converted,
            currency,
            total_minor,
            tax_minor,
            shipping_minor,
            refunded_minor,
            is_void,
            is_late,
            is_over,
            reading,
        }
    }
}

impl From<OrderFact> for OrderRow {
    fn from(fact: OrderFact) -> Self {
        let amounts = (fact.total_minor, fact.tax_minor, fact.shipping_minor, fact.refunded_minor);
        let flags = (fact.is_void, fact.is_late, fact.is_over);
        Self(fact.at, fact.source, fact.event, fact.converted, fact.currency, amounts, flags, fact.reading)
    }
}

/// An order that a referral has sealed: its place is kept, and what it earned stays, unless the order itself changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedOrder {
    /// The campaign of the referral.
    pub campaign: CampaignId,
    /// Which of the invitee's leads has sealed it.
    pub lead: u32,
    /// The order, as it is known now.
    pub fact: OrderFact,
    /// Its place among all orders; 0 if it had none.
    pub number: u32,
    /// Its place among those of its kind; 0 if it had none.
    pub of_kind: u32,
    /// Whether it counts as a conversion of the referral: it did not happen too long before the lead.
    pub counts: bool,
    /// Whether it could earn when it was sealed: in the window, or while the referral was qualified.
    pub earns: bool,
}

/// What a referral keeps of the orders that it has sealed: those before its 256 last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// How many places they took.
    pub places: u32,
    /// How many places those of each kind took.
    pub of_kind: BTreeMap<ConversionKind, u32>,
    /// When the last of them happened.
    pub last_at: Timestamp,
    /// The last of them.
    pub last: ConversionKey,
    /// The one that carries the qualification, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<SealedOrder>,
    /// What those that were told too late would have added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<SealedLate>,
}

impl Sealed {
    /// The place behind which orders are open.
    #[must_use]
    pub fn place(&self) -> (Timestamp, &SourceName, &EventId) {
        (self.last_at, &self.last.source, &self.last.event)
    }
}

/// What sealed orders that were told too late would have added under one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedLate {
    /// The rule.
    pub rule: RuleId,
    /// The side.
    pub role: Role,
    /// The currency, or the unit's name.
    pub unit: String,
    /// How much, in minor units or units.
    pub quantity: i64,
}

/// A refund of a conversion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundFact {
    /// Its own id.
    pub refund: EventId,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// The currency; none of a refund that was taken back before it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Whether that is the total refunded so far.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cumulative: bool,
    /// Who recorded it, if a hand did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Said>,
    /// Who took it back, if anybody did: the money did not leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_back: Option<Said>,
}

/// Notes a refund among the others. One that was taken back before it came stays taken back. Whether it is new.
pub fn note_refund(refunds: &mut Vec<RefundFact>, new: RefundFact) -> bool {
    let Some(known) = refunds.iter_mut().find(|known| known.refund == new.refund) else {
        refunds.push(new);
        return true;
    };
    let is_new = known.amount_minor == 0 && new.amount_minor > 0;
    let taken_back = [known.taken_back.take(), new.taken_back.clone()]
        .into_iter()
        .flatten()
        .min_by_key(|said| (said.at, said.command));
    if is_new {
        *known = new;
    }
    known.taken_back = taken_back;
    is_new
}

/// What was refunded: the sum of amounts or the greatest cumulative total, whichever is more. What was taken back does not
/// count.
#[must_use]
pub fn refunded_minor(refunds: &[RefundFact]) -> i64 {
    let standing = || refunds.iter().filter(|refund| refund.taken_back.is_none());
    let amounts = standing().filter(|refund| !refund.cumulative).map(|refund| refund.amount_minor);
    let sum = amounts.fold(0_i64, i64::saturating_add);
    let total = standing().filter(|refund| refund.cumulative).map(|refund| refund.amount_minor).max();
    sum.max(total.unwrap_or(0))
}

/// New amounts of a conversion. Of several the one with the greatest (`at`, `correction`) counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// When, as the source claims.
    pub at: Timestamp,
    /// Its own id.
    pub correction: EventId,
    /// The currency.
    pub currency: Currency,
    /// The total, in minor units.
    pub total_minor: i64,
    /// The tax in it, in minor units.
    pub tax_minor: i64,
    /// The shipping in it, in minor units.
    pub shipping_minor: i64,
    /// The command that said it.
    pub command: CommandKey,
    /// Who said it, in the host's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Correction {
    /// Keeps the later of two corrections: the one with the greatest time and id. Whether the other one has the same time and
    /// other amounts.
    pub fn note(known: &mut Option<Self>, new: Self) -> bool {
        let amounts = |of: &Self| (of.currency, of.total_minor, of.tax_minor, of.shipping_minor);
        let differs = known.as_ref().is_some_and(|known| known.at == new.at && amounts(known) != amounts(&new));
        if known.as_ref().is_none_or(|known| (known.at, &known.correction) < (new.at, &new.correction)) {
            *known = Some(new);
        }
        differs
    }
}

/// That a conversion never was, or that it was after all. The one with the greatest (`at`, `command`) counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voiding {
    /// When, as the host claims.
    pub at: Timestamp,
    /// The command that said it.
    pub command: CommandKey,
    /// Whether the conversion never was.
    pub is_void: bool,
    /// Who said it, in the host's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Voiding {
    /// Keeps the later of two: the one with the greatest time and command. Whether the other one has the same time and says
    /// the contrary.
    pub fn note(known: &mut Option<Self>, new: Self) -> bool {
        let differs = known.as_ref().is_some_and(|known| known.at == new.at && known.is_void != new.is_void);
        if known.as_ref().is_none_or(|known| (known.at, known.command) < (new.at, new.command)) {
            *known = Some(new);
        }
        differs
    }
}

/// An order that a person names, whether it counts anywhere or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedOrder {
    /// The conversion.
    pub conversion: ConversionKey,
    /// When it happened.
    pub at: Timestamp,
    /// The one campaign that it names, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_in: Option<CampaignId>,
}

/// A referral remembers so many facts of one kind that hands or evidence told.
pub(super) const MOST_TOLD: usize = 16;

/// Evidence for a referrer, as it was told: by a sign-up or an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Met {
    /// When it was told, as the host claims.
    pub at: Timestamp,
    /// The command that told it.
    pub command: CommandKey,
    /// What named the referrer.
    pub evidence: Evidence,
    /// The channel of the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<UsedLink>,
    /// What the invitee's click says of where the invitee came from.
    #[serde(default, skip_serializing_if = "Origin::is_empty")]
    pub origin: Origin,
    /// When the invitee came by the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clicked_at: Option<Timestamp>,
    /// Whether the host knew the invitee as a new customer.
    pub is_new: bool,
}

/// Notes later evidence, by time; of the same time once. Whether all of it has room; of too much the second earliest goes.
pub fn note_met(known: &mut Vec<Met>, new: Met) -> bool {
    let place = |met: &Met| (met.at, met.command);
    if known.iter().all(|met| met.at != new.at) {
        let index = known.partition_point(|met| place(met) < place(&new));
        known.insert(index, new);
    }
    let fits = known.len() <= MOST_TOLD;
    if !fits {
        known.remove(1);
    }
    fits
}

json_fields! {
    Vec<Met>,
    Vec<OrderFact>, Vec<SealedOrder>, Sealed, Vec<RefundFact>, Correction, Voiding, Vec<NamedOrder>,
}

//! What a referral is, by its facts: a pure function from a campaign version, the facts of one referral and a time.
//!
//! It reads no store and no clock. It knows no limits, no budget and no other referral: `decide` asks those when it posts the
//! difference between the target and the rewards that exist. The same facts give the same target, in whichever order they
//! were told.

mod amount;
mod facts;
mod moment;
mod orders;
mod judge;
mod target;
mod late;
mod progress;
mod rules;
mod values;

#[cfg(test)]
mod tests;

pub use amount::{Base, NoAmount, amount, amount_over, percent_base};
pub use facts::Facts;
pub use moment::Moment;
pub use target::{Carrier, Line, Membership, Qualified, Target, Unpaid, Why};
pub use values::values;

use crate::campaign::{Compiled, Occurrence, Trigger};
use crate::error::Result;
use crate::record::{Cause, OrderFact, Role, SealedOrder};
use crate::value::{CampaignId, Money, Timestamp};

/// Evaluates the facts of a referral at `now`, under a version of its campaign.
///
/// # Errors
/// If an amount leaves the range of money.
pub fn evaluate<'v>(version: &'v Compiled, facts: &Facts<'_>, now: Timestamp) -> Result<Target<'v>> {
    rules::evaluate(version, facts, now)
}

/// What a sealed order earns by itself, under the rules of its kind: its place is kept, and no other order moves.
///
/// # Errors
/// If an amount leaves the range of money.
pub fn evaluate_sealed(version: &Compiled, facts: &Facts<'_>, order: &SealedOrder) -> Result<Vec<Line>> {
    rules::sealed_order(version, facts, order)
}

/// What an order is when its referral seals it.
#[must_use]
pub fn seal(version: &Compiled, facts: &Facts<'_>, campaign: CampaignId, order: &OrderFact) -> SealedOrder {
    rules::seal(version, facts, campaign, order)
}

/// When the window of a lead begins: what is before it does not count.
#[must_use]
pub fn window_start(version: &Compiled, facts: &Facts<'_>) -> Timestamp {
    facts.lead_at.plus(-version.model.waiting.delta())
}

/// When the window of a lead ends, if it does: by time, or by a mark `lost`.
#[must_use]
pub fn window_end(version: &Compiled, facts: &Facts<'_>) -> Option<Timestamp> {
    orders::window_end(version, facts, orders::Sight::AsTold)
}

/// Which place each order has among all that stand, from 1; 0 for an order without a place. In the order of the facts.
#[must_use]
pub fn places(version: &Compiled, facts: &Facts<'_>) -> Vec<u32> {
    let orders = orders::Orders::new(version, facts, orders::Sight::AsTold);
    orders.all().iter().map(|order| order.number).collect()
}

/// What would make the referral qualified if nothing had been taken back: no refund, no void, no mark that ends it, no
/// denial. Of a referral that is reverted, this is what was taken back.
#[must_use]
pub fn qualified_before_take_backs(version: &Compiled, facts: &Facts<'_>) -> Option<Qualified> {
    let sight = orders::Sight::NothingTakenBack;
    progress::qualified(version, facts, &orders::Orders::new(version, facts, sight), sight)
}

/// An order that counts as a conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// When it happened.
    pub at: Timestamp,
    /// What is left of its net amount, if it has one.
    pub net: Option<Money>,
    /// What was refunded of its net amount, if it has one.
    pub refunded: Option<Money>,
}

impl Counted {
    fn new(at: Timestamp, base: Option<Base>) -> Result<Self> {
        let net = base.map(Base::net_left).transpose()?;
        let refunded = base.zip(net).map(|(base, left)| base.net().minus(left)).transpose()?;
        Ok(Self { at, net, refunded })
    }
}

/// The orders that count as conversions: those of the lead that were not voided, were told in time and are not of zero. A
/// refund lessens the revenue; the conversion stays.
///
/// # Errors
/// If an amount leaves the range of money.
pub fn counted(version: &Compiled, facts: &Facts<'_>) -> Result<Vec<Counted>> {
    let orders = orders::Orders::new(version, facts, orders::Sight::AsTold);
    let counts = |order: &&orders::Placed<'_>| {
        order.side != orders::Side::Before
            && !order.fact.is_void
            && !order.fact.is_late
            && !orders::is_zero(version, order.fact)
    };
    let counted = orders.all().iter().filter(counts);
    counted.map(|order| Counted::new(order.fact.at, order.base)).collect()
}

/// What a sealed order counts for, if it counts.
///
/// # Errors
/// If an amount leaves the range of money.
pub fn counted_sealed(version: &Compiled, order: &SealedOrder) -> Result<Option<Counted>> {
    let fact = &order.fact;
    if !order.counts || fact.is_void || fact.is_late || orders::is_zero(version, fact) {
        return Ok(None);
    }
    Counted::new(fact.at, Base::of(fact)).map(Some)
}

/// The causes for which the rules of a version may have brought rewards by these facts, now or before: for each rule its
/// place in the version, the side and the cause. Groups and milestones are not among them.
#[must_use]
pub fn possible_causes(version: &Compiled, facts: &Facts<'_>) -> Vec<(usize, Role, Cause)> {
    let mut causes = Vec::new();
    let simple = version.rules.iter().enumerate().filter(|(_, rule)| !rule.counts_members());
    for (index, rule) in simple {
        let orders = facts.orders.iter().filter(|order| Trigger::of(order.converted) == rule.model.on);
        let found: Vec<Cause> = match (rule.model.on, rule.model.occurrence) {
            (Trigger::Joined, _) => vec![Cause::Referral(facts.invitee)],
            (Trigger::Qualified, _) => vec![Cause::Qualification(facts.invitee, facts.lead)],
            (Trigger::Shared, _) => Vec::new(),
            (_, Occurrence::Each) => {
                orders.map(|order| Cause::Event(order.source.clone(), order.event.clone())).collect()
            }
            (_, Occurrence::First) => vec![Cause::Place(facts.invitee, facts.lead, 1)],
            (_, Occurrence::Nth(nth)) => vec![Cause::Place(facts.invitee, facts.lead, nth)],
        };
        let units = late::possible_units(facts, rule);
        let late = units.into_iter().map(|unit| Cause::Late(facts.invitee, facts.lead, unit));
        for cause in found.into_iter().chain(late) {
            causes.extend(rules::roles(rule.model.to).iter().map(|role| (index, *role, cause.clone())));
        }
    }
    causes
}

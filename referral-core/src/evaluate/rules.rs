//! Runs every rule over the facts: what is owed for each side and cause, and why the other rules pay nothing.

use super::amount::{Base, amount, percent_base};
use super::facts::Facts;
use super::judge::{Event, judge};
use super::late;
use super::moment::{Moment, Which};
use super::orders::{Orders, Placed, Side, Sight, is_zero};
use super::progress::{self, hindrance, unmet};
use super::target::{Carrier, Line, Membership, Target, Unpaid, Why};
use crate::campaign::{Beneficiary, Compiled, Give, Hold, Occurrence, Rule, Trigger};
use crate::error::Result;
use crate::record::{Cause, Moderation, OrderFact, Progress, Role, SealedOrder};
use crate::value::{Amount, CampaignId, Timestamp};

struct Evaluation<'v, 'f> {
    version: &'v Compiled,
    facts: &'f Facts<'f>,
    orders: Orders<'f>,
    target: Target<'v>,
}

pub(super) fn evaluate<'v>(version: &'v Compiled, facts: &Facts<'_>, now: Timestamp) -> Result<Target<'v>> {
    if facts.superseded {
        return Ok(Target { progress: Progress::Superseded, discredited: true, ..Target::nothing() });
    }
    let mut evaluation = look(version, facts, Sight::AsTold, now)?;
    let sealed = facts.sealed.map(|sealed| sealed.late.as_slice()).unwrap_or_default();
    let has_late = facts.orders.iter().any(|order| order.is_late && !order.is_void);
    if has_late || !sealed.is_empty() {
        let with = has_late.then(|| look(version, facts, Sight::WithLate, now)).transpose()?;
        let with = with.map(|with| with.target.lines);
        let lines = &evaluation.target.lines;
        evaluation.target.late = late::added(version, facts, (with.as_deref().unwrap_or(lines), lines))?;
    }
    Ok(evaluation.target)
}

/// What an order is when its referral seals it.
pub(super) fn seal(version: &Compiled, facts: &Facts<'_>, campaign: CampaignId, order: &OrderFact) -> SealedOrder {
    let orders = Orders::new(version, facts, Sight::AsTold);
    let placed = orders.all().iter().find(|placed| placed.fact.is(&order.key()));
    let (number, of_kind) = placed.map_or((0, 0), |placed| (placed.number, placed.of_kind));
    let qualified = progress::qualified(version, facts, &orders, Sight::AsTold).is_some();
    let side = placed.map_or(Side::Before, |placed| placed.side);
    let counts = side != Side::Before;
    let earns = side == Side::Within || (counts && qualified);
    SealedOrder { campaign, lead: facts.lead, fact: order.clone(), number, of_kind, counts, earns }
}

/// What a sealed order earns by itself, under the rules of its kind.
///
/// # Errors
/// If an amount leaves the range of money.
pub(super) fn sealed_order(version: &Compiled, facts: &Facts<'_>, sealed: &SealedOrder) -> Result<Vec<Line>> {
    let order = Placed::sealed(version, sealed, Sight::AsTold);
    // What it earned stands, whatever moderation says later.
    let facts = &Facts { orders: &[], moderation: Moderation::Clear, ..*facts };
    let orders = Orders::new(version, facts, Sight::AsTold);
    let mut evaluation = Evaluation { version, facts, orders, target: Target::nothing() };
    if sealed.earns && order.stands() {
        evaluation.own_rules(&order)?;
    }
    Ok(evaluation.target.lines)
}

fn look<'v, 'f>(
    version: &'v Compiled,
    facts: &'f Facts<'f>,
    sight: Sight,
    now: Timestamp,
) -> Result<Evaluation<'v, 'f>> {
    let orders = Orders::new(version, facts, sight);
    let denied = facts.moderation == Moderation::Denied;
    let qualified = progress::qualified(version, facts, &orders, sight).filter(|_| !denied);
    let progress = progress::progress(version, facts, qualified.as_ref(), now);
    let discredited = denied
        || (facts.sealed.is_none() && !facts.orders.is_empty() && facts.orders.iter().all(|order| order.is_void));
    let flagged = facts.moderation == Moderation::Flagged;
    let target = Target { progress, qualified, discredited, flagged, ..Target::nothing() };
    let mut evaluation = Evaluation { version, facts, orders, target };
    evaluation.joined()?;
    for index in 0..evaluation.orders.all().len() {
        evaluation.order(index)?;
    }
    evaluation.qualified()?;
    // By time of the carrier, its source and id, then in the order of the rules; `sort_by` keeps the referrer first.
    evaluation.target.lines.sort_by(|a, b| (a.at, &a.carrier, a.rule).cmp(&(b.at, &b.carrier, b.rule)));
    Ok(evaluation)
}

impl<'v, 'f> Evaluation<'v, 'f> {
    fn rules(&self, on: Trigger) -> impl Iterator<Item = (usize, &'v Rule)> + use<'v> {
        self.version.rules.iter().enumerate().filter(move |(_, rule)| rule.model.on == on)
    }

    fn refuse(&mut self, rule: Option<usize>, order: Option<&Placed<'_>>, why: Why<'v>) {
        let order = order.map(|order| order.fact.key());
        self.target.unpaid.push(Unpaid { rule, order, why });
    }

    fn joined(&mut self) -> Result<()> {
        for (index, rule) in self.rules(Trigger::Joined) {
            let event = progress::lead(self.facts);
            self.rule(index, rule, &event, Cause::Referral(self.facts.invitee), event.at)?;
        }
        Ok(())
    }

    /// The rules of an order's own kind, and whether it qualifies.
    fn order(&mut self, index: usize) -> Result<()> {
        let Some(order) = self.orders.all().get(index).copied() else { return Ok(()) };
        if let Some(why) = self.no_place(&order) {
            self.refuse(None, Some(&order), why.clone());
            for (rule, _) in self.rules(Trigger::of(order.fact.converted)) {
                self.refuse(Some(rule), Some(&order), why.clone());
            }
            return Ok(());
        }
        if let Some(why) = hindrance(self.version, self.facts, &order) {
            self.refuse(None, Some(&order), why);
        }
        self.own_rules(&order)
    }

    /// The rules of an order's own kind, for an order that has a place.
    fn own_rules(&mut self, order: &Placed<'f>) -> Result<()> {
        let order = *order;
        for (index, rule) in self.rules(Trigger::of(order.fact.converted)) {
            if order.side == Side::After && self.target.qualified.is_none() {
                self.refuse(Some(index), Some(&order), Why::WindowClosed);
                continue;
            }
            if !rule.model.occurrence.admits(order.of_kind) {
                self.refuse(Some(index), Some(&order), Why::OccurrenceNotPaid(order.of_kind));
                continue;
            }
            let cause = match rule.model.occurrence {
                Occurrence::Each => Cause::Event(order.fact.source.clone(), order.fact.event.clone()),
                Occurrence::First | Occurrence::Nth(_) => {
                    Cause::Place(self.facts.invitee, self.facts.lead, order.of_kind)
                }
            };
            self.rule(index, rule, &Event::order(order), cause, order.fact.at)?;
        }
        Ok(())
    }

    /// Why an order has no place; nothing if it has one.
    fn no_place(&self, order: &Placed<'_>) -> Option<Why<'v>> {
        if self.facts.moderation == Moderation::Denied {
            return Some(Why::Denied);
        }
        if order.stands() {
            return None;
        }
        Some(match order.fact {
            _ if order.side == Side::Before => Why::BeforeWindow,
            fact if fact.is_void => Why::Void,
            fact if fact.is_late => Why::ToldTooLate,
            fact if is_zero(self.version, fact) => Why::ZeroOrder,
            _ => Why::RefundedWhole,
        })
    }

    /// The rules on `qualified`: simple ones pay, the others count the referral.
    fn qualified(&mut self) -> Result<()> {
        let Some(qualified) = self.target.qualified.clone() else { return Ok(()) };
        let order = match &qualified.by {
            Carrier::Order(key) => self.orders.candidates().find(|order| order.fact.is(key)).copied(),
            Carrier::Mark | Carrier::Joining => None,
        };
        let event = match (&qualified.by, order) {
            (_, Some(order)) => Event::order(order),
            (Carrier::Joining, None) => progress::lead(self.facts),
            _ => {
                let reading = self.facts.last_qualified_mark().map_or("", |mark| mark.reading.as_str());
                Event { moment: Moment::Mark, at: qualified.since, reading, order: None }
            }
        };
        for (index, rule) in self.rules(Trigger::Qualified) {
            if !rule.counts_members() {
                let cause = Cause::Qualification(self.facts.invitee, self.facts.lead);
                self.rule(index, rule, &event, cause, qualified.since)?;
            } else if let Some(why) = unmet(judge(self.version, self.facts, Which::Rule(index), &event)) {
                self.refuse(Some(index), order.as_ref(), why);
            } else {
                let base = order.and_then(|order| order.base);
                let base = rule.model.give.as_ref().map(|give| percent_base(give, base)).transpose()?.flatten();
                let flagged = self.facts.moderation == Moderation::Flagged;
                let (qualified_at, at) = (qualified.at, qualified.since);
                let carrier = order.map(|order| order.fact.key());
                self.target.memberships.push(Membership { rule: index, base, qualified_at, at, carrier, flagged });
            }
        }
        Ok(())
    }

    /// One rule over one event: a line for each side, or why there is none.
    fn rule(&mut self, index: usize, rule: &'v Rule, event: &Event<'_>, cause: Cause, since: Timestamp) -> Result<()> {
        let order = event.order;
        if self.facts.moderation == Moderation::Denied {
            self.refuse(Some(index), order.as_ref(), Why::Denied);
            return Ok(());
        }
        if let Some(why) = unmet(judge(self.version, self.facts, Which::Rule(index), event)) {
            self.refuse(Some(index), order.as_ref(), why);
            return Ok(());
        }
        let Some(give) = &rule.model.give else { return Ok(()) };
        match self.amount(give, order.and_then(|order| order.base))? {
            Ok(amount) => self.lines(index, rule, order, cause, since, &amount),
            Err(why) => self.refuse(Some(index), order.as_ref(), why),
        }
        Ok(())
    }

    fn amount(&self, give: &Give, base: Option<Base>) -> Result<std::result::Result<Amount, Why<'v>>> {
        Ok(match amount(give, base)? {
            Err(why) => Err(Why::NoAmount(why)),
            Ok(amount) if amount.quantity() == 0 => Err(Why::AmountZero),
            Ok(amount) => Ok(amount),
        })
    }

    fn lines(
        &mut self,
        index: usize,
        rule: &Rule,
        order: Option<Placed<'_>>,
        cause: Cause,
        since: Timestamp,
        amount: &Amount,
    ) {
        let held_until = match rule.model.hold {
            Some(Hold::For(span)) => Some(since.plus(span.delta())),
            _ => None,
        };
        for role in roles(rule.model.to) {
            self.target.lines.push(Line {
                rule: index,
                role: *role,
                cause: cause.clone(),
                amount: amount.clone(),
                carrier: order.map(|order| order.fact.key()),
                at: since,
                held_until,
                needs_approval: rule.model.hold == Some(Hold::Approval),
                flagged: self.facts.moderation == Moderation::Flagged,
            });
        }
    }
}

/// Whom a rule pays, the referrer first.
pub(super) fn roles(to: Beneficiary) -> &'static [Role] {
    match to {
        Beneficiary::Referrer => &[Role::Referrer],
        Beneficiary::Invitee => &[Role::Invitee],
        Beneficiary::Both => &[Role::Referrer, Role::Invitee],
    }
}

//! How far a referral is: qualified once, by the first standing order that meets the criteria; without one by a mark or by
//! joining.

use super::facts::Facts;
use super::judge::{Event, judge};
use super::moment::{Moment, Which, kind_fits};
use super::orders::{Orders, Placed, Side, Sight, window_end};
use super::target::{Carrier, Qualified, Why};
use crate::campaign::{Compiled, QualifiesOn};
use crate::record::{MarkKind, Moderation, Progress};
use crate::rule::condition::Verdict;
use crate::value::Timestamp;

/// What makes the referral qualified, if anything does.
pub(super) fn qualified(version: &Compiled, facts: &Facts<'_>, orders: &Orders<'_>, sight: Sight) -> Option<Qualified> {
    let meets = |order: &&Placed<'_>| hindrance(version, facts, order).is_none();
    let not_before_lead = |at: Timestamp| at.max(facts.lead_at);
    if let Some(order) = orders.candidates().find(meets) {
        let by = Carrier::Order(order.fact.key());
        return Some(Qualified { at: not_before_lead(order.fact.at), since: order.fact.at, by });
    }
    let mark = match sight {
        Sight::NothingTakenBack => facts.last_qualified_mark(),
        _ => facts.mark().filter(|mark| mark.says == MarkKind::Qualified),
    };
    let end = window_end(version, facts, sight);
    let mark = mark.filter(|mark| end.is_none_or(|end| mark.at < end));
    let marked = mark.map(|mark| Qualified { at: not_before_lead(mark.at), since: mark.at, by: Carrier::Mark });
    // A mark `lost` of the same time leaves no window in which the person could join.
    let joins = joins(version, facts) && end.is_none_or(|end| facts.lead_at < end);
    let joined = joins.then_some(Qualified { at: facts.lead_at, since: facts.lead_at, by: Carrier::Joining });
    joined.into_iter().chain(marked).min_by_key(|qualified| qualified.at)
}

/// Why an order does not qualify the referral; nothing if it does.
pub(super) fn hindrance<'v>(version: &'v Compiled, facts: &Facts<'_>, order: &Placed<'_>) -> Option<Why<'v>> {
    let on = version.model.qualification.on;
    if !kind_fits(on, order.fact.converted) {
        return Some(Why::KindDoesNotQualify(order.fact.converted));
    }
    if order.side == Side::After {
        return Some(Why::WindowClosed);
    }
    if !order.stands() {
        return Some(Why::NoPlace);
    }
    if order.fact.is_over {
        return Some(Why::CampaignOver);
    }
    unmet(judge(version, facts, Which::Criteria, &Event::order(*order)))
}

/// Why a verdict is not met; nothing if it is, or if nothing was asked.
pub(super) fn unmet(verdict: Option<Verdict<'_>>) -> Option<Why<'_>> {
    match verdict? {
        Verdict::Holds => None,
        verdict => Some(Why::NotMet(verdict)),
    }
}

/// The event of becoming a lead.
pub(super) fn lead<'a>(facts: &Facts<'a>) -> Event<'a> {
    Event { moment: Moment::Lead, at: facts.lead_at, reading: facts.reading, order: None }
}

fn joins(version: &Compiled, facts: &Facts<'_>) -> bool {
    version.model.qualification.on == QualifiesOn::Joined
        && unmet(judge(version, facts, Which::Criteria, &lead(facts))).is_none()
}

/// How far the referral is at `now`.
pub(super) fn progress(
    version: &Compiled,
    facts: &Facts<'_>,
    qualified: Option<&Qualified>,
    now: Timestamp,
) -> Progress {
    if qualified.is_some() {
        return Progress::Qualified;
    }
    if facts.mark().is_some_and(|mark| mark.says == MarkKind::Lost) {
        return Progress::Lost;
    }
    if super::qualified_before_take_backs(version, facts).is_some() {
        return Progress::Reverted;
    }
    let end = window_end(version, facts, Sight::AsTold);
    let has_end = facts.moderation != Moderation::Denied;
    if has_end && end.is_some_and(|end| end <= now) { Progress::Expired } else { Progress::Lead }
}

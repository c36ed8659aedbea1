//! Lets everything follow the facts of a referral: it is evaluated before and after, and the difference is posted.
//!
//! INVARIANT: no command changes a referral's progress, its totals or its rewards in another way.

use super::context::ReferralContext;
use super::counts;
use super::group;
use super::halt::Decide;
use super::milestone;
use super::notify::{self, About};
use super::reconcile::{self, Lines};
use super::timer;
use super::view::View;
use crate::campaign::Compiled;
use crate::command::{Finding, Reason};
use crate::evaluate::{Facts, Membership, Target, Unpaid, Why, evaluate};
use crate::record::{ConversionKey, NotificationKind, Progress, RecordKind};
use crate::rule::condition::Verdict;
use crate::value::Timestamp;

/// What a command tells about a referral.
#[derive(Clone, Debug)]
pub(super) struct Told<'a> {
    /// The order that it is about, if it is about one: what this order does not earn is explained.
    pub(super) order: Option<&'a ConversionKey>,
    /// Why rewards become less, in a few words.
    pub(super) why: &'static str,
    /// When the lead's timer was due before.
    timer: Option<Timestamp>,
}

impl<'a> Told<'a> {
    /// Something about the referral itself.
    pub(super) fn referral(why: &'static str) -> Self {
        Self { order: None, why, timer: None }
    }

    /// Something about an order.
    pub(super) fn order(order: &'a ConversionKey, why: &'static str) -> Self {
        Self { order: Some(order), why, timer: None }
    }
}

/// Changes the facts of a referral, and lets progress, totals, rewards, groups and milestones follow.
pub(super) fn change(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    told: &Told<'_>,
    change: impl FnOnce(&mut ReferralContext),
) -> Decide<()> {
    let now = view.received_at();
    let (was, pinned_before) = (context.referral.clone(), context.pinned.clone());
    let told = &Told { timer: timer::lead_expiry(&was), ..told.clone() };
    let before = evaluate(&pinned_before, &Facts::of(&was), now)?;
    let counted_before = counts::of(context, &before)?;
    let lines_before = Lines::of(context, &before);
    change(context);
    let pinned = context.pinned.clone();
    let after = evaluate(&pinned, &Facts::of(&context.referral), now)?;
    let counted_after = counts::of(context, &after)?;
    counts::post(view, context, counted_before, counted_after);
    settle(view, context, told, (&lines_before, &pinned_before), (&before, &after))
}

/// Lets everything follow the facts of a referral that has just begun.
pub(super) fn begin(view: &mut View<'_>, context: &mut ReferralContext, told: &Told<'_>) -> Decide<()> {
    let pinned = context.pinned.clone();
    let after = evaluate(&pinned, &Facts::of(&context.referral), view.received_at())?;
    let counted = counts::of(context, &after)?;
    counts::post(view, context, counts::Counts::default(), counted);
    let nothing = Target {
        progress: Progress::Lead,
        qualified: None,
        lines: Vec::new(),
        late: Vec::new(),
        memberships: Vec::new(),
        unpaid: Vec::new(),
    };
    settle(view, context, told, (&Lines::default(), &pinned), (&nothing, &after))
}

fn settle(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    told: &Told<'_>,
    (lines_before, pinned_before): (&Lines, &Compiled),
    (before, after): (&Target<'_>, &Target<'_>),
) -> Decide<()> {
    explain(view, context, told, before, after);
    progress(view, context, told, before, after)?;
    let lines = Lines::of(context, after);
    reconcile::reconcile(view, context, lines_before, &lines, told.why)?;
    members(view, context, (pinned_before, &before.memberships), &after.memberships)
}

/// Notes why the order that a command is about earns or qualifies nothing, and why the rules on `qualified` do not pay.
fn explain(view: &mut View<'_>, context: &ReferralContext, told: &Told<'_>, before: &Target<'_>, after: &Target<'_>) {
    let qualifies_now = after.qualified.is_some() && after.qualified != before.qualified;
    for unpaid in &after.unpaid {
        let is_about =
            unpaid.order.as_ref() == told.order && (unpaid.order.is_some() || !before.unpaid.contains(unpaid));
        let on_qualified = unpaid.rule.and_then(|rule| context.pinned.rules.get(rule));
        let on_qualified = on_qualified.is_some_and(|rule| rule.model.on == crate::campaign::Trigger::Qualified);
        if (is_about && !on_qualified) || (on_qualified && qualifies_now) {
            let finding = finding(unpaid).in_campaign(context.current.id());
            let rule = unpaid.rule.and_then(|rule| context.pinned.rules.get(rule));
            view.find(match rule {
                Some(rule) => finding.by_rule(&rule.model.id),
                None => finding,
            });
        }
    }
}

/// Why something pays or qualifies nothing.
pub(crate) fn finding(unpaid: &Unpaid<'_>) -> Finding {
    let verdict = |verdict: &Verdict<'_>| match verdict {
        Verdict::Holds => Finding::new(Reason::ConditionNotMet),
        Verdict::Fails { part } => Finding::new(Reason::ConditionNotMet).because(*part),
        Verdict::Unknown { part, field, problem } => {
            Finding::new(Reason::ConditionUnknown).because(format!("{part}: {field}: {}", problem.code()))
        }
    };
    match &unpaid.why {
        Why::NotMet(found) if unpaid.rule.is_none() => Finding { reason: Reason::NotQualifying, ..verdict(found) },
        Why::NotMet(found) => verdict(found),
        Why::KindDoesNotQualify(kind) => Finding::new(Reason::NotQualifying).because(kind.as_str()),
        Why::WindowClosed => Finding::new(Reason::WindowClosed),
        Why::BeforeWindow => Finding::new(Reason::BeforeWindow),
        Why::ZeroOrder => Finding::new(Reason::ZeroOrder),
        Why::ToldTooLate => Finding::new(Reason::ToldTooLate),
        Why::Void => Finding::new(Reason::Void),
        Why::RefundedWhole | Why::NoPlace => Finding::new(Reason::RefundedWhole),
        Why::CampaignOver => Finding::new(Reason::CampaignNotRunning),
        Why::Denied => Finding::new(Reason::ReferralDenied),
        Why::OccurrenceNotPaid(number) => Finding::new(Reason::OccurrenceNotPaid).because(format!("number {number}")),
        Why::NoAmount(crate::evaluate::NoAmount::Currency) => Finding::new(Reason::Currency),
        Why::NoAmount(crate::evaluate::NoAmount::NoBase) => Finding::new(Reason::NoBase),
        Why::AmountZero => Finding::new(Reason::AmountZero),
    }
}

fn progress(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    told: &Told<'_>,
    before: &Target<'_>,
    after: &Target<'_>,
) -> Decide<()> {
    let key = context.referral.key();
    let about = About::referral(&key, context.referral.referrer);
    let was = context.referral.progress;
    let window = context.pinned.model.qualification.window;
    context.referral.progress = after.progress;
    context.referral.qualified_at = after.qualified.as_ref().map(|qualified| qualified.at);
    context.referral.expires_at = window.map(|window| context.referral.lead_at.plus(window.delta()));
    timer::move_lead_expiry(view, &context.referral, told.timer)?;
    match (&before.qualified, &after.qualified) {
        (None, Some(_)) => {
            context.enrolment.qualified += 1;
            view.find(Finding::new(Reason::Qualified).in_campaign(key.campaign));
            notify::tell(view, NotificationKind::ReferralQualified, &about)
        }
        (Some(_), None) => {
            context.enrolment.qualified -= 1;
            view.find(Finding::new(Reason::Unqualified).in_campaign(key.campaign).because(told.why));
            notify::tell(view, NotificationKind::ReferralUnqualified, &about)
        }
        _ if was == Progress::Lead && after.progress == Progress::Expired => {
            notify::tell(view, NotificationKind::ReferralExpired, &about)
        }
        _ => Ok(()),
    }
}

/// Lets groups and milestones follow: first what no longer counts leaves, then what counts joins.
fn members(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    (pinned_before, before): (&Compiled, &[Membership]),
    after: &[Membership],
) -> Decide<()> {
    let pinned = context.pinned.clone();
    let rule_of =
        |version: &Compiled, member: &Membership| version.rules.get(member.rule).map(|rule| rule.model.id.clone());
    let ids_after: Vec<_> = after.iter().map(|member| rule_of(&pinned, member)).collect();
    for member in before {
        let Some(rule) = pinned_before.rules.get(member.rule) else { continue };
        if ids_after.contains(&Some(rule.model.id.clone())) {
            continue;
        }
        if rule.model.every.is_some() {
            group::leave(view, context, rule)?;
        } else {
            milestone::fall(view, context, rule, member.flagged)?;
        }
    }
    for member in after {
        let Some(rule) = pinned.rules.get(member.rule) else { continue };
        let known = before.iter().find(|other| rule_of(pinned_before, other).as_ref() == Some(&rule.model.id));
        match (known, rule.model.every.is_some()) {
            (None, true) => group::join(view, context, rule, member)?,
            (None, false) => milestone::rise(view, context, rule, member.flagged)?,
            (Some(known), true)
                if (known.base, known.at, known.flagged) != (member.base, member.at, member.flagged) =>
            {
                group::follow_member(view, context, rule, member)?;
            }
            (Some(known), false) if known.flagged != member.flagged => {
                milestone::review(view, context, rule, member.flagged)?;
            }
            _ => {}
        }
    }
    Ok(())
}

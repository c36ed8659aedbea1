//! Lets everything follow the facts of a referral: it is evaluated before and after, and the difference is posted.
//!
//! INVARIANT: no command changes a referral's progress, its totals or its rewards in another way.

use super::context::ReferralContext;
use super::counts;
use super::halt::Decide;
use super::lay::{self, Which};
use super::leads;
use super::members::{self, Moves};
use super::notify::{self, About};
use super::reconcile::{self, Lines};
use super::timer;
use super::view::View;
use crate::campaign::Compiled;
use crate::command::{Finding, Reason};
use crate::evaluate::{Facts, Target, Unpaid, Why, evaluate};
use crate::record::{ConversionKey, NotificationKind, Progress, RecordKind, Referral};
use crate::rule::condition::Verdict;
use crate::value::{ParticipantId, Timestamp};

/// What a command tells about a referral.
#[derive(Clone, Debug)]
pub(super) struct Told<'a> {
    /// The order that it is about, if it is about one: what this order does not earn is explained.
    pub(super) order: Option<&'a ConversionKey>,
    /// Why rewards become less, in a few words.
    pub(super) why: &'static str,
    /// When the lead's timer was due before.
    timer: Option<Timestamp>,
    /// The ids of somebody who was another person until this command.
    parted: &'a [ParticipantId],
}

impl<'a> Told<'a> {
    /// Something about the referral itself.
    pub(super) fn referral(why: &'static str) -> Self {
        Self { order: None, why, timer: None, parted: &[] }
    }

    /// Something about an order.
    pub(super) fn order(order: &'a ConversionKey, why: &'static str) -> Self {
        Self { order: Some(order), why, timer: None, parted: &[] }
    }

    /// That somebody with these ids, who was another person, turned out to be this one.
    pub(super) fn merge(parted: &'a [ParticipantId], why: &'static str) -> Self {
        Self { order: None, why, timer: None, parted }
    }
}

/// Changes the facts of a referral, and lets progress, totals, rewards, groups and milestones follow. Where the invitee has
/// other leads, or may have, all of them are laid out anew.
pub(super) fn change(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    told: &Told<'_>,
    change: impl FnOnce(&mut ReferralContext),
) -> Decide<()> {
    let was = context.clone();
    change(context);
    if leads::is_alone(&was) && leads::is_alone(context) {
        return follow_one(view, context, told, &was);
    }
    follow_all(view, context, told, Some(&was))
}

/// Lets everything follow the facts of a referral that has just begun.
pub(super) fn begin(view: &mut View<'_>, context: &mut ReferralContext, told: &Told<'_>) -> Decide<()> {
    if leads::is_alone(context) {
        return follow_new(view, context, told);
    }
    follow_all(view, context, told, None)
}

fn follow_one(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    told: &Told<'_>,
    was: &ReferralContext,
) -> Decide<()> {
    let now = view.received_at();
    let pinned = context.pinned.clone();
    let before = evaluate(&was.pinned, &Facts::of(&was.referral), now)?;
    let after = evaluate(&pinned, &Facts::of(&context.referral), now)?;
    let lines = (&Lines::of(was, &before), &Lines::of(context, &after));
    counts::post(view, context, counts::of(was, &before)?, counts::of(context, &after)?);
    let told = &Told { timer: timer::lead_expiry(&was.referral), ..told.clone() };
    settle(view, context, told, (&was.pinned, &before), &after)?.post(view, context, lines, told.why)
}

fn follow_new(view: &mut View<'_>, context: &mut ReferralContext, told: &Told<'_>) -> Decide<()> {
    let pinned = context.pinned.clone();
    let after = evaluate(&pinned, &Facts::of(&context.referral), view.received_at())?;
    let lines = (&Lines::default(), &Lines::of(context, &after));
    counts::post(view, context, counts::Counts::default(), counts::of(context, &after)?);
    settle(view, context, told, (&pinned, &Target::nothing()), &after)?.post(view, context, lines, told.why)
}

/// Lays out all leads of the invitee, with what has changed of one of them, and lets everything follow each.
fn follow_all(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    told: &Told<'_>,
    was: Option<&ReferralContext>,
) -> Decide<()> {
    let key = context.referral.key();
    let mut before = leads::all(view, key.campaign, key.invitee)?;
    if let Some(was) = was {
        before.iter_mut().filter(|known| known.key() == key).for_each(|known| *known = was.referral.clone());
    }
    let mut known: Vec<Referral> = before.iter().filter(|known| known.key() != key).cloned().collect();
    known.push(context.referral.clone());
    // Other leads of the same referrer count in the same enrolment, and move this one in its groups.
    context.clone().leave(view);
    let laid = lay::lay(view, &context.current, &known, Which::SinceAnotherReferrer, &[])?;
    for is in follow_laid(view, &before, laid, told)? {
        if is.referral.key() == key {
            *context = is;
        }
    }
    context.enrolment = view.expect(context.enrolment.key())?;
    Ok(())
}

/// Lets everything follow leads that were laid out anew, and writes them. What one lead was owed and another is owed now under
/// the same key goes from the one to the other. Nothing grows before what falls of all leads has fallen.
pub(super) fn follow_laid(
    view: &mut View<'_>,
    before: &[Referral],
    laid: Vec<ReferralContext>,
    told: &Told<'_>,
) -> Decide<Vec<ReferralContext>> {
    let now = view.received_at();
    let mut lines = Vec::with_capacity(laid.len());
    let mut old = Vec::with_capacity(laid.len());
    for is in &laid {
        let was = before.iter().find(|was| was.key() == is.referral.key()).cloned();
        let was = was.map(|was| ReferralContext::around(view, is.current.clone(), was)).transpose()?;
        let before = match &was {
            Some(was) => Lines::of(was, &evaluate(&was.pinned, &Facts::of(&was.referral), now)?),
            None => Lines::default(),
        };
        lines.push((before, Lines::of(is, &evaluate(&is.pinned, &Facts::of(&is.referral), now)?)));
        old.push(was);
    }
    reconcile::share(&laid, &mut lines, told.parted);
    let mut followed = Vec::with_capacity(laid.len());
    let mut all_moves = Vec::with_capacity(laid.len());
    for ((was, mut is), (before, after)) in old.into_iter().zip(laid).zip(&lines) {
        refresh(view, &mut is)?;
        let moves = follow_shared(view, was.as_ref(), &mut is, told)?;
        moves.fall(view, &is, (before, after), told.why)?;
        is.clone().leave(view);
        all_moves.push(moves);
        followed.push(is);
    }
    followed.iter_mut().try_for_each(|is| refresh(view, is))?;
    for ((is, moves), (before, after)) in followed.iter().zip(&all_moves).zip(&lines) {
        moves.grow(view, is, (before, after), told.why)?;
    }
    Ok(followed)
}

/// What another lead moves in a referral that was laid out with it: its places in groups, and its referrer's enrolment.
fn refresh(view: &mut View<'_>, context: &mut ReferralContext) -> Decide<()> {
    context.enrolment = view.expect(context.enrolment.key())?;
    if let Some(known) = view.get::<Referral>(context.referral.key())? {
        context.referral.places = known.places;
    }
    Ok(())
}

fn follow_shared(
    view: &mut View<'_>,
    was: Option<&ReferralContext>,
    is: &mut ReferralContext,
    told: &Told<'_>,
) -> Decide<Moves> {
    let now = view.received_at();
    let pinned = is.pinned.clone();
    let after = evaluate(&pinned, &Facts::of(&is.referral), now)?;
    let Some(was) = was else {
        counts::post(view, is, counts::Counts::default(), counts::of(is, &after)?);
        let moves = settle(view, is, told, (&pinned, &Target::nothing()), &after)?;
        if is.referral.superseded {
            return Ok(moves);
        }
        let about = About::referral(&is.referral.key(), is.referral.referrer);
        notify::tell(view, NotificationKind::ReferralLead, &about)?;
        return Ok(moves);
    };
    let before = evaluate(&was.pinned, &Facts::of(&was.referral), now)?;
    counts::post(view, is, counts::of(was, &before)?, counts::of(is, &after)?);
    let told = &Told { timer: timer::lead_expiry(&was.referral), ..told.clone() };
    settle(view, is, told, (&was.pinned, &before), &after)
}

/// What a lead is owed that no other lead of its person carries.
fn own_lines(view: &mut View<'_>, context: &ReferralContext, target: &Target<'_>) -> Decide<Lines> {
    let own = Lines::of(context, target);
    if leads::is_alone(context) || !own.pays_once() {
        return Ok(own);
    }
    let (key, now) = (context.referral.key(), view.received_at());
    let (mut contexts, mut lines) = (vec![context.clone()], vec![(Lines::default(), own)]);
    for other in leads::all(view, key.campaign, key.invitee)?.into_iter().filter(|other| other.key() != key) {
        let other = ReferralContext::around(view, context.current.clone(), other)?;
        lines.push((Lines::default(), Lines::of(&other, &evaluate(&other.pinned, &Facts::of(&other.referral), now)?)));
        contexts.push(other);
    }
    reconcile::share(&contexts, &mut lines, &[]);
    Ok(lines.into_iter().next().map(|(_, own)| own).unwrap_or_default())
}

/// Takes from a referral's referrer what the referral brought: totals, rewards, places in groups and levels. What the
/// invitee has stays.
pub(super) fn leave_referrer(view: &mut View<'_>, context: &mut ReferralContext, why: &str) -> Decide<()> {
    let (was, pinned) = (context.referral.clone(), context.pinned.clone());
    let before = evaluate(&pinned, &Facts::of(&was), view.received_at())?;
    let counted = counts::of(context, &before)?;
    counts::post(view, context, counted, counts::Counts::default());
    let lines = own_lines(view, context, &before)?.of_referrer();
    let members =
        members::count(view, context, (&pinned, &before), &Target { discredited: true, ..Target::nothing() })?;
    // With another referrer it counts anew.
    context.referral.places.numbers.clear();
    members.post(view, context, (&lines, &Lines::default()), why)?;
    context.enrolment.qualified -= i64::from(before.qualified.is_some());
    Ok(())
}

/// Gives a referral's new referrer what the referral brings.
pub(super) fn join_referrer(view: &mut View<'_>, context: &mut ReferralContext) -> Decide<()> {
    let (is, pinned) = (context.referral.clone(), context.pinned.clone());
    let after = evaluate(&pinned, &Facts::of(&is), view.received_at())?;
    let counted = counts::of(context, &after)?;
    counts::post(view, context, counts::Counts::default(), counted);
    let lines = own_lines(view, context, &after)?.of_referrer();
    // If it was this referrer's before, levels that it helped to reach are kept again.
    let before = Target { discredited: true, ..Target::nothing() };
    let members = members::count(view, context, (&pinned, &before), &after)?;
    members.post(view, context, (&Lines::default(), &lines), "")?;
    context.enrolment.qualified += i64::from(after.qualified.is_some());
    Ok(())
}

fn settle(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    told: &Told<'_>,
    (pinned_before, before): (&Compiled, &Target<'_>),
    after: &Target<'_>,
) -> Decide<Moves> {
    explain(view, context, told, before, after);
    progress(view, context, told, before, after)?;
    members::count(view, context, (pinned_before, before), after)
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

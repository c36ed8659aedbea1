//! Marks that hands set on a referral: qualified, not qualified, lost, and none.

use super::ask;
use super::campaign;
use super::follow::{self, Told};
use super::halt::{Decide, Halt};
use super::hand;
use super::leads;
use super::people;
use super::view::View;
use crate::command::{Finding, Lose, Qualify, Reason, ReferralMoved, RemoveMark, Unqualify, Who};
use crate::record::{Mark, MarkKind, Moderation, Progress, RecordKind, Referral, note_mark};
use crate::value::{CampaignSlug, Timestamp};

/// Marks a referral as qualified. An order that qualifies it goes before the mark.
pub(super) fn qualify(view: &mut View<'_>, command: &Qualify) -> Decide<ReferralMoved> {
    let hand = (command.actor.as_ref(), command.reason.as_ref());
    mark(view, (&command.campaign, &command.invitee), MarkKind::Qualified, hand, "qualified by hand")
}

/// Marks a referral as not qualified: an earlier mark counts no longer. An order that qualifies it still does.
pub(super) fn unqualify(view: &mut View<'_>, command: &Unqualify) -> Decide<ReferralMoved> {
    let hand = (command.actor.as_ref(), command.reason.as_ref());
    mark(view, (&command.campaign, &command.invitee), MarkKind::NotQualified, hand, "unqualified by hand")
}

/// Gives a referral up: its window ends, for evidence and for orders.
pub(super) fn lose(view: &mut View<'_>, command: &Lose) -> Decide<ReferralMoved> {
    let hand = (command.actor.as_ref(), command.reason.as_ref());
    mark(view, (&command.campaign, &command.invitee), MarkKind::Lost, hand, "lost")
}

/// Removes what a hand marked.
pub(super) fn remove_mark(view: &mut View<'_>, command: &RemoveMark) -> Decide<ReferralMoved> {
    let hand = (command.actor.as_ref(), command.reason.as_ref());
    mark(view, (&command.campaign, &command.invitee), MarkKind::None, hand, "the mark was removed")
}

fn mark(
    view: &mut View<'_>,
    (slug, invitee): (&CampaignSlug, &Who),
    says: MarkKind,
    (actor, reason): (Option<&String>, Option<&String>),
    why: &'static str,
) -> Decide<ReferralMoved> {
    let (actor, reason) = (hand::text("actor", actor)?, hand::text("reason", reason)?);
    let current = campaign::by_slug(view, slug)?;
    let invitee = people::known(view, invitee)?.participant;
    let (at, command) = (view.now(), view.command());
    let mut context = leads::enter(view, current, invitee, at)?.ok_or(Halt::Declined(Reason::NoReferral))?;
    let mut differs = false;
    follow::change(view, &mut context, &Told::referral(why), |context| {
        let reading = if says == MarkKind::Qualified { ask::read_mark(context, at) } else { String::new() };
        differs = note_mark(&mut context.referral.marks, Mark { at, command, says, actor, reason, reading });
    })?;
    if differs {
        view.find(Finding::new(Reason::SameTime).in_campaign(context.current.id()));
    }
    if let Some(reason) = why_not(&context.referral, says, at) {
        view.find(Finding::new(reason).in_campaign(context.current.id()));
    }
    let outcome = ReferralMoved { referral: context.referral.key(), progress: context.referral.progress };
    context.leave(view);
    Ok(outcome)
}

/// Why a mark does not do what it says.
fn why_not(referral: &Referral, says: MarkKind, at: Timestamp) -> Option<Reason> {
    if at < referral.lead_at {
        return Some(Reason::BeforeLead);
    }
    if referral.marks.iter().any(|mark| mark.at > at) {
        return Some(Reason::LaterCounts);
    }
    if says != MarkKind::Qualified || referral.progress == Progress::Qualified {
        return None;
    }
    let is_denied = referral.moderation == Moderation::Denied;
    Some(if is_denied { Reason::ReferralDenied } else { Reason::WindowClosed })
}

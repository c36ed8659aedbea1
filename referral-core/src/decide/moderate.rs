//! Moderation: a flagged referral goes on and its rewards are held; a denied one earns nothing. Each may follow each.

use super::campaign;
use super::context::ReferralContext;
use super::follow::{self, Told};
use super::halt::{Decide, Halt};
use super::hand;
use super::leads;
use super::notify::{self, About};
use super::people;
use super::view::View;
use crate::command::{Finding, Moderate, Moderated, Reason};
use crate::record::{
    Moderating, Moderation, NotificationKind, RecordKind, Referral, Suspicion, moderation_of, note_moderating,
};

/// Says what moderation found of a referral. Of several findings the one with the greatest time and command counts.
pub(super) fn moderate(view: &mut View<'_>, command: &Moderate) -> Decide<Moderated> {
    let actor = hand::text("actor", command.actor.as_ref())?;
    let current = campaign::by_slug(view, &command.campaign)?;
    let invitee = people::known(view, &command.invitee)?.participant;
    let at = view.now();
    let mut context = leads::enter(view, current, invitee, at)?.ok_or(Halt::Declined(Reason::NoReferral))?;
    let said =
        Moderating { says: command.moderation, at, command: view.command(), actor, reason: command.note.clone() };
    let before = context.referral.moderation;
    let why = if command.moderation == Moderation::Denied { "denied" } else { "moderated" };
    let mut differs = false;
    follow::change(view, &mut context, &Told::referral(why), |context| {
        differs = note_moderating(&mut context.referral.moderating, said);
        judge(&mut context.referral);
    })?;
    if differs {
        view.find(Finding::new(Reason::SameTime).in_campaign(context.current.id()));
    }
    if at < context.referral.lead_at {
        view.find(Finding::new(Reason::BeforeLead).in_campaign(context.current.id()));
    } else if context.referral.moderating.iter().any(|said| said.at > at) {
        view.find(Finding::new(Reason::LaterCounts).in_campaign(context.current.id()));
    }
    if before != context.referral.moderation {
        tell(view, &context)?;
    }
    let (referral, moderation) = (context.referral.key(), context.referral.moderation);
    context.leave(view);
    Ok(Moderated { referral, moderation })
}

/// Lets the referral say what moderation says by a hand's last word and by what was found.
pub(super) fn judge(referral: &mut Referral) {
    referral.moderation = moderation_of(&referral.moderating, referral.lead_at, referral.suspected.as_ref());
}

/// Notes on a referral, before it is evaluated, that its invitee seems to be the referrer. The earliest that told so counts.
pub(super) fn suspect(view: &mut View<'_>, referral: &mut Referral, found: Suspicion) {
    let reason = if found.mailbox { Reason::SameMailbox } else { Reason::SelfReferral };
    view.find(Finding::new(reason).in_campaign(referral.campaign));
    if referral.suspected.as_ref().is_none_or(|known| found < *known) {
        referral.suspected = Some(found);
        judge(referral);
    }
}

/// Tells that a referral was flagged or denied.
pub(super) fn tell(view: &mut View<'_>, context: &ReferralContext) -> Decide<()> {
    let kind = match context.referral.moderation {
        Moderation::Flagged => NotificationKind::ReferralFlagged,
        Moderation::Denied => NotificationKind::ReferralDenied,
        Moderation::Clear => return Ok(()),
    };
    notify::tell(view, kind, &About::referral(&context.referral.key(), context.referral.referrer))
}

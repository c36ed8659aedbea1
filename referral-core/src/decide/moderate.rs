//! Moderation: a flagged referral goes on and its rewards are held; a denied one earns nothing. Each may follow each.

use super::campaign;
use super::context::ReferralContext;
use super::follow::{self, Told};
use super::halt::{Decide, Halt};
use super::hand;
use super::notify::{self, About};
use super::people;
use super::view::View;
use crate::command::{Finding, Moderate, Moderated, Reason};
use crate::record::{Moderating, Moderation, NotificationKind, RecordKind, ReferralKey};

const LONGEST_NOTE: usize = 500;

/// Says what moderation found of a referral. Of several findings the one with the greatest time and command counts.
pub(super) fn moderate(view: &mut View<'_>, command: &Moderate) -> Decide<Moderated> {
    if command.note.as_ref().is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
        return Err(crate::error::Error::command("note", "has at most 500 characters").into());
    }
    let actor = hand::text("actor", command.actor.as_ref())?;
    let current = campaign::by_slug(view, &command.campaign)?;
    let invitee = people::known(view, &command.invitee)?.participant;
    let key = ReferralKey { campaign: current.id(), invitee };
    let mut context = ReferralContext::enter(view, current, &key)?.ok_or(Halt::Declined(Reason::NoReferral))?;
    let said = Moderating { at: view.now(), command: view.command(), actor, reason: command.note.clone() };
    let at_that_time = context.referral.moderating.as_ref().is_some_and(|known| known.at == said.at);
    if at_that_time && context.referral.moderation != command.moderation {
        view.find(Finding::new(Reason::SameTime).in_campaign(context.current.id()));
    }
    let is_later = |known: &Moderating| (known.at, known.command) < (said.at, said.command);
    if context.referral.moderating.as_ref().is_none_or(is_later) {
        let before = context.referral.moderation;
        let why = if command.moderation == Moderation::Denied { "denied" } else { "moderated" };
        follow::change(view, &mut context, &Told::referral(why), |context| {
            context.referral.moderation = command.moderation;
            context.referral.moderating = Some(said);
        })?;
        if before != command.moderation {
            tell(view, &context)?;
        }
    }
    let moderation = context.referral.moderation;
    context.leave(view);
    Ok(Moderated { referral: key, moderation })
}

fn tell(view: &mut View<'_>, context: &ReferralContext) -> Decide<()> {
    let kind = match context.referral.moderation {
        Moderation::Flagged => NotificationKind::ReferralFlagged,
        Moderation::Denied => NotificationKind::ReferralDenied,
        Moderation::Clear => return Ok(()),
    };
    notify::tell(view, kind, &About::referral(&context.referral.key(), context.referral.referrer))
}

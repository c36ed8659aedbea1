//! Gives a referral to another referrer: a hand says that the evidence named the wrong one.
//!
//! Facts, version and the time of the lead stay. What the old referrer has by the referral is taken back, what the invitee
//! has stays, and the new referrer is granted what the facts owe, within limits.

use super::campaign;
use super::context::ReferralContext;
use super::follow::{self, Told};
use super::foresee;
use super::halt::{Decide, Halt};
use super::hand;
use super::lead;
use super::leads;
use super::merged;
use super::moderate;
use super::notify::{self, About};
use super::people;
use super::view::View;
use crate::command::{Reason, Reassign, Reassigned};
use crate::record::{NotificationKind, Reassignment, RecordKind, Said};

/// A referral remembers so many of its earlier referrers.
const MOST_REMEMBERED: usize = 16;
const WHY: &str = "the referral was given to another referrer";

/// Gives a person's latest referral to another referrer. Told again it changes nothing.
pub(super) fn reassign(view: &mut View<'_>, command: &Reassign) -> Decide<Reassigned> {
    let Said { at, command: key, actor, reason } = hand::said(view, command.actor.as_ref(), command.reason.as_ref())?;
    let current = campaign::by_slug(view, &command.campaign)?;
    let invitee = people::known_and_not_erased(view, &command.invitee)?;
    let to = people::known_and_not_erased(view, &command.to)?.participant;
    let Some(mut context) = leads::enter_latest(view, current.clone(), invitee.participant)? else {
        return Err(Halt::Declined(Reason::NoReferral));
    };
    let referral = context.referral.key();
    let from = context.referral.referrer;
    if merged::are_one(view, from, to)? {
        return Ok(Reassigned { referral, from, to });
    }
    if context.referral.sealed.is_some() {
        // What sealed orders earned and count for cannot move with the referral.
        return Err(Halt::Declined(Reason::TooManyOrders));
    }
    let enrolment = merged::enrolment(view, current.id(), to)?.ok_or(Halt::Declined(Reason::NotEnrolled))?;
    let to = enrolment.participant;
    let suspected = lead::guard_hand(view, &current, &invitee, to)?;
    follow::leave_referrer(view, &mut context, WHY)?;
    view.put(context.enrolment);
    context.referral.referrer = to;
    context.referral.reassigned.push(Reassignment { from, at, command: key, actor, reason });
    if context.referral.reassigned.len() > MOST_REMEMBERED {
        context.referral.reassigned.remove(0);
    }
    let mut context = ReferralContext::around(view, current, context.referral)?;
    follow::join_referrer(view, &mut context)?;
    if context.referral.suspected != suspected || !leads::is_alone(&context) {
        // What was found was of the referrer before. Other leads of the person may be this referrer's too.
        follow::change(view, &mut context, &Told::referral(WHY), |context| {
            context.referral.suspected = suspected;
            moderate::judge(&mut context.referral);
        })?;
    }
    let about = About::reassigned(&context.referral.key(), to, from);
    notify::tell(view, NotificationKind::ReferralReassigned, &about)?;
    context.leave(view);
    Ok(Reassigned { referral, from, to })
}

/// Foresees what giving a referral to another referrer reads.
pub(super) fn foresee(view: &mut View<'_>, command: &Reassign) {
    foresee::invitee(view, &command.campaign, &command.invitee);
    foresee::member(view, &command.campaign, &command.to);
}

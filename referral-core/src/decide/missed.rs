//! Posts what the facts changed while a reward was being handed over.

use super::campaign::Current;
use super::context::ReferralContext;
use super::group;
use super::halt::Decide;
use super::milestone;
use super::reconcile::{self, Lines, Owed};
use super::view::View;
use crate::evaluate::{Facts, evaluate};
use crate::record::{Cause, RecordKind, ReferralKey, Reward};

const MISSED: &str = "it changed while it was handed over";

/// Lets a reward follow what is owed now, after its transfer ended.
pub(super) fn post(view: &mut View<'_>, current: &Current, reward: &mut Reward) -> Decide<()> {
    let campaign = current.id();
    let Some(invitee) = reward.invitee else {
        return match reward.cause {
            Cause::Group(number) => group::catch_up(view, current, reward, number, MISSED),
            Cause::Level(level) => milestone::catch_up(view, current, reward, level, MISSED),
            _ => Ok(()),
        };
    };
    let referral = ReferralKey { campaign, invitee };
    let Some(context) = ReferralContext::enter(view, current.clone(), &referral)? else { return Ok(()) };
    let owed = owed_by(view, &context, reward)?;
    reconcile::follow(view, &context, reward, owed.as_ref(), MISSED)
}

/// What the facts of a reward's referral owe under its key; nothing if no single referral brought it about.
pub(super) fn owed(view: &mut View<'_>, current: &Current, reward: &Reward) -> Decide<Option<Owed>> {
    let Some(invitee) = reward.invitee else { return Ok(None) };
    let referral = ReferralKey { campaign: current.id(), invitee };
    match ReferralContext::enter(view, current.clone(), &referral)? {
        Some(context) => owed_by(view, &context, reward),
        None => Ok(None),
    }
}

fn owed_by(view: &View<'_>, context: &ReferralContext, reward: &Reward) -> Decide<Option<Owed>> {
    let target = evaluate(&context.pinned, &Facts::of(&context.referral), view.received_at())?;
    Ok(Lines::of(context, &target).take(&reward.key()))
}

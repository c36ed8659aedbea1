//! Posts what the facts changed while a reward was being handed over.

use super::campaign::Current;
use super::context::ReferralContext;
use super::group;
use super::halt::Decide;
use super::reconcile::{self, Lines};
use super::view::View;
use crate::evaluate::{Facts, evaluate};
use crate::record::{Cause, RecordKind, ReferralKey, Reward};

const MISSED: &str = "it changed while it was handed over";

/// Lets a reward follow what is owed now, after its transfer ended.
pub(super) fn post(view: &mut View<'_>, current: &Current, reward: &mut Reward) -> Decide<()> {
    let campaign = current.id();
    let Some(invitee) = reward.invitee else {
        return match reward.cause {
            Cause::Group(number, attempt) => group::catch_up(view, current, reward, (number, attempt), MISSED),
            _ => Ok(()),
        };
    };
    let referral = ReferralKey { campaign, invitee };
    let Some(context) = ReferralContext::enter(view, current.clone(), &referral)? else { return Ok(()) };
    let target = evaluate(&context.pinned, &Facts::of(&context.referral), view.received_at())?;
    let owed = Lines::of(&context, &target).take(&reward.key());
    reconcile::follow(view, &context, reward, owed.as_ref(), MISSED)
}

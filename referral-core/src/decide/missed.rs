//! Posts what the facts changed while a reward was being handed over.

use super::campaign::Current;
use super::context::ReferralContext;
use super::group;
use super::halt::Decide;
use super::leads;
use super::milestone;
use super::reconcile::{self, Lines, Owed};
use super::view::View;
use crate::evaluate::{Facts, evaluate};
use crate::record::{Cause, RecordKind, Reward};
use crate::value::{CampaignId, ParticipantId};

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
    let Some((context, owed)) = owed_by(view, current, (campaign, invitee), reward)? else { return Ok(()) };
    reconcile::follow(view, &context, reward, owed.as_ref(), MISSED)
}

/// What the facts of a reward's referral owe under its key; nothing if no single referral brought it about.
pub(super) fn owed(view: &mut View<'_>, current: &Current, reward: &Reward) -> Decide<Option<Owed>> {
    let Some(invitee) = reward.invitee else { return Ok(None) };
    Ok(owed_by(view, current, (current.id(), invitee), reward)?.and_then(|(_, owed)| owed))
}

/// The first lead of the invitee that owes the reward, with what it owes; if none does, the lead that brought it about.
fn owed_by(
    view: &mut View<'_>,
    current: &Current,
    (campaign, invitee): (CampaignId, ParticipantId),
    reward: &Reward,
) -> Decide<Option<(ReferralContext, Option<Owed>)>> {
    let mut contexts = Vec::new();
    let mut lines = Vec::new();
    for referral in leads::all(view, campaign, invitee)? {
        let context = ReferralContext::around(view, current.clone(), referral)?;
        let target = evaluate(&context.pinned, &Facts::of(&context.referral), view.received_at())?;
        lines.push((Lines::default(), Lines::of(&context, &target)));
        contexts.push(context);
    }
    reconcile::share(&mut lines);
    let mut last = None;
    for (context, (_, lines)) in contexts.into_iter().zip(lines) {
        let is_own = Some(context.referral.lead) == reward.lead;
        if let Some(owed) = lines.take(&reward.key()) {
            return Ok(Some((context, Some(owed))));
        }
        if is_own || last.is_none() {
            last = Some((context, None));
        }
    }
    Ok(last)
}

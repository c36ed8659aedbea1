//! Levels that are kept though the number fell below them.
//!
//! A kept level remembers the referrals that counted until the number fell. It stands while none of them is denied, belongs to
//! somebody else, or has all its orders voided. When the number comes to the level again, the list is made anew.

use super::campaign::{self, Current};
use super::context::ReferralContext;
use super::earned::{By, Hold, Raise};
use super::halt::Decide;
use super::reward;
use super::standing;
use super::view::View;
use crate::campaign::Clawback;
use crate::evaluate::amount;
use crate::record::{KeptLevel, KeptLevelKey, Key, Moderation, Participant, Reward, Tally};
use crate::value::Timestamp;

/// The most referrals that a kept level remembers.
const MOST_REMEMBERED: usize = 100;

/// Keeps the levels below which the number falls, where the rule says so, with the referrals that counted until then.
pub(super) fn keep(
    view: &mut View<'_>,
    context: &ReferralContext,
    (before, tally): (&Tally, &mut Tally),
    discredited: bool,
) -> Decide<()> {
    let reached = |tally: &Tally, level: u32| i64::from(level) <= tally.qualified;
    let known: Vec<u32> = before.kept.iter().chain(&before.fallen).copied().collect();
    for level in known.iter().copied().filter(|level| reached(tally, *level)) {
        // The number is that high again: when it falls, the list is made anew.
        view.need([Key::from(kept_key(tally, level))])?;
        view.delete(kept_key(tally, level));
    }
    (tally.kept, tally.fallen) = (Vec::new(), Vec::new());
    let below: Vec<u32> = known.into_iter().filter(|level| i64::from(*level) > tally.qualified).collect();
    for level in below {
        let kept = view.expect::<KeptLevel>(kept_key(tally, level))?;
        renew(view, context, tally, (kept, discredited));
    }
    let Some(rule) = context.pinned.rule(&tally.rule) else { return Ok(()) };
    let keeps = rule.model.clawback == Clawback::Keep;
    let fell = |level: &u32| keeps && reached(before, *level) && !reached(tally, *level);
    let fallen: Vec<u32> = rule.model.milestones.iter().map(|level| level.at).filter(fell).collect();
    for level in fallen {
        let size = usize::try_from(level).unwrap_or(usize::MAX).min(MOST_REMEMBERED);
        let Tally { campaign, rule, participant, .. } = before.clone();
        let members = before.first.iter().take(size).cloned().collect();
        let kept = KeptLevel { campaign, rule, participant, level, members };
        renew(view, context, tally, (kept, discredited));
    }
    Ok(())
}

/// Renews what a kept level knows of the referral that changed, and whether it stands.
fn renew(view: &mut View<'_>, context: &ReferralContext, tally: &mut Tally, (mut kept, gone): (KeptLevel, bool)) {
    for member in kept.members.iter_mut().filter(|member| member.is(&context.referral)) {
        member.flagged = context.referral.moderation == Moderation::Flagged;
        member.discredited = gone;
    }
    let stands = kept.members.iter().all(|member| !member.discredited);
    if stands { &mut tally.kept } else { &mut tally.fallen }.push(kept.level);
    view.put(kept);
}

/// Lets the reward of a level that is kept stand, or stand again: by the terms under which it was granted last.
pub(super) fn adjust(
    view: &mut View<'_>,
    (current, beneficiary, tally): (&Current, &Participant, &Tally),
    reward: &mut Reward,
    level: u32,
) -> Decide<()> {
    let (at, hold) = terms(view, reward, (tally, level))?;
    let pinned = campaign::version(view, reward.campaign, reward.version)?;
    let milestone = pinned.rule(&reward.rule).and_then(|rule| rule.model.milestones.iter().find(|of| of.at == level));
    let owed = milestone.map(|milestone| amount(&milestone.give, None)).transpose()?.and_then(Result::ok);
    if let Some(owed) = owed.filter(|owed| owed.unit_key() == reward.unit) {
        let target = owed.quantity();
        let raise = Raise { current, pinned: &pinned, beneficiary, target, refused: None, at, hold, by: By::Rule };
        reward::raise(view, &raise, reward)?;
    }
    standing::renew(view, current, reward, hold, at)
}

/// When the newest of what carried a kept level happened, and why it is held: as its rule says, and while a referral that
/// counted is under review. An approval covers it.
pub(super) fn terms(view: &mut View<'_>, reward: &Reward, (tally, level): (&Tally, u32)) -> Decide<(Timestamp, Hold)> {
    let kept = view.expect::<KeptLevel>(kept_key(tally, level))?;
    let flagged = kept.members.iter().any(|member| member.flagged);
    let newest = kept.members.iter().map(|member| member.at).max().unwrap_or(reward.granted_at);
    let pinned = campaign::version(view, reward.campaign, reward.version)?;
    let rule = pinned.rule(&reward.rule);
    let hold = rule.map_or(Hold { flagged, ..Hold::default() }, |rule| Hold::of(rule, newest, flagged));
    Ok((newest, Hold { as_seen: Some(true), ..hold }))
}

fn kept_key(tally: &Tally, level: u32) -> KeptLevelKey {
    KeptLevelKey { campaign: tally.campaign, rule: tally.rule.clone(), participant: tally.participant, level }
}

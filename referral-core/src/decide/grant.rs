//! Grants by hand what was refused of a reward.

use super::balance;
use super::campaign;
use super::earned::{By, Hold, Raise};
use super::halt::{Decide, Halt};
use super::hand;
use super::merged;
use super::missed;
use super::overdue;
use super::reward;
use super::timer;
use super::view::View;
use crate::command::{Finding, GrantReward, Reason, RewardMoved};
use crate::error::Error;
use crate::record::{Reward, RewardState};
use crate::value::Amount;

/// Grants what was refused of a reward. Where limits have no room it is declined, and stays refused.
pub(super) fn grant(view: &mut View<'_>, command: &GrantReward) -> Decide<RewardMoved> {
    hand::text("actor", command.actor.as_ref())?;
    let why = hand::text("reason", Some(&command.reason))?.unwrap_or_default();
    let key = &command.reward;
    let name = || format!("{}/{}/{}", key.rule, key.participant, key.cause);
    let mut reward = view.get::<Reward>(key.clone())?.ok_or_else(|| Error::not_found("reward", name()))?;
    let current = campaign::existing(view, key.campaign)?;
    let pinned = campaign::version(view, key.campaign, reward.version)?;
    overdue::catch_up(view, &current, &mut reward)?;
    if reward.refused == 0 || reward.closed || reward.state == RewardState::Issuing {
        return Err(Halt::Declined(Reason::RewardState));
    }
    let (refused, beneficiary) = (reward.refused, merged::root(view, reward.participant)?);
    let terms = missed::terms(view, &current, &reward)?;
    let (at, hold) = terms.unwrap_or((view.now(), Hold { until: reward.held_until, ..Hold::default() }));
    let target = balance::promised(&reward);
    timer::expire_anew(view, &mut reward);
    (reward.refused, reward.refused_because) = (0, None);
    let by = if command.beyond_limits { By::HandBeyondLimits } else { By::Hand };
    let raise =
        Raise { current: &current, pinned: &pinned, beneficiary: &beneficiary, target, refused: None, at, hold, by };
    reward::raise(view, &raise, &mut reward)?;
    if reward.refused > 0 {
        return Err(Halt::Declined(Reason::LimitReached));
    }
    let amount = Amount::from_unit_key(&reward.unit, refused)?;
    view.find(Finding::new(Reason::GrantedByHand).about(key).of(amount.clone()).because(why));
    hand::granted(view, &mut reward, command)?;
    let outcome = RewardMoved { reward: key.clone(), state: reward.state, amount, netted: 0 };
    balance::put(view, reward);
    Ok(outcome)
}

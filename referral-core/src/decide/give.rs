//! Gives a reward that no rule brought about: one of the host's own making.

use super::balance;
use super::campaign;
use super::earned::{By, Earned, Hold};
use super::foresee;
use super::foresee_rewards::{account, pays};
use super::halt::{Decide, Halt};
use super::hand;
use super::merged;
use super::people;
use super::reward;
use super::view::View;
use crate::command::{Finding, GiveReward, Reason, RewardMoved};
use crate::error::Error;
use crate::record::{Cause, Key, Reward, RewardKey};
use crate::value::{CampaignId, EventId, ParticipantId, RuleId};

/// The key of a reward that a hand gives.
pub(super) fn key(campaign: CampaignId, participant: ParticipantId, id: &EventId) -> RewardKey {
    RewardKey { campaign, rule: RuleId::by_hand(), participant, cause: Cause::Hand(id.clone()) }
}

/// Gives a reward. Where limits have no room it is declined, and nothing is kept.
pub(super) fn give(view: &mut View<'_>, command: &GiveReward) -> Decide<RewardMoved> {
    hand::text("actor", command.actor.as_ref())?;
    let why = hand::text("reason", Some(&command.reason))?.unwrap_or_default();
    if command.amount.quantity() <= 0 {
        return Err(Error::command("amount", "is greater than zero").into());
    }
    let current = campaign::by_slug(view, &command.campaign)?;
    let beneficiary = people::known_and_not_erased(view, &command.participant)?;
    let of_person = merged::of(&beneficiary).into_iter().map(|id| key(current.id(), id, &command.id));
    let of_person: Vec<RewardKey> = of_person.collect();
    view.need(of_person.iter().cloned().map(Key::from))?;
    for given in of_person {
        if view.get::<Reward>(given)?.is_some() {
            return Err(Halt::Declined(Reason::AlreadyGranted));
        }
    }
    let key = key(current.id(), beneficiary.participant, &command.id);
    let at = view.now();
    let hold = Hold { until: command.hold.map(|span| at.plus(span.delta())), ..Hold::default() };
    let earned = Earned {
        current: &current,
        pinned: &current.compiled,
        key: key.clone(),
        version: current.compiled.version,
        role: command.role,
        beneficiary: &beneficiary,
        invitee: None,
        lead: None,
        amount: command.amount.clone(),
        base: None,
        at,
        hold,
        expires: command.expires,
        refused: None,
    };
    let by = if command.beyond_limits { By::HandBeyondLimits } else { By::Hand };
    let Some(mut reward) = reward::grant_by(view, &earned, by)?.filter(|reward| reward.refused == 0) else {
        return Err(Halt::Declined(Reason::LimitReached));
    };
    view.find(Finding::new(Reason::GrantedByHand).about(&key).of(command.amount.clone()).because(why));
    hand::given(view, &mut reward, command)?;
    let outcome = RewardMoved { reward: key, state: reward.state, amount: command.amount.clone(), netted: 0 };
    balance::put(view, reward);
    Ok(outcome)
}

/// Foresees what a reward of the host's own making reads.
pub(super) fn foresee(view: &mut View<'_>, command: &GiveReward) {
    let campaign = foresee::campaign(view, &command.campaign);
    if let (Some(campaign), Some(participant)) = (campaign, foresee::who(view, &command.participant)) {
        pays(view, vec![(key(campaign, participant, &command.id), command.role)], None);
        view.want(account(campaign, participant, command.amount.unit_key()));
    }
}

//! Every N: so many qualified referrals fill a group and make one reward, which follows its members. Which referral is a
//! member of which group is decided in `places`.

use super::balance;
use super::campaign::{self, Current};
use super::context::ReferralContext;
use super::earned::{By, Earned, Hold, Raise};
use super::halt::Decide;
use super::merged;
use super::overdue;
use super::places::Changed;
use super::reward;
use super::standing;
use super::tally::reason_of;
use super::view::View;
use crate::campaign::{Compiled, Give, Rule};
use crate::command::Finding;
use crate::evaluate::amount_over;
use crate::record::{
    Approval, Cause, ConversionKey, Group, GroupKey, Member, Participant, RecordKind, Reward, RewardKey, RewardState,
    Role, SeenMember,
};
use crate::value::{Amount, RuleId, Timestamp};

const CHANGED: &str = "the group changed";
const OPEN: &str = "a member of the group was reverted";

/// How a reward of these members is held, and since when it counts: from the newest of what carries them. It is held while
/// one of them is under review. An approval covers the members and the orders that the hand saw.
fn hold_of(rule: &Rule, members: &[Member], seen: Option<&Approval>, now: Timestamp) -> (Hold, Timestamp) {
    let newest = members.iter().map(|member| member.at).max().unwrap_or(now);
    let hold = Hold::of(rule, newest, members.iter().any(|member| member.flagged));
    let as_seen = seen.is_some_and(|seen| seen.members == as_seen(members));
    (Hold { as_seen: Some(as_seen), ..hold }, newest)
}

/// Members as an approval notes them.
fn as_seen(members: &[Member]) -> Vec<SeenMember> {
    let seen = |Member { invitee, lead, carrier, .. }: &Member| SeenMember {
        invitee: *invitee,
        lead: *lead,
        carrier: carrier.clone(),
    };
    let mut seen: Vec<_> = members.iter().map(seen).collect();
    seen.sort();
    seen
}

/// The members that carry the reward of a group, as an approval notes them; nobody for another reward.
pub(super) fn seen_by_hand(view: &mut View<'_>, reward: &Reward) -> Decide<Vec<SeenMember>> {
    let Cause::Group(group) = reward.cause else { return Ok(Vec::new()) };
    let Reward { campaign, rule, participant, .. } = reward.clone();
    let group = view.get::<Group>(GroupKey { campaign, rule, participant, group })?;
    Ok(group.map(|group| as_seen(&group.members)).unwrap_or_default())
}

/// Lets the rewards of changed groups become less, where they do: nothing grows before all that falls has fallen.
pub(super) fn fall(view: &mut View<'_>, context: &ReferralContext, rule: &RuleId, changed: &Changed) -> Decide<()> {
    for number in &changed.groups {
        let key = group_key(context, rule, *number);
        let group = view.get::<Group>(key.clone())?;
        let Some(mut reward) = view.get::<Reward>(reward_key(&key))? else { continue };
        let (owed, why) = match &group {
            Some(group) => (owed(view, group)?, CHANGED),
            None => (None, OPEN),
        };
        reward::fall(view, &context.current, &mut reward, owed.as_ref(), why)?;
        balance::put(view, reward);
    }
    Ok(())
}

/// Lets the reward of a changed group follow its members; `others` are in it now, or are not.
pub(super) fn grow(
    view: &mut View<'_>,
    context: &ReferralContext,
    (rule, number): (&RuleId, u32),
    others: bool,
) -> Decide<()> {
    match view.get::<Group>(group_key(context, rule, number))? {
        Some(group) => follow(view, context, &group, others),
        None => Ok(()),
    }
}

/// When the newest of what carries a group happened, and which order that is; nothing if the group is not full.
pub(super) fn newest(
    view: &mut View<'_>,
    context: &ReferralContext,
    (rule, number): (&RuleId, u32),
) -> Decide<Option<(Timestamp, Option<ConversionKey>)>> {
    let group = view.get::<Group>(group_key(context, rule, number))?;
    Ok(group.and_then(|group| newest_of(&group.members)))
}

/// When the newest of what carries referrals happened, and which order that is.
pub(super) fn newest_of(members: &[Member]) -> Option<(Timestamp, Option<ConversionKey>)> {
    members.iter().map(|member| (member.at, member.carrier.clone())).max()
}

/// What a group owes by its members; nothing if they have no amount together.
fn owed(view: &mut View<'_>, group: &Group) -> Decide<Option<Amount>> {
    let pinned = campaign::version(view, group.campaign, group.version)?;
    let Some(give) = pinned.rule(&group.rule).and_then(|rule| rule.model.give.as_ref()) else { return Ok(None) };
    let bases: Vec<_> = group.members.iter().map(|member| member.base).collect();
    Ok(amount_over(give, &bases)?.ok())
}

/// Grants the reward of a group that has none.
fn grant(
    view: &mut View<'_>,
    context: &ReferralContext,
    (pinned, rule, give): (&Compiled, &Rule, &Give),
    group: &Group,
) -> Decide<()> {
    let bases: Vec<_> = group.members.iter().map(|member| member.base).collect();
    let amount = match amount_over(give, &bases)? {
        Ok(amount) => amount,
        Err(why) => {
            view.find(Finding::new(reason_of(why)).in_campaign(group.campaign).by_rule(&group.rule));
            return Ok(());
        }
    };
    let (hold, at) = hold_of(rule, &group.members, None, view.now());
    let earned = Earned {
        current: &context.current,
        pinned,
        key: reward_key(&group.key()),
        version: group.version,
        role: Role::Referrer,
        beneficiary: &context.referrer,
        invitee: None,
        lead: None,
        amount,
        base: None,
        at,
        hold,
        expires: rule.model.expires,
        refused: None,
    };
    reward::grant(view, &earned)?;
    Ok(())
}

fn group_key(context: &ReferralContext, rule: &RuleId, group: u32) -> GroupKey {
    let (campaign, participant) = (context.referral.campaign, context.referral.referrer);
    GroupKey { campaign, rule: rule.clone(), participant, group }
}

/// The key of the reward of a group.
fn reward_key(group: &GroupKey) -> RewardKey {
    let GroupKey { campaign, rule, participant, group } = group.clone();
    RewardKey { campaign, rule, participant, cause: Cause::Group(group) }
}

/// Lets the group's reward follow its members, by the terms of the group's version.
fn follow(view: &mut View<'_>, context: &ReferralContext, group: &Group, others: bool) -> Decide<()> {
    let pinned = campaign::version(view, group.campaign, group.version)?;
    let Some(rule) = pinned.rule(&group.rule) else { return Ok(()) };
    let Some(give) = &rule.model.give else { return Ok(()) };
    // It had no amount before, because of two currencies, or is new.
    let Some(mut reward) = view.get::<Reward>(reward_key(&group.key()))? else {
        return grant(view, context, (&pinned, rule, give), group);
    };
    if others && reward.state == RewardState::Refused && !reward.closed {
        // Nothing was granted: other members are asked anew.
        (reward.refused, reward.refused_because) = (0, None);
    }
    let (current, beneficiary) = (&context.current, &context.referrer);
    adjust(view, (current, &pinned, rule, beneficiary), &mut reward, &group.members, CHANGED)?;
    balance::put(view, reward);
    Ok(())
}

/// Lets a group's reward follow its members. While it is being handed over nothing is posted.
fn adjust(
    view: &mut View<'_>,
    (current, pinned, rule, beneficiary): (&Current, &Compiled, &Rule, &Participant),
    reward: &mut Reward,
    members: &[Member],
    why: &str,
) -> Decide<()> {
    let Some(give) = &rule.model.give else { return Ok(()) };
    if reward.state == RewardState::Issuing || reward.closed {
        return Ok(());
    }
    overdue::catch_up(view, current, reward)?;
    let bases: Vec<_> = members.iter().map(|member| member.base).collect();
    let amount = match amount_over(give, &bases)? {
        Ok(amount) => amount,
        Err(problem) => {
            view.find(Finding::new(reason_of(problem)).in_campaign(reward.campaign).by_rule(&reward.rule));
            return reward::lower(view, current, reward, 0, why);
        }
    };
    if amount.unit_key() != reward.unit && !reward::change_unit(view, current, reward, &amount, why)? {
        return Ok(());
    }
    let (hold, at) = hold_of(rule, members, reward.approval.as_ref(), view.now());
    let target = amount.quantity();
    reward::lower(view, current, reward, target, why)?;
    let raise = Raise { current, pinned, beneficiary, target, refused: None, at, hold, by: By::Rule };
    reward::raise(view, &raise, reward)?;
    standing::renew(view, current, reward, hold, at)
}

/// When the newest of what carries a group happened, and why its reward is held; nothing if the group is not full.
pub(super) fn terms(view: &mut View<'_>, reward: &Reward, number: u32) -> Decide<Option<(Timestamp, Hold)>> {
    let Reward { campaign, rule, participant, .. } = reward.clone();
    let key = GroupKey { campaign, rule, participant, group: number };
    let Some(group) = view.get::<Group>(key)? else { return Ok(None) };
    let pinned = campaign::version(view, campaign, group.version)?;
    let Some(rule) = pinned.rule(&group.rule) else { return Ok(None) };
    let (hold, at) = hold_of(rule, &group.members, reward.approval.as_ref(), view.now());
    Ok(Some((at, hold)))
}

/// Lets the reward of a group follow its members, after its transfer ended.
pub(super) fn catch_up(
    view: &mut View<'_>,
    current: &Current,
    reward: &mut Reward,
    number: u32,
    why: &str,
) -> Decide<()> {
    let Reward { campaign, rule, participant, .. } = reward.clone();
    let Some(group) = view.get::<Group>(GroupKey { campaign, rule, participant, group: number })? else {
        // It is open again.
        return reward::lower(view, current, reward, 0, why);
    };
    let pinned = campaign::version(view, campaign, group.version)?;
    let Some(rule) = pinned.rule(&reward.rule) else { return Ok(()) };
    let beneficiary = merged::root(view, participant)?;
    adjust(view, (current, &pinned, rule, &beneficiary), reward, &group.members, why)
}

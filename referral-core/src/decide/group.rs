//! Every N: so many qualified referrals close a group and make one reward.
//!
//! INVARIANT: at most one group of a rule and a referrer is open, and it is not full: a member that leaves a closed group is
//! replaced by the oldest open one, and only if none is open does the group open again.

use super::balance;
use super::campaign::{self, Current};
use super::context::ReferralContext;
use super::earned::{By, Earned, Hold, Raise};
use super::halt::Decide;
use super::reward;
use super::standing;
use super::tally::{member_of, reason_of, tally};
use super::view::View;
use crate::campaign::{Compiled, Give, Rule};
use crate::command::{Finding, Reason};
use crate::evaluate::{Membership, amount_over};
use crate::record::{
    Cause, Group, GroupKey, Key, Member, Participant, ParticipantKey, Places, Referral, Reward, RewardKey, RewardState,
    Role, Tally, TallyKey,
};
use crate::value::{CampaignId, ParticipantId, RuleId, Timestamp};

const CHANGED: &str = "the group changed";

/// Whether a group has other members than before, or the same ones that count otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Members {
    Same,
    OtherCarriers,
    Others,
}

/// How a reward of these members is held, and since when it counts: from the newest of what carries them. It is held while
/// one of them is under review.
fn hold_of(rule: &Rule, members: &[Member], now: Timestamp) -> (Hold, Timestamp) {
    let newest = members.iter().map(|member| member.at).max().unwrap_or(now);
    (Hold::of(rule, newest, members.iter().any(|member| member.flagged)), newest)
}

/// Lets the referral that counts towards a rule from now on join the rule's open group.
pub(super) fn join(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    rule: &Rule,
    membership: &Membership,
) -> Decide<()> {
    let Some(every) = rule.model.every else { return Ok(()) };
    let mut tally = tally(view, context, &rule.model.id)?;
    if tally.open_group == 0 {
        tally.groups += 1;
        tally.open_group = tally.groups;
    }
    if tally.open.is_empty() && tally.open_version.is_none() {
        // Its oldest member's version says how many it takes.
        tally.open_size = every;
    }
    context.referral.places.0.insert(rule.model.id.clone(), tally.open_group);
    tally.open.push(member_of(context, membership));
    let missing = usize::try_from(tally.open_size).unwrap_or(usize::MAX).saturating_sub(tally.open.len());
    if missing == 0 {
        close(view, context, &mut tally)?;
    } else {
        let finding = Finding::new(Reason::GroupOpen).in_campaign(context.current.id()).by_rule(&rule.model.id);
        view.find(finding.because(format!("{missing} missing")));
    }
    view.put(tally);
    Ok(())
}

fn close(view: &mut View<'_>, context: &ReferralContext, tally: &mut Tally) -> Decide<()> {
    let group = Group {
        campaign: tally.campaign,
        rule: tally.rule.clone(),
        participant: tally.participant,
        group: tally.open_group,
        version: tally.open_version.unwrap_or(context.referral.version),
        members: std::mem::take(&mut tally.open),
    };
    if tally.open_version.take().is_none() {
        // The guarded tally gave this number out for the first time.
        view.assume_absent(reward_key(&group));
    }
    (tally.open_group, tally.open_size) = (0, 0);
    view.put(group.clone());
    follow(view, context, &group, Members::Others)
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
    let (hold, at) = hold_of(rule, &group.members, view.now());
    let earned = Earned {
        current: &context.current,
        pinned,
        key: reward_key(group),
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

/// Takes the referral, which counts towards a rule no longer, out of its group.
pub(super) fn leave(view: &mut View<'_>, context: &mut ReferralContext, rule: &RuleId) -> Decide<()> {
    let Some(number) = context.referral.places.0.remove(rule) else { return Ok(()) };
    let mut tally = tally(view, context, rule)?;
    if tally.open_group == number {
        tally.open.retain(|member| !member.is(&context.referral));
    } else {
        leave_closed(view, context, &mut tally, number)?;
    }
    view.put(tally);
    Ok(())
}

fn leave_closed(view: &mut View<'_>, context: &ReferralContext, tally: &mut Tally, number: u32) -> Decide<()> {
    let mut group = view.expect::<Group>(group_key(tally, number))?;
    let size = u32::try_from(group.members.len()).unwrap_or(u32::MAX);
    group.members.retain(|member| !member.is(&context.referral));
    if tally.open.is_empty() {
        // None is open: this group opens again. Filled again, it lets the same reward follow.
        if let Some(mut reward) = view.get::<Reward>(reward_key(&group))? {
            if reward.state != RewardState::Issuing {
                standing::catch_up(view, &context.current, &mut reward)?;
                reward::lower(view, &context.current, &mut reward, 0, "a member of the group was reverted")?;
            }
            balance::put(view, reward);
        }
        view.delete(group_key(tally, number));
        (tally.open_group, tally.open_size, tally.open_version) = (number, size, Some(group.version));
        tally.open = group.members;
        return Ok(());
    }
    let oldest = tally.open.remove(0);
    let key = oldest.referral(tally.campaign);
    let mut moved = view.expect::<Referral>(key)?;
    moved.places.0.insert(tally.rule.clone(), number);
    view.put(moved);
    group.members.push(oldest);
    follow(view, context, &group, Members::Others)?;
    view.put(group);
    Ok(())
}

fn group_key(tally: &Tally, group: u32) -> GroupKey {
    GroupKey { campaign: tally.campaign, rule: tally.rule.clone(), participant: tally.participant, group }
}

/// The key of the reward of a group.
fn reward_key(group: &Group) -> RewardKey {
    let cause = Cause::Group(group.group);
    RewardKey { campaign: group.campaign, rule: group.rule.clone(), participant: group.participant, cause }
}

/// What a referral that leaves its groups probably reads, as far as that is loaded.
pub(super) fn left_keys(
    view: &View<'_>,
    campaign: CampaignId,
    participant: ParticipantId,
    places: &Places,
) -> Vec<Key> {
    let mut keys = Vec::new();
    for (rule, group) in places.0.iter().filter(|(_, group)| **group != 0) {
        let key = GroupKey { campaign, rule: rule.clone(), participant, group: *group };
        keys.extend(view.glance::<Group>(key.clone()).map(|group| reward_key(group).into()));
        keys.push(key.into());
        let tally = view.glance::<Tally>(TallyKey { campaign, rule: rule.clone(), participant });
        let open = tally.map(|tally| tally.open.as_slice()).unwrap_or_default();
        // The oldest open member takes the place that is left.
        keys.extend(open.iter().map(|member| member.referral(campaign).into()));
    }
    keys
}

/// Lets the group's reward follow its members, by the terms of the group's version.
fn follow(view: &mut View<'_>, context: &ReferralContext, group: &Group, members: Members) -> Decide<()> {
    let pinned = campaign::version(view, group.campaign, group.version)?;
    let Some(rule) = pinned.rule(&group.rule) else { return Ok(()) };
    let Some(give) = &rule.model.give else { return Ok(()) };
    // It had no amount before, because of two currencies, or is new.
    let Some(mut reward) = view.get::<Reward>(reward_key(group))? else {
        return grant(view, context, (&pinned, rule, give), group);
    };
    if members != Members::Same {
        // What a hand approved was carried by others.
        reward.approval = None;
        if members == Members::Others && reward.state == RewardState::Refused && !reward.closed {
            // Nothing was granted: other members are asked anew.
            (reward.refused, reward.refused_because) = (0, None);
        }
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
    standing::catch_up(view, current, reward)?;
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
    let (hold, at) = hold_of(rule, members, view.now());
    let target = amount.quantity();
    reward::lower(view, current, reward, target, why)?;
    let raise = Raise { current, pinned, beneficiary, target, refused: None, at, hold, by: By::Rule };
    reward::raise(view, &raise, reward)?;
    standing::renew(view, current, reward, hold, at)
}

/// Lets the referral's part of its group follow: what a percentage of it is taken of, since when it counts, and whether it
/// is under review.
pub(super) fn follow_member(
    view: &mut View<'_>,
    context: &ReferralContext,
    rule: &RuleId,
    membership: &Membership,
) -> Decide<()> {
    let Some(number) = context.referral.places.0.get(rule) else { return Ok(()) };
    let this = |member: &&mut Member| member.is(&context.referral);
    let renew = |members: &mut Vec<Member>| {
        members.iter_mut().filter(this).for_each(|member| *member = member_of(context, membership));
    };
    let mut tally = tally(view, context, rule)?;
    if tally.open_group == *number {
        renew(&mut tally.open);
        view.put(tally);
        return Ok(());
    }
    let mut group = view.expect::<Group>(group_key(&tally, *number))?;
    let before = group.members.clone();
    renew(&mut group.members);
    let is_same = before.iter().zip(&group.members).all(|(was, is)| was.carrier == is.carrier);
    follow(view, context, &group, if is_same { Members::Same } else { Members::OtherCarriers })?;
    view.put(group);
    Ok(())
}

/// When the newest of what carries a group happened, and why its reward is held; nothing if the group is not full.
pub(super) fn terms(view: &mut View<'_>, reward: &Reward, number: u32) -> Decide<Option<(Timestamp, Hold)>> {
    let Reward { campaign, rule, participant, .. } = reward.clone();
    let key = GroupKey { campaign, rule, participant, group: number };
    let Some(group) = view.get::<Group>(key)? else { return Ok(None) };
    let pinned = campaign::version(view, campaign, group.version)?;
    let Some(rule) = pinned.rule(&group.rule) else { return Ok(None) };
    let (hold, at) = hold_of(rule, &group.members, view.now());
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
    let beneficiary = view.expect::<Participant>(ParticipantKey { participant })?;
    adjust(view, (current, &pinned, rule, &beneficiary), reward, &group.members, why)
}

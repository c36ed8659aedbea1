//! Every N: so many qualified referrals close a group and make one reward.
//!
//! INVARIANT: at most one group of a rule and a referrer is open, and it has fewer than N members: a member that leaves a
//! closed group is replaced by the oldest open one, and only if none is open does the group open again.

use super::balance;
use super::campaign::{self, Current};
use super::context::ReferralContext;
use super::earned::{By, Earned, Hold, Raise};
use super::halt::Decide;
use super::reward;
use super::standing;
use super::view::View;
use crate::campaign::{Give, Rule};
use crate::command::{Finding, Reason};
use crate::evaluate::{Membership, NoAmount, amount_over};
use crate::record::{
    Cause, Group, GroupKey, Key, Member, Participant, ParticipantKey, Places, Referral, ReferralKey, Reward, RewardKey,
    RewardState, Role, Tally, TallyKey,
};
use crate::value::{Amount, CampaignId, ParticipantId, RuleId, Timestamp};

const CHANGED: &str = "the group changed";

/// What a referrer has towards a rule, or has not yet.
pub(super) fn tally(view: &mut View<'_>, context: &ReferralContext, rule: &RuleId) -> Decide<Tally> {
    let (campaign, participant) = (context.referral.campaign, context.referral.referrer);
    let key = TallyKey { campaign, rule: rule.clone(), participant };
    let blank = Tally {
        campaign,
        rule: rule.clone(),
        participant,
        qualified: 0,
        flagged: 0,
        open_group: 0,
        attempt: 0,
        groups: 0,
        open: Vec::new(),
    };
    Ok(view.get::<Tally>(key)?.unwrap_or(blank))
}

/// How a reward of these members is held, and since when it counts: from the newest of what carries them. It is held while
/// one of them is under review.
fn hold_of(rule: &Rule, members: &[Member], now: Timestamp) -> (Hold, Timestamp) {
    let newest = members.iter().map(|member| member.at).max().unwrap_or(now);
    (Hold::of(rule, newest, members.iter().any(|member| member.flagged)), newest)
}

/// Lets a reward of several referrals follow what is owed. While it is being handed over nothing is posted.
pub(super) fn set(
    view: &mut View<'_>,
    context: &ReferralContext,
    reward: &mut Reward,
    amount: &Amount,
    (hold, at): (Hold, Timestamp),
    why: &str,
) -> Decide<()> {
    if reward.state == RewardState::Issuing || reward.closed {
        return Ok(());
    }
    standing::catch_up(view, &context.current, reward)?;
    let target = amount.quantity();
    reward::lower(view, &context.current, reward, target, why)?;
    let raise = Raise {
        current: &context.current,
        pinned: &context.pinned,
        beneficiary: &context.referrer,
        target,
        refused: None,
        at,
        hold,
        by: By::Rule,
    };
    reward::raise(view, &raise, reward)?;
    standing::hold_as(view, &context.current, reward, hold, at)
}

/// Why there is no amount, as a reason.
pub(super) fn reason_of(why: NoAmount) -> Reason {
    match why {
        NoAmount::Currency => Reason::Currency,
        NoAmount::NoBase => Reason::NoBase,
    }
}

/// Lets the referral that counts towards a rule from now on join the rule's open group.
pub(super) fn join(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    rule: &Rule,
    membership: &Membership,
) -> Decide<()> {
    let (Some(every), Some(give)) = (rule.model.every, &rule.model.give) else { return Ok(()) };
    let mut tally = tally(view, context, &rule.model.id)?;
    if tally.open_group == 0 {
        tally.groups += 1;
        (tally.open_group, tally.attempt) = (tally.groups, 0);
    }
    context.referral.places.0.insert(rule.model.id.clone(), tally.open_group);
    tally.open.push(member_of(context, membership));
    let missing = usize::try_from(every).unwrap_or(usize::MAX).saturating_sub(tally.open.len());
    if missing == 0 {
        close(view, context, rule, give, &mut tally)?;
    } else {
        let finding = Finding::new(Reason::GroupOpen).in_campaign(context.current.id()).by_rule(&rule.model.id);
        view.find(finding.because(format!("{missing} missing")));
    }
    view.put(tally);
    Ok(())
}

fn member_of(context: &ReferralContext, membership: &Membership) -> Member {
    let Membership { base, at, flagged, .. } = *membership;
    Member { invitee: context.referral.invitee, base, at, flagged }
}

fn close(view: &mut View<'_>, context: &ReferralContext, rule: &Rule, give: &Give, tally: &mut Tally) -> Decide<()> {
    let members = std::mem::take(&mut tally.open);
    let (number, attempt) = (tally.open_group, tally.attempt);
    (tally.open_group, tally.attempt) = (0, 0);
    let group = Group {
        campaign: tally.campaign,
        rule: tally.rule.clone(),
        participant: tally.participant,
        group: number,
        attempt,
        members,
    };
    // The guarded tally gave this number and attempt out for the first time.
    view.assume_absent(reward_key(&group));
    view.put(group.clone());
    grant(view, context, (rule, give), &group)
}

/// Grants the reward of a group that has none.
fn grant(view: &mut View<'_>, context: &ReferralContext, (rule, give): (&Rule, &Give), group: &Group) -> Decide<()> {
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
        pinned: &context.pinned,
        key: reward_key(group),
        version: context.referral.version,
        role: Role::Referrer,
        beneficiary: &context.referrer,
        invitee: None,
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
pub(super) fn leave(view: &mut View<'_>, context: &mut ReferralContext, rule: &Rule) -> Decide<()> {
    let Some(number) = context.referral.places.0.remove(&rule.model.id) else { return Ok(()) };
    let Some(give) = &rule.model.give else { return Ok(()) };
    let mut tally = tally(view, context, &rule.model.id)?;
    if tally.open_group == number {
        tally.open.retain(|member| member.invitee != context.referral.invitee);
    } else {
        leave_closed(view, context, (rule, give), &mut tally, number)?;
    }
    view.put(tally);
    Ok(())
}

fn leave_closed(
    view: &mut View<'_>,
    context: &ReferralContext,
    (rule, give): (&Rule, &Give),
    tally: &mut Tally,
    number: u32,
) -> Decide<()> {
    let mut group = view.expect::<Group>(group_key(tally, number))?;
    group.members.retain(|member| member.invitee != context.referral.invitee);
    if tally.open.is_empty() {
        // None is open: this group opens again, with its next attempt.
        if let Some(mut reward) = group_reward(view, &group)? {
            if reward.state != RewardState::Issuing {
                standing::catch_up(view, &context.current, &mut reward)?;
                reward::lower(view, &context.current, &mut reward, 0, "a member of the group was reverted")?;
            }
            balance::put(view, reward);
        }
        view.delete(group_key(tally, number));
        (tally.open_group, tally.attempt) = (number, group.attempt.saturating_add(1));
        tally.open = group.members;
        return Ok(());
    }
    let oldest = tally.open.remove(0);
    let key = ReferralKey { campaign: tally.campaign, invitee: oldest.invitee };
    let mut moved = view.expect::<Referral>(key)?;
    moved.places.0.insert(tally.rule.clone(), number);
    view.put(moved);
    group.members.push(oldest);
    follow(view, context, (rule, give), &group)?;
    view.put(group);
    Ok(())
}

fn group_key(tally: &Tally, group: u32) -> GroupKey {
    GroupKey { campaign: tally.campaign, rule: tally.rule.clone(), participant: tally.participant, group }
}

/// The key of the reward of a group.
pub(super) fn reward_key(group: &Group) -> RewardKey {
    let cause = Cause::Group(group.group, group.attempt);
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
        keys.extend(open.iter().map(|member| ReferralKey { campaign, invitee: member.invitee }.into()));
    }
    keys
}

fn group_reward(view: &mut View<'_>, group: &Group) -> Decide<Option<Reward>> {
    view.get::<Reward>(reward_key(group))
}

/// Lets the group's reward follow its members.
fn follow(view: &mut View<'_>, context: &ReferralContext, (rule, give): (&Rule, &Give), group: &Group) -> Decide<()> {
    let bases: Vec<_> = group.members.iter().map(|member| member.base).collect();
    // It had no amount before, because of two currencies.
    let Some(mut reward) = group_reward(view, group)? else { return grant(view, context, (rule, give), group) };
    if reward.state == RewardState::Refused && !reward.closed {
        // Nothing was granted: other members are asked anew.
        (reward.refused, reward.refused_because) = (0, None);
    }
    match amount_over(give, &bases)? {
        Ok(amount) => {
            let same = amount.unit_key() == reward.unit;
            if same || reward::change_unit(view, &context.current, &mut reward, &amount, CHANGED)? {
                let held = hold_of(rule, &group.members, view.now());
                set(view, context, &mut reward, &amount, held, CHANGED)?;
            }
        }
        Err(why) => {
            view.find(Finding::new(reason_of(why)).in_campaign(group.campaign).by_rule(&group.rule));
            if reward.state != RewardState::Issuing {
                standing::catch_up(view, &context.current, &mut reward)?;
                reward::lower(view, &context.current, &mut reward, 0, CHANGED)?;
            }
        }
    }
    balance::put(view, reward);
    Ok(())
}

/// Lets the referral's part of its group follow: what a percentage of it is taken of, since when it counts, and whether it
/// is under review.
pub(super) fn follow_member(
    view: &mut View<'_>,
    context: &ReferralContext,
    rule: &Rule,
    membership: &Membership,
) -> Decide<()> {
    let (Some(number), Some(give)) = (context.referral.places.0.get(&rule.model.id), &rule.model.give) else {
        return Ok(());
    };
    let this = |member: &&mut Member| member.invitee == context.referral.invitee;
    let renew = |members: &mut Vec<Member>| {
        members.iter_mut().filter(this).for_each(|member| *member = member_of(context, membership));
    };
    let mut tally = tally(view, context, &rule.model.id)?;
    if tally.open_group == *number {
        renew(&mut tally.open);
        view.put(tally);
        return Ok(());
    }
    let mut group = view.expect::<Group>(group_key(&tally, *number))?;
    renew(&mut group.members);
    follow(view, context, (rule, give), &group)?;
    view.put(group);
    Ok(())
}

/// Lets the reward of a closed group follow its members, after its transfer ended.
pub(super) fn catch_up(
    view: &mut View<'_>,
    current: &Current,
    reward: &mut Reward,
    (number, attempt): (u32, u32),
    why: &str,
) -> Decide<()> {
    let Reward { campaign, rule, participant, .. } = reward.clone();
    let group = view.get::<Group>(GroupKey { campaign, rule, participant, group: number })?;
    let pinned = campaign::version(view, campaign, reward.version)?;
    let Some(rule) = pinned.rule(&reward.rule) else { return Ok(()) };
    let Some(give) = &rule.model.give else { return Ok(()) };
    let Some(group) = group.filter(|group| group.attempt == attempt) else {
        return reward::lower(view, current, reward, 0, why);
    };
    let bases: Vec<_> = group.members.iter().map(|member| member.base).collect();
    let Ok(amount) = amount_over(give, &bases)? else { return Ok(()) };
    if amount.unit_key() != reward.unit {
        return Ok(());
    }
    reward::lower(view, current, reward, amount.quantity(), why)?;
    let beneficiary = view.expect::<Participant>(ParticipantKey { participant })?;
    let (hold, at) = hold_of(rule, &group.members, view.now());
    let raise = Raise {
        current,
        pinned: &pinned,
        beneficiary: &beneficiary,
        target: amount.quantity(),
        refused: None,
        at,
        hold,
        by: By::Rule,
    };
    reward::raise(view, &raise, reward)?;
    standing::hold_as(view, current, reward, hold, at)
}

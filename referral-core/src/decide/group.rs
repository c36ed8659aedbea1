//! Every N: so many qualified referrals close a group and make one reward.
//!
//! INVARIANT: at most one group of a rule and a referrer is open, and it has fewer than N members: a member that leaves a
//! closed group is replaced by the oldest open one, and only if none is open does the group open again.

use super::amount::{Base, amount_over, percent_base};
use super::facts::{ReferralFacts, unmet};
use super::halt::Decide;
use super::reward::{self, Earned};
use super::scene::Scene;
use super::view::View;
use crate::campaign::{Give, Rule};
use crate::command::{Finding, Reason};
use crate::record::{
    Cause, Group, GroupKey, Key, Member, Moderation, Places, Referral, ReferralKey, Reward, RewardKey, Role, Tally,
    TallyKey,
};
use crate::value::{CampaignId, ParticipantId, RuleId};

/// What a referrer has towards a rule, or has not yet.
pub(super) fn tally(view: &mut View<'_>, scene: &Scene, rule: &RuleId) -> Decide<Tally> {
    let (campaign, participant) = (scene.referral.campaign, scene.referral.referrer);
    let key = TallyKey { campaign, rule: rule.clone(), participant };
    let blank = Tally {
        campaign,
        rule: rule.clone(),
        participant,
        qualified: 0,
        open_group: 0,
        attempt: 0,
        groups: 0,
        open: Vec::new(),
    };
    Ok(view.get::<Tally>(key)?.unwrap_or(blank))
}

/// Whether the referral counts towards a rule; why not is noted.
pub(super) fn counts(view: &mut View<'_>, scene: &Scene, rule: &Rule) -> bool {
    let facts = ReferralFacts::new(scene, scene.referral.qualifications, view.now());
    let Some(finding) = unmet(rule.when.as_ref(), &facts) else { return true };
    view.find(finding.in_campaign(scene.current.id()).by_rule(&rule.model.id));
    false
}

/// Lets the referral that has just qualified join the open group of every rule that has groups.
pub(super) fn join(view: &mut View<'_>, scene: &mut Scene) -> Decide<()> {
    let pinned = scene.pinned.clone();
    for rule in &pinned.rules {
        let (Some(every), Some(give)) = (rule.model.every, &rule.model.give) else { continue };
        if !counts(view, scene, rule) {
            continue;
        }
        let mut tally = tally(view, scene, &rule.model.id)?;
        if tally.open_group == 0 {
            tally.groups += 1;
            (tally.open_group, tally.attempt) = (tally.groups, 0);
        }
        scene.referral.places.0.insert(rule.model.id.clone(), tally.open_group);
        let base = percent_base(give, scene.order.as_ref().and_then(Base::of))?;
        let (invitee, qualification) = (scene.referral.invitee, scene.referral.qualifications);
        tally.open.push(Member { invitee, qualification, base });
        let missing = usize::try_from(every).unwrap_or(usize::MAX).saturating_sub(tally.open.len());
        if missing == 0 {
            close(view, scene, rule, give, &mut tally)?;
        } else {
            let finding = Finding::new(Reason::GroupOpen).in_campaign(scene.current.id()).by_rule(&rule.model.id);
            view.find(finding.because(format!("{missing} missing")));
        }
        view.put(tally);
    }
    Ok(())
}

fn close(view: &mut View<'_>, scene: &Scene, rule: &Rule, give: &Give, tally: &mut Tally) -> Decide<()> {
    let members = std::mem::take(&mut tally.open);
    let (number, attempt) = (tally.open_group, tally.attempt);
    (tally.open_group, tally.attempt) = (0, 0);
    let bases: Vec<_> = members.iter().map(|member| member.base).collect();
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
    view.put(group);
    let amount = match amount_over(give, &bases)? {
        Ok(amount) => amount,
        Err(reason) => {
            view.find(Finding::new(reason).in_campaign(tally.campaign).by_rule(&tally.rule));
            return Ok(());
        }
    };
    let earned = Earned {
        current: &scene.current,
        rule,
        version: scene.referral.version,
        role: Role::Referrer,
        beneficiary: &scene.referrer,
        cause: Cause::Group(number, attempt),
        invitee: None,
        is_flagged: scene.referral.moderation == Moderation::Flagged,
        base: None,
        amount,
    };
    reward::grant(view, &earned)?;
    Ok(())
}

/// Takes the referral, whose qualification was taken back, out of its groups.
pub(super) fn leave(view: &mut View<'_>, scene: &mut Scene) -> Decide<()> {
    let pinned = scene.pinned.clone();
    for rule in pinned.rules.iter().filter(|rule| rule.model.every.is_some()) {
        let Some(number) = scene.referral.places.0.remove(&rule.model.id) else { continue };
        let Some(give) = &rule.model.give else { continue };
        let mut tally = tally(view, scene, &rule.model.id)?;
        if tally.open_group == number {
            tally.open.retain(|member| member.invitee != scene.referral.invitee);
        } else {
            leave_closed(view, scene, give, &mut tally, number)?;
        }
        view.put(tally);
    }
    Ok(())
}

fn leave_closed(view: &mut View<'_>, scene: &Scene, give: &Give, tally: &mut Tally, number: u32) -> Decide<()> {
    let mut group = view.expect::<Group>(group_key(tally, number))?;
    group.members.retain(|member| member.invitee != scene.referral.invitee);
    if tally.open.is_empty() {
        // None is open: this group opens again, with its next attempt.
        if let Some(mut reward) = group_reward(view, &group)? {
            reward::take_back(view, &scene.current, &mut reward, "a member of the group was reverted")?;
            view.put(reward);
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
    follow(view, scene, give, &group)?;
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
fn follow(view: &mut View<'_>, scene: &Scene, give: &Give, group: &Group) -> Decide<()> {
    let bases: Vec<_> = group.members.iter().map(|member| member.base).collect();
    let Some(mut reward) = group_reward(view, group)? else { return Ok(()) };
    match amount_over(give, &bases)? {
        Ok(amount) if amount.unit_key() == reward.unit => {
            reward::set_quantity(view, &scene.current, &mut reward, amount.quantity(), "the group changed")?;
        }
        Ok(_) => view.find(Finding::new(Reason::Currency).in_campaign(group.campaign).by_rule(&group.rule)),
        Err(reason) => view.find(Finding::new(reason).in_campaign(group.campaign).by_rule(&group.rule)),
    }
    view.put(reward);
    Ok(())
}

/// Lets the referral's share of its groups follow the order that qualified it, after a partial refund of that.
pub(super) fn follow_order(view: &mut View<'_>, scene: &Scene) -> Decide<()> {
    let pinned = scene.pinned.clone();
    for rule in pinned.rules.iter().filter(|rule| rule.model.every.is_some()) {
        let (Some(number), Some(give)) = (scene.referral.places.0.get(&rule.model.id), &rule.model.give) else {
            continue;
        };
        let base = percent_base(give, scene.order.as_ref().and_then(Base::of))?;
        let this = |member: &&mut Member| member.invitee == scene.referral.invitee;
        let mut tally = tally(view, scene, &rule.model.id)?;
        if tally.open_group == *number {
            tally.open.iter_mut().filter(this).for_each(|member| member.base = base);
            view.put(tally);
        } else {
            let mut group = view.expect::<Group>(group_key(&tally, *number))?;
            group.members.iter_mut().filter(this).for_each(|member| member.base = base);
            follow(view, scene, give, &group)?;
            view.put(group);
        }
    }
    Ok(())
}

//! Milestones: each level pays once, in order; falling below takes back only where the rule says so.

use super::context::ReferralContext;
use super::earned::Earned;
use super::group::{hold_of, reason_of, set, tally};
use super::halt::Decide;
use super::notify::{self, About};
use super::reward;
use super::standing;
use super::view::View;
use crate::campaign::{Clawback, Milestone, Rule};
use crate::command::{Finding, Reason};
use crate::evaluate::amount;
use crate::record::{Cause, Key, NotificationKind, Reward, RewardKey, RewardState, Role};

/// In [`Places`](crate::record::Places): the referral counts towards a rule that has no groups.
const COUNTED: u32 = 0;

fn level_key(context: &ReferralContext, rule: &Rule, level: &Milestone) -> RewardKey {
    RewardKey {
        campaign: context.referral.campaign,
        rule: rule.model.id.clone(),
        participant: context.referral.referrer,
        cause: Cause::Level(level.at),
    }
}

/// Counts the referral that counts towards a rule from now on, and pays the levels that are reached and not paid.
pub(super) fn rise(view: &mut View<'_>, context: &mut ReferralContext, rule: &Rule) -> Decide<()> {
    let mut tally = tally(view, context, &rule.model.id)?;
    tally.qualified += 1;
    let reached = tally.qualified;
    view.put(tally);
    context.referral.places.0.insert(rule.model.id.clone(), COUNTED);
    let is_reached = |level: &&Milestone| i64::from(level.at) <= reached;
    view.need(rule.model.milestones.iter().filter(is_reached).map(|level| Key::from(level_key(context, rule, level))))?;
    for level in rule.model.milestones.iter().filter(is_reached) {
        pay(view, context, rule, level)?;
    }
    if let Some(next) = rule.model.milestones.iter().find(|level| i64::from(level.at) > reached) {
        let missing = i64::from(next.at) - reached;
        let finding = Finding::new(Reason::MilestoneOpen).in_campaign(context.current.id()).by_rule(&rule.model.id);
        view.find(finding.because(format!("{missing} missing for {}", next.at)));
        if missing == 1 {
            let about = About::rule(context.current.id(), context.referral.referrer, &rule.model.id);
            notify::tell(view, NotificationKind::MilestoneNear, &about)?;
        }
    }
    Ok(())
}

fn pay(view: &mut View<'_>, context: &ReferralContext, rule: &Rule, level: &Milestone) -> Decide<()> {
    let amount = match amount(&level.give, None)? {
        Ok(amount) => amount,
        Err(why) => {
            view.find(Finding::new(reason_of(why)).in_campaign(context.current.id()).by_rule(&rule.model.id));
            return Ok(());
        }
    };
    if let Some(mut reward) = view.get::<Reward>(level_key(context, rule, level))? {
        let was_taken = matches!(reward.state, RewardState::Cancelled | RewardState::Reversed);
        if was_taken && rule.model.clawback == Clawback::TakeBack && amount.unit_key() == reward.unit {
            set(view, context, rule, &mut reward, &amount, "")?;
            view.put(reward);
        }
        return Ok(());
    }
    let earned = Earned {
        current: &context.current,
        pinned: &context.pinned,
        key: level_key(context, rule, level),
        version: context.referral.version,
        role: Role::Referrer,
        beneficiary: &context.referrer,
        invitee: None,
        amount,
        base: None,
        at: view.now(),
        hold: hold_of(view, context, rule),
        expires: rule.model.expires,
        refused: None,
    };
    reward::grant(view, &earned)?;
    Ok(())
}

/// Counts the referral towards a rule no longer.
pub(super) fn fall(view: &mut View<'_>, context: &mut ReferralContext, rule: &Rule) -> Decide<()> {
    if context.referral.places.0.remove(&rule.model.id).is_none() {
        return Ok(());
    }
    let mut tally = tally(view, context, &rule.model.id)?;
    tally.qualified -= 1;
    let left = tally.qualified;
    view.put(tally);
    if rule.model.clawback == Clawback::Keep {
        return Ok(());
    }
    for level in rule.model.milestones.iter().filter(|level| i64::from(level.at) == left + 1) {
        if let Some(mut reward) = view.get::<Reward>(level_key(context, rule, level))? {
            if reward.state != RewardState::Issuing {
                standing::catch_up(view, &context.current, &mut reward)?;
                reward::lower(view, &context.current, &mut reward, 0, "fell below the milestone")?;
            }
            view.put(reward);
        }
    }
    Ok(())
}

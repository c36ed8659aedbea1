//! Milestones: each level pays once, in order; falling below takes back only where the rule says so.

use super::balance;
use super::campaign::{self, Current};
use super::context::ReferralContext;
use super::earned::{Earned, Hold};
use super::group::{reason_of, set, tally};
use super::halt::Decide;
use super::notify::{self, About};
use super::reward;
use super::standing;
use super::view::View;
use crate::campaign::{Clawback, Milestone, Rule};
use crate::command::{Finding, Reason};
use crate::evaluate::amount;
use crate::record::{Cause, Key, Moderation, NotificationKind, Reward, RewardKey, RewardState, Role, Tally, TallyKey};

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
pub(super) fn rise(view: &mut View<'_>, context: &mut ReferralContext, rule: &Rule, is_flagged: bool) -> Decide<()> {
    let mut tally = tally(view, context, &rule.model.id)?;
    tally.qualified += 1;
    tally.flagged += i64::from(is_flagged);
    let reached = tally.qualified;
    view.put(tally.clone());
    context.referral.places.0.insert(rule.model.id.clone(), COUNTED);
    let is_reached = |level: &&Milestone| i64::from(level.at) <= reached;
    view.need(rule.model.milestones.iter().filter(is_reached).map(|level| Key::from(level_key(context, rule, level))))?;
    for level in rule.model.milestones.iter().filter(is_reached) {
        pay(view, context, rule, level, &tally)?;
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

/// A level is held while it would not be reached if the referrals under review were denied.
fn hold_of(view: &View<'_>, rule: &Rule, level: &Milestone, tally: &Tally) -> Hold {
    Hold::of(rule, view.now(), tally.qualified - tally.flagged < i64::from(level.at))
}

fn pay(view: &mut View<'_>, context: &ReferralContext, rule: &Rule, level: &Milestone, tally: &Tally) -> Decide<()> {
    let hold = hold_of(view, rule, level, tally);
    let amount = match amount(&level.give, None)? {
        Ok(amount) => amount,
        Err(why) => {
            view.find(Finding::new(reason_of(why)).in_campaign(context.current.id()).by_rule(&rule.model.id));
            return Ok(());
        }
    };
    if let Some(mut reward) = view.get::<Reward>(level_key(context, rule, level))? {
        if amount.unit_key() == reward.unit {
            let was_taken = matches!(reward.state, RewardState::Cancelled | RewardState::Reversed);
            // A hold that has begun goes on: only its review changes.
            let hold = if was_taken { hold } else { Hold { until: reward.held_until, ..hold } };
            let target = if was_taken { amount } else { amount.with_quantity(balance::promised(&reward)) };
            let now = view.now();
            set(view, context, &mut reward, &target, (hold, now), "")?;
            balance::put(view, reward);
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
        hold,
        expires: rule.model.expires,
        refused: None,
    };
    reward::grant(view, &earned)?;
    Ok(())
}

/// Lets the levels follow whether the referral is under review.
pub(super) fn review(view: &mut View<'_>, context: &mut ReferralContext, rule: &Rule, is_flagged: bool) -> Decide<()> {
    let mut tally = tally(view, context, &rule.model.id)?;
    tally.flagged += if is_flagged { 1 } else { -1 };
    view.put(tally.clone());
    hold_reached(view, context, rule, &tally)
}

/// Holds the levels that are reached, or ends their hold, as the number of referrals under review asks.
fn hold_reached(view: &mut View<'_>, context: &ReferralContext, rule: &Rule, tally: &Tally) -> Decide<()> {
    let reached = |level: &&Milestone| i64::from(level.at) <= tally.qualified;
    let levels: Vec<&Milestone> = rule.model.milestones.iter().filter(reached).collect();
    view.need(levels.iter().map(|level| Key::from(level_key(context, rule, level))))?;
    for level in levels {
        if let Some(mut reward) = view.get::<Reward>(level_key(context, rule, level))? {
            standing::catch_up(view, &context.current, &mut reward)?;
            let hold = Hold { until: reward.held_until, ..hold_of(view, rule, level, tally) };
            let now = view.now();
            standing::hold_as(view, &context.current, &mut reward, hold, now)?;
            balance::put(view, reward);
        }
    }
    Ok(())
}

/// Counts the referral towards a rule no longer. A level that is kept goes all the same when a referral that counted is
/// denied.
pub(super) fn fall(view: &mut View<'_>, context: &mut ReferralContext, rule: &Rule, was_flagged: bool) -> Decide<()> {
    if context.referral.places.0.remove(&rule.model.id).is_none() {
        return Ok(());
    }
    let mut tally = tally(view, context, &rule.model.id)?;
    tally.qualified -= 1;
    tally.flagged -= i64::from(was_flagged);
    let left = tally.qualified;
    view.put(tally.clone());
    let is_denied = context.referral.moderation == Moderation::Denied;
    if rule.model.clawback == Clawback::TakeBack || is_denied {
        for level in rule.model.milestones.iter().filter(|level| i64::from(level.at) == left + 1) {
            if let Some(mut reward) = view.get::<Reward>(level_key(context, rule, level))? {
                if reward.state != RewardState::Issuing {
                    standing::catch_up(view, &context.current, &mut reward)?;
                    reward::lower(view, &context.current, &mut reward, 0, "fell below the milestone")?;
                }
                balance::put(view, reward);
            }
        }
    }
    hold_reached(view, context, rule, &tally)
}

/// Lets the reward of a level follow the number of referrals, after its transfer ended.
pub(super) fn catch_up(
    view: &mut View<'_>,
    current: &Current,
    reward: &mut Reward,
    level: u32,
    why: &str,
) -> Decide<()> {
    let Reward { campaign, rule, participant, .. } = reward.clone();
    let pinned = campaign::version(view, campaign, reward.version)?;
    let Some(rule) = pinned.rule(&rule) else { return Ok(()) };
    let key = TallyKey { campaign, rule: rule.model.id.clone(), participant };
    let (Some(tally), Some(level)) =
        (view.get::<Tally>(key)?, rule.model.milestones.iter().find(|milestone| milestone.at == level))
    else {
        return Ok(());
    };
    if tally.qualified < i64::from(level.at) && rule.model.clawback == Clawback::TakeBack {
        return reward::lower(view, current, reward, 0, why);
    }
    let hold = Hold { until: reward.held_until, ..hold_of(view, rule, level, &tally) };
    let now = view.now();
    standing::hold_as(view, current, reward, hold, now)
}

//! Milestones: each level pays once, in order; falling below takes back only where the rule says so.

use super::amount::amount;
use super::group::{counts, tally};
use super::halt::Decide;
use super::notify::{self, About};
use super::reward::{self, Earned};
use super::scene::Scene;
use super::view::View;
use crate::campaign::{Clawback, Milestone, Rule};
use crate::command::{Finding, Reason};
use crate::record::{Cause, Key, Moderation, NotificationKind, Reward, RewardKey, RewardState, Role};

/// In [`Places`](crate::record::Places): the referral counts towards a rule that has no groups.
const COUNTED: u32 = 0;

fn level_key(scene: &Scene, rule: &Rule, level: &Milestone) -> RewardKey {
    RewardKey {
        campaign: scene.referral.campaign,
        rule: rule.model.id.clone(),
        participant: scene.referral.referrer,
        cause: Cause::Level(level.at),
    }
}

/// Counts the referral that has just qualified, and pays the levels that are reached and not paid.
pub(super) fn rise(view: &mut View<'_>, scene: &mut Scene) -> Decide<()> {
    let pinned = scene.pinned.clone();
    for rule in pinned.rules.iter().filter(|rule| !rule.model.milestones.is_empty()) {
        if !counts(view, scene, rule) {
            continue;
        }
        let mut tally = tally(view, scene, &rule.model.id)?;
        tally.qualified += 1;
        let reached = tally.qualified;
        view.put(tally);
        scene.referral.places.0.insert(rule.model.id.clone(), COUNTED);
        let is_reached = |level: &&Milestone| i64::from(level.at) <= reached;
        view.need(
            rule.model.milestones.iter().filter(is_reached).map(|level| Key::from(level_key(scene, rule, level))),
        )?;
        for level in rule.model.milestones.iter().filter(is_reached) {
            pay(view, scene, rule, level)?;
        }
        if let Some(next) = rule.model.milestones.iter().find(|level| i64::from(level.at) > reached) {
            let missing = i64::from(next.at) - reached;
            let finding = Finding::new(Reason::MilestoneOpen).in_campaign(scene.current.id()).by_rule(&rule.model.id);
            view.find(finding.because(format!("{missing} missing for {}", next.at)));
            if missing == 1 {
                let about = About::rule(scene.current.id(), scene.referral.referrer, &rule.model.id);
                notify::tell(view, NotificationKind::MilestoneNear, &about)?;
            }
        }
    }
    Ok(())
}

fn pay(view: &mut View<'_>, scene: &Scene, rule: &Rule, level: &Milestone) -> Decide<()> {
    let amount = match amount(&level.give, None)? {
        Ok(amount) => amount,
        Err(reason) => {
            view.find(Finding::new(reason).in_campaign(scene.current.id()).by_rule(&rule.model.id));
            return Ok(());
        }
    };
    if let Some(mut reward) = view.get::<Reward>(level_key(scene, rule, level))? {
        let was_taken = matches!(reward.state, RewardState::Cancelled | RewardState::Reversed);
        if was_taken && rule.model.clawback == Clawback::TakeBack && amount.unit_key() == reward.unit {
            reward::reinstate(view, &scene.current, &mut reward, &amount)?;
            view.put(reward);
        }
        return Ok(());
    }
    let earned = Earned {
        current: &scene.current,
        rule,
        version: scene.referral.version,
        role: Role::Referrer,
        beneficiary: &scene.referrer,
        cause: Cause::Level(level.at),
        invitee: None,
        is_flagged: scene.referral.moderation == Moderation::Flagged,
        base: None,
        amount,
    };
    reward::grant(view, &earned)?;
    Ok(())
}

/// Counts the referral, whose qualification was taken back, no longer.
pub(super) fn fall(view: &mut View<'_>, scene: &mut Scene) -> Decide<()> {
    let pinned = scene.pinned.clone();
    for rule in pinned.rules.iter().filter(|rule| !rule.model.milestones.is_empty()) {
        if scene.referral.places.0.remove(&rule.model.id).is_none() {
            continue;
        }
        let mut tally = tally(view, scene, &rule.model.id)?;
        tally.qualified -= 1;
        let left = tally.qualified;
        view.put(tally);
        if rule.model.clawback == Clawback::Keep {
            continue;
        }
        for level in rule.model.milestones.iter().filter(|level| i64::from(level.at) == left + 1) {
            if let Some(mut reward) = view.get::<Reward>(level_key(scene, rule, level))? {
                reward::take_back(view, &scene.current, &mut reward, "fell below the milestone")?;
                view.put(reward);
            }
        }
    }
    Ok(())
}

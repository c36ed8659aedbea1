//! Runs the rules of one trigger over a scene: which pay, to whom, how much, and why the others do not.

use super::amount::{Base, amount};
use super::facts::{ReferralFacts, unmet};
use super::halt::Decide;
use super::reward::{self, Earned};
use super::scene::Scene;
use super::view::View;
use crate::campaign::{Beneficiary, Compiled, Give, Rule, Trigger};
use crate::command::{Finding, Reason};
use crate::record::{Cause, Moderation, RecordKind, RewardKey, Role};
use crate::value::ParticipantId;

/// A referral brings about at most so many rewards.
const MOST_REWARDS: usize = 1_000;

/// What happened, as rules see it.
#[derive(Clone, Debug)]
pub(super) struct Occasion {
    /// The trigger.
    pub(super) on: Trigger,
    /// Which occurrence of it this is for the referral, from 1.
    pub(super) number: u32,
    /// The cause of rewards.
    pub(super) cause: Cause,
}

/// Whom a rule pays, the referrer first.
pub(super) fn roles(to: Beneficiary) -> &'static [Role] {
    match to {
        Beneficiary::Referrer => &[Role::Referrer],
        Beneficiary::Invitee => &[Role::Invitee],
        Beneficiary::Both => &[Role::Referrer, Role::Invitee],
    }
}

/// Runs every simple rule of the occasion's trigger. Groups and milestones have rules of their own.
pub(super) fn run(view: &mut View<'_>, scene: &mut Scene, occasion: &Occasion) -> Decide<()> {
    let pinned = scene.pinned.clone();
    for rule in pinned.rules.iter().filter(|rule| rule.model.on == occasion.on && !rule.counts_members()) {
        if let Some(finding) = refusal(view, scene, rule, occasion) {
            view.find(finding.in_campaign(scene.current.id()).by_rule(&rule.model.id));
            continue;
        }
        let Some(give) = &rule.model.give else { continue };
        for role in roles(rule.model.to) {
            pay(view, scene, rule, give, *role, occasion)?;
        }
    }
    Ok(())
}

/// The rewards that the simple rules of a trigger may bring, and their beneficiaries' sides.
pub(super) fn reward_keys(
    compiled: &Compiled,
    on: Trigger,
    cause: &Cause,
    (referrer, invitee): (ParticipantId, ParticipantId),
) -> Vec<(RewardKey, Role)> {
    let simple = compiled.rules.iter().filter(|rule| rule.model.on == on && !rule.counts_members());
    let sides = simple.flat_map(|rule| roles(rule.model.to).iter().map(move |role| (rule, *role)));
    let key = |(rule, role): (&Rule, Role)| {
        let participant = if role == Role::Referrer { referrer } else { invitee };
        let (campaign, rule, cause) = (compiled.campaign, rule.model.id.clone(), cause.clone());
        (RewardKey { campaign, rule, participant, cause }, role)
    };
    sides.map(key).collect()
}

/// Why a rule does not pay on this occasion; nothing if it does.
pub(super) fn refusal(view: &View<'_>, scene: &Scene, rule: &Rule, occasion: &Occasion) -> Option<Finding> {
    if !rule.model.occurrence.admits(occasion.number) {
        return Some(Finding::new(Reason::OccurrenceNotPaid).because(format!("number {}", occasion.number)));
    }
    if scene.referral.rewards.len() >= MOST_REWARDS {
        return Some(Finding::new(Reason::TooManyRewards));
    }
    let facts = ReferralFacts::new(scene, scene.referral.qualifications, view.now());
    unmet(rule.when.as_ref(), &facts)
}

fn pay(
    view: &mut View<'_>,
    scene: &mut Scene,
    rule: &Rule,
    give: &Give,
    role: Role,
    occasion: &Occasion,
) -> Decide<()> {
    let base = scene.order.as_ref().and_then(Base::of);
    let amount = match amount(give, base)? {
        Ok(amount) => amount,
        Err(reason) => {
            view.find(Finding::new(reason).in_campaign(scene.current.id()).by_rule(&rule.model.id));
            return Ok(());
        }
    };
    let earned = Earned {
        current: &scene.current,
        rule,
        version: scene.referral.version,
        role,
        beneficiary: if role == Role::Referrer { &scene.referrer } else { &scene.invitee },
        cause: occasion.cause.clone(),
        invitee: Some(scene.referral.invitee),
        is_flagged: scene.referral.moderation == Moderation::Flagged,
        base: scene.order.as_ref().map(RecordKind::key),
        amount,
    };
    if let Some(reward) = reward::grant(view, &earned)? {
        scene.note(&reward);
    }
    Ok(())
}

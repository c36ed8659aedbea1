//! Referrals against their facts: how far they are, and what they are owed.

use std::collections::{BTreeMap, BTreeSet};

use super::books::{Books, leads_of, reward_name, root, sealed_referral};
use super::{Audited, Invariant};
use crate::evaluate::{Facts, Line, amount, amount_over, evaluate, evaluate_sealed};
use crate::record::{Cause, GroupKey, Progress, RecordKind, Referral, Reward, RewardKey, RewardState, Role, TallyKey};
use crate::value::{Amount, Timestamp};

pub(super) fn check(books: &Books, audited: &mut Audited) {
    let mut owed: BTreeMap<RewardKey, (String, i64)> = BTreeMap::new();
    let mut evaluated = BTreeSet::new();
    let mut joined = BTreeSet::new();
    let mut in_time: Vec<&Referral> = books.referrals.values().collect();
    in_time.sort_by_key(|referral| (referral.lead_at, referral.key()));
    for referral in in_time {
        let Some(version) = books.version(referral.campaign, referral.version) else { continue };
        let name = format!("referral {}/{}/{}", referral.campaign, referral.invitee, referral.lead);
        let Ok(target) = evaluate(version, &Facts::of(referral), Timestamp::LAST) else {
            audited.differ(Invariant::RewardIsWhatFactsOwe, name, "facts within range", "facts beyond it");
            continue;
        };
        evaluated.insert(referral.key());
        let qualified_at = target.qualified.as_ref().map(|qualified| qualified.at);
        let expected = (shown(target.progress), qualified_at);
        audited.compare(
            Invariant::RewardIsWhatFactsOwe,
            name,
            &expected,
            &(shown(referral.progress), referral.qualified_at),
        );
        let lines = target.lines.iter().chain(&target.late);
        let lines = lines.filter(|line| joins_first(books, &mut joined, (referral, version), line));
        note(&mut owed, referral, version, lines);
    }
    for order in books.conversions.values().flat_map(|conversion| &conversion.sealed_in) {
        let Some(referral) = sealed_referral(books, order) else { continue };
        let Some(version) = books.version(referral.campaign, referral.version) else { continue };
        let lines = evaluate_sealed(version, &Facts::of(referral), order).unwrap_or_default();
        note(&mut owed, referral, version, &lines);
    }
    for (key, reward) in &books.rewards {
        let Some(invitee) = reward.invitee else {
            of_several(books, audited, key, reward);
            continue;
        };
        let mut leads = leads_of(books, key.campaign, invitee);
        if !leads.any(|lead| evaluated.contains(&lead.key())) {
            continue;
        }
        let expected = owed.remove(key);
        if explained_otherwise(reward) {
            continue;
        }
        let quantity = expected.as_ref().filter(|(unit, _)| *unit == reward.unit).map_or(0, |(_, quantity)| *quantity);
        let other_unit = expected.as_ref().is_some_and(|(unit, _)| *unit != reward.unit);
        let found = reward.quantity.saturating_add(reward.expired).saturating_add(reward.refused);
        if found != quantity || (other_unit && reward.issued + reward.netted == 0) {
            audited.differ(Invariant::RewardIsWhatFactsOwe, reward_name(key), quantity, found);
        }
    }
    for (key, (unit, quantity)) in owed {
        let expected = format!("{quantity} {unit}");
        audited.differ(Invariant::RewardIsWhatFactsOwe, reward_name(&key), expected, "no reward");
    }
}

/// Whether a line is not one for joining that an earlier lead of the same people carries.
fn joins_first(
    books: &Books,
    joined: &mut BTreeSet<RewardKey>,
    (referral, version): (&Referral, &crate::campaign::Compiled),
    line: &Line,
) -> bool {
    let (Cause::Referral(invitee), Some(rule)) = (&line.cause, version.rules.get(line.rule)) else { return true };
    let participant = if line.role == Role::Referrer { referral.referrer } else { *invitee };
    joined.insert(RewardKey {
        campaign: referral.campaign,
        rule: rule.model.id.clone(),
        participant: root(books, participant),
        cause: Cause::Referral(root(books, *invitee)),
    })
}

/// A reward of several referrals against the members of its group, or against the referrals that reached its level.
fn of_several(books: &Books, audited: &mut Audited, key: &RewardKey, reward: &Reward) {
    let owed = match key.cause {
        Cause::Group(group) => of_group(books, key, group),
        Cause::Level(level) => of_level(books, key, level),
        _ => None,
    };
    let Some(owed) = owed.filter(|_| !explained_otherwise(reward)) else { return };
    let found = reward.quantity.saturating_add(reward.expired).saturating_add(reward.refused);
    let quantity = if owed.unit_key() == reward.unit { owed.quantity() } else { 0 };
    if found != quantity {
        audited.differ(Invariant::RewardIsWhatFactsOwe, reward_name(key), quantity, found);
    }
}

/// What a group owes; nothing if its members do not tell.
fn of_group(books: &Books, key: &RewardKey, group: u32) -> Option<Amount> {
    let RewardKey { campaign, rule, participant, .. } = key.clone();
    let Some(group) = books.groups.get(&GroupKey { campaign, rule, participant, group }) else {
        let reward = books.rewards.get(key)?;
        return Amount::from_unit_key(&reward.unit, 0).ok();
    };
    let rule = books.version(campaign, group.version)?.rule(&group.rule)?;
    let bases: Vec<_> = group.members.iter().map(|member| member.base).collect();
    amount_over(rule.model.give.as_ref()?, &bases).ok()?.ok()
}

/// What a level owes; nothing if it is kept, or its tally does not know who carries it.
fn of_level(books: &Books, key: &RewardKey, level: u32) -> Option<Amount> {
    let RewardKey { campaign, rule, participant, .. } = key.clone();
    let tally = books.tallies.get(&TallyKey { campaign, rule, participant })?;
    let reward = books.rewards.get(key)?;
    let nothing = Amount::from_unit_key(&reward.unit, 0).ok();
    if i64::from(level) > tally.qualified {
        return if tally.kept.contains(&level) { None } else { nothing };
    }
    let carrier = tally.first.get(usize::try_from(level).ok()?.checked_sub(1)?)?;
    let rule = books.version(campaign, carrier.version)?.rule(&tally.rule)?;
    let Some(level) = rule.model.milestones.iter().find(|milestone| milestone.at == level) else { return nothing };
    amount(&level.give, None).ok()?.ok()
}

/// A lead whose window is over may be shown either way: time makes it expire, and `settle` makes that visible.
fn shown(progress: Progress) -> Progress {
    if progress == Progress::Expired { Progress::Lead } else { progress }
}

/// Whether a hand or a transfer under way explains what a reward is.
fn explained_otherwise(reward: &Reward) -> bool {
    reward.closed || reward.state == RewardState::Issuing
}

fn note<'l>(
    owed: &mut BTreeMap<RewardKey, (String, i64)>,
    referral: &Referral,
    version: &crate::campaign::Compiled,
    lines: impl IntoIterator<Item = &'l Line>,
) {
    for Line { rule, role, cause, amount, .. } in lines {
        let Some(rule) = version.rules.get(*rule) else { continue };
        let participant = if *role == Role::Referrer { referral.referrer } else { referral.invitee };
        let (rule, cause) = (rule.model.id.clone(), cause.clone());
        let key = RewardKey { campaign: referral.campaign, rule, participant, cause };
        // Of several leads under one key the first carries it.
        owed.entry(key).or_insert_with(|| (amount.unit_key(), amount.quantity()));
    }
}

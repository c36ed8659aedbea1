//! What limits say.

use std::collections::BTreeSet;

use super::Findings;
use crate::campaign::model::{Beneficiary, CampaignModel, LimitEach, LimitModel, LimitPer, RuleModel};

/// The longest list of live grants that a rolling window keeps.
const MOST_ROLLING: u32 = 1_000;

/// The limits over all rules.
pub(super) fn campaign(model: &CampaignModel, findings: &mut Findings) {
    for (index, limit) in model.limits.iter().enumerate() {
        let path = format!("limits[{index}]");
        alone(limit, &path, findings);
        let counts = model.rewards.iter().any(|rule| applies(limit.per, rule.to));
        if !counts && !model.rewards.is_empty() {
            findings.warn(format!("{path}.per"), "it limits nothing: no rule pays them");
        }
    }
}

/// The limits of one rule.
pub(super) fn rule(_: &CampaignModel, rule: &RuleModel, path: &str, findings: &mut Findings) {
    for (index, limit) in rule.limits.iter().enumerate() {
        let path = format!("{path}.limits[{index}]");
        alone(limit, &path, findings);
        if !applies(limit.per, rule.to) {
            findings.refuse(format!("{path}.per"), "it would limit nothing: the rule does not pay them");
        }
        unreachable_levels(rule, limit, &path, findings);
    }
}

/// Whether a limit counts what a rule gives.
pub(super) fn applies(per: LimitPer, to: Beneficiary) -> bool {
    match per {
        LimitPer::Campaign => true,
        LimitPer::Referrer => to != Beneficiary::Invitee,
        LimitPer::Invitee => to != Beneficiary::Referrer,
    }
}

fn alone(limit: &LimitModel, path: &str, findings: &mut Findings) {
    if limit.count.is_none() && limit.value.is_empty() {
        findings.refuse(path, "limits nothing: it needs `count` or `value`");
    }
    let mut units = BTreeSet::new();
    for (index, amount) in limit.value.iter().enumerate() {
        let unit = amount.unit_key();
        if units.contains(&unit) {
            findings.refuse(format!("{path}.value[{index}]"), format!("`{unit}` stands twice"));
        }
        units.insert(unit);
    }
    if let LimitEach::Rolling(span) = limit.each {
        if limit.per == LimitPer::Campaign {
            let problem = format!("`{span}` until now is counted for a person only; a campaign has calendar windows");
            findings.refuse(format!("{path}.each"), problem);
        }
        if limit.count.is_some_and(|count| count > MOST_ROLLING) {
            let problem = format!("a window until now counts to {MOST_ROLLING} at most");
            findings.refuse(format!("{path}.count"), problem);
        }
    }
    let is_calendar = !matches!(limit.each, LimitEach::Ever | LimitEach::Rolling(_));
    if limit.zone.is_some() && !is_calendar {
        findings.warn(format!("{path}.zone"), "only calendar windows have a zone");
    }
}

/// Milestones that come after as many as the limit allows to one referrer.
fn unreachable_levels(rule: &RuleModel, limit: &LimitModel, path: &str, findings: &mut Findings) {
    let for_life = limit.per == LimitPer::Referrer && limit.each == LimitEach::Ever;
    let Some(count) = limit.count.filter(|_| for_life) else { return };
    let beyond = usize::try_from(count).ok().and_then(|count| rule.milestones.get(count));
    if let Some(milestone) = beyond {
        let problem = format!("with at most {count}, the milestone at {} and all after it never pay", milestone.at);
        findings.warn(format!("{path}.count"), problem);
    }
}
